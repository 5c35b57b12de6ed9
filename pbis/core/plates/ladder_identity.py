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
from pbis.core.plates.suspect import Suspect, half_unit, half_units, mend

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
    labels, analytes, values, texts, lines = (read.reagent.column(n).to_pylist() for n in names)
    folded = {label: fold_label(label) for label in set(labels)}
    keys = enumerate(zip(labels, analytes, values, strict=True))
    row_of = {(folded[label], analyte): i for i, (label, analyte, value) in keys if value and value > 0}
    implied = _implied(read, row_of)
    if not len(implied.at):
        return
    value = np.array([value or np.nan for value in values])
    half = {text: half_unit(text) if text else 0.0 for text in set(texts)}
    print_width = np.array([half[text] for text in texts])
    is_out, low, high = _outside(implied, value - print_width, value + print_width)
    for i in np.flatnonzero(is_out):
        label, analyte, found, line = labels[i], analytes[i], values[i], lines[i]
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
    result, recovery = (read.reading.column(n).to_numpy() for n in ("result_reported", "recovery_reported_pct"))
    is_equal = pc.fill_null(pc.equal(read.reading.column("result_reported_op"), "="), False).to_numpy()
    rows = np.flatnonzero((recovery > 0.0) & (result > 0.0) & is_equal)
    at = _reagents(read, rows, row_of)
    rows, at = rows[at >= 0], at[at >= 0]
    result, recovery = result[rows], recovery[rows]
    result_off = _half_units(read.reading.column("result_reported_text").take(pa.array(rows)), result)
    own = None if read.recovery_text is None else read.recovery_text.take(pa.array(rows))
    recovery_off = _half_units(own, recovery)
    least, most = np.maximum(result - result_off, 0.0), result + result_off
    lowest = recovery - recovery_off  # a recovery printed as 0 or 1 may have been next to nothing: no upper end
    high = np.where(lowest > 0, 100 * most / np.where(lowest > 0, lowest, 1.0), np.inf)
    low = 100 * least / (recovery + recovery_off)
    return Implied(at, 100 * result / recovery, low * (1 - _IDENTITY), high * (1 + _IDENTITY))


def _reagents(read: PlateRead, rows: Rows, row_of: Mapping[tuple[str, str], int]) -> Rows:
    """The row of the reagents that each of these readings is of, -1 where it is of none; each pair of names is looked up once."""
    picked = read.reading.select(["plate_number", "well", "sample_label", "analyte_reported"]).take(pa.array(rows))
    labels = picked.column("sample_label")
    typed = _types(read)
    if typed:
        wells = zip(picked.column("plate_number").to_pylist(), picked.column("well").to_pylist(), strict=True)
        labels = pa.array(
            [typed.get(w) or label for w, label in zip(wells, labels.to_pylist(), strict=True)], pa.string()
        )
    label, label_names = _coded(labels)
    analyte, analyte_names = _coded(picked.column("analyte_reported"))
    folded = [fold_label(name or "") for name in label_names]
    row = np.array([[row_of.get((a, b or ""), -1) for b in analyte_names] for a in folded], np.int64)
    return row[label, analyte] if len(rows) else rows


def _coded(names: pa.Array | pa.ChunkedArray) -> tuple[Rows, list[str | None]]:
    """The names as places in the list of those that differ."""
    whole = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    coded = pc.dictionary_encode(whole, null_encoding="encode")
    return coded.indices.to_numpy().astype(np.int64), coded.dictionary.to_pylist()


def _half_units(texts: pa.Array | pa.ChunkedArray | None, values: Floats) -> Floats:
    """From the text of the cell; where it is not at hand, from the shortest one that has the value, which is no finer."""
    if texts is None:
        return np.array([half_unit(f"{value:.12g}") for value in values], np.float64)
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    found, is_known = half_units(whole)
    for i in np.flatnonzero(~is_known):
        found[i] = half_unit(whole[i].as_py() or f"{values[i]:.12g}")
    return found


def _types(read: PlateRead) -> dict[tuple[int, str], str]:
    """The type code of every well that the export types: its reagents are named so."""
    names = ("plate_number", "well", "well_type")
    rows = zip(*(read.well_type.column(name).to_pylist() for name in names), strict=True)
    return {(plate, well): code for plate, well, code in rows}
