"""Plates of a night: which are due, what they are read with, and their curves in one batch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from pbis.config import Site
from pbis.core.curves.assay import AssayFrames, AssayInput, AssayOptions, assay
from pbis.core.curves.method import METHOD_VERSION
from pbis.core.decision import Decision, digest
from pbis.core.errors import InputRefused, IntegrityError
from pbis.core.plates.kit_range import check_kit_range
from pbis.core.plates.kits import Fit, fitting, kit_of
from pbis.core.plates.panel import AliasTable, Panel
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.regions import Bead
from pbis.core.plates.well import assign_roles
from pbis.pipeline.accepting import accept
from pbis.pipeline.archive import archived_path, arrived, fetch, keep
from pbis.pipeline.context import Bench, Night, NightOptions, Settings
from pbis.pipeline.decisions import Decisions, decisions_about, excluded, releases
from pbis.pipeline.inbox import Arrival, Inbox
from pbis.pipeline.lock import OF_A_NIGHT
from pbis.pipeline.lot_sheets import lots_of, sheet_hash, sheet_of
from pbis.pipeline.stages import Blocked, Due, PlateJob, ReadPlate, Told
from pbis.pipeline.standards import require_standards, told_of_standards
from pbis.pipeline.telling import told_about, with_labels
from pbis.pipeline.trace import defect
from pbis.readers import attach_lot_sheet, read_bytes
from pbis.version import __version__

Beads = tuple[tuple[str, str], ...]  # names and bead regions of an export's analytes, in its order


@dataclass(frozen=True)
class Basis:
    """What a plate is computed from beside the site's settings: its run, its kit, and what people gave and decided."""

    run_id: str
    panel: Panel | None
    layout: pa.Table | None
    sheet: pa.Table | None
    decisions: Decisions = ()


def assay_names(night: Bench, basis: Basis) -> list[str]:
    """Name of what would be computed: sha256 over everything that can change it (ADR 1); then those that earlier builds gave
    to the same: they hashed the suite with its sentences."""
    return [_named(night, suite, basis) for suite in night.settings.suite.hashes]


