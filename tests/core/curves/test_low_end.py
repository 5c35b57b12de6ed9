"""The low end that is reported: LLOQ or detection limit, whichever is greater, with every method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.acceptance import accept
from pbis.core.curves.assay import AssayOptions, assay, reportable_range
from pbis.core.curves.backcalc import back_calculate
from pbis.core.curves.fit import fit_curves
from pbis.core.curves.influence import proposed_exclusions
from pbis.core.curves.limits import find_limits, level_recovery
from pbis.core.curves.standards import level_means

RESEARCH = tolerances(load_suite("research"))


@pytest.mark.parametrize("method", ["robust", "xponent"])
def test_the_greater_one_binds_and_is_named(sketch: Callable, method: str) -> None:
    plate = sketch(analytes=("IL-6",))
    for well, mfi in (("C10", 21.0), ("D10", 60.0)):
        plate.sample(well, mfi)
    for key in plate.mfi:
        if key[0] in ("A1", "B1"):
            plate.mfi[key] = {"A1": 6.0, "B1": 22.0}[key[0]]  # background wells that hardly agree
    frames = assay([plate.input()], AssayOptions(RESEARCH, method=method))
    (curve,) = frames.curve.to_pylist()
    assert curve["lod"] > curve["lowest_standard"] == 3.2
    assert (curve["lloq"], curve["lloq_reason"]) == (curve["lod"], "detection limit")
    rows = {row["well"]: row for row in frames.result.to_pylist()}
    assert (rows["C10"]["status"], rows["C10"]["concentration_bound"]) == ("BELOW_LOD", curve["lod"])
    assert rows["D10"]["status"] == "QUANT"


@pytest.mark.parametrize("method", ["robust", "xponent"])
def test_nothing_is_read_as_a_number_in_at_most_one_of_200(
    simulated: Callable, measured: Callable, method: str
) -> None:
    """A slice of bench/limits.py."""
    n = 400
    made = simulated(n, 21)
    blank = np.nan_to_num(level_means(made.points).mean[0]) * (method == "xponent")
    points = replace(made.points, y=made.points.y - blank)
    fitted = fit_curves(points, method, np.zeros(n, bool), RESEARCH)
    none = np.full(n, np.nan)
    limits = find_limits(fitted, level_recovery(fitted), none, none, RESEARCH, blank_mfi=blank)
    verdict = accept(fitted, fitted.screened, limits, proposed_exclusions(fitted).any(axis=0), RESEARCH)
    span = reportable_range(fitted, limits, verdict)
    nothing = measured(made.theta, np.full((20, n), -700.0), np.random.default_rng(22), 0.06) - blank
    x = back_calculate(fitted.fit, nothing).x[:, span.is_accepted]
    assert span.is_accepted.mean() > 0.8
    assert (x >= span.low[span.is_accepted]).mean() <= 0.005
