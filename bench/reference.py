"""The optimiser beside scipy's: the same objective, minimised by least_squares from several starts, a curve at a time.

python bench/reference.py [regular] [hard]        default 1000 and 400 curves, under three minutes

A curve is no worse where its cost is at most the reference's x (1 + 1e-6) for regular curves, x (1 + 1e-3) for hard ones.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from fit import simulate
from scipy.optimize import least_squares
from truth import CASES, night

from pbis.core.arrays import Floats
from pbis.core.curves.lm import FitProblem, minimise
from pbis.core.curves.method import FIT
from pbis.core.curves.robust import first_pass, robust_problem
from pbis.core.curves.standards import Standards, level_means, spread, standards
from pbis.core.curves.xponent import fit_xponent, instrument_problem

STARTS = 3


def weighted(points: Standards) -> tuple[FitProblem, Floats]:
    """The robust method's first objective, with its priors, and what our optimiser makes of it (n,)."""
    levels = level_means(points)
    root = np.where(points.is_read, 1 / (FIT.scale_first * spread(points, levels.mean, 1.0)), 0.0)
    problem = robust_problem(points, root, np.ones(points.size, bool), FIT, levels)
    start = first_pass(levels, np.ones(points.size, bool)).theta
    return problem, minimise(problem, start).theta


def instrument(points: Standards) -> tuple[FitProblem, Floats]:
    """The instrument's objective: net MFI, 1/y^2 a well, no prior."""
    blank = np.nan_to_num(level_means(points).mean[0])
    net = standards(points.level, points.dose, np.where(points.is_read, points.y - blank, np.nan))
    dosed = net.without(net.level == 0)
    return instrument_problem(dosed, np.ones(points.size, bool)), fit_xponent(net, np.ones(points.size, bool)).theta


def costs(problem: FitProblem, k: int, theta: Floats) -> tuple[float, float]:
    """(ours, the reference's best of its starts) of curve k, both by one function that shares no line with ours."""
    x, y, root = problem.ln_dose[:, k], problem.y[:, k], problem.root_weight[:, k]
    mean, pull, low, high = (a[:, k] for a in (problem.prior_mean, problem.prior_root, problem.lower, problem.upper))

    def residuals(t: Floats) -> Floats:
        a = np.exp(t[0]) if problem.is_log_a else t[0]
        rise = np.exp(t[1] - np.exp(t[4]) * np.logaddexp(0.0, -np.exp(t[3]) * (x - t[2])))
        return np.concatenate([root * (y - a - np.where(x > -700.0, rise, 0.0)), pull * (mean - t)])

    rng = np.random.default_rng(k)
    centre = theta[:, k] if not problem.is_log_a else mean
    best = np.inf
    for _ in range(STARTS):
        near = centre + rng.normal(0, 0.4, 5) * np.maximum(np.abs(centre), 1.0) ** (0 if problem.is_log_a else 0.2)
        start = np.clip(near, low + 1e-9, high - 1e-9)
        found = least_squares(residuals, start, bounds=(low, high), xtol=1e-13, ftol=1e-13, gtol=1e-13, max_nfev=300)
        best = min(best, 2 * found.cost)
    return float((residuals(theta[:, k]) ** 2).sum()), best


def hard(n: int, rng: np.random.Generator) -> Standards:
    """Single wells with 20 % CV on levels 1 to 6 of 7: the top is hardly reached and nothing averages out."""
    _, points = simulate(n, rng)
    noisy = points.y * np.exp(rng.normal(0, 0.19, points.y.shape))
    return standards(points.level, points.dose, noisy).without((points.level == 7) | (np.arange(16)[:, None] % 2 == 1))


def spoiled(n: int) -> Standards:
    """About n curves: the hard cases of truth.py, all alike in number."""
    cases = [case for case in CASES if case.has_curve]
    each = [night(case, max(n // len(cases), 1), np.random.default_rng(900 + k)).points for k, case in enumerate(cases)]
    names = ("level", "dose", "y", "is_read")
    return Standards(*(np.concatenate([getattr(one, name) for one in each], axis=1) for name in names))


def compare(name: str, problem: FitProblem, theta: Floats, margin: float, goal: float) -> bool:
    """Print one line; whether the goal is met."""
    start = time.process_time()
    pairs = np.array([costs(problem, k, theta) for k in range(problem.size)])
    excess = pairs[:, 0] / pairs[:, 1] - 1.0
    share = float(np.mean(excess <= margin))
    print(
        f"{name:28s} {problem.size:6d} curves: no worse at {margin:.0e} {100 * share:6.2f} % (goal {100 * goal:.1f}), "
        f"better by more {100 * np.mean(excess < -margin):5.2f} %, reference {time.process_time() - start:5.1f} CPU s",
        flush=True,
    )
    return share >= goal


def main(regular: int, difficult: int) -> int:
    rng = np.random.default_rng(11)
    _, points = simulate(regular, rng)
    rough = hard(difficult, rng)
    with np.errstate(all="ignore"):
        met = [
            compare("robust objective, regular", *weighted(points), 1e-6, 0.999),
            compare("robust objective, hard", *weighted(rough), 1e-3, 0.99),
            compare("robust objective, all cases", *weighted(spoiled(difficult)), 1e-3, 0.99),
            compare("instrument's, regular", *instrument(points.take(np.arange(regular // 3))), 1e-6, 0.999),
            compare("instrument's, hard", *instrument(rough.take(np.arange(difficult // 2))), 1e-3, 0.99),
        ]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(sizes if len(sizes) == 2 else (1000, 400))))
