"""Standards numbered by what they hold: level 1 is the lowest expected concentration, whatever the labels say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from pbis.core.errors import CorruptedLadder
from pbis.core.plates.plate import PlateRead

Floats = npt.NDArray[np.float64]


def standard_levels(read: PlateRead) -> dict[str, int]:
    """Reagent label -> level: 1 for the lowest expected concentration, 0 for a standard that is 0 for every analyte.

    Raises CorruptedLadder where one analyte's concentrations fall as the others' rise.
    """
    table = read.reagent.filter(pc.equal(read.reagent.column("reagent_kind"), "standard"))
    names = ("reagent_label", "analyte_reported", "source_line")
    # a cell that cannot be right ranks by what it should be: its analyte gets no curve, the levels are the plate's
    value = pc.coalesce(table.column("implied_concentration"), table.column("expected_concentration"))
    cells = list(zip(*(table.column(name).to_pylist() for name in names), value.to_pylist(), strict=True))
    labels = list(dict.fromkeys(label for label, *_ in cells))
    analytes = list(dict.fromkeys(analyte for _, analyte, *_ in cells))
    grid = np.full((len(labels), len(analytes)), np.nan)
    row_of, column_of = ({name: i for i, name in enumerate(axis)} for axis in (labels, analytes))
    for label, analyte, _, amount in cells:
        grid[row_of[label], column_of[analyte]] = np.nan if amount is None else amount
    order = _ranked(grid)
    _check_order(read, grid[order], [labels[i] for i in order], analytes, {c[0]: c[2] for c in cells})
    return _numbered([(labels[i], grid[i]) for i in order])


def _ranked(grid: Floats) -> list[int]:
    """Rows with a concentration, ordered by their median rank over the analytes."""
    known = [i for i in range(len(grid)) if np.any(np.isfinite(grid[i]))]
    if not known:
        return []
    relative = np.full(grid.shape, np.nan)
    for j in range(grid.shape[1]):
        column = grid[:, j]
        filled = np.flatnonzero(np.isfinite(column))
        relative[filled, j] = [np.count_nonzero(column[filled] < column[i]) for i in filled]
    return sorted(known, key=lambda i: (float(np.nanmedian(relative[i])), i))


def _check_order(
    read: PlateRead, ordered: Floats, labels: Sequence[str], analytes: Sequence[str], lines: Mapping[str, int]
) -> None:
    for j, analyte in enumerate(analytes):
        filled = np.flatnonzero(np.isfinite(ordered[:, j]))
        falls = np.flatnonzero(np.diff(ordered[filled, j]) < 0)
        if len(falls):
            low, high = filled[falls[0]], filled[falls[0] + 1]
            raise CorruptedLadder(
                f"analyte {analyte} ranks the standards in another order than the other analytes",
                file=read.run.file_name,
                line=lines[labels[high]],
                column=analyte,
                expected=f"{labels[high]} at least {ordered[low, j]:.10g} like {labels[low]}",
                found=f"{ordered[high, j]:.10g}",
            )


def _numbered(ordered: Sequence[tuple[str, Floats]]) -> dict[str, int]:
    """Levels from 1; labels with the same concentrations share one."""
    levels: dict[str, int] = {}
    level = 0
    previous: Floats | None = None
    for label, values in ordered:
        if not np.any(values[np.isfinite(values)] > 0):
            levels[label] = 0
            continue
        if previous is None or not np.array_equal(previous, values, equal_nan=True):
            level += 1
        levels[label], previous = level, values
    return levels
