"""Curve fitting beside scipy's curve_fit and against the truth, in one run: CPU seconds as ratios, errors in percent.

python bench/fit.py [plates]        default 100 plates of 41 analytes: 4,100 curves of 7 levels and background in duplicate
"""

from __future__ import annotations

import resource
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
from drc import drc_seconds
from scipy.optimize import OptimizeWarning, curve_fit

from expectations import load_suite, tolerances
from pbis.core.arrays import Floats
from pbis.core.curves.backcalc import back_calculate
from pbis.core.curves.fit import fit_curves
from pbis.core.curves.influence import level_influence_pct, proposed_exclusions
from pbis.core.curves.limits import find_limits, level_recovery
from pbis.core.curves.logistic import forward, inverse, shape, slope_per_ln_dose
from pbis.core.curves.robust import first_pass, fit_robust
from pbis.core.curves.standards import Standards, level_means, one_point_a_level, standards

RESEARCH = tolerances(load_suite("research"))

ANALYTES, LEVELS, LOWEST, STEP = 41, 7, 3.2, 4.0
PEER_CURVES = 150  # of which scipy fits each by itself
CV = 0.06


def main(plates: int) -> None:
    rng = np.random.default_rng(7)
    truth, points = simulate(plates * ANALYTES, rng)
    speed(points)
    ladder(points)
    accuracy(truth, points, rng)


def simulate(n: int, rng: np.random.Generator) -> tuple[Floats, Standards]:
    """True curves (5, n) and their duplicates with 6 % replicate CV."""
    a = np.exp(rng.uniform(np.log(8), np.log(40), n))
    top = np.exp(rng.uniform(np.log(8e3), np.log(3e4), n))
    c = np.log(LOWEST) + rng.uniform(0.6, 1.0, n) * (LEVELS - 1) * np.log(STEP)
    theta = np.stack([np.log(a), np.log(top - a), c, rng.normal(0.1, 0.25, n), rng.normal(0, 0.4, n)])
    level = np.repeat(np.arange(LEVELS + 1), 2)[:, None] + np.zeros((1, n), np.int64)
    dose = np.where(level > 0, LOWEST * STEP ** (level - 1.0), 0.0)
    bare = standards(level, dose, np.ones(level.shape))
    return theta, standards(level, dose, noisy(theta, bare.ln_dose, rng))


def noisy(theta: Floats, ln_dose: Floats, rng: np.random.Generator) -> Floats:
    mean = forward(theta, ln_dose, True)
    return np.asarray(mean * np.exp(rng.normal(0, CV, mean.shape)))


