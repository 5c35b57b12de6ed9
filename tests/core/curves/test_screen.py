"""Which curves are fitted at all, with which model, and what is named about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.acceptance import accept
from pbis.core.curves.fit import FIVE_PL, FOUR_PL, NO_MODEL, fit_curves
from pbis.core.curves.limits import find_limits, level_recovery
from pbis.core.curves.screen import screen
from pbis.core.curves.standards import Standards

RESEARCH = tolerances(load_suite("research"))
SEVEN = [20.0, 60.0, 230.0, 900.0, 3100.0, 8600.0, 15000.0]


def twice(means: list[float]) -> list[list[float]]:
    return [[m * 0.97, m * 1.03] for m in means]


@pytest.mark.parametrize(
    ("means", "model"),
    [
        (SEVEN, FIVE_PL),
        (SEVEN[:6], FIVE_PL),
        (SEVEN[1:6], FOUR_PL),
        (SEVEN[1:5], FOUR_PL),
        (SEVEN[2:5], NO_MODEL),
        ([14.0, 14.5, 15.0, 15.5, 16.0, 17.0, 20.0], NO_MODEL),
    ],
    ids=["seven", "six", "five", "four", "three", "flat"],
)
def test_model_by_levels(ladder: Callable[..., Standards], means: list[float], model: int) -> None:
    fitted = fit_curves(ladder(twice(means), [13.0, 15.0]), "robust", np.zeros(1, bool), RESEARCH)
    assert fitted.model.tolist() == [model]


@pytest.mark.parametrize(("ratio", "hook"), [(0.84, 7), (0.86, 0), (1.5, 0)])
def test_a_hook_is_a_top_below_085_of_the_next(ladder: Callable[..., Standards], ratio: float, hook: int) -> None:
    points = ladder(twice([*SEVEN[:6], SEVEN[5] * ratio]), [13.0, 15.0])
    screened = screen(points, RESEARCH, may_drop=True)
    assert screened.hook_level.tolist() == [hook]
    assert screened.level_count.tolist() == [7]
    assert screened.used_levels.tolist() == [6 if hook else 7]
    assert screen(points, RESEARCH, may_drop=False).used_levels.tolist() == [7]


def test_two_hooked_levels_are_both_dropped(ladder: Callable[..., Standards]) -> None:
    screened = screen(ladder(twice([*SEVEN[:5], 2000.0, 900.0]), [14.0]), RESEARCH, may_drop=True)
    assert screened.hook_level.tolist() == [6]
    assert screened.used_levels.tolist() == [5]


def test_flat_without_background_is_judged_by_the_lowest_level(ladder: Callable[..., Standards]) -> None:
    assert screen(ladder(twice([100.0, 120, 150, 180, 220, 290]), []), RESEARCH, may_drop=True).is_flat.tolist() == [
        True
    ]
    assert screen(ladder(twice([100.0, 120, 150, 180, 220, 310]), []), RESEARCH, may_drop=True).is_flat.tolist() == [
        False
    ]


def test_an_inverted_pair_is_not_monotone(ladder: Callable[..., Standards]) -> None:
    swapped = [20.0, 230.0, 60.0, 900.0, 3100.0, 8600.0, 15000.0]
    assert screen(ladder(twice(swapped), [14.0]), RESEARCH, may_drop=True).is_non_monotone.tolist() == [True]
    assert screen(ladder(twice(SEVEN), [14.0]), RESEARCH, may_drop=True).is_non_monotone.tolist() == [False]


def test_a_falling_ladder_gets_no_curve(ladder: Callable[..., Standards]) -> None:
    fitted = fit_curves(ladder(twice(SEVEN[::-1]), [14.0]), "robust", np.zeros(1, bool), RESEARCH)
    assert fitted.screened.is_falling.tolist() == [True]
    assert fitted.model.tolist() == [NO_MODEL]


def test_a_level_without_a_read_well_does_not_count(ladder: Callable[..., Standards]) -> None:
    means = twice(SEVEN)
    means[3] = [np.nan, np.nan]
    screened = screen(ladder(means, [14.0, np.nan]), RESEARCH, may_drop=True)
    assert screened.level_count.tolist() == [6]
    assert screened.has_background.tolist() == [True]


def test_what_is_flat_hooked_or_out_of_order_is_the_laboratory_s_to_say(ladder: Callable[..., Standards]) -> None:
    slow = ladder(twice([100.0, 120, 150, 180, 220, 290]), [])
    assert not screen(slow, replace(RESEARCH, flat_ratio=2.5), may_drop=True).is_flat.any()
    hooked = ladder(twice([*SEVEN[:6], SEVEN[5] * 0.8]), [14.0])
    assert screen(hooked, RESEARCH, may_drop=True).hook_level.tolist() == [7]
    assert screen(hooked, replace(RESEARCH, hook_ratio=0.75), may_drop=True).hook_level.tolist() == [0]
    assert screen(hooked, RESEARCH, may_drop=False).is_non_monotone.tolist() == [True]
    assert screen(hooked, replace(RESEARCH, inversion_pct=25), may_drop=False).is_non_monotone.tolist() == [False]


@pytest.mark.parametrize(
    ("change", "is_said"),
    [
        ({}, False),
        ({"ec50_low_ratio": 1e6}, True),
        ({"ec50_high_ratio": 1e-6}, True),
        ({"ec50_low_ratio": None, "ec50_high_ratio": None}, False),
    ],
)
def test_how_far_from_the_standards_an_ec50_may_lie_is_the_laboratory_s_to_say(
    ladder: Callable[..., Standards], change: dict[str, float | None], is_said: bool
) -> None:
    asked = replace(RESEARCH, **change)
    fitted = fit_curves(ladder(twice(SEVEN), [14.0, 15.0]), "robust", np.zeros(1, bool), asked)
    none = np.full(1, np.nan)
    limits = find_limits(fitted, level_recovery(fitted), none, none, asked)
    reasons = accept(fitted, fitted.screened, limits, np.zeros(1, bool), asked).reasons
    assert reasons["ec50_outside_standards"].tolist() == [is_said]