def _named(night: Bench, suite: str, basis: Basis) -> str:
    knobs = night.site.file.assay
    parts = (
        basis.run_id,
        layout_hash(basis.layout),
        sheet_hash(basis.sheet),
        night.settings.panel_hash(basis.panel),
        knobs.method,
        METHOD_VERSION[knobs.method],
        knobs.profile,
        suite,
        __version__,
        *((digest(basis.decisions),) if basis.decisions else ()),
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
class Desk:
    """What the laboratory says of plates beside their exports: layouts, lot sheets, and what the sheets' files are called."""

    layouts: pa.Table
    sheets: pa.Table
    names: Mapping[str, str]

    @classmethod
    def of(cls, night: Night) -> Desk:
        files = warehouse.current_files(night.con, "lot_sheets")
        names = {file_id: name for file_id, name, _ in files}
        return cls(warehouse.current_layouts(night.con), warehouse.current_lot_sheets(night.con), names)

    def sheet_of(self, plate: str, lots: Iterable[str], file: str) -> pa.Table | None:
        return sheet_of(plate, lots, self.sheets, file=file, names=self.names)

    def name_of(self, sheet: pa.Table) -> str:
        return self.names.get(str(_file_id(sheet)), "lot sheet")


@dataclass(frozen=True)
class Tools:
    """What plates of a night are read, fitted and drawn with, in whatever process (pbis.pipeline.context.Bench)."""

    site: Site
    settings: Settings
    options: NightOptions
    decisions: dict[str, tuple[Decision, ...]]
    desk: Desk

    @classmethod
    def of(cls, night: Night, desk: Desk) -> Tools:
        options = replace(
            night.options, turn=OF_A_NIGHT
        )  # a worker takes no lock, and what waits aloud cannot be sent to it
        return cls(night.site, night.settings, options, night.decisions, desk)

    @property
    def archive(self) -> Path:
        return self.site.path("archive")


def due_jobs(night: Night, inbox: Inbox) -> Due:
    """Plates to work on: arrivals that are not known by their hash, and stored runs whose assay is no longer today's."""
    arrivals = [a for a in inbox.arrivals if a.kind == "plates"]
    unique = {a.file_id: a for a in arrivals if not warehouse.has_run(night.con, a.file_id)}
    new = [_job(night, a.file_id, a.name, a) for a in unique.values()]
    stale = _stale_jobs(night)
    return replace(stale, jobs=(*new, *stale.jobs), known=len(arrivals) - len(unique))


def _stale_jobs(night: Night) -> Due:
    """An assay that was computed before (a setting was put back) stands again without being computed anew."""
    con, desk, lots = night.con, Desk.of(night), warehouse.kit_lots(night.con)
    beads = warehouse.beads(con)
    known: dict[Beads, list[Fit]] = {}
    stale, notes, blocked, reselected = [], [], [], 0
    for run in warehouse.current_runs(con):
        try:
            sheet = desk.sheet_of(run.plate, lots.get(run.run_id, ()), run.file_name)
        except InputRefused as error:
            notes.append(f"{run.file_name}: its earlier results stand: {error}")
            blocked.append(Blocked(run.run_id, run.file_name, str(error)))
            continue
        decisions = decisions_about(night, run.run_id, run.content)
        fits = _stored_fits(night, run.run_id, tuple(beads.get(run.run_id, ())), known)
        if night.settings.panels and len(fits) != 1:
            stale.append(_job(night, run.run_id, run.file_name, None))  # read again, to say of which kits it is
            continue
        layout = layout_of(run.plate, desk.layouts)
        names = assay_names(night, Basis(run.run_id, fits[0].panel if fits else None, layout, sheet, decisions))
        if run.assay_id in names:
            continue
        stored = next((name for name in names if warehouse.has_assay(con, name)), None)
        if stored is not None:
            warehouse.select_assay(con, run.run_id, stored, night.night_id)
            reselected += 1
        else:
            stale.append(_job(night, run.run_id, run.file_name, None))
    return Due(tuple(stale), 0, reselected, Told(tuple(notes), blocked=tuple(blocked)))


def names_under(night: Night, desk: Desk, run: warehouse.StoredRun, layout: pa.Table | None) -> list[str]:
    """What the assay of a stored run is called under a layout, today and by earlier builds; none where its kit is in doubt."""
    lots = warehouse.kit_lots(night.con, with_replaced=True).get(run.run_id, ())
    beads = warehouse.beads(night.con, with_replaced=True).get(run.run_id, ())
    fits = _stored_fits(night, run.run_id, tuple(beads), {})
    if night.settings.panels and len(fits) != 1:
        return []
    sheet = desk.sheet_of(run.plate, lots, run.file_name)
    decisions = decisions_about(night, run.run_id, run.content)
    return assay_names(night, Basis(run.run_id, fits[0].panel if fits else None, layout, sheet, decisions))


def _stored_fits(night: Night, run_id: str, beads: Beads, known: dict[Beads, list[Fit]]) -> list[Fit]:
    """The kits that a stored run may be of today: the site's panels may have changed since it was loaded. known: what was found for
    the same analytes, which most runs of a site share."""
    settings, told = night.settings, told_about(night, run_id).panel
    if told is not None:
        return [Fit(panel, ()) for panel in settings.panels if panel.name == told]
    if beads not in known:
        known[beads] = fitting([Bead(*bead) for bead in beads], settings.panels, settings.aliases)
    return known[beads]


def _job(night: Night, run_id: str, name: str, arrival: Arrival | None) -> PlateJob:
    return PlateJob(run_id, name, archived_path(night.archive, "plates", run_id), arrival)


def read_job(night: Bench, job: PlateJob, desk: Desk) -> ReadPlate | Told:
    """The plate, or what is said of it where it is refused or trips a defect, which leaves the others alone."""
    try:
        return read_plate(night, job, desk, bytes_of(night, job))
    except _BySheet as told:
        return job.refused(told.error, by_sheet=True)
    except InputRefused as error:
        return job.refused(error)
    except (OSError, IntegrityError):
        raise
    except Exception as error:  # a defect must cost one plate, not the night
        return job.refused(defect(night.site.path("state"), job.name, error))


def read_plate(night: Bench, job: PlateJob, desk: Desk, data: bytes) -> ReadPlate:
    """The plate of these bytes. Raises InputRefused."""
    file, site_order = told_about(night, job.run_id), night.site.file.inbox.date_order or None
    found = read_bytes(data, job.name, date_order=file.date_order, site_order=site_order)
    read = with_labels(found.named(job.run_id), file)
    fit = kit_of(read, night.settings.panels, night.settings.aliases, file.panel)
    panel = fit.panel if fit else None
    layout = layout_of(read.plate, desk.layouts)
    sheet, told = _with_sheet(read, job, desk)
    named = warehouse.name_readings(read.reading)
    decisions = decisions_about(night, job.run_id, named.content or job.run_id)
    roles = assign_roles(told or read, layout, releases(decisions))
    method = night.site.file.assay.method
    require_standards(told or read, roles.table, method)
    accept(told or read, roles.table)
    in_range = _by_kit(told or read, panel, night.settings.aliases, None if sheet is None else desk.name_of(sheet))
    said = () if told is None else tuple(_said(told.warning.slice(read.warning.num_rows)))
    said += (("panel_incomplete", fit.sentence),) if fit and fit.sentence else ()
    return ReadPlate(
        job,
        assay_names(night, Basis(job.run_id, panel, layout, sheet, decisions))[0],
        read,
        roles.table,
        _file_id(layout),
        said + roles.warnings + in_range + tuple(told_of_standards(told or read, roles.table, method)),
        _file_id(sheet),
        told,
        decisions,
        panel,
        named,
    )


def _by_kit(
    read: PlateRead, panel: Panel | None, aliases: AliasTable, sheet: str | None
) -> tuple[tuple[str, str], ...]:
    """What the kit's range says of the standards as they are known. sheet: name of the lot sheet that they are known from."""
    try:
        return check_kit_range(read, panel, aliases, sheet)
    except InputRefused as error:
        if sheet is not None:
            raise _BySheet(error) from None
        raise


class _BySheet(Exception):
    """It is the lot sheet that keeps a plate from being read: told apart, because the sheet is what a person mends."""

    def __init__(self, error: InputRefused) -> None:
        super().__init__(str(error))
        self.error = error


def _with_sheet(read: PlateRead, job: PlateJob, desk: Desk) -> tuple[pa.Table | None, PlateRead | None]:
    """The plate's lot sheet, and the plate as it is with it; both None where there is none."""
    try:
        sheet = desk.sheet_of(read.plate, lots_of(read), job.name)
        return sheet, None if sheet is None else attach_lot_sheet(read, sheet, name=desk.name_of(sheet))
    except InputRefused as error:
        raise _BySheet(error) from None


def _file_id(table: pa.Table | None) -> str | None:
    return None if table is None else str(table.column("file_id")[0].as_py())


def _said(warning: pa.Table) -> Iterator[tuple[str, str]]:
    return zip(warning.column("code").to_pylist(), warning.column("message").to_pylist(), strict=True)


def bytes_of(night: Bench, job: PlateJob) -> bytes:
    """The archived bytes, proven; tonight's files are archived first, except in a dry run."""
    if job.arrival is not None and night.options.is_dry_run:
        return arrived(job.arrival)
    return fetch(job.archived if job.arrival is None else keep(night.archive, job.arrival))


def assay_plates(night: Bench, plates: Sequence[ReadPlate]) -> AssayFrames:
    """All curves of all plates of the night in one batch."""
    knobs = night.site.file.assay
    inputs = [AssayInput(p.assay_id, p.used, p.well, p.panel, night.settings.aliases, excluded(p)) for p in plates]
    return assay(inputs, AssayOptions(night.settings.tolerances, knobs.method))
