"""A folder of FHIR Bulk Data: files of one resource type each, where patients' numbers and specimens stand in files of their own."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from pbis.clinical.aside import USUAL, require_most
from pbis.clinical.codings import read_codings
from pbis.clinical.extract import Extract
from pbis.clinical.fhir.beside import Around, Beside
from pbis.clinical.fhir.labs import read_beside, read_fhir
from pbis.clinical.lab_frame import lab_frame
from pbis.clinical.linkage import Linkage
from pbis.clinical.notes import KEY, notes_of
from pbis.clinical.recognise import is_fhir, plain
from pbis.core.errors import UnrecognisedFormat
from pbis.core.frames import LAB
from pbis.labs import LabsMap

SUFFIXES = (".ndjson", ".json", ".ndjson.gz", ".json.gz", ".ndjson.gzip")


def is_export(folder: Path) -> bool:
    """Whether any file in the folder is called as Bulk Data calls its files."""
    return any(path.name.casefold().endswith(SUFFIXES) for path in folder.rglob("*") if path.is_file())


def read_bulk_folder(folder: Path, linkage: Linkage, labs_map: LabsMap, time_zone: ZoneInfo) -> pa.Table:
    """frames.LAB of every file of FHIR with Observations or deletions of them, also in folders inside (Bulk Data puts what was
    deleted into files of their own) and compressed by gzip, each row with the hash and line of its own file.

    Raises UnrecognisedFormat where no file holds results, MalformedFile as `read_fhir`. Other files are named in notes.
    """
    labs_map = replace(labs_map, decimal_mark=".")  # JSON's
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    held = {path: path.read_bytes() for path in files if path.name.casefold().endswith(SUFFIXES)}
    texts = {path: plain(data, path.name) for path, data in held.items()}
    beside = Beside()
    for path, text in texts.items():
        if is_fhir(text, path.name):
            beside.add(read_beside(text, path.name, Around())[0])
    tables, notes = [], []
    for path in files:
        try:
            extract = _read(path.name, texts.get(path), labs_map, beside)
        except UnrecognisedFormat as error:
            notes.append(f"{path.name} was not read: {error.message}")
            continue
        extract = replace(extract, file_id=hashlib.sha256(held[path]).hexdigest())
        tables.append(lab_frame(extract, linkage, labs_map, time_zone, read_codings))
        notes += _notes(extract, tables[-1])
    if not any(table.num_rows for table in tables):
        raise UnrecognisedFormat("the folder holds no results", file=folder.name, expected="files of FHIR Observations")
    joined = LAB.check(pa.concat_tables(table.replace_schema_metadata(None) for table in tables).combine_chunks())
    return joined.replace_schema_metadata({KEY: json.dumps(notes)} if notes else None)


def _read(name: str, text: bytes | None, labs_map: LabsMap, beside: Beside) -> Extract:
    if text is None or not is_fhir(text, name):
        raise UnrecognisedFormat("not a file of results", file=name)
    extract = read_fhir(text, name, labs_map, Around(beside))
    require_most(extract.aside, name, USUAL)
    return extract


def _notes(extract: Extract, table: pa.Table) -> list[str]:
    name = extract.file_name
    notes = [f"{name}: {note}" for note in notes_of(table)]
    if extract.aside:
        first = extract.aside.units[0].error(name)
        notes.append(f"{name}: {extract.aside.count_in_words} cannot be read and are left out, the first: {first}")
    return notes
