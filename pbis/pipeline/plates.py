"""Plates through a night: which are due, read, roles, one batch of curves, one validation, and a transaction each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from pbis import __version__
from pbis.core.assay import AssayInput, AssayOptions, assay
from pbis.core.curves.method import METHOD_VERSION
from pbis.core.decision import digest
from pbis.core.errors import InputRefused, IntegrityError, MalformedFile
from pbis.core.frames import ASSAY_REAGENT, ASSAY_WARNING, SPECS, WELL
from pbis.core.model import concat
from pbis.core.qc import CheckFrames
from pbis.core.regions import check_panel_regions
from pbis.core.trends.points import points
from pbis.core.verdict import roll_up
from pbis.core.verdicts.decided import decided
from pbis.core.well import assign_roles
from pbis.pipeline.archive import archived_path, fetch, keep
from pbis.pipeline.context import Night, PlateJob, ReadPlate
from pbis.pipeline.decisions import Decisions, by_run, decisions_of, excluded
from pbis.pipeline.inbox import Arrival, Refusal
from pbis.pipeline.lot_sheets import lots_of, reagents_used, sheet_hash, sheet_of
from pbis.pipeline.standards import require_standards
from pbis.pipeline.trace import defect
from pbis.readers import attach_lot_sheet, read_bytes


def assay_id(
    night: Night, run_id: str, layout: pa.Table | None, sheet: pa.Table | None, decisions: Decisions = ()
) -> str:
    """Name of what would be computed: sha256 over everything that can change it (ADR 1)."""
    knobs = night.site.file.assay
    settings = night.settings
    parts = (
        run_id,
        layout_hash(layout),
        sheet_hash(sheet),
        settings.panel_hash,
        knobs.method,
        METHOD_VERSION[knobs.method],
        knobs.profile,
        settings.suite_hash,
        __version__,
        *((digest(decisions),) if decisions else ()),
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def layout_hash(layout: pa.Table | None) -> str:
    """sha256 of the layout's content: the file it came in and the order of its lines do not matter."""
    if layout is None:
        return ""
    columns = ["plate", "plate_number", "well", "well_role", "specimen_id", "reagent_label", "dilution_factor"]
    rows = layout.select(columns).sort_by([("plate_number", "ascending"), ("well", "ascending")]).to_pylist()
    return hashlib.sha256(msgspec.json.encode(rows)).hexdigest()


def layout_of(plate: str, layouts: pa.Table) -> pa.Table | None:
    """Rows of the layouts that name this plate, or None."""
    mine = layouts.filter(pc.equal(layouts.column("plate"), pa.scalar(plate)))
    return mine if mine.num_rows else None


@dataclass(frozen=True)
class _Desk:
    """What the laboratory says of plates beside their exports: layouts, lot sheets, and what the sheets' files are called."""

    layouts: pa.Table
    sheets: pa.Table
    names: Mapping[str, str]

    @classmethod
    def of(cls, night: Night) -> _Desk:
        files = warehouse.current_files(night.con, "lot_sheets")
        names = {file_id: name for file_id, name, _ in files}
        return cls(warehouse.current_layouts(night.con), warehouse.current_lot_sheets(night.con), names)

    def sheet_of(self, plate: str, lots: Iterable[str], file: str) -> pa.Table | None:
        return sheet_of(plate, lots, self.sheets, file=file, names=self.names)

    def name_of(self, sheet: pa.Table) -> str:
        return self.names.get(str(_file_id(sheet)), "lot sheet")


def due_jobs(night: Night) -> list[PlateJob]:
    """Plates to work on: arrivals that are not known by their hash, and stored runs whose assay is no longer today's."""
    arrivals = [a for a in night.inbox.arrivals if a.kind == "plates"]
    known = [a for a in arrivals if warehouse.has_run(night.con, a.file_id)]
    night.known.extend(a.name for a in known)
    unique = {a.file_id: a for a in arrivals if a not in known}
    night.known.extend(a.name for a in arrivals if a not in known and unique[a.file_id] is not a)
    new = [_job(night, a.file_id, a.name, a) for a in unique.values()]
    return new + _stale_jobs(night)


def _stale_jobs(night: Night) -> list[PlateJob]:
    con, desk, lots = night.con, _Desk.of(night), warehouse.kit_lots(night.con)
    stale = []
    for run in warehouse.current_runs(con):
        try:
            sheet = desk.sheet_of(run.plate, lots.get(run.run_id, ()), run.file_name)
        except InputRefused as error:
            night.notes.append(f"{run.file_name}: its earlier results stand: {error}")
            continue
        decisions = night.decisions.get(run.content, ())
        wanted = assay_id(night, run.run_id, layout_of(run.plate, desk.layouts), sheet, decisions)
        if wanted == run.assay_id or (warehouse.has_assay(con, wanted) and _reselect(night, run.run_id, wanted)):
            continue
        stale.append(_job(night, run.run_id, run.file_name, None))
    return stale


