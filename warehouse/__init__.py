"""The warehouse: DuckDB tables that are only appended to, views that say what counts, and the published copy.

The only home of duckdb. One process writes, at night; people read releases.
"""

from __future__ import annotations

from warehouse.connect import connect
from warehouse.explain import explain, explain_published
from warehouse.hashes import result_hashes
from warehouse.identity import Duplicate, content_hash, find_duplicate, plate_key
from warehouse.load import LoadOutcome, PlateLoad, Provenance, has_assay, has_run, load_plate, select_assay
from warehouse.load_clinical import ClinicalLoad, ClinicalOutcome, has_import, load_clinical, select_import
from warehouse.load_night import (
    ScoreSettings,
    begin_night,
    end_night,
    load_cutoffs,
    load_scores,
    record_refusal,
    set_settings,
)
from warehouse.migrate import migrate
from warehouse.publish import publish, published_database
from warehouse.query import open_published, query_published
from warehouse.scoring import score_input

__all__ = [
    "ClinicalLoad",
    "ClinicalOutcome",
    "Duplicate",
    "LoadOutcome",
    "PlateLoad",
    "Provenance",
    "ScoreSettings",
    "begin_night",
    "connect",
    "content_hash",
    "end_night",
    "explain",
    "explain_published",
    "find_duplicate",
    "has_assay",
    "has_import",
    "has_run",
    "load_clinical",
    "load_cutoffs",
    "load_plate",
    "load_scores",
    "migrate",
    "open_published",
    "plate_key",
    "publish",
    "published_database",
    "query_published",
    "record_refusal",
    "result_hashes",
    "score_input",
    "select_assay",
    "select_import",
    "set_settings",
]
