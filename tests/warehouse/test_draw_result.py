"""Means of a draw: a result of zero is one, and its logarithm is asked of nobody."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

import warehouse

VIEW = (Path(warehouse.__file__).parent / "views" / "43_draw_result.sql").read_text("utf-8")
MEANS = dict(re.findall(r"(exp\(avg\(.*?)(?: as (\w+)),\n", VIEW))


@pytest.mark.parametrize("mean", MEANS, ids=MEANS.values())
def test_a_draw_that_a_plate_finds_nothing_in_has_a_mean_of_the_others(mean: str) -> None:
    """A filter of an aggregate does not keep its argument from being computed, so that a zero stopped the night."""
    rows = "(values (0.0, 0.0, 0.0, '='), (2.0, 2.0, 2.0, '='), (8.0, 8.0, 8.0, '=')) as one (value, ci_low, ci_high, value_op)"
    ((found,),) = duckdb.sql(f"select {mean} from {rows}").fetchall()
    assert found == pytest.approx(4.0)


def test_the_means_of_the_view_are_found() -> None:
    assert list(MEANS.values()) == ["geometric_mean", "ci_low", "ci_high"]
