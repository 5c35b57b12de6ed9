"""Which two standards, put in each other's place, would make the signals rise again: every exchange is tried.

A technician who reads "standards out of order" has to find out which; where one exchange alone mends the plate, it is named
with its wells. Where two exchanges mend it, or none does, nothing is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pyarrow as pa

from pbis.core.measures import group as by
from pbis.core.measures.group import Codes, Groups, Reals

CONTROL_PCT = 7.0  # of analytes that fall from one level to the next on a plate in control, at most: measured, expectations/plates.json


def exchange_texts(
    part: pa.Table, plate: Codes, mean: Reals, levels: Groups, worst: Reals, inversion_pct: float
) -> list[str]:
    """For each plate a clause that names the exchange, or ''.

    part: rows of standards; plate: plate of each row; levels: rows by analyte and level; mean: signal of each level;
    worst: largest share of inverted analytes of each plate, percent (NaN where it has none).
    """
    texts = [""] * len(worst)
    suspected = np.flatnonzero(np.nan_to_num(worst) > CONTROL_PCT)
    if not len(suspected):
        return texts
    number = by.numbers(part, "standard_level")
    of_level = plate[levels.first]
    for each in suspected.tolist():
        here = np.flatnonzero(of_level == each)
        steps, grid = _grid(part, levels.first[here], number, mean[here])
        found = exchanged(grid, inversion_pct)
        if found is not None:
            on = plate == each
            low, high = (_named(part, np.flatnonzero(on & (number == steps[i])), steps[i]) for i in found)
            texts[each] = f"; with {low} and {high} exchanged they would rise"
    return texts


def exchanged(grid: Reals, inversion_pct: float) -> tuple[int, int] | None:
    """The one pair of levels whose exchange leaves the plate in control; None where no pair, or more than one, does.

    grid: signals, analytes x levels in rising order, NaN where there is none. inversion_pct: a fall below this counts for nothing.
    """
    mends = []
    for pair in combinations(range(grid.shape[1]), 2):
        order = np.arange(grid.shape[1])
        order[list(pair)] = order[list(pair)[::-1]]
        if all(share <= CONTROL_PCT for share in _shares(grid[:, order], inversion_pct)):
            mends.append(pair)
    return mends[0] if len(mends) == 1 else None


def _shares(grid: Reals, inversion_pct: float) -> Iterator[float]:
    """Percent of analytes that fall from each level to the next."""
    for low, high in zip(grid.T[:-1], grid.T[1:], strict=True):
        both = ~np.isnan(low) & ~np.isnan(high)
        if both.any():
            yield 100.0 * float(np.mean(high[both] < _least_share(inversion_pct) * low[both]))


def _least_share(inversion_pct: float) -> float:
    """Of the level below, what a level holds at least where it does not fall."""
    return 1 - inversion_pct / 100


def _grid(part: pa.Table, rows: Codes, number: Reals, mean: Reals) -> tuple[Reals, Reals]:
    """The levels in rising order, and the signals as analytes x levels."""
    analytes = by.group_by(part.take(pa.array(rows)), by.ANALYTE_KEY)
    steps, at = np.unique(number[rows], return_inverse=True)
    grid = np.full((analytes.count, len(steps)), np.nan)
    grid[analytes.code, at] = mean
    return steps, grid


def _named(part: pa.Table, rows: Codes, step: float) -> str:
    """`level 4 (C1, D1)`."""
    wells = sorted(set(part.column("well").take(pa.array(rows)).to_pylist()), key=lambda well: (int(well[1:]), well))
    return f"level {step:.0f} ({', '.join(wells)})"
