"""Measures of kit controls against the ranges of their lot, and against what the instrument said about them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core import units
from pbis.core.measures import group as by
from pbis.core.measures.group import Codes, Groups, Mask, Reals
from pbis.core.measures.qc import CheckFrames
from pbis.core.measures.reading import group_columns
from pbis.core.measures.spec import CONTROLS

FAILED_COMMENT = "control failed"
REPORTED_KEY = ("run_id", "analyte_reported")


def control_wells(frames: CheckFrames) -> pa.Table:
    """The control wells of `result` with label, range in the result's unit, own and the instrument's position in it.

    Added columns: reagent_label, range_low, range_high, expected, is_placeholder (0/1), estimate (concentration on the curve),
    value (it, or the nearest number that the bound allows), own_out and instrument_out (1 outside, 0 inside, NaN undecided),
    failed_comment (0/1).
    """
    wells = frames.result.filter(pc.equal(frames.result.column("well_role"), "qc_control"))
    wells = wells.append_column("reagent_label", reagent_labels(wells, frames.well))
    reagent = by.match(wells, frames.reagent, (*REPORTED_KEY, "reagent_label"))
    factor = _unit_factor(wells, frames.analyte)
    low, high, expected = (
        by.pick(by.numbers(frames.reagent, name), reagent)
        for name in ("range_low", "range_high", "expected_concentration")
    )
    estimate = _estimate(wells)
    own = _value(estimate, wells.column("concentration_op"), by.numbers(wells, "concentration_bound"))
    wells = wells.append_column("estimate", pa.array(estimate, pa.float64()))
    said = _instrument_value(wells)
    placeholder = (low == high) & (np.isnan(expected) | (expected == low))
    columns = {
        "range_low": low * factor,
        "range_high": high * factor,
        "expected": expected * factor,
        "is_placeholder": placeholder.astype(np.float64),
        "value": own,
        "own_out": outside(own, low * factor, high * factor, own_side(wells)),
        "instrument_out": outside(said, low, high, _side(wells.column("result_reported_op"))),
        "failed_comment": _failed_comments(wells, frames.reading).astype(np.float64),
    }
    for name, values in columns.items():
        wells = wells.append_column(name, pa.array(values, pa.float64()))
    return wells


def controls(frames: CheckFrames) -> pa.Table:
    """CONTROLS: one row per control x analyte, judged on the mean of its wells."""
    wells = control_wells(frames)
    groups = by.group_by(wells, (*by.GROUP_KEY, "analyte"))
    value = _group_value(wells, groups)
    low, high = (by.numbers(wells, name)[groups.first] for name in ("range_low", "range_high"))
    expected, placeholder = (by.numbers(wells, name)[groups.first] for name in ("expected", "is_placeholder"))
    judged_high = np.where(placeholder == 1, np.nan, high)
    is_bound = by.count(groups, ~np.isnan(by.numbers(wells, "estimate"))) == 0
    is_out = outside(
        value, low, judged_high, np.where(is_bound, _side(wells.column("concentration_op"))[groups.first], 0)
    )
    own_wells = by.count(groups, by.numbers(wells, "own_out") == 1)
    comments = by.count(groups, by.numbers(wells, "failed_comment") == 1)
    columns = group_columns(wells, groups)
    del columns["well_role"], columns["specimen_id"], columns["dilution_factor"]
    columns |= {
        "label": wells.column("reagent_label").take(pa.array(groups.first)),
        "unit": wells.column("unit").take(pa.array(groups.first)),
        "value": np.where(is_bound & np.isnan(is_out), np.nan, value),
        "mean_concentration": by.mean(groups, by.numbers(wells, "estimate")),
        "value_text": _value_texts(wells, groups, value),
        "range_low": low,
        "range_high": high,
        "is_placeholder": placeholder,
        "is_out": is_out,
        "is_undecided": (is_bound & ~np.isnan(value) & ~np.isnan(judged_high) & np.isnan(is_out)).astype(np.float64),
        "expected_concentration": expected,
        "recovery_pct": 100 * by.ratio(value, expected),
        "wells_out": own_wells,
        "failed_comments": comments,
        "differs_from_instrument": _differs(wells, groups, placeholder),
    }
    return by.conform(CONTROLS, columns, absent=("well",))


def reagent_labels(result: pa.Table, well: pa.Table) -> pa.Array:
    """The label in the reagent table of each row's well, null where it has none."""
    return by.pick_text(well.column("reagent_label"), by.match(result, well, ("run_id", "plate_number", "well")))


def outside(value: Reals, low: Reals, high: Reals, side: Codes) -> Reals:
    """1 where value < low or value > high, 0 inside, NaN where it cannot be known.

    side: 0 where `value` is a number, -1 where only '< value' is known, 1 where only '> value'. A bound decides only when all
    that it allows lies outside: '> 51' says nothing about 73-153, nor does '> 100'; '> 153' does.
    """
    is_low, is_high = (value < low) & (side <= 0), (value > high) & (side >= 0)
    out = is_low | is_high
    unknown = np.isnan(value) | np.isnan(low) | np.isnan(high) | ((side != 0) & ~out)
    return np.where(unknown, np.nan, out.astype(np.float64))


