"""The warehouse: DuckDB tables that are only appended to, views that say what counts, and the published copy.

The only home of duckdb. One process writes, at night; people read releases.
"""

from __future__ import annotations

from warehouse.connect import connect
from warehouse.identity import Duplicate, content_hash, find_duplicate, plate_key
from warehouse.load import LoadOutcome, PlateLoad, Provenance, has_assay, has_run, load_plate, select_assay
from warehouse.migrate import migrate

__all__ = [
    "Duplicate",
    "LoadOutcome",
    "PlateLoad",
    "Provenance",
    "connect",
    "content_hash",
    "find_duplicate",
    "has_assay",
    "has_run",
    "load_plate",
    "migrate",
    "plate_key",
    "select_assay",
]
