"""What a reader has to say about a file besides its rows, carried as metadata of the frame's schema."""

from __future__ import annotations

import json

import msgspec
import pyarrow as pa

from pbis.clinical.aside import Aside
from pbis.clinical.extract import Extract
from pbis.clinical.fhir_file import FhirFile
from pbis.core.frames import LAB_UNMAPPED

KEY, ASIDE, UNMAPPED, FHIR = b"pbis.notes", b"pbis.aside", b"pbis.unmapped", b"pbis.fhir"


def with_notes(table: pa.Table, extract: Extract, unmapped: pa.Table | None = None) -> pa.Table:
    """The frame with its notes: columns that no field means are named, not dropped silently. unmapped: frames.LAB_UNMAPPED."""
    notes = list(extract.notes)
    if extract.ignored:
        notes.append("ignored columns: " + ", ".join(extract.ignored))
    if extract.encoding == "cp1252":
        notes.append("not UTF-8: read as Windows-1252")
    elif extract.encoding not in ("unknown", "") and not extract.encoding.startswith("utf"):
        notes.append(f"not UTF-8: read as {extract.encoding}, as declared")
    said: dict[bytes | str, bytes | str] = {KEY: json.dumps(notes)} if notes else {}
    if extract.aside is not None:
        said[ASIDE] = msgspec.json.encode(extract.aside)
    if unmapped is not None and unmapped.num_rows:
        said[UNMAPPED] = json.dumps(unmapped.to_pylist())
    if extract.fhir is not None:
        said[FHIR] = msgspec.json.encode(extract.fhir)
    return table.replace_schema_metadata(said or None)


def notes_of(table: pa.Table) -> tuple[str, ...]:
    """The notes of a frame that pbis.clinical has read; empty where there is nothing to say."""
    return tuple(json.loads((table.schema.metadata or {}).get(KEY, b"[]")))


def unmapped_of(table: pa.Table) -> pa.Table:
    """frames.LAB_UNMAPPED of a frame of laboratory rows: what of its file the site's map does not know."""
    rows = json.loads((table.schema.metadata or {}).get(UNMAPPED, b"[]"))
    return LAB_UNMAPPED.table({name: [row[name] for row in rows] for name in LAB_UNMAPPED.names})


def fhir_of(table: pa.Table) -> FhirFile | None:
    """What a FHIR file is to others; None for another format."""
    found = (table.schema.metadata or {}).get(FHIR)
    return None if found is None else msgspec.json.decode(found, type=FhirFile)


def aside_of(table: pa.Table) -> Aside | None:
    """What of the file was refused alone; None where nothing was."""
    found = (table.schema.metadata or {}).get(ASIDE)
    return None if found is None else msgspec.json.decode(found, type=Aside)