def _reselect(night: Night, run_id: str, wanted: str) -> bool:
    """An assay that was computed before (a setting was put back) stands again without being computed anew."""
    warehouse.select_assay(night.con, run_id, wanted, night.night_id)
    night.reselected.append(run_id)
    return True


def _job(night: Night, run_id: str, name: str, arrival: Arrival | None) -> PlateJob:
    return PlateJob(run_id, name, archived_path(night.archive, "plates", run_id), arrival)


def read_jobs(night: Night, jobs: Sequence[PlateJob]) -> None:
    """Read each job; a plate that is refused, or that trips a defect, leaves the others alone."""
    desk = _Desk.of(night)
    for job in jobs:
        try:
            night.plates.append(_read(night, job, desk))
        except InputRefused as error:
            _refuse(night, job, error)
        except (OSError, IntegrityError):
            raise
        except Exception as error:  # a defect must cost one plate, not the night
            _refuse(night, job, defect(night.site.path("state"), job.name, error))


def _refuse(night: Night, job: PlateJob, error: InputRefused) -> None:
    if job.arrival is not None:
        night.refusals.append(Refusal("plates", job.arrival.path, job.name, error, job.run_id))
    else:
        night.notes.append(f"{job.name}: could not be computed anew, its earlier results stand: {error}")


def _read(night: Night, job: PlateJob, desk: _Desk) -> ReadPlate:
    read = read_bytes(_bytes(night, job), job.name)
    check_panel_regions(read, night.settings.panel, night.settings.aliases)
    layout, sheet = layout_of(read.plate, desk.layouts), desk.sheet_of(read.plate, lots_of(read), job.name)
    told = None if sheet is None else attach_lot_sheet(read, sheet, name=desk.name_of(sheet))
    roles = assign_roles(told or read, layout)
    require_standards(told or read, roles.table)
    decisions = decisions_of(night, job.run_id, read.reading)
    said = () if told is None else tuple(_said(told.warning.slice(read.warning.num_rows)))
    return ReadPlate(
        job,
        assay_id(night, job.run_id, layout, sheet, decisions),
        read,
        roles.table,
        _file_id(layout),
        said + roles.warnings,
        _file_id(sheet),
        told,
        decisions,
    )


def _file_id(table: pa.Table | None) -> str | None:
    return None if table is None else str(table.column("file_id")[0].as_py())


def _said(warning: pa.Table) -> Iterator[tuple[str, str]]:
    return zip(warning.column("code").to_pylist(), warning.column("message").to_pylist(), strict=True)


def _bytes(night: Night, job: PlateJob) -> bytes:
    """The archived bytes; tonight's files are archived first, except in a dry run."""
    if job.arrival is not None and night.options.is_dry_run:
        return job.arrival.path.read_bytes()
    return fetch(job.archived if job.arrival is None else keep(night.archive, job.arrival))


def settle_identities(night: Night) -> None:
    """Refuse what would mix plates up: the readings of another plate, or a layout's plate name used by two plates."""
    kept: list[ReadPlate] = []
    for plate in sorted(night.plates, key=_load_order):
        trouble = None if plate.job.arrival is None else _identity_trouble(night.con, plate, kept)
        if trouble is None:
            kept.append(plate)
        else:
            _refuse(night, plate.job, trouble)
    night.plates = kept


def _load_order(plate: ReadPlate) -> tuple[str, bool, str]:
    """Older exports first, so that newer ones supersede them; of equal times the untouched file last, so that it stands."""
    run = plate.read.run
    return (run.exported_at.isoformat() if run.exported_at else "", run.crc_state == "match", run.run_id)


def _identity_trouble(con: Any, plate: ReadPlate, kept: Sequence[ReadPlate]) -> InputRefused | None:
    run = plate.read.run
    content = warehouse.content_hash(plate.read.reading)
    key = warehouse.plate_key(run, content)
    stored = warehouse.find_duplicate(con, key, content) if content else None
    twin = stored.file_name if stored else _twin_tonight(key, content, kept)
    if twin is not None:
        return MalformedFile(
            "holds exactly the readings of another plate",
            file=plate.job.name,
            expected="readings of its own",
            found=f"those of {twin}",
            hint="one of the two is mislabelled: ask who exported them",
        )
    if plate.layout_file_id is None:
        return None
    namesake = warehouse.find_namesake(con, plate.read.plate, key) or _namesake_tonight(plate, key, kept)
    if namesake is None:
        return None
    return MalformedFile(
        "two plates share one name, and a layout says what lies in it",
        file=plate.job.name,
        expected="a plate name used once",
        found=f"{plate.read.plate!r}, also the name of {namesake}",
        hint="rename the batch of one and its layout",
    )


