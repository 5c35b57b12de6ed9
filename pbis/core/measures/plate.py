"""Measures of a plate as a whole, gathered from the modules that take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.measures import group as by
from pbis.core.measures.control import reagent_labels
from pbis.core.measures.group import Groups, Reals
from pbis.core.measures.known import known
from pbis.core.measures.order import carry_over, control_order, drift, standard_order
from pbis.core.measures.place import spatial
from pbis.core.measures.qc import CheckFrames, MeasureSettings
from pbis.core.measures.run import by_run, calibration, lots, panel
from pbis.core.measures.spec import OF_RUN, PLATES
from pbis.core.plates.plate import Run


def plates(frames: CheckFrames, valid: Reals, settings: MeasureSettings) -> pa.Table:
    """PLATES: one row per plate of `frames.result`; `valid` is the MFI of each reading, NaN where it does not count."""
    result = frames.result
    groups = by.group_by(result, by.PLATE_KEY)
    head = result.take(pa.array(groups.first))
    columns: dict[str, object] = {name: head.column(name) for name in ("assay_id", "run_id", "plate", "plate_number")}
    columns |= _counts(result, groups, settings.low_beads)
    columns |= standard_order(result, groups, valid, settings.inversion_pct)
    columns |= control_order(result, groups, valid, reagent_labels(result, frames.well))
    columns |= drift(result, groups, valid)
    columns |= carry_over(result, groups, valid, settings.carry_ratio)
    columns |= spatial(result, groups, valid)
    columns |= known(frames, head)
    columns |= _run_columns(frames, head)
    return by.conform(PLATES, columns, absent=("well", "replicate_group", "analyte"))


def _counts(result: pa.Table, groups: Groups, low_beads: float) -> dict[str, object]:
    wells, analytes = (by.group_by(result, key).first for key in (by.WELL_KEY, by.ANALYTE_KEY))
    beads = by.numbers(result, "bead_count")
    counted = by.count(groups, ~np.isnan(beads))
    sample = by.is_in(result, "well_role", "unknown", "unknown_role")
    unnamed = sample & pc.is_null(result.column("specimen_id")).to_numpy()
    once = np.zeros(result.num_rows, np.bool_)
    once[wells] = True
    return {
        "analyte_count": np.bincount(groups.code[analytes], minlength=groups.count),
        "well_count": np.bincount(groups.code[wells], minlength=groups.count),
        "has_counts": (counted > 0).astype(np.float64),
        "low_bead_pct": 100 * by.ratio(by.count(groups, beads < low_beads), counted),
        "unknown_wells": by.count(groups, sample & once),
        "unnamed_wells": by.count(groups, unnamed & once),
    }


def _run_columns(frames: CheckFrames, head: pa.Table) -> dict[str, object]:
    """Calibration, lots and panel of the run of each plate; null for a plate whose run is not among the frames."""
    runs = {run.run_id: run for run in frames.run}
    own = {name: by_run(getattr(frames, name)) for name in ("calibration", "lot")}
    analytes = _analytes_of_run(frames.result)
    blank: dict[str, Any] = dict.fromkeys(column.name for column in OF_RUN)
    rows: list[dict[str, Any]] = []
    for run_id in head.column("run_id").to_pylist():
        mine = {name: tables.get(run_id, getattr(frames, name)[:0]) for name, tables in own.items()}
        rows.append(_of_run(runs[run_id], frames, mine, analytes[run_id]) if run_id in runs else blank)
    names = dict.fromkeys(
        name for row in rows or [blank] for name in row
    )  # what was measured; the spec says if it knows it
    return {name: [row.get(name) for row in rows] for name in names}


def _of_run(run: Run, frames: CheckFrames, mine: Mapping[str, pa.Table], analytes: set[str]) -> dict[str, Any]:
    return calibration(run, mine["calibration"]) | lots(run, mine["lot"]) | panel(run, frames, analytes)


def _analytes_of_run(result: pa.Table) -> dict[str, set[str]]:
    pairs = result.select(["run_id", "analyte"]).group_by(["run_id", "analyte"]).aggregate([])
    found: dict[str, set[str]] = {}
    for row in pairs.to_pylist():
        found.setdefault(row["run_id"], set()).add(row["analyte"])
    return found
