"""The reportable range as a small table of levels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.fit import fit_curves
from pbis.core.curves.limits import find_limits, level_recovery, longest_run
from pbis.core.curves.standards import Standards

RESEARCH = tolerances(load_suite("research"))

NONE = np.array([np.nan])


@pytest.mark.parametrize(
    ("levels", "run"),
    [
        ("iiiiiii", (1, 7)),
        ("eiiiiie", (1, 7)),  # an end may be looser than the inside
        ("eieiiii", (3, 7)),  # a loose level inside breaks the run, and may end the next
        ("xiiixii", (2, 4)),
        ("xiixiix", (2, 3)),  # of two runs of equal length the lower
        ("xxxxxxx", (0, 0)),
        ("xxexxxx", (3, 3)),
        ("ii.iiix", (1, 6)),  # an unread level neither counts nor breaks
        (".iiii.x", (2, 5)),
    ],
)
def test_longest_run(levels: str, run: tuple[int, int]) -> None:
    marks = np.array(list("x" + levels))[:, None]
    first, last = longest_run(marks == "i", np.isin(marks, ["i", "e"]), marks != ".")
    assert (first[0], last[0]) == run


def good(ladder: Callable[..., Standards], top_factor: float = 1.0) -> Standards:
    means = [22.0, 60.0, 230.0, 900.0, 3100.0, 8600.0, 15000.0 * top_factor]
    return ladder([[m * 0.98, m * 1.02] for m in means], [13.0, 15.0])


def limits_of(points: Standards, low: np.ndarray = NONE, high: np.ndarray = NONE):
    fitted = fit_curves(points, "robust", np.zeros(1, bool), RESEARCH)
    return find_limits(fitted, level_recovery(fitted), low, high, RESEARCH)


def test_a_good_curve_reports_from_standard_to_standard(ladder: Callable[..., Standards]) -> None:
    limits = limits_of(good(ladder))
    assert limits.passing[0] >= 6
    assert limits.low[0] == limits.recovery_low[0] == pytest.approx(3.2)
    assert 0 < limits.lod[0] < limits.low[0]
    assert limits.precision_low[0] >= 3.2


def test_the_kits_range_clamps_but_the_run_is_kept(ladder: Callable[..., Standards]) -> None:
    limits = limits_of(good(ladder), np.array([5.0]), np.array([2000.0]))
    assert (limits.low[0], limits.high[0]) == (5.0, 2000.0)
    assert limits.kit_binds_low[0]
    assert limits.kit_binds_high[0]
    assert limits.recovery_low[0] == pytest.approx(3.2)


def test_a_kit_range_outside_the_run_leaves_nothing(ladder: Callable[..., Standards]) -> None:
    limits = limits_of(good(ladder), np.array([1e6]), np.array([2e6]))
    assert np.isnan(limits.low[0])
    assert np.isnan(limits.high[0])


def test_replicates_that_disagree_take_a_level_out(ladder: Callable[..., Standards]) -> None:
    means = [22.0, 60.0, 230.0, 900.0, 3100.0, 8600.0, 15000.0]
    wells = [[m * 0.98, m * 1.02] for m in means]
    wells[1] = [60.0 * 0.55, 60.0 * 1.45]
    assert limits_of(ladder(wells, [13.0, 15.0])).first[0] > 2


def test_single_wells_are_judged_by_the_predicted_cv(ladder: Callable[..., Standards]) -> None:
    means = [14.4, 15.5, 24.0, 60.0, 230.0, 900.0, 3100.0]
    fitted = fit_curves(ladder([[m] for m in means], [13.0, 15.0]), "robust", np.zeros(1, bool), RESEARCH)
    recovery = level_recovery(fitted)
    assert np.isnan(recovery.back_cv_pct).all()
    assert recovery.judged_cv_pct[1, 0] > 25 or np.isinf(recovery.judged_cv_pct[1, 0])


def test_no_background_no_detection_limit(ladder: Callable[..., Standards]) -> None:
    means = [22.0, 60.0, 230.0, 900.0, 3100.0, 8600.0, 15000.0]
    assert np.isnan(limits_of(ladder([[m * 0.98, m * 1.02] for m in means], [])).lod[0])


def required(points: Standards, low: float = np.nan, high: float = np.nan, **changes: float) -> tuple[int, int]:
    """Levels that the regulated profile asks for, and those of them that recover."""
    fitted = fit_curves(points, "robust", np.zeros(1, bool), RESEARCH)
    limits = find_limits(
        fitted, level_recovery(fitted), np.array([low]), np.array([high]), replace(RESEARCH, **changes)
    )
    return int(limits.required[0]), int(limits.required_passing[0])


def test_levels_outside_the_kits_range_are_anchors_and_need_not_recover(ladder: Callable[..., Standards]) -> None:
    assert required(good(ladder))[0] == 7
    assert required(good(ladder), 5.0, 4000.0)[0] == 5
    assert required(good(ladder, top_factor=0.4))[0] == 6  # a hook is dropped: it took no part in the fit


def test_each_side_of_a_recovery_has_its_own_limit_and_the_ends_have_theirs(ladder: Callable[..., Standards]) -> None:
    curve = good(ladder)
    found = level_recovery(fit_curves(curve, "robust", np.zeros(1, bool), RESEARCH)).recovery_pct[1:, 0]
    inner, ends = found[1:-1], found[[0, -1]]
    for low, high in ((99.0, 130.0), (70.0, 101.0), (99.0, 101.0)):
        passing = ((inner >= low) & (inner <= high)).sum() + ((ends >= 50) & (ends <= 200)).sum()
        wide = {"recovery_end_low_pct": 50.0, "recovery_end_high_pct": 200.0}
        assert required(curve, recovery_low_pct=low, recovery_high_pct=high, **wide) == (7, passing)
    assert required(curve, recovery_end_low_pct=200.0, recovery_end_high_pct=300.0)[1] == required(curve)[1] - 2


def test_narrower_tolerances_take_levels_out_of_the_range(ladder: Callable[..., Standards]) -> None:
    fitted = fit_curves(good(ladder), "robust", np.zeros(1, bool), RESEARCH)
    found = level_recovery(fitted)
    ends = {"recovery_end_low_pct": 99.5, "recovery_end_high_pct": 100.5}
    narrow = replace(RESEARCH, recovery_low_pct=99.5, recovery_high_pct=100.5, **ends)
    wide, tight = (find_limits(fitted, found, NONE, NONE, one) for one in (RESEARCH, narrow))
    assert tight.passing[0] < wide.passing[0]
    assert (tight.low[0], tight.high[0]) != (wide.low[0], wide.high[0])
    more = find_limits(fitted, found, NONE, NONE, replace(RESEARCH, lod_sds=6.0))
    assert more.lod[0] > wide.lod[0]
