"""What does the export say itself of an expected concentration: 100 x Result / % Recovery, as exactly as it is printed.

A Result of 0.01 at a recovery of 5 % was 0.005 to 0.015 at 4.5 to 5.5 %: the expected concentration lies between 0.09 and
0.33, and a cell 0.13 (0.125 to 0.135) agrees with that. Each well of a standard gives such an interval; what lies in all of
them is what the reagent may hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.plates.label import fold_label
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.suspect import Suspect, half_unit, mend

_IDENTITY = 0.03  # relative disagreement beyond print: programs that cut digits off, or keep three of them; own choice

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Implied:
    """Of wells with Result and % Recovery: at, the row of their reagent; value and its interval, the reagent's unit."""

    at: Rows
    value: Floats
    low: Floats
    high: Floats


def odd_by_identity(read: PlateRead) -> Iterator[Suspect]:
    """Suspects whose expected concentration lies outside what its wells allow, print and 3 % taken into account.

    Wells that contradict each other prove nothing, unless each of them excludes the expected concentration.
    """
    names = ("reagent_label", "analyte_reported", "expected_concentration", "expected_text", "source_line")
    cells = list(zip(*(read.reagent.column(n).to_pylist() for n in names), strict=True))
    row_of = {(fold_label(cell[0]), cell[1]): i for i, cell in enumerate(cells) if cell[2] and cell[2] > 0}
    implied = _implied(read, row_of)
    if not len(implied.at):
        return
    value = np.array([cell[2] or np.nan for cell in cells])
    print_width = np.array([half_unit(cell[3]) if cell[3] else 0.0 for cell in cells])
    is_out, low, high = _outside(implied, value - print_width, value + print_width)
    for i in np.flatnonzero(is_out):
        label, analyte, found, _, line = cells[i]
        middle = float(np.median(implied.value[implied.at == i]))
        ends = (float(low[i]), float(high[i])) if low[i] <= high[i] else (None, None)
        yield Suspect(line or 0, label, analyte, found, mend(found, middle, *ends))


def _outside(implied: Implied, least: Floats, most: Floats) -> tuple[npt.NDArray[np.bool_], Floats, Floats]:
    """Whether the expected concentrations (least to most) lie outside what the wells allow, and the ends of that."""
    size = len(least)
    low, high = np.zeros(size), np.full(size, np.inf)
    np.maximum.at(low, implied.at, implied.low)
    np.minimum.at(high, implied.at, implied.high)
    known = np.bincount(implied.at, minlength=size)
    excludes = (most[implied.at] < implied.low) | (least[implied.at] > implied.high)
    by_all = np.bincount(implied.at, excludes, size) == known
    by_what_they_share = (low <= high) & ((most < low) | (least > high))
    return (known > 0) & (by_all | by_what_they_share), low, high


def _implied(read: PlateRead, row_of: Mapping[tuple[str, str], int]) -> Implied:
    """The intervals of every well of which both numbers are printed; a Result below or above the curve says nothing."""
    table = _printed(read)
    labels, analytes = (table.column(name).to_pylist() for name in ("sample_label", "analyte_reported"))
    typed = _types(read)
    if typed:
        wells = zip(table.column("plate_number").to_pylist(), table.column("well").to_pylist(), strict=True)
        labels = [typed.get(well) or label for well, label in zip(wells, labels, strict=True)]
    folded = {label: fold_label(label or "") for label in set(labels)}
    at = np.array([row_of.get((folded[a], b), -1) for a, b in zip(labels, analytes, strict=True)], np.int64)
    table = table.filter(pa.array(at >= 0))
    result, recovery = (table.column(n).to_numpy() for n in ("result_reported", "recovery_reported_pct"))
    result_off, recovery_off = (_half_units(table, n) for n in ("result_reported", "recovery_reported_pct"))
    least, most = np.maximum(result - result_off, 0.0), result + result_off
    lowest = recovery - recovery_off  # a recovery printed as 0 or 1 may have been next to nothing: no upper end
    high = np.where(lowest > 0, 100 * most / np.where(lowest > 0, lowest, 1.0), np.inf)
    low = 100 * least / (recovery + recovery_off)
    return Implied(at[at >= 0], 100 * result / recovery, low * (1 - _IDENTITY), high * (1 + _IDENTITY))


def _printed(read: PlateRead) -> pa.Table:
    names = ("plate_number", "well", "sample_label", "analyte_reported", "result_reported", "recovery_reported_pct")
    table = read.reading.select([*names, "result_reported_op"])
    text = read.reading.column("result_reported_text")
    table = table.append_column("result_reported_as", text)
    own = read.recovery_text if read.recovery_text is not None else pa.nulls(table.num_rows, pa.string())
    table = table.append_column("recovery_reported_pct_as", own)
    known = pc.and_(
        pc.greater(table.column("recovery_reported_pct"), 0.0), pc.greater(table.column("result_reported"), 0.0)
    )
    return table.filter(pc.fill_null(pc.and_(known, pc.equal(table.column("result_reported_op"), "=")), False))


def _half_units(table: pa.Table, name: str) -> Floats:
    """From the text of the cell; where it is not at hand, from the shortest one that has the value, which is no finer."""
    texts = table.column(f"{name}_as").to_pylist()
    if not all(texts):
        shown = zip(texts, table.column(name).to_pylist(), strict=True)
        texts = [text or f"{value:.12g}" for text, value in shown]
    half = {text: half_unit(text) for text in set(texts)}
    return np.array([half[text] for text in texts], np.float64)


def _types(read: PlateRead) -> dict[tuple[int, str], str]:
    """The type code of every well that the export types: its reagents are named so."""
    names = ("plate_number", "well", "well_type")
    rows = zip(*(read.well_type.column(name).to_pylist() for name in names), strict=True)
    return {(plate, well): code for plate, well, code in rows}
