"""Load one plate: the run as read and an assay of it, in one transaction, so that a killed night leaves all of it or nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import IntegrityError
from pbis.core.frames import ASSAY_REAGENT, ASSAY_WARNING, JUDGED, PLATE_PLACE, SPECS, TREND_POINT
from pbis.core.plates.plate import PlateRead
from pbis.core.site_time import stored
from pbis.core.tolerances import Tolerances
from warehouse.append import Connection, append, append_row, has, next_sequence
from warehouse.connect import transaction
from warehouse.identity import content_hash, plate_key
from warehouse.supersede import Superseded, supersede
from warehouse.tables import BULK, TABLES
from warehouse.twins import append_readings

RAW = {
    "run_header": "header",
    "reading": "reading",
    "analyte_run": "analyte",
    "reagent": "reagent",
    "lot": "lot",
    "calibration": "calibration",
    "sample_summary": "summary",
    "run_event": "event",
    "block": "block",
    "run_warning": "warning",
    "well_type": "well_type",
}
ASSAYED = {
    "well": "well",
    "assay_warning": "warning",
    "assay_reagent": "reagent",
    "result": "result",
    "curve": "curve",
    "standard_level": "level",
    "finding": "finding",
    "analyte_verdict": "analyte_verdict",
    "plate_verdict": "plate_verdict",
    "reading_state": "reading_state",
    "judged": "judged",
    "trend_point": "trend_point",
    "plate_place": "plate_place",
}


@dataclass(frozen=True)
class Provenance:
    """What an assay was computed with; together with the run it is what assay_id is a hash of."""

    method: str
    profile: str
    suite_hash: str
    config_hash: str
    code_version: str
    tolerances: Tolerances
    wording_hash: str | None = None
    layout_file_id: str | None = None
    panel: str | None = None
    decision_hash: str | None = None
    lot_sheet_file_id: str | None = None


@dataclass(frozen=True)
class PlateLoad:
    """One run with one assay. Tables follow the specs of pbis.core.frames and hold rows of this assay only."""

    read: PlateRead
    assay_id: str
    provenance: Provenance
    well: pa.Table
    result: pa.Table
    curve: pa.Table
    level: pa.Table
    finding: pa.Table
    analyte_verdict: pa.Table
    plate_verdict: pa.Table
    reading_state: pa.Table
    night_id: str
    loaded_at: datetime
    judged: pa.Table = field(default_factory=JUDGED.empty)
    trend_point: pa.Table = field(default_factory=TREND_POINT.empty)
    plate_place: pa.Table = field(default_factory=PLATE_PLACE.empty)
    warning: pa.Table = field(default_factory=ASSAY_WARNING.empty)
    reagent: pa.Table = field(default_factory=ASSAY_REAGENT.empty)
    archived_path: str | None = None


@dataclass(frozen=True)
class LoadOutcome:
    """What a load did.

    state: loaded (new run), assay_added (known run, new assay), reselected (both known, the assay stands again) or unchanged.
    superseded: runs that this one replaces; superseded_by: the newer run that was there before it.
    """

    state: str
    run_id: str
    assay_id: str
    superseded: tuple[str, ...] = ()
    superseded_by: str | None = None


def load_plate(con: Connection, load: PlateLoad) -> LoadOutcome:
    """Append what the warehouse does not have yet. IntegrityError where a frame speaks of another run or assay."""
    _check_keys(load)
    with transaction(con):
        is_new_run = not has(con, "run", "run_id", load.read.run.run_id)
        if is_new_run:
            _append_run(con, load)
        is_new_assay = not has(con, "assay", "assay_id", load.assay_id)
        if is_new_assay:
            _append_assay(con, load)
        is_selected = _select(con, load)
        # A layout that comes later can settle what lies in the wells of two exports, so a new assay asks again.
        retired = supersede(con, load.read.run, load.night_id) if is_new_run or is_new_assay else Superseded()
    states = ((is_new_run, "loaded"), (is_new_assay, "assay_added"), (is_selected, "reselected"), (True, "unchanged"))
    state = next(name for holds, name in states if holds)
    return LoadOutcome(state, load.read.run.run_id, load.assay_id, retired.older, retired.by)


def select_assay(con: Connection, run_id: str, assay_id: str, night_id: str) -> bool:
    """Let a stored assay stand for its run; False where it already does. For a configuration that was put back."""
    current = con.execute(
        "select arg_max(assay_id, sequence) from store.assay_selection where run_id = $1", [run_id]
    ).fetchone()
    if current and current[0] == assay_id:
        return False
    row = {"sequence": next_sequence(con, "assay_selection"), "run_id": run_id, "assay_id": assay_id}
    append_row(con, "assay_selection", {**row, "night_id": night_id})
    return True


def has_run(con: Connection, run_id: str) -> bool:
    return has(con, "run", "run_id", run_id)


def has_assay(con: Connection, assay_id: str) -> bool:
    return has(con, "assay", "assay_id", assay_id)


def _select(con: Connection, load: PlateLoad) -> bool:
    return select_assay(con, load.read.run.run_id, load.assay_id, load.night_id)


def _append_run(con: Connection, load: PlateLoad) -> None:
    run = load.read.run
    content = content_hash(load.read.reading)
    key = plate_key(run, content)
    row = {"sequence": next_sequence(con, "run"), "night_id": load.night_id, "loaded_at": stored(load.loaded_at)}
    row |= {"archived_path": load.archived_path, "plate_key": key, "content_hash": content}
    append_row(con, "run", asdict(run) | row)
    for table, attribute in RAW.items():
        append(con, table, SPECS[table].check(getattr(load.read, attribute)))
    append_readings(con, run.run_id, load.read.reading)


def _append_assay(con: Connection, load: PlateLoad) -> None:
    row = {"assay_id": load.assay_id, "run_id": load.read.run.run_id, "sequence": next_sequence(con, "assay")}
    row |= {"night_id": load.night_id, "assayed_at": stored(load.loaded_at)}
    made = {name: value for name, value in asdict(load.provenance).items() if name != "tolerances"}
    append_row(con, "assay", made | asdict(load.provenance.tolerances) | row)
    for table, attribute in ASSAYED.items():
        frame = SPECS[table].check(getattr(load, attribute))
        constants = {"assay_id": load.assay_id} if "assay_id" not in SPECS[table].names else {}
        append(con, table, frame, **constants)


def _check_keys(load: PlateLoad) -> None:
    """Every row must be of this run, and where it says so of this assay: a frame of a whole night would load others' rows."""
    run_id = load.read.run.run_id
    tables = [(name, getattr(load.read, attribute)) for name, attribute in RAW.items()]
    tables += [(name, getattr(load, attribute)) for name, attribute in ASSAYED.items()]
    for name, table in tables:
        for key, value in (("run_id", run_id), ("assay_id", load.assay_id)):
            if key in table.column_names and not set(pc.unique(table[key]).to_pylist()) <= {value}:
                raise IntegrityError(f"{name}: rows of another {key} in the load of {load.read.run.file_name}")
        if name in BULK and table.group_by(list(TABLES[name].key)).aggregate([]).num_rows != table.num_rows:
            raise IntegrityError(
                f"{name}: two rows with one {', '.join(TABLES[name].key)} in {load.read.run.file_name}"
            )
