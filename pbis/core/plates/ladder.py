"""Is the ladder of the standards what it claims to be? Two detectors; a plate that fails either is never fitted.

geometry: the expected concentrations of a dilution series are a geometric series in the order of their labels. A decimal
comma taken for a thousands separator turns 215.625 into 215625, a thousand times off and usually out of order.
identity: the instrument printed % Recovery = 100 x Result / expected when it computed, so expected can be recovered.

Real ladders are not perfectly geometric (a top level of its own, a doubled level, rounding), so geometry only speaks where
the other levels agree closely and the odd one is out by far.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import CorruptedLadder
from pbis.core.plates.plate import PlateRead

_TIGHT = math.log(1.12)  # levels that vouch for another agree with one step to 12 %
_FAR = math.log(8.0)  # a level is out when it is a factor 8 from where the others put it
_OUT_OF_ORDER = math.log(2.0)  # or a factor 2 and in the wrong order
_QUORUM = 0.6  # share of the levels that must agree on the series
_IDENTITY = 0.03  # relative disagreement of expected with Result and % Recovery beyond their rounding
_MOST_SHOWN = 60  # suspects in one message; own choice

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Suspect:
    """A cell of a reagent table that cannot be right; expected, found in the reported unit."""

    line: int
    label: str
    analyte: str
    found: float
    should_be: float

    def __str__(self) -> str:
        return (
            f"{self.label} of {self.analyte} (line {self.line}) is {self.found:.10g}, should be {self.should_be:.10g}"
        )


@dataclass(frozen=True)
class Rung:
    """One standard of one analyte, in the order of the labels."""

    line: int
    label: str
    concentration: float


def check_ladder(read: PlateRead) -> None:
    """Raise CorruptedLadder, naming every cell and the value it should have, where a detector fires."""
    found: dict[tuple[str, str], Suspect] = {}
    for suspect in (*by_identity(read), *by_geometry(read)):
        found.setdefault((suspect.label, suspect.analyte), suspect)
    if not found:
        return
    suspects = sorted(found.values(), key=lambda s: (s.line, s.analyte))
    shown = "; ".join(map(str, suspects[:_MOST_SHOWN]))
    more = f"; and {len(suspects) - _MOST_SHOWN} more" if len(suspects) > _MOST_SHOWN else ""
    raise CorruptedLadder(
        f"{len(suspects)} expected concentrations cannot be right: {shown}{more}",
        file=read.run.file_name,
        line=suspects[0].line,
        column=suspects[0].analyte,
        expected=f"{suspects[0].should_be:.10g}",
        found=f"{suspects[0].found:.10g}",
        hint="a decimal comma may have been taken for a thousands separator; correct the protocol and export again",
    )


def by_geometry(read: PlateRead) -> Iterator[Suspect]:
    """Suspects that break their analyte's geometric series."""
    return odd_rungs(read.reagent)


def odd_rungs(reagent: pa.Table) -> Iterator[Suspect]:
    """The same, of the reagents (frames.REAGENT) of one run."""
    table = reagent.filter(pc.equal(reagent.column("reagent_kind"), "standard"))
    names = ("analyte_reported", "source_line", "reagent_label", "expected_concentration")
    rows: dict[str, list[tuple[int, str, float]]] = {}
    for analyte, line, label, value in zip(*(table.column(n).to_pylist() for n in names), strict=True):
        if value is not None and value > 0:
            rows.setdefault(analyte, []).append((line or 0, label, value))
    regular: set[tuple[tuple[int, str, float], ...]] = set()
    for analyte, ladder in rows.items():
        shape = tuple(ladder)
        if shape not in regular:  # kits mostly have one ladder for all their analytes
            suspects = list(_odd_rungs(analyte, [Rung(*rung) for rung in ladder]))
            yield from suspects
            regular |= set() if suspects else {shape}


def by_identity(read: PlateRead) -> Iterator[Suspect]:
    """Suspects whose expected concentration contradicts Result and % Recovery of every well that holds the reagent."""
    names = ("reagent_label", "analyte_reported", "expected_concentration", "expected_text", "source_line")
    cells = list(zip(*(read.reagent.column(n).to_pylist() for n in names), strict=True))
    row_of = {(fold_label(cell[0]), cell[1]): i for i, cell in enumerate(cells) if cell[2] and cell[2] > 0}
    at, implied, tolerance = _implied(read, row_of)
    if not len(at):
        return
    value = np.array([cell[2] or np.nan for cell in cells])
    rounding = np.array([_half_unit(cell[3] or "") for cell in cells]) / value
    differs = np.abs(np.log(value[at] / implied)) > tolerance + rounding[at]
    known = np.bincount(at, minlength=len(cells))
    for i in np.flatnonzero((known > 0) & (np.bincount(at, differs, len(cells)) == known)):
        label, analyte, found, _, line = cells[i]
        yield Suspect(line or 0, label, analyte, found, _mend(found, float(np.median(implied[at == i]))))


@lru_cache(maxsize=4096)
def _half_unit(text: str) -> float:
    """Half a unit of the last digit as written: a cell 0.00006 may have been 0.000064 before it was rounded."""
    match = re.search(r"\d*(?:[.,](\d+))?(?:[eE]([+-]?\d+))?\s*$", text)
    if match is None:
        return 0.0
    return 0.5 * 10.0 ** (min(int(match.group(2) or 0), 300) - len(match.group(1) or ""))