def _twin_tonight(key: str, content: str | None, kept: Sequence[ReadPlate]) -> str | None:
    for other in kept:
        theirs = warehouse.content_hash(other.read.reading)
        if content is not None and theirs == content and warehouse.plate_key(other.read.run, theirs) != key:
            return other.job.name
    return None


def _namesake_tonight(plate: ReadPlate, key: str, kept: Sequence[ReadPlate]) -> str | None:
    for other in kept:
        theirs = warehouse.plate_key(other.read.run, warehouse.content_hash(other.read.reading))
        if other.read.plate == plate.read.plate and theirs != key:
            return other.job.name
    return None


def assay_plates(night: Night) -> None:
    """All curves of all plates of the night in one batch."""
    knobs = night.site.file.assay
    inputs = [
        AssayInput(p.assay_id, p.used, p.well, night.settings.panel, night.settings.aliases, excluded(p))
        for p in night.plates
    ]
    night.frames = assay(inputs, AssayOptions(method=knobs.method, profile=knobs.profile))


def check_plates(night: Night) -> None:
    """One validation for the night, then what people decided, then verdicts."""
    import expectations

    assert night.frames is not None
    frames = check_frames(night)
    checked = expectations.judge(frames, night.settings.suite)
    night.trend_point = points(frames)
    night.finding = decided(checked.finding, frames, by_run(night), night.settings.suite_hash)
    night.judged = checked.judged
    night.verdicts = roll_up(night.frames.result, night.finding, night.frames.curve, checked.judged)


def check_frames(night: Night) -> CheckFrames:
    """What the checks look at: the night's results, curves and raw frames, and which assay belongs to which run."""
    assert night.frames is not None
    raw = {name: concat(SPECS[spec], [getattr(p.used, name) for p in night.plates]) for name, spec in _RAW.items()}
    return CheckFrames(
        result=night.frames.result,
        curve=night.frames.curve,
        level=night.frames.level,
        well=concat(WELL, [p.well for p in night.plates]),
        run=tuple(p.read.run for p in night.plates),
        assay_of_run={p.job.run_id: p.assay_id for p in night.plates},
        panels={p.job.run_id: night.settings.panel for p in night.plates},
        **raw,
    )


_RAW = {
    "reading": "reading",
    "reagent": "reagent",
    "calibration": "calibration",
    "lot": "lot",
    "analyte": "analyte_run",
}


def load_plate(night: Night, plate: ReadPlate) -> None:
    """One transaction; afterwards the plate is safe whatever happens."""
    knobs = night.site.file.assay
    settings = night.settings
    assert night.frames is not None
    assert night.finding is not None
    assert night.verdicts is not None
    provenance = warehouse.Provenance(
        method=knobs.method,
        profile=knobs.profile,
        suite_hash=settings.suite_hash,
        config_hash=night.site.config_hash,
        code_version=__version__,
        layout_file_id=plate.layout_file_id,
        lot_sheet_file_id=plate.lot_sheet_file_id,
        panel=settings.panel.name if settings.panel else None,
        decision_hash=digest(plate.decisions) or None,
    )
    mine = {name: only(table, plate.assay_id) for name, table in _derived(night).items()}
    load = warehouse.PlateLoad(
        read=plate.read,
        assay_id=plate.assay_id,
        provenance=provenance,
        well=plate.well,
        warning=_warnings(plate),
        reagent=ASSAY_REAGENT.empty() if plate.told is None else reagents_used(plate.read, plate.told),
        night_id=night.night_id,
        loaded_at=night.clock(),
        archived_path=str(plate.job.archived.relative_to(night.archive)),
        **mine,
    )
    outcome = warehouse.load_plate(night.con, load)
    night.loaded.append(plate.job.run_id)
    night.superseded.extend(outcome.superseded)


def _warnings(plate: ReadPlate) -> pa.Table:
    """ASSAY_WARNING: what is to be said of roles, layout and lot sheet, in the order in which it was found."""
    codes, messages = zip(*plate.warnings, strict=True) if plate.warnings else ((), ())
    return ASSAY_WARNING.table(
        {
            "run_id": [plate.job.run_id] * len(codes),
            "position": list(range(1, len(codes) + 1)),
            "code": list(codes),
            "message": list(messages),
        }
    )


def _derived(night: Night) -> dict[str, pa.Table]:
    assert night.frames is not None
    assert night.finding is not None
    assert night.verdicts is not None
    return {
        "result": night.frames.result,
        "curve": night.frames.curve,
        "level": night.frames.level,
        "finding": night.finding,
        "analyte_verdict": night.verdicts.analyte,
        "plate_verdict": night.verdicts.plate,
        "reading_state": night.verdicts.reading_state,
        "judged": night.judged,
        "trend_point": night.trend_point,
    }


def only(table: pa.Table, assay_id: str) -> pa.Table:
    """Rows of one assay."""
    return table.filter(pc.equal(table.column("assay_id"), pa.scalar(assay_id)))
