"""From exports to concentrations: all curves of all plates fitted in one batch, every well judged, three frames out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from pbis.core.arrays import Flags, Floats
from pbis.core.curves.acceptance import FAIL, Acceptance, accept
from pbis.core.curves.backcalc import BackCalculated, back_calculate
from pbis.core.curves.batch import AssayInput, Batch, Exclusion, PlateBlock, blocks, side_by_side
from pbis.core.curves.censor import OPERATORS, Censored, Readings, ReportableRange, censor
from pbis.core.curves.computed import AssayOptions, Computed, Fits
from pbis.core.curves.curve_frame import curve_table
from pbis.core.curves.fit import NO_MODEL, Fitted, fit_curves
from pbis.core.curves.influence import level_influence_pct, proposed_exclusions
from pbis.core.curves.instrument import instrument_concentrations
from pbis.core.curves.instrument_curve import instrument_curves, require_own_numbers, with_export_curves
from pbis.core.curves.level_frame import level_table
from pbis.core.curves.limits import CurveLimits, find_limits, level_recovery
from pbis.core.curves.method import Method
from pbis.core.curves.own_results import own_results
from pbis.core.curves.points import background, pack
from pbis.core.curves.reach import Reach, reach
from pbis.core.curves.result_frame import result_table
from pbis.core.curves.screen import screen
from pbis.core.curves.standards import Standards
from pbis.core.frames import CURVE, LEVEL, RESULT

__all__ = [
    "AssayFrames",
    "AssayInput",
    "AssayOptions",
    "Computed",
    "Exclusion",
    "assay",
    "compute",
    "instrument_concentrations",
]


@dataclass(frozen=True)
class AssayFrames:
    """Tables of frames.RESULT, frames.CURVE and frames.LEVEL."""

    result: pa.Table
    curve: pa.Table
    level: pa.Table


def assay(inputs: Sequence[AssayInput], options: AssayOptions) -> AssayFrames:
    """Fit and back-calculate every plate of the inputs. A plate without standards gets NO_CURVE results, not an error.

    Raises MalformedFile for the method `instrument` where an export has neither Results nor coefficients.
    """
    if options.method == "instrument":
        for one in inputs:
            require_own_numbers(one.read)
    if not inputs:
        return AssayFrames(RESULT.empty(), CURVE.empty(), LEVEL.empty())
    plates = blocks(inputs)
    if sum(len(plate.keys) for plate in plates) != 1:
        return _frames(plates, options)
    twice = _frames(plates * 2, options)  # sums down a single column round otherwise than down one of many
    return AssayFrames(*(t.slice(0, t.num_rows // 2) for t in (twice.result, twice.curve, twice.level)))


def _frames(plates: tuple[PlateBlock, ...], options: AssayOptions) -> AssayFrames:
    computed = compute(side_by_side(plates), options)
    return AssayFrames(result_table(computed), curve_table(computed), level_table(computed))


def compute(batch: Batch, options: AssayOptions) -> Computed:
    """The arrays; a curve's numbers depend on its own column only."""
    fits = _fits(batch, options)
    fitted = fits.fitted
    recovery = level_recovery(fitted)
    kit = np.array([(key.kit_low, key.kit_high) for key in batch.keys], dtype=np.float64).reshape(-1, 2)
    group = batch.blank_group if options.lod == "lot" else None
    limits = find_limits(fitted, recovery, kit[:, 0], kit[:, 1], options.tolerances, group, fits.blank)
    proposed = proposed_exclusions(fitted)
    acceptance = accept(fitted, fits.raw, limits, np.asarray(proposed.any(axis=0)), options.tolerances)
    span = reportable_range(fitted, limits, acceptance)
    back = back_calculate(fitted.fit, np.where(fitted.has_curve, fits.response, np.nan))
    is_missing = ~np.isfinite(batch.mfi)
    known = Readings(is_missing, batch.is_excluded, batch.is_background, batch.is_held, fits.is_low)
    own = own_results(batch, span.lowest) if options.method == "instrument" else None
    back = back if own is None else own.instead_of(back)
    censored = censor(back.x, span if own is None else own.within(span, fits.raw), known)
    reached = _reach(fits, back, censored)
    influence = level_influence_pct(fitted)
    return Computed(
        batch, options, fits, recovery, limits, span, acceptance, influence, proposed, back, censored, reached, own
    )