@lru_cache(maxsize=4096)
def fold_label(label: str) -> str:
    """A label with blanks and case folded away: people overtype 'Standard 1' for 'Standard1'."""
    return "".join(label.split()).casefold()


def _implied(read: PlateRead, row_of: Mapping[tuple[str, str], int]) -> tuple[Rows, Floats, Floats]:
    """Of each well with Result and % Recovery printed: its reagent row, 100 Result / % Recovery, tolerance on ln scale."""
    names = ["plate_number", "well", "sample_label", "analyte_reported"]
    reading = read.reading.select([*names, "result_reported", "result_reported_op", "recovery_reported_pct"])
    known = pc.and_(
        pc.greater(reading.column("recovery_reported_pct"), 1.0), pc.greater(reading.column("result_reported"), 0.0)
    )
    known = pc.and_(known, pc.equal(reading.column("result_reported_op"), "="))
    table = reading.filter(pc.fill_null(known, False))
    labels, analytes = (table.column(name).to_pylist() for name in ("sample_label", "analyte_reported"))
    typed = _types(read)
    if typed:
        wells = zip(table.column("plate_number").to_pylist(), table.column("well").to_pylist(), strict=True)
        labels = [typed.get(well) or label for well, label in zip(wells, labels, strict=True)]
    folded = {label: fold_label(label or "") for label in set(labels)}
    at = np.array([row_of.get((folded[a], b), -1) for a, b in zip(labels, analytes, strict=True)], np.int64)
    result, recovery = (table.column(n).to_numpy() for n in ("result_reported", "recovery_reported_pct"))
    keep = at >= 0
    return at[keep], 100 * result[keep] / recovery[keep], _IDENTITY + 0.01 / recovery[keep]


def _types(read: PlateRead) -> dict[tuple[int, str], str]:
    """The type code of every well that the export types: its reagents are named so."""
    names = ("plate_number", "well", "well_type")
    rows = zip(*(read.well_type.column(name).to_pylist() for name in names), strict=True)
    return {(plate, well): code for plate, well, code in rows}


def _odd_rungs(analyte: str, rungs: Sequence[Rung]) -> Iterator[Suspect]:
    ordered = sorted(rungs, key=lambda r: _natural(r.label))
    x = np.log([rung.concentration for rung in ordered])
    if len(x) < 4 or _is_regular(x):
        return
    predicted, agrees = _consensus(x)
    out = [int(i) for i in np.flatnonzero(~agrees)]
    if np.count_nonzero(agrees) < max(3, math.ceil(_QUORUM * len(x))) or not all(_is_out(x, predicted, i) for i in out):
        return
    for i in out:
        rung, should_be = ordered[i], math.exp(predicted[i])
        yield Suspect(rung.line, rung.label, analyte, rung.concentration, _mend(rung.concentration, should_be))


def _is_regular(x: Floats) -> bool:
    """One direction throughout, and no step longer than the usual one by more than a factor 8."""
    steps = np.diff(x)
    usual = float(np.median(steps))
    same_way = bool(np.all(steps * np.sign(usual) >= 0)) and usual != 0
    return same_way and bool(np.all(np.abs(steps) - abs(usual) <= _FAR))


def _consensus(x: Floats) -> tuple[Floats, Flags]:
    """The geometric series that most levels agree with, on ln scale, and which levels those are.

    Every pair of levels proposes a line; the one with most levels within 12 % wins, the closest of equals, refitted.
    """
    at = np.arange(len(x))
    i, j = np.triu_indices(len(x), 1)
    step = (x[j] - x[i]) / (j - i)
    distance = np.abs(x[None, :] - (x[i] - step * i)[:, None] - step[:, None] * at[None, :])
    near = distance <= _TIGHT
    score = near.sum(axis=1) - np.where(near, distance, 0).sum(axis=1) / len(x)
    agrees: Flags = near[int(np.argmax(score))]
    slope, start = np.polyfit(at[agrees], x[agrees], 1)
    return start + slope * at, agrees


def _is_out(x: Floats, predicted: Floats, i: int) -> bool:
    """Far from the series: inside, by nearly a step; at an end, where kits do differ, by a whole power of ten or by 100."""
    off = abs(float(x[i] - predicted[i]))
    if 0 < i < len(x) - 1:
        return off > min(_FAR, max(_OUT_OF_ORDER, 0.8 * abs(float(predicted[1] - predicted[0]))))
    tens = off / math.log(10.0)
    return off > math.log(100.0) or (off > _FAR and abs(tens - round(tens)) < 0.005)


def _mend(found: float, predicted: float) -> float:
    """The found value moved by whole powers of ten where that agrees with the prediction to 10 %; else the prediction."""
    tens = round(math.log10(found / predicted))
    shifted = found / 10.0**tens
    return float(f"{shifted if tens and abs(math.log(shifted / predicted)) < 0.1 else predicted:.12g}")


def _natural(label: str) -> tuple[tuple[str, int], ...]:
    """Standard2 before Standard10."""
    return tuple((word.casefold(), int(number or 0)) for word, number in re.findall(r"(\D*)(\d*)", label)[:-1])