def own_side(wells: pa.Table) -> Codes:
    """`side` of our own concentrations for `outside`."""
    return np.where(np.isnan(by.numbers(wells, "estimate")), _side(wells.column("concentration_op")), 0)


def _estimate(wells: pa.Table) -> Reals:
    """The concentration; beyond the reportable range but on the curve between its standards, what the curve gives there.

    Nothing may be reported there, but a control is known to be high or low from it, as it is to the instrument.
    """
    known = by.is_in(wells, "status", "BELOW_LLOQ", "BELOW_LOD", "ABOVE_ULOQ")
    there = by.numbers(wells, "recovery_pct") * by.numbers(wells, "expected_concentration") / 100
    number = by.numbers(wells, "concentration")
    return np.where(np.isnan(number) & known, there, number)


def _side(op: pa.ChunkedArray) -> Codes:
    less, more = (pc.fill_null(pc.equal(op, sign), False).to_numpy() for sign in ("<", ">"))
    side: Codes = more.astype(np.int64) - less.astype(np.int64)
    return side


def _value(number: Reals, op: pa.ChunkedArray, bound: Reals) -> Reals:
    """The number; where only a bound is known, the nearest number that it allows: below for '<', above for '>'."""
    less, more = (pc.fill_null(pc.equal(op, sign), False).to_numpy() for sign in ("<", ">"))
    known = np.where(less, np.nextafter(bound, -np.inf), np.where(more, np.nextafter(bound, np.inf), np.nan))
    return np.where(np.isnan(number), known, number)


def _instrument_value(wells: pa.Table) -> Reals:
    number = by.numbers(wells, "result_reported")
    bound = _value(np.full(len(number), np.nan), wells.column("result_reported_op"), number)
    return np.where(_is_exact(wells), number, bound)


def _is_exact(wells: pa.Table) -> Mask:
    exact: Mask = pc.fill_null(pc.equal(wells.column("result_reported_op"), "="), True).to_numpy()
    return exact


def _group_value(wells: pa.Table, groups: Groups) -> Reals:
    """Mean of the wells on the curve; where there are none, the bound if all wells give the same side."""
    quantified = by.mean(groups, by.numbers(wells, "estimate"))
    bound = by.numbers(wells, "value")
    op = wells.column("concentration_op")
    below, above = (_all(groups, pc.fill_null(pc.equal(op, sign), False).to_numpy()) for sign in ("<", ">"))
    largest, smallest = by.largest(groups, bound), by.smallest(groups, bound)
    fallback = np.where(below, largest, np.where(above, smallest, np.nan))
    return np.where(np.isnan(quantified), fallback, quantified)


def _all(groups: Groups, where: Mask) -> Mask:
    result: Mask = by.count(groups, where) == np.bincount(groups.code, minlength=groups.count)
    return result


def _value_texts(wells: pa.Table, groups: Groups, value: Reals) -> list[str]:
    ops = wells.column("concentration_op").take(pa.array(groups.first)).to_pylist()
    quantified = by.count(groups, ~np.isnan(by.numbers(wells, "estimate"))) > 0
    return [
        "no value" if np.isnan(number) else f"{number:.4g}" if known else f"{op} {number:.4g}"
        for number, known, op in zip(value.tolist(), quantified.tolist(), ops, strict=True)
    ]


def _differs(wells: pa.Table, groups: Groups, placeholder: Reals) -> Reals:
    """1 where our judgement of any well and the instrument's comment part; NaN where the export has no comment to compare."""
    own, comment = by.numbers(wells, "own_out"), by.numbers(wells, "failed_comment")
    compared = ~np.isnan(own) & ~np.isnan(by.numbers(wells, "instrument_out"))
    plate = by.group_by(wells, by.PLATE_KEY)
    has_comments = by.count(plate, comment == 1)[plate.code] > 0
    parted = by.count(groups, compared & has_comments & (own != comment)) > 0
    comparable = by.count(groups, compared & has_comments) > 0
    return np.where(comparable & (placeholder != 1), parted.astype(np.float64), np.nan)


def _failed_comments(wells: pa.Table, reading: pa.Table) -> Mask:
    row = by.match(wells, reading, ("run_id", "plate_number", "well", "analyte_reported"))
    comment = pc.utf8_lower(by.pick_text(reading.column("comment"), row))
    found: Mask = pc.fill_null(pc.match_substring(comment, FAILED_COMMENT), False).to_numpy(zero_copy_only=False)
    return found


def _unit_factor(wells: pa.Table, analyte: pa.Table) -> Reals:
    """Reported unit -> the result's unit; 1 where the reported unit is unknown, as the assay keeps it then."""
    row = by.match(wells, analyte, REPORTED_KEY)
    reported = by.pick_text(analyte.column("unit_reported"), row).to_pylist()
    pairs = zip(reported, wells.column("unit").to_pylist(), strict=True)
    return np.array([_factor(source, target) for source, target in pairs], np.float64)


@lru_cache(maxsize=256)
def _factor(source: str | None, target: str | None) -> float:
    if not source or not target or units.to_unit(source) is None or units.to_unit(target) is None:
        return 1.0
    return float(units.factor(source, target))
