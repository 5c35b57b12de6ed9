"""Grouping and joining columns, against the slow and obvious way."""

from __future__ import annotations

import statistics
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbis.core.measures import group as by
from pbis.core.measures.place import _line_medians, median_polish

VALUE = st.one_of(st.none(), st.floats(-1e6, 1e6))
ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(1, 2), VALUE), min_size=1, max_size=30)


def table(rows: list[tuple[str | None, int, float | None]]) -> pa.Table:
    name, number, value = zip(*rows, strict=True)
    types = {"name": pa.string(), "number": pa.int64(), "value": pa.float64()}
    return pa.table({k: pa.array(v, t) for (k, t), v in zip(types.items(), (name, number, value), strict=True)})


def slow(rows: list[tuple[str | None, int, float | None]]) -> list[list[float]]:
    groups: dict[tuple[str | None, int], list[float]] = defaultdict(list)
    for name, number, value in rows:
        groups[name, number] += [] if value is None else [value]
    return list(groups.values())


@settings(derandomize=True, max_examples=60, deadline=None)
@given(ROWS)
def test_group_statistics(rows: list[tuple[str | None, int, float | None]]) -> None:
    frame, wanted = table(rows), slow(rows)
    groups, values = by.group_by(frame, ("name", "number")), by.numbers(frame, "value")
    nan = float("nan")
    expected = {
        by.count: [float(len(g)) for g in wanted],
        by.mean: [statistics.fmean(g) if g else nan for g in wanted],
        by.median: [statistics.median(g) if g else nan for g in wanted],
        by.largest: [max(g) if g else nan for g in wanted],
        by.smallest: [min(g) if g else nan for g in wanted],
    }
    for function, numbers in expected.items():
        given_values = ~np.isnan(values) if function is by.count else values
        np.testing.assert_allclose(function(groups, given_values), numbers, rtol=1e-9, atol=1e-6)  # type: ignore[operator]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(ROWS, ROWS)
def test_match_finds_the_first_equal_row(
    left: list[tuple[str | None, int, float | None]], right: list[tuple[str | None, int, float | None]]
) -> None:
    keys = [row[:2] for row in right]
    wanted = [keys.index(row[:2]) if row[:2] in keys else -1 for row in left]
    assert by.match(table(left), table(right), ("name", "number")).tolist() == wanted


def test_matching_an_empty_table_finds_nothing() -> None:
    rows = table([("a", 1, 1.0)])
    assert by.match(rows, rows.slice(0, 0), ("name",)).tolist() == [-1]
    assert by.match(rows.slice(0, 0), rows, ("name",)).tolist() == []
    assert np.isnan(by.pick(np.zeros(0), np.array([-1]))).all()


@pytest.mark.parametrize(
    ("values", "cv"),
    [((90.0, 110.0), 100 * 200**0.5 / 100), ((100.0,), None), ((-1.0, 1.0), None), ((5.0, 5.0, 5.0), 0.0)],
)
def test_cv_uses_n_minus_1_and_needs_a_positive_mean(values: tuple[float, ...], cv: float | None) -> None:
    frame = table([("a", 1, value) for value in values])
    (got,) = by.cv_pct(by.group_by(frame, ("name",)), by.numbers(frame, "value"))
    assert np.isnan(got) if cv is None else got == pytest.approx(cv)


def test_median_polish_finds_planted_effects_around_holes() -> None:
    grid = np.add.outer([0.3, 0.0, 0.0, -0.1, 0.0], [0.0, 0.2, 0.0, 0.0, 0.0])
    grid[4, 4] = np.nan
    grid[1, 1] += 5.0  # one wild well says nothing about its row
    rows, columns = median_polish(grid)
    np.testing.assert_allclose(rows, [0.3, 0.0, 0.0, -0.1, 0.0], atol=1e-9)
    np.testing.assert_allclose(columns, [0.0, 0.2, 0.0, 0.0, 0.0], atol=1e-9)


def test_a_line_with_two_wells_has_no_effect() -> None:
    grid = np.full((4, 4), np.nan)
    grid[0, :2], grid[1:, :] = 1.0, 0.0
    assert np.isnan(median_polish(grid)[0][0])


@pytest.mark.parametrize("spread", [1, 10**9], ids=["dense", "thin"])
def test_codes_are_grouped_alike_however_thin_they_are_spread(spread: int) -> None:
    code = np.array([3, -1, 3, 0, 7, -1, 0]) * spread
    groups = by.regroup(code, np.zeros(7, np.int64))
    assert groups.code.tolist() == [0, 1, 0, 2, 3, 1, 2]
    assert groups.first.tolist() == [0, 1, 3, 4]


def test_line_medians_are_numpy_s_and_0_for_a_line_without_numbers() -> None:
    grid = np.random.default_rng(1).normal(size=(9, 13))
    grid[np.random.default_rng(2).random(grid.shape) < 0.4] = np.nan
    grid[4] = np.nan
    for axis, lines in ((1, grid), (0, grid.T)):
        expected = [np.median(line[~np.isnan(line)]) if np.isfinite(line).any() else 0.0 for line in lines]
        assert _line_medians(grid, axis).tolist() == expected
