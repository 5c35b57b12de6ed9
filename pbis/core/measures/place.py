"""Measures of place on a plate: row and column effects of the replicates, which evaporation or a washer leave behind."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from pbis.core.measures import group as by
from pbis.core.measures.group import Groups, Reals

WELL = re.compile(r"([A-Z]{1,2})(\d{1,2})")
SWEEPS = 10  # of rows and columns in turn; own choice
LEAST_WELLS = 3  # a row or column with fewer wells has no median worth the name


def spatial(result: pa.Table, plates: Groups, valid: Reals) -> dict[str, object]:
    """Largest absolute row or column effect in ln MFI, by median polish of each well's deviation from its replicate group.

    A well's deviation is the median over analytes of ln(MFI / geometric mean of its group), so specimens may differ as they
    like. Replicates side by side in one column cannot show a column effect, nor those in one row a row effect.
    """
    groups = by.group_by(result, (*by.GROUP_KEY, "analyte"))
    log_mfi = by.log(np.where(by.is_in(result, "well_role", "background"), np.nan, valid))
    paired = by.count(groups, ~np.isnan(log_mfi))[groups.code] >= 2
    wells = by.group_by(result, by.WELL_KEY)
    deviation = by.median(wells, np.where(paired, log_mfi - by.mean(groups, log_mfi)[groups.code], np.nan))
    names = result.column("well").take(pa.array(wells.first)).to_pylist()
    plate = plates.code[wells.first]
    found = [_largest_effect(names, deviation, np.flatnonzero(plate == p)) for p in range(plates.count)]
    return {
        "spatial_size": np.array([abs(size) for _, size, _ in found]),
        "spatial_text": [f"{name} by {size:+.2f}" if name else None for name, size, _ in found],
        "replicated_wells": np.array([wells_used for _, _, wells_used in found], np.float64),
    }


def median_polish(grid: Reals) -> tuple[Reals, Reals]:
    """Row and column effects of a grid with NaN holes (Tukey's median polish); NaN for lines with too few wells."""
    rest, rows, columns = grid.copy(), np.zeros(grid.shape[0]), np.zeros(grid.shape[1])
    for _ in range(SWEEPS):
        for axis, effect in ((1, rows), (0, columns)):
            step = _line_medians(rest, axis)
            rest -= np.expand_dims(step, axis)
            effect += step - np.median(step)
    enough = ~np.isnan(grid)
    rows[enough.sum(axis=1) < LEAST_WELLS] = np.nan
    columns[enough.sum(axis=0) < LEAST_WELLS] = np.nan
    return rows, columns


def _line_medians(grid: Reals, axis: int) -> Reals:
    """Median of each line's numbers, 0 for a line without any."""
    lines = np.sort(grid if axis == 1 else grid.T, axis=1)  # holes come last
    size = np.count_nonzero(~np.isnan(lines), axis=1)
    at = np.arange(len(lines))
    middle = (lines[at, np.maximum(size - 1, 0) // 2] + lines[at, np.minimum(size // 2, lines.shape[1] - 1)]) / 2
    found: Reals = np.where(size > 0, middle, 0.0)
    return found


def _largest_effect(names: list[str], deviation: Reals, wells: by.Codes) -> tuple[str | None, float, int]:
    used = [i for i in wells.tolist() if not np.isnan(deviation[i]) and WELL.fullmatch(names[i])]
    if not used:
        return None, np.nan, 0
    row_names = sorted({_place(names[i])[0] for i in used}, key=lambda name: (len(name), name))
    column_names = sorted({_place(names[i])[1] for i in used})
    grid = np.full((len(row_names), len(column_names)), np.nan)
    for i in used:
        row, column = _place(names[i])
        grid[row_names.index(row), column_names.index(column)] = deviation[i]
    rows, columns = median_polish(grid)
    effects = {f"row {name}": e for name, e in zip(row_names, rows.tolist(), strict=True)}
    effects |= {f"column {name}": e for name, e in zip(column_names, columns.tolist(), strict=True)}
    known = {name: e for name, e in effects.items() if not np.isnan(e)}
    if not known:
        return None, np.nan, len(used)
    worst = max(known, key=lambda name: abs(known[name]))
    return worst, known[worst], len(used)


def _place(well: str) -> tuple[str, int]:
    match = WELL.fullmatch(well)
    if match is None:
        raise ValueError(f"not a well name: {well!r}")
    return match[1], int(match[2])
