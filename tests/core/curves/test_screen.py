"""Which curves are fitted at all, with which model, and what is named about them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pbis.core.curves.fit import FIVE_PL, FOUR_PL, NO_MODEL, fit_curves
from pbis.core.curves.method import FIT
from pbis.core.curves.screen import screen
from pbis.core.curves.standards import Standards

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
    fitted = fit_curves(ladder(twice(means), [13.0, 15.0]), "robust", np.zeros(1, bool))
    assert fitted.model.tolist() == [model]


@pytest.mark.parametrize(("ratio", "hook"), [(0.84, 7), (0.86, 0), (1.5, 0)])
def test_a_hook_is_a_top_below_085_of_the_next(ladder: Callable[..., Standards], ratio: float, hook: int) -> None:
    points = ladder(twice([*SEVEN[:6], SEVEN[5] * ratio]), [13.0, 15.0])
    screened = screen(points, FIT, may_drop=True)
    assert screened.hook_level.tolist() == [hook]
    assert screened.level_count.tolist() == [7]
    assert screened.used_levels.tolist() == [6 if hook else 7]
    assert screen(points, FIT, may_drop=False).used_levels.tolist() == [7]


def test_two_hooked_levels_are_both_dropped(ladder: Callable[..., Standards]) -> None:
    screened = screen(ladder(twice([*SEVEN[:5], 2000.0, 900.0]), [14.0]), FIT, may_drop=True)
    assert screened.hook_level.tolist() == [6]
    assert screened.used_levels.tolist() == [5]


def test_flat_without_background_is_judged_by_the_lowest_level(ladder: Callable[..., Standards]) -> None:
    assert screen(ladder(twice([100.0, 120, 150, 180, 220, 290]), []), FIT, may_drop=True).is_flat.tolist() == [True]
    assert screen(ladder(twice([100.0, 120, 150, 180, 220, 310]), []), FIT, may_drop=True).is_flat.tolist() == [False]


def test_an_inverted_pair_is_not_monotone(ladder: Callable[..., Standards]) -> None:
    swapped = [20.0, 230.0, 60.0, 900.0, 3100.0, 8600.0, 15000.0]
    assert screen(ladder(twice(swapped), [14.0]), FIT, may_drop=True).is_non_monotone.tolist() == [True]
    assert screen(ladder(twice(SEVEN), [14.0]), FIT, may_drop=True).is_non_monotone.tolist() == [False]


def test_a_falling_ladder_gets_no_curve(ladder: Callable[..., Standards]) -> None:
    fitted = fit_curves(ladder(twice(SEVEN[::-1]), [14.0]), "robust", np.zeros(1, bool))
    assert fitted.screened.is_falling.tolist() == [True]
    assert fitted.model.tolist() == [NO_MODEL]


def test_a_level_without_a_read_well_does_not_count(ladder: Callable[..., Standards]) -> None:
    means = twice(SEVEN)
    means[3] = [np.nan, np.nan]
    screened = screen(ladder(means, [14.0, np.nan]), FIT, may_drop=True)
    assert screened.level_count.tolist() == [6]
    assert screened.has_background.tolist() == [True]