def _reach(fits: Fits, back: BackCalculated, censored: Censored) -> Reach:
    """Intervals of what says something about an amount: a number or a bound."""
    says = censored.op < len(OPERATORS) - 1
    beyond = says & ~censored.is_quant
    response = np.where(says & fits.fitted.has_curve, fits.response, np.nan)
    found = reach(fits.fitted.fit, response, back, beyond, fits.blank)
    return Reach(*(np.where(says, each, np.nan) for each in (found.low, found.high, found.shared)))


def _fits(batch: Batch, options: AssayOptions) -> Fits:
    is_robust = options.method == "robust"
    is_low = _low_beads(batch, options)
    packed = pack(batch, (is_low & is_robust) | batch.is_excluded | batch.is_unfit)
    mean, sd = background(packed.points)
    net = batch.mfi - np.nan_to_num(mean)
    response = _response(batch, net, options.method)
    fitted = _without_wrong(_fitted(batch, packed.with_response(response), options), batch)
    raw = fitted.screened if is_robust else screen(packed.points, options.tolerances, may_drop=False)
    return Fits(packed, mean, sd, net, response, is_low, raw, fitted)


def _without_wrong(fitted: Fitted, batch: Batch) -> Fitted:
    """No curve where an expected concentration is known to be wrong: a fit through it looks like any other."""
    wrong = np.array([key.is_ladder_wrong for key in batch.keys], dtype=bool)
    return replace(fitted, model=np.where(wrong, NO_MODEL, fitted.model), failed=fitted.failed | wrong)


def _response(batch: Batch, net: Floats, method: Method) -> Floats:
    """What the curves predict (slots, n): MFI, net MFI, or the instrument's own net MFI where it reports one."""
    if method == "robust":
        return batch.mfi
    if method == "xponent":
        return net
    reported = batch.numbers("net_mfi_reported")
    return np.where(np.isfinite(reported), reported, net)


def _fitted(batch: Batch, points: Standards, options: AssayOptions) -> Fitted:
    if options.method == "instrument":
        return instrument_curves(points, batch.coefficients, options.tolerances)
    wants_four = np.array([key.wants_four for key in batch.keys], dtype=bool)
    fitted = fit_curves(points, options.method, wants_four, options.tolerances)
    if options.method == "xponent":
        return with_export_curves(fitted, points, batch.coefficients, options.tolerances)
    return fitted


def reportable_range(fitted: Fitted, limits: CurveLimits, acceptance: Acceptance) -> ReportableRange:
    """What binds: the recovery run, or for the instrument's arithmetic its own standards, and the detection limit where it lies above
    that; a failed curve reports nothing, whatever the method."""
    lowest, highest = fitted.screened.levels.lowest_dose, fitted.screened.levels.highest_dose
    is_robust = fitted.method == "robust"
    has = fitted.has_curve
    low = limits.low if is_robust else np.where(has, lowest, np.nan)
    return ReportableRange(
        low=np.fmax(low, np.where(np.isnan(low), np.nan, limits.lod)),
        high=limits.high if is_robust else np.where(has, highest, np.nan),
        lowest=lowest,
        highest=highest,
        lod=limits.lod,
        has_curve=has,
        is_accepted=has & (acceptance.state != FAIL),
        was_tried=has | fitted.failed,
    )


def _low_beads(batch: Batch, options: AssayOptions) -> Flags:
    if options.min_beads is None:
        return np.zeros(batch.mfi.shape, bool)
    return np.isfinite(batch.bead_count) & (batch.bead_count < options.min_beads)
