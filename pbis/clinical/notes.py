"""What a reader has to say about a file besides its rows, carried as metadata of the frame's schema."""

from __future__ import annotations

import json

import msgspec
import pyarrow as pa

from pbis.clinical.aside import Aside
from pbis.clinical.extract import Extract

KEY, ASIDE = b"pbis.notes", b"pbis.aside"


def with_notes(table: pa.Table, extract: Extract) -> pa.Table:
    """The frame with its notes: columns that no field means are named, not dropped silently."""
    notes = list(extract.notes)
    if extract.ignored:
        notes.append("ignored columns: " + ", ".join(extract.ignored))
    if extract.encoding == "cp1252":
        notes.append("not UTF-8: read as Windows-1252")
    said: dict[bytes | str, bytes | str] = {KEY: json.dumps(notes)} if notes else {}
    if extract.aside is not None:
        said[ASIDE] = msgspec.json.encode(extract.aside)
    return table.replace_schema_metadata(said or None)


def notes_of(table: pa.Table) -> tuple[str, ...]:
    """The notes of a frame that pbis.clinical has read; empty where there is nothing to say."""
    return tuple(json.loads((table.schema.metadata or {}).get(KEY, b"[]")))


def aside_of(table: pa.Table) -> Aside | None:
    """What of the file was refused alone; None where nothing was."""
    found = (table.schema.metadata or {}).get(ASIDE)
    return None if found is None else msgspec.json.decode(found, type=Aside)
