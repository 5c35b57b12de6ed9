"""The interval of a reading that has no number of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayOptions, assay
from pbis.core.curves.backcalc import back_calculate
from pbis.core.curves.fit import Fitted, fit_curves
from pbis.core.curves.reach import Reach, reach
from pbis.core.curves.standards import level_means

RESEARCH = tolerances(load_suite("research"))


def read_at(simulated: Callable, measured: Callable, method: str, dose: float) -> tuple[Reach, Fitted]:
    """300 curves of a ladder that begins at 3.2, each with a reading of the dose."""
    made = simulated(300, 7)
    blank = np.nan_to_num(level_means(made.points).mean[0]) if method == "xponent" else 0.0
    points = (
        made.points
        if method == "robust"
        else type(made.points)(made.points.level, made.points.dose, made.points.y - blank, made.points.is_read)
    )
    fitted = fit_curves(points, method, np.zeros(300, bool), RESEARCH)
    ln_x = np.full((1, 300), np.log(dose) if dose else -700.0)
    response = measured(made.theta, ln_x, np.random.default_rng(8), 0.06) - blank
    back = back_calculate(fitted.fit, response)
    return reach(fitted.fit, response, back, np.ones(response.shape, bool), blank + np.zeros(300)), fitted


@pytest.mark.parametrize(("method", "least"), [("robust", 0.92), ("xponent", 0.8)])
@pytest.mark.parametrize("dose", [0.0, 0.5, 1.6, 3.0])
def test_it_holds_the_truth_as_often_as_it_says(  # less often where a blank was subtracted: docs/curves.md
    simulated: Callable, measured: Callable, method: str, least: float, dose: float
) -> None:
    found, fitted = read_at(simulated, measured, method, dose)
    held = ((found.low <= dose) & ~(found.high < dose))[0][fitted.has_curve]
    assert least <= held.mean() <= 1.0


def test_a_reading_of_nothing_begins_at_zero_and_ends_near_it(simulated: Callable, measured: Callable) -> None:
    found, fitted = read_at(simulated, measured, "robust", 0.0)
    assert (found.low[0][fitted.has_curve] == 0).mean() > 0.9
    assert np.median(found.high) < 1.6


def test_the_part_that_wells_share_is_a_part(simulated: Callable, measured: Callable) -> None:
    found, _ = read_at(simulated, measured, "robust", 1.6)
    assert ((found.shared > 0) & (found.shared < 1)).all()


def test_what_says_nothing_about_an_amount_has_no_interval(sketch: Callable) -> None:
    plate = sketch(analytes=("IL-6",))
    for well, mfi in (("C10", 19.0), ("D10", None), ("E10", 20000.0)):
        plate.sample(well, mfi)
    rows = {row["well"]: row for row in assay([plate.input()], AssayOptions(RESEARCH)).result.to_pylist()}
    below, missing, above = (rows[well] for well in ("C10", "D10", "E10"))
    assert below["concentration"] is None
    assert 0 < below["ci_low"] < below["ci_high"] < 6
    assert (missing["ci_low"], missing["ci_high"], missing["ci_shared"]) == (None, None, None)
    assert above["ci_low"] > 3000
    assert above["concentration_op"] == ">"
    assert rows["A1"]["ci_low"] is None  # the background
