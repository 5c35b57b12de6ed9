"""The numbers of a plate that are followed from plate to plate: one row per analyte x metric that has one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pbis.core.frames import TREND_POINT
from pbis.core.frames.stored import stored
from pbis.core.frames.trend import METRICS
from pbis.core.measures import group as by
from pbis.core.measures.control import controls
from pbis.core.measures.group import Codes, Groups, Mask, Reals
from pbis.core.measures.qc import CheckFrames
from pbis.core.verdicts.reading import SAMPLE_ROLES

LEAST_SAMPLES = 8  # fewer quantified wells say nothing about the level of a batch


def points(frames: CheckFrames) -> pa.Table:
    """TREND_POINT of all plates of the night, sorted by its key."""
    groups = by.group_by(frames.result, by.ANALYTE_KEY)
    head = frames.result.take(pa.array(groups.first)).select(["assay_id", "run_id", "plate_number", "analyte"])
    values = _controls(head, controls(frames)) | _curve(head, frames.curve) | _levels(head, frames.level)
    values["ln_samples"] = _samples(frames.result, groups)
    tables = [_rows(head, name, values[name]) for name in METRICS]
    return pa.concat_tables(tables).sort_by([(name, "ascending") for name in TREND_POINT.key]).combine_chunks()


def trapezoid(x: Reals, y: Reals, curve: Codes, count: int) -> Reals:
    """Area under y over x of each of `count` curves by the trapezoid rule; rows are points, sorted by curve and x."""
    same = curve[:-1] == curve[1:]
    strip = np.where(same, (x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2, 0.0)
    return np.bincount(curve[:-1], strip, count).astype(np.float64)


def _rows(head: pa.Table, metric: str, values: Reals) -> pa.Table:
    known = np.flatnonzero(np.isfinite(values))
    columns = {name: head.column(name).take(pa.array(known)) for name in head.column_names}
    return TREND_POINT.table({**columns, "metric": [metric] * len(known), "value": stored(values[known])})


def _controls(head: pa.Table, control: pa.Table) -> dict[str, Reals]:
    """Means of the controls with the lowest and the highest nominal; one control alone is qc1."""
    analyte = by.match(control, head, by.ANALYTE_KEY)
    value, nominal = by.numbers(control, "mean_concentration"), by.numbers(control, "expected_concentration")
    order = np.lexsort((np.nan_to_num(nominal, nan=np.inf), analyte))
    order = order[analyte[order] >= 0]
    first, last = (_edge(analyte[order], head.num_rows, step) for step in (1, -1))
    low, high = (np.where(at >= 0, order[at], -1) if len(order) else at for at in (first, last))
    return {"qc1": by.pick(value, low), "qc2": by.pick(value, np.where(first == last, -1, high))}


def _edge(code: Codes, count: int, step: int) -> Codes:
    """First (step 1) or last (step -1) position of each code in a sorted array, -1 where it has none."""
    at = np.full(count, -1, np.int64)
    positions = np.arange(len(code))[::-step]
    at[code[positions]] = positions
    return at


def _curve(head: pa.Table, curve: pa.Table) -> dict[str, Reals]:
    row = by.match(head, curve, by.ANALYTE_KEY)
    return {
        "ln_ec50": by.log(by.pick(by.numbers(curve, "ec50"), row)),
        "ln_top": by.log(by.pick(by.numbers(curve, "coef_b"), row)),
    }


def _levels(head: pa.Table, level: pa.Table) -> dict[str, Reals]:
    """Background, highest standard and area; a curve that lacks the mean of a level has no area."""
    analyte, number = by.match(level, head, by.ANALYTE_KEY), by.numbers(level, "standard_level")
    order = np.lexsort((number, analyte))
    order = order[(analyte[order] >= 0) & (number[order] >= 1)]
    code, mfi = analyte[order], by.numbers(level, "mean_mfi")[order]
    dose = by.log(by.numbers(level, "expected_concentration"))[order]
    top = _edge(code, head.num_rows, -1)
    blank = by.Groups(np.where(analyte < 0, head.num_rows, analyte), np.arange(head.num_rows + 1))
    lowest = np.where(number == 0, by.numbers(level, "mean_mfi"), np.nan)
    return {
        "high_mfi": by.pick(mfi, top),
        "background": by.mean(blank, lowest)[:-1],
        "auc": np.where(_edge(code, head.num_rows, 1) < top, trapezoid(dose, mfi, code, head.num_rows), np.nan),
    }


def _samples(result: pa.Table, groups: Groups) -> Reals:
    is_sample: Mask = by.is_in(result, "well_role", *SAMPLE_ROLES) & by.is_in(result, "status", "QUANT")
    value = np.where(is_sample, by.log(by.numbers(result, "concentration")), np.nan)
    enough = by.count(groups, ~np.isnan(value)) >= LEAST_SAMPLES
    return np.where(enough, by.mean(groups, value), np.nan)
