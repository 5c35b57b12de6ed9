"""May a curve be used, and what is to be said about it: status pass, warn, fail or none, with reasons by short names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.core.arrays import Flags, Ints
from pbis.core.curves.fit import Fitted, degenerate, top_not_reached
from pbis.core.curves.limits import CurveLimits
from pbis.core.curves.logistic import ln_ec50
from pbis.core.curves.method import FIT
from pbis.core.curves.screen import Screened
from pbis.core.tolerances import Tolerances

PASS, WARN, FAIL, NONE = range(4)
STATES = ("pass", "warn", "fail", "none")
_WARNING = (
    "four_levels",
    "hook",
    "non_monotone",
    "no_background",
    "fell_back_to_4pl",
    "degenerate",
    "wild_replicate",
)
_NUMBERS = dict(enumerate(("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")))


@dataclass(frozen=True)
class Acceptance:
    """state (n,): index into STATES; reasons: short name -> curves that it holds for, in the order they are printed."""

    state: Ints
    reasons: dict[str, Flags]


def accept(fitted: Fitted, raw: Screened, limits: CurveLimits, wild: Flags, tolerances: Tolerances) -> Acceptance:
    """Judge curves. raw: the screen of the raw MFI; wild (n,): a replicate is proposed for exclusion."""
    reasons = _reasons(fitted, raw) | {"ec50_outside_standards": _ec50_is_outside(fitted, tolerances)}
    reasons["wild_replicate"] = wild
    has = fitted.has_curve
    too_few = has & ~_enough_levels(limits, tolerances)
    thin = {name: has & ~too_few & short for name, short in _short_runs(limits, tolerances).items()}
    reasons |= {"too_few_passing_levels": too_few, **thin, "no_reportable_range": has & np.isnan(limits.low)}
    failed = fitted.failed | too_few | reasons["no_reportable_range"]
    warned = np.any([reasons[name] for name in (*_WARNING, *thin)], axis=0)
    state = np.where(failed, FAIL, np.where(~has, NONE, np.where(warned, WARN, PASS)))
    return Acceptance(state, reasons)


def _enough_levels(limits: CurveLimits, tolerances: Tolerances) -> Flags:
    """Whether as many levels pass as the tolerances ask for: in a row, of the required ones, and as a share of these."""
    share = 100.0 * limits.required_passing / np.maximum(limits.required, 1)
    asked = (
        (limits.passing, tolerances.run_fail),
        (limits.required_passing, tolerances.least_passing),
        (share, tolerances.least_passing_pct),
    )
    enough = np.ones(limits.passing.shape, bool)
    for found, least in asked:
        enough &= least is None or found >= least
    return enough


def _short_runs(limits: CurveLimits, tolerances: Tolerances) -> dict[str, Flags]:
    """Curves whose run is shorter than what goes without saying, by its length in words: `three_passing_levels`."""
    if tolerances.run_warn is None:
        return {}
    short = limits.passing < tolerances.run_warn
    lengths = np.unique(limits.passing[short]).tolist()
    return {f"{_NUMBERS.get(n, n)}_passing_levels": short & (limits.passing == n) for n in lengths}


def _reasons(fitted: Fitted, raw: Screened) -> dict[str, Flags]:
    ladder_levels = (fitted.points.level.max(axis=0, initial=0)).astype(np.int64)
    used = raw.used_levels
    has = fitted.has_curve
    return {
        "no_standards": raw.level_count == 0,
        "too_few_levels": (raw.level_count > 0) & (used < FIT.levels_for_4pl),
        "flat": raw.is_flat & (used > 0),
        "falling": raw.is_falling,
        "not_fitted": fitted.failed,
        "four_levels": has & (used == FIT.levels_for_4pl),
        "hook": raw.hook_level > 0,
        "non_monotone": raw.is_non_monotone & (raw.level_count > 0),
        "missing_level": (raw.level_count > 0) & (raw.level_count < ladder_levels),
        "no_background": ~raw.has_background & (raw.level_count > 0),
        "single_replicates": ~raw.has_replicates & (raw.level_count > 0),
        "fell_back_to_4pl": fitted.fell_back,
        "degenerate": degenerate(fitted),
        "top_not_reached": top_not_reached(fitted),
    }


def _ec50_is_outside(fitted: Fitted, tolerances: Tolerances) -> Flags:
    """Curves whose EC50 lies further from the standards than the tolerances allow; what is not asked for is not said."""
    levels = fitted.screened.levels
    ec50 = np.exp(np.clip(ln_ec50(fitted.fit.theta), -700, 700))
    low, high = tolerances.ec50_low_ratio, tolerances.ec50_high_ratio
    is_low = low is not None and ec50 < low * levels.lowest_dose
    is_high = high is not None and ec50 > high * levels.highest_dose
    return np.asarray(fitted.has_curve & (is_low | is_high))
