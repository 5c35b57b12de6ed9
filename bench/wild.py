"""One wild replicate in a standard: how many curves stay usable, and how good are those that would be lost without weighing it down.

python bench/wild.py [CURVES]      4000 by default

Every curve twice, with the same noise: as it is, and with one well of one level (1 to 7, at random) three times or a third of what it was.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import numpy as np
from truth import CASES, LEVELS, RESEARCH, Night, ends, night

from pbis.core.arrays import Flags, Floats
from pbis.core.curves.acceptance import FAIL, accept
from pbis.core.curves.fit import fit_curves
from pbis.core.curves.influence import proposed_exclusions
from pbis.core.curves.limits import find_limits, level_recovery
from pbis.core.curves.logistic import inverse, shape, slope_per_ln_dose

FACTOR = 3.0


@dataclass(frozen=True)
class Judged:
    """Of n curves: whether usable; error of samples in duplicate inside the range (samples, n), %, NaN where there is none."""

    is_usable: Flags
    error_pct: Floats


def spoilt(data: Night, seed: int) -> Night:
    """The same night with one wild well a curve."""
    rng = np.random.default_rng(seed)
    n = data.points.size
    level, factor = rng.integers(1, LEVELS + 1, n), np.where(rng.random(n) < 0.5, FACTOR, 1 / FACTOR)
    which = 2 * level + rng.integers(0, 2, n)
    y = data.points.y.copy()
    y[which, np.arange(n)] *= factor
    return replace(data, points=replace(data.points, y=y))


def judged(data: Night, *, by_all_wells: bool = False) -> Judged:
    """by_all_wells: levels are judged by the wild well as well, as if no fit had weighed it down."""
    n = data.points.size
    fitted = fit_curves(data.points, "robust", np.zeros(n, bool), RESEARCH)
    none = np.full(n, np.nan)
    found = level_recovery(replace(fitted, method="xponent") if by_all_wells else fitted)
    limits = find_limits(fitted, found, none, none, RESEARCH)
    verdict = accept(fitted, fitted.screened, limits, proposed_exclusions(fitted).any(axis=0), RESEARCH)
    usable = fitted.has_curve & (verdict.state != FAIL)
    ln_x = inverse(fitted.fit.theta, np.sqrt(data.readings[0] * data.readings[1]), True)
    inside = (ln_x >= np.log(limits.low)) & (ln_x <= np.log(limits.high)) & usable & _informative(data)
    return Judged(usable, np.where(inside, 100 * np.abs(np.expm1(np.clip(ln_x - data.ln_x, -20, 20))), np.nan))


def _informative(data: Night) -> Flags:
    lowest, highest = ends(data.points)
    at = shape(data.truth, data.ln_x, True)
    inside = (data.ln_x >= np.log(lowest)) & (data.ln_x <= np.log(highest))
    return np.asarray(inside & (slope_per_ln_dose(data.truth, at) >= 0.3 * at.response))


def compare(n: int, seed: int = 700) -> tuple[Judged, Judged, Flags]:
    """Curves as they are, and with a wild well; which of these are usable only because the well was weighed down."""
    with np.errstate(all="ignore"):
        data = night(CASES[0], n, np.random.default_rng(seed))
        bad = spoilt(data, seed + 1)
        wild = judged(bad)
        return judged(data), wild, wild.is_usable & ~judged(bad, by_all_wells=True).is_usable


def main(n: int) -> int:
    plain, wild, regained = compare(n)
    both = np.where(np.isnan(plain.error_pct) | np.isnan(wild.error_pct) | ~regained, np.nan, 1.0)
    rows = [("as they are", plain, plain.error_pct), ("one wild well", wild, wild.error_pct)]
    for name, one, error in rows:
        print(
            f"{name:16s} usable {100 * one.is_usable.mean():5.1f} %   median {np.nanmedian(error):5.2f} %   p99 {np.nanquantile(error, 0.99):5.1f} %"
        )
    median, p99 = (
        np.nanquantile(wild.error_pct * both, q) / np.nanquantile(plain.error_pct * both, q) for q in (0.5, 0.99)
    )
    print(
        f"{regained.sum()} curves regained, the same samples: median {median:.2f} times, p99 {p99:.2f} times those without"
    )
    goals = {
        "at least 95 % of curves with one wild well are usable": wild.is_usable.mean() >= 0.95,
        "the median error of regained curves is at most 1.2 times that without it": median <= 1.2,
        "the p99 error of regained curves is at most 1.2 times that without it": p99 <= 1.2,
    }
    for text, is_met in goals.items():
        print(f"{'met   ' if is_met else 'MISSED'}  {text}")
    return 0 if all(goals.values()) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000))
