"""What a reader has to say about a file besides its rows, carried as metadata of the frame's schema."""

from __future__ import annotations

import json

import pyarrow as pa

from pbis.clinical.extract import Extract

KEY = b"pbis.notes"


def with_notes(table: pa.Table, extract: Extract) -> pa.Table:
    """The frame with its notes: columns that no field means are named, not dropped silently."""
    notes = list(extract.notes)
    if extract.ignored:
        notes.append("ignored columns: " + ", ".join(extract.ignored))
    if extract.encoding == "cp1252":
        notes.append("not UTF-8: read as Windows-1252")
    return table.replace_schema_metadata({KEY: json.dumps(notes)} if notes else None)


def notes_of(table: pa.Table) -> tuple[str, ...]:
    """The notes of a frame that pbis.clinical has read; empty where there is nothing to say."""
    return tuple(json.loads((table.schema.metadata or {}).get(KEY, b"[]")))
