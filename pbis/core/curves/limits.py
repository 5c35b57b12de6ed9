"""Between which concentrations may a curve report: recovery run, precision profile, detection limit, the kit's range.

The reportable range is the longest contiguous run of levels that recover within the tolerances (those of its ends may be wider) with a
CV of the back-calculated wells within them, clamped by the kit's declared range. LOD and precision profile are kept apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.core.arrays import Flags, Floats, Ints
from pbis.core.curves.backcalc import back_calculate, standard_error
from pbis.core.curves.detection import Spread, background_spread, detection_limit, pooled
from pbis.core.curves.fit import Fitted
from pbis.core.curves.influence import proposed_exclusions
from pbis.core.curves.standards import LevelMeans, by_level, level_means
from pbis.core.tolerances import Tolerances

# Doses at which the precision profile is looked at, evenly in ln dose: steps of 2.5 % of the ladder. Own choice.
_PROFILE_POINTS = 41
_EDGE = 1e-9  # a recovery of exactly 120 % passes however it rounds


@dataclass(frozen=True)
class LevelRecovery:
    """Levels (levels, n), row 0 the background (NaN): concentration from the mean response, recovery, CV of the wells.

    judged_cv_pct: the CV that is held against a level: of its wells; with one well the curve's predicted CV of a reading;
    infinite where a well lies beyond an asymptote.
    """

    back_calculated: Floats
    recovery_pct: Floats
    back_cv_pct: Floats
    judged_cv_pct: Floats


@dataclass(frozen=True)
class CurveLimits:
    """Limits of n curves, undiluted, NaN where there is none.

    first, last: ends of the recovery run as levels (0: no run); passing: its length; required: levels in the fit that the kit's
    range holds, anchors left out; required_passing: those of them that recover, in a run or not; recovery_low/high: doses of the run; kit_binds_low/high: the kit's range is narrower.
    """

    first: Ints
    last: Ints
    passing: Ints
    required: Ints
    required_passing: Ints
    recovery_low: Floats
    recovery_high: Floats
    low: Floats
    high: Floats
    kit_binds_low: Flags
    kit_binds_high: Flags
    lod: Floats
    precision_low: Floats
    precision_high: Floats


def level_recovery(fitted: Fitted) -> LevelRecovery:
    """Recovery of each level from its mean response, and the CV of its wells' concentrations.

    Judged are the wells that the fit used: one that it weighed down as wild says nothing of the curve beside it.
    """
    points = fitted.points.without(_weighed_down(fitted))
    levels = level_means(points)
    mean = np.where(fitted.has_curve, levels.mean, np.nan)
    x = back_calculate(fitted.fit, mean).x
    dosed = levels.has_well & (np.arange(mean.shape[0])[:, None] > 0)
    x = np.where(dosed & np.isfinite(x), x, np.nan)
    wells = back_calculate(fitted.fit, np.where(points.is_read & fitted.has_curve, points.y, np.nan)).x
    wells = np.where((points.level > 0) & np.isfinite(wells), wells, np.nan)
    spread = level_means(points, wells)
    recovery = 100.0 * x / np.where(dosed, levels.dose, np.nan)
    alone = dosed & (levels.count == 1) & np.isfinite(x) & (x > 0)
    predicted = 100.0 * standard_error(fitted.fit, np.where(alone, np.log(np.where(alone, x, 1.0)), np.nan))
    # A well beyond an asymptote has no concentration, so a level with one has no CV either; it cannot pass.
    lost = dosed & (spread.count < levels.count)
    cv = 100.0 * spread.sd / np.where(spread.mean > 0, spread.mean, np.nan)
    judged = np.where(alone, predicted, cv)
    return LevelRecovery(
        x, recovery, np.where(dosed, cv, np.nan), np.where(lost, np.inf, np.where(dosed, judged, np.nan))
    )


def _weighed_down(fitted: Fitted) -> Flags:
    """Wells (points, n) that are proposed for exclusion and have company in their level."""
    counts = np.take_along_axis(fitted.screened.levels.count, np.maximum(fitted.points.level, 0), axis=0)
    return np.asarray(proposed_exclusions(fitted) & (counts > 1))


def find_limits(
    fitted: Fitted,
    recovery: LevelRecovery,
    kit_low: Floats,
    kit_high: Floats,
    tolerances: Tolerances,
    blank_group: Ints | None = None,
    blank_mfi: Floats | float = 0.0,
) -> CurveLimits:
    """All limits. kit_low, kit_high (n,): NaN where the kit declares none; blank_group (n,): curves that share one number
    pool their backgrounds for the LOD, None keeps each curve to itself; blank_mfi (n,): what was taken off the responses.
    """
    inner, end = _passes(recovery, tolerances)
    first, last = longest_run(inner, end, fitted.screened.levels.has_well)
    columns = np.arange(first.size)
    dose = fitted.screened.levels.dose
    run_low = np.where(first > 0, dose[first, columns], np.nan)
    run_high = np.where(first > 0, dose[last, columns], np.nan)
    binds_low, binds_high = kit_low > run_low, kit_high < run_high
    low, high = np.where(binds_low, kit_low, run_low), np.where(binds_high, kit_high, run_high)
    profile_low, profile_high = precision_profile(fitted, tolerances)
    required = _required(fitted, kit_low, kit_high)
    return CurveLimits(
        first=first,
        last=last,
        passing=_levels_between(fitted.screened.levels, first, last),
        required=np.asarray(required.sum(axis=0), dtype=np.int64),
        required_passing=_recovering(required, recovery, tolerances),
        recovery_low=run_low,
        recovery_high=run_high,
        low=np.where(low <= high, low, np.nan),
        high=np.where(low <= high, high, np.nan),
        kit_binds_low=binds_low,
        kit_binds_high=binds_high,
        lod=detection_limit(fitted, _blank(fitted, blank_mfi, blank_group).sd, tolerances.lod_sds),
        precision_low=profile_low,
        precision_high=profile_high,
    )


def _blank(fitted: Fitted, mfi: Floats | float, group: Ints | None) -> Spread:
    """Spread of the backgrounds, of a group's together where there are groups."""
    own = background_spread(fitted, np.broadcast_to(mfi, fitted.has_curve.shape))
    return own if group is None else pooled(own, group)


