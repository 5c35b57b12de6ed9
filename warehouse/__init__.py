"""The warehouse: DuckDB tables that are only appended to, views that say what counts, and the published copy.

The only home of duckdb. One process writes, at night; people read releases.
"""

from __future__ import annotations

from warehouse.append import Connection
from warehouse.connect import connect
from warehouse.explain import explain, explain_published
from warehouse.hashes import result_hashes
from warehouse.held import held_plates, held_wells, reexport_changes
from warehouse.history import (
    TrendLoad,
    bridge_results,
    judgements,
    load_trend,
    qc_history,
    series_of,
    trend_alarms,
    trend_basis,
    trend_findings,
)
from warehouse.holdings import Holdings, holdings, latest_start, released_files
from warehouse.identity import content_hash, plate_key, reading_hashes
from warehouse.lab_files import lab_files
from warehouse.load import LoadOutcome, PlateLoad, Provenance, has_assay, has_run, load_plate, select_assay
from warehouse.load_clinical import ClinicalLoad, ClinicalOutcome, has_import, load_clinical, select_import
from warehouse.load_decisions import decision_events, last_decision, load_decisions
from warehouse.load_night import (
    ScoreSettings,
    begin_night,
    end_night,
    load_cutoffs,
    load_scores,
    record_refusal,
    set_hash,
    set_settings,
)
from warehouse.lookup import (
    StoredRun,
    analyte_states,
    assay_provenance,
    assay_tolerances,
    beads,
    current_files,
    current_layouts,
    current_lot_sheets,
    current_runs,
    find_namesake,
    frames_of,
    kit_lots,
    last_refusals,
    opened,
    plate_numbers,
    read_run,
    runs_left_behind,
    sheet_lot,
    standing_assays,
    standing_imports,
    standing_verdicts,
    unfinished_nights,
)
from warehouse.migrate import migrate
from warehouse.publish import make_current, publish, published_database, write_release
from warehouse.query import ask, open_published, query_published
from warehouse.say import Spoken, say, spoken_labs, spoken_plates, wordings
from warehouse.scoring import ScoreBasis, score_basis, score_input
from warehouse.taken_back import TakenBack, score_taken_back, taken_back
from warehouse.twins import remember_readings

__all__ = [
    "ClinicalLoad",
    "ClinicalOutcome",
    "Connection",
    "Holdings",
    "LoadOutcome",
    "PlateLoad",
    "Provenance",
    "ScoreBasis",
    "ScoreSettings",
    "Spoken",
    "StoredRun",
    "TakenBack",
    "TrendLoad",
    "analyte_states",
    "ask",
    "assay_provenance",
    "assay_tolerances",
    "beads",
    "begin_night",
    "bridge_results",
    "connect",
    "content_hash",
    "current_files",
    "current_layouts",
    "current_lot_sheets",
    "current_runs",
    "decision_events",
    "end_night",
    "explain",
    "explain_published",
    "find_namesake",
    "frames_of",
    "has_assay",
    "has_import",
    "has_run",
    "held_plates",
    "held_wells",
    "holdings",
    "judgements",
    "kit_lots",
    "lab_files",
    "last_decision",
    "last_refusals",
    "latest_start",
    "load_clinical",
    "load_cutoffs",
    "load_decisions",
    "load_plate",
    "load_scores",
    "load_trend",
    "make_current",
    "migrate",
    "open_published",
    "opened",
    "plate_key",
    "plate_numbers",
    "publish",
    "published_database",
    "qc_history",
    "query_published",
    "read_run",
    "reading_hashes",
    "record_refusal",
    "reexport_changes",
    "released_files",
    "remember_readings",
    "result_hashes",
    "runs_left_behind",
    "say",
    "score_basis",
    "score_input",
    "score_taken_back",
    "select_assay",
    "select_import",
    "series_of",
    "set_hash",
    "set_settings",
    "sheet_lot",
    "spoken_labs",
    "spoken_plates",
    "standing_assays",
    "standing_imports",
    "standing_verdicts",
    "taken_back",
    "trend_alarms",
    "trend_basis",
    "trend_findings",
    "unfinished_nights",
    "wordings",
    "write_release",
]
