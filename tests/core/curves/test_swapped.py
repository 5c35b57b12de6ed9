"""Standards in each other's place are named by trying the exchange; one exchange must explain all, else nothing is said."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from builders import QUIET, built

from pbis.core.curves.swapped import swapped_levels, told_of_swaps
from pbis.simulate import faults

RISING = np.array([[20.0 * 3**level * (1 + analyte) for analyte in range(4)] for level in range(7)])


@pytest.mark.parametrize("pair", list(combinations(range(7), 2)))
def test_every_exchanged_pair_is_found(pair: tuple[int, int]) -> None:
    means = RISING.copy()
    means[list(pair)] = RISING[list(reversed(pair))]
    assert swapped_levels(means) == pair


def test_what_no_single_exchange_explains_is_not_named() -> None:
    assert swapped_levels(RISING) is None
    assert swapped_levels(RISING[[1, 2, 0, 3, 4, 5, 6]]) is None  # three in a circle
    one = RISING.copy()
    one[[2, 3], 0] = one[[3, 2], 0]
    assert swapped_levels(one) is None  # in one analyte of four: no exchange of wells


def test_a_plate_is_told_with_the_names_of_its_standards() -> None:
    made = built(samples=2, noise=QUIET, fault=lambda plate: faults.swap_standards(plate, "Standard3", "Standard5"))
    ((code, text),) = told_of_swaps(made.read, made.well)
    assert code == "swapped_standards"
    assert "Standard3 and Standard5 seem to lie in each other's place" in text
    good = built(samples=2)
    assert told_of_swaps(good.read, good.well) == []
