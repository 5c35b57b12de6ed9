"""Stored numbers: the nearest double to the decimal, and nothing of the last bits."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pbis.core.frames.stored import significant, stored

NUMBERS = st.floats(-1e30, 1e30, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-12)


@given(st.lists(NUMBERS, min_size=1, max_size=20), st.integers(3, 12))
@settings(derandomize=True, deadline=None)
def test_rounding_is_what_printing_with_so_many_digits_gives(values: list[float], digits: int) -> None:
    found = significant(np.array(values), digits)
    printed = np.array([float(f"{value:.{digits - 1}e}") for value in values])
    np.testing.assert_allclose(found, printed, rtol=1.0001 * 10.0 ** (1 - digits), atol=0)
    np.testing.assert_array_equal(significant(found, digits), found)


def test_noise_in_the_last_bits_is_gone() -> None:
    value = np.array([1.234567890123, 98765.4321, 3.2e-5, 0.0])
    np.testing.assert_array_equal(significant(value * (1 + 2e-15)), significant(value))


def test_what_is_no_number_is_null() -> None:
    assert stored(np.array([1.0, np.nan, np.inf])).to_pylist() == [1.0, None, None]
