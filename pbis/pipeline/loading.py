"""Plates into the warehouse: what was read, what was computed, and what it was computed with, a shard in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from pbis.core.decision import digest
from pbis.core.frames import ASSAY_REAGENT, ASSAY_WARNING
from pbis.pipeline.context import Night
from pbis.pipeline.lot_sheets import reagents_used
from pbis.pipeline.stages import Judged, Loaded, LoadedPlate, ReadPlate, Told
from pbis.pipeline.standards import NOTED
from pbis.version import __version__


def load_plates(night: Night, judged: Judged) -> Loaded:
    """One transaction for the plates of a shard; afterwards they are safe whatever happens."""
    derived = _derived(judged)
    loads = [_load(night, plate, derived) for plate in judged.plates]
    outcomes = warehouse.load_plates(night.con, loads)
    made = tuple(
        LoadedPlate(p.job.run_id, p.assay_id, p.job.arrival is not None, p.warnings, outcome.superseded)
        for p, outcome in zip(judged.plates, outcomes, strict=True)
    )
    told = judged.told + Told(without_standards(judged.plates))
    return Loaded(told, judged.inbox, judged.imports, judged.due, made)


def _load(night: Night, plate: ReadPlate, derived: Mapping[str, pa.Table]) -> warehouse.PlateLoad:
    return warehouse.PlateLoad(
        read=plate.read,
        assay_id=plate.assay_id,
        provenance=_provenance(night, plate),
        well=plate.well,
        warning=_warnings(plate),
        reagent=ASSAY_REAGENT.empty() if plate.told is None else reagents_used(plate.read, plate.told),
        named=plate.named,
        night_id=night.night_id,
        loaded_at=night.clock(),
        archived_path=str(plate.job.archived.relative_to(night.archive)),
        **{name: only(table, plate.assay_id) for name, table in derived.items()},
    )


def without_standards(plates: Iterable[ReadPlate]) -> tuple[str, ...]:
    """A note for each plate of tonight that holds no standard."""
    return tuple(f"{p.job.name}: {text}" for p in plates for code, text in p.warnings if code in NOTED)


def changed_medians(night: Night, plates: Iterable[LoadedPlate]) -> tuple[str, ...]:
    """A note for each plate of tonight, or of a killed night that tonight completes, whose export replaces one with other medians, or is
    replaced by it."""
    tonight = {plate.run_id for plate in plates} | warehouse.runs_left_behind(night.con)
    rows = warehouse.reexport_changes(night.con, tonight) if tonight else []
    return tuple(row["message"] for row in rows)


def _provenance(night: Night, plate: ReadPlate) -> warehouse.Provenance:
    knobs, settings = night.site.file.assay, night.settings
    return warehouse.Provenance(
        method=knobs.method,
        profile=knobs.profile,
        suite_hash=settings.suite_hash,
        wording_hash=settings.suite.wording_hash,
        tolerances=settings.tolerances,
        config_hash=night.site.config_hash,
        code_version=__version__,
        layout_file_id=plate.layout_file_id,
        lot_sheet_file_id=plate.lot_sheet_file_id,
        panel=plate.panel.name if plate.panel else None,
        decision_hash=digest(plate.decisions) or None,
    )


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


def _derived(judged: Judged) -> dict[str, pa.Table]:
    return {
        "result": judged.frames.result,
        "curve": judged.frames.curve,
        "level": judged.frames.level,
        "finding": judged.finding,
        "analyte_verdict": judged.verdicts.analyte,
        "plate_verdict": judged.verdicts.plate,
        "reading_state": judged.verdicts.reading_state,
        "judged": judged.judged,
        "trend_point": judged.trend_point,
        "plate_place": judged.plate_place,
    }


def only(table: pa.Table, assay_id: str) -> pa.Table:
    """Rows of one assay."""
    return table.filter(pc.equal(table.column("assay_id"), pa.scalar(assay_id)))
