"""One wild well in a standard: the fit weighs it down, and so do the rules that judge the level."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from expectations import load_suite, tolerances
from pbis.core.arrays import Floats
from pbis.core.curves.acceptance import FAIL, accept
from pbis.core.curves.assay import AssayOptions, assay
from pbis.core.curves.fit import Fitted, fit_curves
from pbis.core.curves.influence import proposed_exclusions
from pbis.core.curves.limits import find_limits, level_recovery
from pbis.core.curves.logistic import forward, inverse
from pbis.core.curves.standards import Standards

RESEARCH = tolerances(load_suite("research"))
N = 300


def fitted_and_usable(points: Standards) -> tuple[Fitted, Floats]:
    fitted = fit_curves(points, "robust", np.zeros(N, bool), RESEARCH)
    none = np.full(N, np.nan)
    limits = find_limits(fitted, level_recovery(fitted), none, none, RESEARCH)
    verdict = accept(fitted, fitted.screened, limits, proposed_exclusions(fitted).any(axis=0), RESEARCH)
    return fitted, verdict.state != FAIL


def test_curves_stay_usable_and_nearly_as_good(simulated: Callable) -> None:
    """A slice of bench/wild.py: one well three times or a third of what it was."""
    made, rng = simulated(N, 31), np.random.default_rng(32)
    y, which = made.points.y.copy(), rng.integers(2, 16, N)  # not the background
    y[which, np.arange(N)] *= np.where(rng.random(N) < 0.5, 3.0, 1 / 3)
    (plain, could), (wild, can) = (fitted_and_usable(points) for points in (made.points, replace(made.points, y=y)))
    assert can.mean() >= 0.95
    assert could.mean() - can.mean() < 0.04
    ln_x = np.linspace(np.log(12.8), np.log(3200), 9)[:, None] + np.zeros((1, N))
    response = forward(made.theta, ln_x, True)
    error = [np.abs(inverse(one.fit.theta, response, True) - ln_x)[:, could & can] for one in (plain, wild)]
    for share in (0.5, 0.99):
        assert np.quantile(error[1], share) <= 1.25 * np.quantile(error[0], share)


@pytest.mark.parametrize("factor", [3.0, 1 / 3])
def test_the_level_is_judged_by_the_well_that_the_fit_used(sketch: Callable, factor: float) -> None:
    plate = sketch(analytes=("IL-6",))
    plate.mfi["D3", "IL-6"] *= factor
    frames = assay([plate.input()], AssayOptions(RESEARCH))
    (curve,) = frames.curve.to_pylist()
    level = next(row for row in frames.level.to_pylist() if row["standard_level"] == 4)
    assert 80 <= level["recovery_pct"] <= 120
    assert level["is_in_range"]
    assert (curve["status"], curve["passing_levels"], curve["proposed_exclusions"]) == ("warn", 7, "D3")
    assert level["cv_pct"] > 50  # what was read stays said


def test_a_level_that_is_wrong_in_both_wells_is_judged_by_both(sketch: Callable) -> None:
    plate = sketch(analytes=("IL-6",))
    for well in ("D2", "D3"):
        plate.mfi[well, "IL-6"] *= 3.0
    (curve,) = assay([plate.input()], AssayOptions(RESEARCH)).curve.to_pylist()
    assert curve["passing_levels"] < 7
