"""A folder of FHIR Bulk Data: files of one resource type each, where patients' numbers and specimens stand in files of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from pbis.clinical.aside import USUAL, require_most
from pbis.clinical.codings import read_codings
from pbis.clinical.fhir.labs import Beside, read_beside, read_fhir
from pbis.clinical.lab_frame import lab_frame
from pbis.clinical.linkage import Linkage
from pbis.clinical.notes import KEY, notes_of
from pbis.core.errors import UnrecognisedFormat
from pbis.core.frames import LAB
from pbis.labs import LabsMap

BESIDE = ("Patient", "Specimen")  # what results refer to; Bulk Data names its files after the resource type


def read_bulk_folder(folder: Path, linkage: Linkage, labs_map: LabsMap, time_zone: ZoneInfo) -> pa.Table:
    """frames.LAB of every *.ndjson and *.json with Observations or deletions of them, also in folders inside (Bulk Data puts what was
    deleted into files of their own), each row with the hash and line of its own file.

    Raises UnrecognisedFormat where no file holds results, MalformedFile as `read_fhir`. Other files are named in notes.
    """
    labs_map = replace(labs_map, decimal_mark=".")  # JSON's
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    beside = Beside()
    for path in (path for path in files if path.name.startswith(BESIDE)):
        beside |= read_beside(path.read_bytes(), path.name)
    tables, notes = [], []
    for path in files:
        try:
            if path.suffix not in (".ndjson", ".json"):
                raise UnrecognisedFormat("not a file of results", file=path.name)
            extract = read_fhir(path.read_bytes(), path.name, labs_map, beside)
            require_most(extract.aside, path.name, USUAL)
            table = lab_frame(extract, linkage, labs_map, time_zone, read_codings)
        except UnrecognisedFormat as error:
            if path.name.startswith(BESIDE):
                notes.append(f"{path.name} was read for what results refer to")
            else:
                notes.append(f"{path.name} was not read: {error.message}")
        else:
            tables.append(table)
            notes += [f"{path.name}: {note}" for note in notes_of(table)]
            if extract.aside:
                first = extract.aside.units[0].error(path.name)
                notes.append(
                    f"{path.name}: {extract.aside.count_in_words} cannot be read and are left out, the first: {first}"
                )
    if not tables:
        raise UnrecognisedFormat("the folder holds no results", file=folder.name, expected="files of FHIR Observations")
    joined = LAB.check(pa.concat_tables(table.replace_schema_metadata(None) for table in tables).combine_chunks())
    return joined.replace_schema_metadata({KEY: json.dumps(notes)} if notes else None)
