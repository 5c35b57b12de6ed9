"""Clinical laboratory results: one way in, whatever the format; the content decides, never the name of the file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from pbis.clinical.aside import USUAL, Allowed, require_most
from pbis.clinical.codings import Reader, read_codings, read_plain
from pbis.clinical.extract import Extract, bytes_of
from pbis.clinical.fhir.beside import Around
from pbis.clinical.fhir.bulk import read_bulk_folder
from pbis.clinical.fhir.labs import read_fhir
from pbis.clinical.hl7.labs import read_hl7
from pbis.clinical.lab_frame import lab_frame
from pbis.clinical.lab_table import read_delimited
from pbis.clinical.linkage import Linkage
from pbis.clinical.omop import read_omop_csv, read_omop_parquet
from pbis.clinical.recognise import FHIR, HL7, OMOP, OMOP_PARQUET, TABLE, WORKBOOK, plain, recognise
from pbis.clinical.workbook import read_workbook
from pbis.labs import LabsMap


@dataclass(frozen=True)
class LabFormat:
    """How a format becomes rows of text, and how its codes are written.

    has_own_numbers: the format itself says how decimals are written, whatever the site's tables do.
    """

    read: Callable[[bytes, str, LabsMap], Extract]
    read_code: Reader
    has_own_numbers: bool = True


FORMATS = {
    TABLE: LabFormat(read_delimited, read_plain, has_own_numbers=False),
    HL7: LabFormat(read_hl7, read_codings),
    FHIR: LabFormat(read_fhir, read_codings),
    OMOP: LabFormat(read_omop_csv, read_codings),
    OMOP_PARQUET: LabFormat(read_omop_parquet, read_codings),
    WORKBOOK: LabFormat(read_workbook, read_plain, has_own_numbers=False),
}


def read_labs(path: Path, linkage: Linkage, labs_map: LabsMap, time_zone: ZoneInfo) -> pa.Table:
    """Read one file of results, or a folder of FHIR Bulk Data, into frames.LAB; what else there is to say is in `pbis.clinical.notes_of`.

    Raises InputRefused subclasses: a format that is refused by name, a broken file (with the line), dates of two readings.
    A row, line or message that cannot be read is set aside (`pbis.clinical.aside_of`), and refuses the file only where there are many.
    Rows that cannot be used stay, with `reason` and a sentence that quotes the value or unit, never a record number.
    """
    if path.is_dir():
        return read_bulk_folder(path, linkage, labs_map, time_zone)
    return labs_from_bytes(bytes_of(path), path.name, linkage, labs_map, time_zone)


def labs_from_bytes(
    data: bytes, name: str, linkage: Linkage, labs_map: LabsMap, time_zone: ZoneInfo, allowed: Allowed = USUAL,
    around: Around | None = None,
) -> pa.Table:  # fmt: skip
    """`read_labs` for bytes at hand, compressed by gzip or not. allowed: how much of a file may be refused alone
    (`pbis.clinical.aside_of`); around: what files beside and before a FHIR file hold."""
    text = plain(data, name)
    kind = recognise(text, name)
    form = FORMATS[kind]
    if form.has_own_numbers:
        labs_map = replace(labs_map, decimal_mark=".")
    extract = read_fhir(text, name, labs_map, around) if kind == FHIR else form.read(text, name, labs_map)
    if text is not data:
        extract = replace(extract, file_id=hashlib.sha256(data).hexdigest())  # a file is what lies in the archive
    require_most(extract.aside, name, allowed)
    return lab_frame(extract, linkage, labs_map, time_zone, form.read_code)