def _passes(recovery: LevelRecovery, tolerances: Tolerances) -> tuple[Flags, Flags]:
    """Whether each level passes as an inner level and as an end."""
    cv = np.where(np.isnan(recovery.judged_cv_pct), 0.0, recovery.judged_cv_pct)
    inner, end = _recovers(recovery, tolerances)
    return inner & (cv <= tolerances.level_cv_pct + _EDGE), end & (cv <= tolerances.end_cv_pct + _EDGE)


def _recovers(recovery: LevelRecovery, tolerances: Tolerances) -> tuple[Flags, Flags]:
    """Whether each level recovers as an inner level and as an end; one without a recovery does not."""
    found, t = recovery.recovery_pct, tolerances
    inner = (found >= t.recovery_low_pct - _EDGE) & (found <= t.recovery_high_pct + _EDGE)
    end = (found >= t.recovery_end_low_pct - _EDGE) & (found <= t.recovery_end_high_pct + _EDGE)
    return np.asarray(inner), np.asarray(end)


def _required(fitted: Fitted, kit_low: Floats, kit_high: Floats) -> Flags:
    """Levels (levels, n) that must recover: in the fit and inside the kit's range. What lies outside shapes the curve as an anchor and
    promises nothing."""
    levels = fitted.screened.levels
    used = by_level(fitted.points, fitted.fit.root_weight > 0) & levels.has_well & fitted.has_curve
    used[0] = False  # the background
    return np.asarray(used & ~(levels.dose < kit_low) & ~(levels.dose > kit_high))


def _recovering(required: Flags, recovery: LevelRecovery, tolerances: Tolerances) -> Ints:
    """Required levels that recover: the rule on acceptance of a calibration curve speaks of recovery alone, never of replicates' CV.

    The wider limit holds at the lowest and the highest of them. Source: ICH M10, ligand binding assays.
    """
    number = np.arange(required.shape[0])[:, None]
    lowest = np.where(required, number, number.size).min(axis=0)
    edge = (number == lowest) | (number == np.where(required, number, 0).max(axis=0))
    inner, end = _recovers(recovery, tolerances)
    return np.asarray((required & np.where(edge, end, inner)).sum(axis=0), dtype=np.int64)


def longest_run(inner: Flags, end: Flags, present: Flags) -> tuple[Ints, Ints]:
    """(first, last) level (n,) of the longest run whose ends pass `end` and whose inner levels pass `inner`; 0, 0 where none.

    Levels that are not `present` neither count nor break a run. Of runs of equal length the lowest is taken. Row 0 is the
    background and never part of a run.
    """
    levels, n = inner.shape
    first, last, longest = (np.zeros(n, np.int64) for _ in range(3))
    for start in range(1, levels):
        still, length = end[start] & present[start], np.zeros(n, np.int64)
        for stop in range(start, levels):
            if stop > start + 1:
                still = still & (inner[stop - 1] | ~present[stop - 1])
            length = length + present[stop]
            longer = still & end[stop] & present[stop] & (length > longest)
            longest = np.where(longer, length, longest)
            first, last = np.where(longer, start, first), np.where(longer, stop, last)
    return first, last


def _levels_between(levels: LevelMeans, first: Ints, last: Ints) -> Ints:
    number = np.arange(levels.mean.shape[0])[:, None]
    inside = levels.has_well & (number >= first) & (number <= last) & (number > 0)
    return np.asarray(inside.sum(axis=0), dtype=np.int64)


def precision_profile(fitted: Fitted, tolerances: Tolerances) -> tuple[Floats, Floats]:
    """Ends (n,) of the widest part of the ladder where one reading's predicted CV stays within the limit; NaN where none."""
    levels = fitted.screened.levels
    usable = fitted.has_curve & np.isfinite(levels.lowest_dose)
    ln_x = np.stack([levels.ln_dose_at(share) for share in np.linspace(0.0, 1.0, _PROFILE_POINTS)])
    se = standard_error(fitted.fit, np.where(usable, ln_x, np.nan))
    passes = np.vstack(
        [np.zeros((1, usable.size), bool), np.where(np.isnan(se), np.inf, se) <= tolerances.level_cv_pct / 100.0]
    )
    first, last = longest_run(passes, passes, np.ones_like(passes))
    columns = np.arange(first.size)
    bottom, top = (np.exp(ln_x[np.maximum(at - 1, 0), columns]) for at in (first, last))
    return np.where(first > 0, bottom, np.nan), np.where(first > 0, top, np.nan)
