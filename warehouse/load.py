"""Load plates: of each the run as read and an assay of it, some plates in one transaction, so that a killed night leaves all of a plate
or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import IntegrityError
from pbis.core.frames import ASSAY_REAGENT, ASSAY_WARNING, JUDGED, PLATE_PLACE, SPECS, TREND_POINT
from pbis.core.plates.plate import PlateRead
from pbis.core.site_time import stored
from pbis.core.tolerances import Tolerances
from warehouse.append import Connection, append, append_rows, has, known, next_sequence
from warehouse.connect import transaction
from warehouse.identity import Named, name_readings, plate_key
from warehouse.standing import select_assays
from warehouse.supersede import Superseded, has_rivals, supersede
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
    """One run with one assay. Tables follow the specs of pbis.core.frames and hold rows of this assay only. named: what its readings are
    called, where that is known already."""

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
    named: Named | None = None

    def names(self) -> Named:
        return self.named or name_readings(self.read.reading)


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
    """Append what the warehouse does not have yet of one plate."""
    return load_plates(con, (load,))[0]


def load_plates(con: Connection, loads: Sequence[PlateLoad]) -> tuple[LoadOutcome, ...]:
    """Append what the warehouse does not have yet, in one transaction: all of these plates or none, as if each had come alone in this order.

    A statement and a commit cost what they cost however many rows they bring, so they are shared. IntegrityError where a frame speaks
    of another run or assay, or where two plates are of one run.
    """
    run_ids = [load.read.run.run_id for load in loads]
    if len(set(run_ids)) != len(loads):
        raise IntegrityError("two of the plates that are loaded together are of one run")
    if not loads:
        return ()
    for load in loads:
        _check_keys(load)
    with transaction(con):
        runs = known(con, "run", "run_id", run_ids)
        assays = known(con, "assay", "assay_id", [load.assay_id for load in loads])
        last = next_sequence(con, "run") - 1
        _append_runs(con, [load for load in loads if load.read.run.run_id not in runs])
        _append_assays(con, [load for load in loads if load.assay_id not in assays])
        if not has_rivals(con, run_ids):
            selected = select_assays(con, {load.read.run.run_id: load.assay_id for load in loads}, loads[0].night_id)
            return tuple(_outcome(load, runs, assays, selected) for load in loads)
        outcomes = []
        for load in loads:
            last += load.read.run.run_id not in runs
            outcomes.append(_among_rivals(con, load, runs, assays, last))
    return tuple(outcomes)


def _among_rivals(
    con: Connection, load: PlateLoad, runs: frozenset[str], assays: frozenset[str], last: int
) -> LoadOutcome:
    """Select the assay, and settle which export of the plate counts among those loaded up to the run with the sequence `last`: those
    that came with this one but after it settle it themselves. runs, assays: known before."""
    run = load.read.run
    selected = select_assays(con, {run.run_id: load.assay_id}, load.night_id)
    # A layout that comes later can settle what lies in the wells of two exports, so a new assay asks again.
    is_new = run.run_id not in runs or load.assay_id not in assays
    return _outcome(load, runs, assays, selected, supersede(con, run, load.night_id, last) if is_new else None)


def _outcome(
    load: PlateLoad,
    runs: frozenset[str],
    assays: frozenset[str],
    selected: frozenset[str],
    retired: Superseded | None = None,
) -> LoadOutcome:
    run_id = load.read.run.run_id
    states = (
        (run_id not in runs, "loaded"),
        (load.assay_id not in assays, "assay_added"),
        (run_id in selected, "reselected"),
        (True, "unchanged"),
    )
    state = next(name for holds, name in states if holds)
    settled = retired or Superseded()
    return LoadOutcome(state, run_id, load.assay_id, settled.older, settled.by)


def has_run(con: Connection, run_id: str) -> bool:
    return has(con, "run", "run_id", run_id)


def has_assay(con: Connection, assay_id: str) -> bool:
    return has(con, "assay", "assay_id", assay_id)


def _append_runs(con: Connection, loads: Sequence[PlateLoad]) -> None:
    if not loads:
        return
    first = next_sequence(con, "run")
    append_rows(con, "run", [_run_row(load, first + number) for number, load in enumerate(loads)])
    for table, attribute in RAW.items():
        append(con, table, pa.concat_tables([SPECS[table].check(getattr(load.read, attribute)) for load in loads]))
    append_readings(con, {load.read.run.run_id: (load.read.reading, load.names()) for load in loads})


def _run_row(load: PlateLoad, sequence: int) -> dict[str, Any]:
    run = load.read.run
    content = load.names().content
    row = {"sequence": sequence, "night_id": load.night_id, "loaded_at": stored(load.loaded_at)}
    row |= {"archived_path": load.archived_path, "plate_key": plate_key(run, content), "content_hash": content}
    return asdict(run) | row


def _append_assays(con: Connection, loads: Sequence[PlateLoad]) -> None:
    if not loads:
        return
    first = next_sequence(con, "assay")
    append_rows(con, "assay", [_assay_row(load, first + number) for number, load in enumerate(loads)])
    for table in ASSAYED:
        append(con, table, pa.concat_tables([_of_assay(load, table) for load in loads]))


def _assay_row(load: PlateLoad, sequence: int) -> dict[str, Any]:
    row = {"assay_id": load.assay_id, "run_id": load.read.run.run_id, "sequence": sequence}
    row |= {"night_id": load.night_id, "assayed_at": stored(load.loaded_at)}
    made = {name: value for name, value in asdict(load.provenance).items() if name != "tolerances"}
    return made | asdict(load.provenance.tolerances) | row


def _of_assay(load: PlateLoad, table: str) -> pa.Table:
    """Rows of a table, each with the assay that they are of."""
    frame = SPECS[table].check(getattr(load, ASSAYED[table]))
    if "assay_id" in frame.column_names:
        return frame
    return frame.append_column("assay_id", pa.repeat(pa.scalar(load.assay_id), frame.num_rows))


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