def timed(*works: Callable[[], object], rounds: int = 5) -> list[float]:
    """CPU seconds of each, the best of several rounds; they take turns, so that a busy machine is busy for all of them."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for k, work in enumerate(works):
            start = time.process_time()
            work()
            best[k] = min(best[k], time.process_time() - start)
    return best


def single_fit(points: Standards) -> Floats:
    """One weighted fit with priors, the first pass of the robust method, to the tolerance that curve_fit has by default."""
    return first_pass(level_means(points), np.ones(points.size, bool), tolerance=1e-8).theta


def scipy_fits(points: Standards) -> list[Floats | None]:
    """curve_fit of the same model with the same weights, a curve at a time, from a sensible start."""
    return [_scipy_fit(points, k) for k in range(points.size)]


def plain_curve(x: Floats, ln_a: float, ln_s: float, c: float, ln_b: float, ln_g: float) -> Floats:
    """The model as anybody would hand it to curve_fit: nothing of ours slows it down."""
    return np.exp(ln_a) + np.exp(ln_s - np.exp(ln_g) * np.logaddexp(0.0, -np.exp(ln_b) * (x - c)))


def _scipy_fit(points: Standards, k: int) -> Floats | None:
    y, ln_dose, level = points.y[:, k], points.ln_dose[:, k], points.level[:, k]
    count = np.bincount(level)
    mean = np.bincount(level, y) / np.maximum(count, 1)
    lowest = mean[count > 0].min()

    start = (np.log(lowest), np.log(mean[-1]), np.median(ln_dose[level > 0]), 0.2, 0.0)
    try:
        return np.asarray(curve_fit(plain_curve, ln_dose, y, p0=start, sigma=mean[level], maxfev=5000)[0])
    except RuntimeError:
        return None


def speed(points: Standards) -> None:
    peer = points.take(np.arange(min(PEER_CURVES, points.size)))
    means = one_point_a_level(level_means(peer))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        own, wells, levels = timed(
            lambda: single_fit(points), lambda: scipy_fits(peer), lambda: scipy_fits(means), rounds=4
        )
    ours = points.size / own
    print(f"single weighted fit, {points.size} curves        {ours:8,.0f} curves/CPU-s")
    for name, seconds in (("wells", wells), ("level means", levels)):
        theirs = peer.size / seconds
        print(f"scipy curve_fit, {peer.size} curves, {name:12s} {theirs:8,.0f} curves/CPU-s, ratio {ours / theirs:.0f}")
    drc = drc_seconds(peer)
    if isinstance(drc, str):
        print(f"R drc skipped: {drc}")
    else:
        print(
            f"R drc LL.5, {peer.size} curves {peer.size / drc:20,.0f} curves/CPU-s, ratio {ours * drc / peer.size:.0f}"
        )


def whole_ladder(points: Standards) -> None:
    fitted = fit_curves(points, "robust", np.zeros(points.size, bool), RESEARCH)
    none = np.full(points.size, np.nan)
    find_limits(fitted, level_recovery(fitted), none, none, RESEARCH)
    level_influence_pct(fitted)
    proposed_exclusions(fitted)
    back_calculate(fitted.fit, points.y)


def ladder(points: Standards) -> None:
    half = points.take(np.arange(points.size // 2))
    whole, part = timed(lambda: whole_ladder(points), lambda: whole_ladder(half), rounds=2)
    print(f"full ladder with intervals, limits, leave-one-out, {points.size} curves: {whole:.2f} CPU s")
    print(f"half as many curves: {part:.2f} CPU s (ratio {whole / part:.2f}, linear is 2)")
    print(f"largest memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def accuracy(truth: Floats, points: Standards, rng: np.random.Generator) -> None:
    """Samples in duplicate where the true curve carries information: 6 % of MFI are at most 20 % of dose there."""
    n = points.size
    ln_x = np.log(LOWEST) + rng.uniform(0, LEVELS - 1, (20, n)) * np.log(STEP)
    at = shape(truth, ln_x, True)
    ln_x = np.where(slope_per_ln_dose(truth, at) >= 0.3 * at.response, ln_x, np.nan)
    y = np.sqrt(noisy(truth, ln_x, rng) * noisy(truth, ln_x, rng))
    print("\nback-calculation error, %                median       p99")
    report("true curve (the best possible)", truth, ln_x, y)
    report("robust 5PL", fit_robust(points, np.ones(n, bool)).theta, ln_x, y)
    report("robust 4PL", fit_robust(points, np.zeros(n, bool)).theta, ln_x, y)
    report("one weighted pass", single_fit(points), ln_x, y)
    some = np.arange(min(PEER_CURVES, n))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = scipy_fits(points.take(some))
    good = [k for k, theta in enumerate(fits) if theta is not None]
    theta = np.stack([fits[k] for k in good], axis=1)
    report(f"scipy curve_fit ({len(good)} curves)", np.clip(theta, -30, 30), ln_x[:, good], y[:, good])
    report(
        "robust 5PL, the same curves",
        fit_robust(points.take(np.array(good)), np.ones(len(good), bool)).theta,
        ln_x[:, good],
        y[:, good],
    )


def report(name: str, theta: Floats, ln_x: Floats, y: Floats) -> None:
    error = 100 * np.abs(np.expm1(np.clip(inverse(theta, y, True) - ln_x, -20, 20)))
    error = np.minimum(error[np.isfinite(ln_x)], 100.0)  # a value beyond an asymptote counts as 100 % off
    print(f"  {name:36s} {np.median(error):8.2f}  {np.quantile(error, 0.99):8.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
