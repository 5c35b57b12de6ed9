"""Which standards of an analyte break the geometric series that its other standards form?

Real ladders are not perfectly geometric (a top level of its own, a doubled level, rounding), so the series only speaks where
the other levels agree closely and the odd one is out by far. How far print may have moved a level is known from its text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import median

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.plates.suspect import Suspect, half_unit, mend

_TIGHT = math.log(1.12)  # levels that vouch for another agree with one step to 12 %
_FAR = math.log(8.0)  # a level is out when it is a factor 8 from where the others put it
_OUT_OF_ORDER = math.log(2.0)  # or a factor 2 and in the wrong order
_QUORUM = 0.6  # share of the levels that must agree on the series

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Written = tuple[int, str, float, str]  # line, label, concentration, the cell


@dataclass(frozen=True)
class Rung:
    """One standard of one analyte, in the order of the labels; half_unit: how far print may have moved it."""

    line: int
    label: str
    concentration: float
    half_unit: float


def odd_rungs(reagent: pa.Table) -> Iterator[Suspect]:
    """Suspects among the reagents (frames.REAGENT) of one run that break their analyte's geometric series."""
    table = reagent.filter(pc.equal(reagent.column("reagent_kind"), "standard"))
    names = ("analyte_reported", "source_line", "reagent_label", "expected_concentration", "expected_text")
    rows: dict[str, list[Written]] = {}
    for analyte, line, label, value, text in zip(*(table.column(n).to_pylist() for n in names), strict=True):
        if value is not None and value > 0:
            rows.setdefault(analyte, []).append((line or 0, label, value, text or ""))
    regular: set[tuple[Written, ...]] = set()
    for analyte, ladder in rows.items():
        shape = tuple(ladder)
        if shape not in regular:  # kits mostly have one ladder for all their analytes
            suspects = list(_odd_rungs(analyte, ladder))
            yield from suspects
            regular |= set() if suspects else {shape}


def _rung(line: int, label: str, value: float, text: str) -> Rung:
    return Rung(line, label, value, half_unit(text) if text else 0.0)


def _odd_rungs(analyte: str, ladder: Sequence[Written]) -> Iterator[Suspect]:
    in_order = sorted(ladder, key=lambda cell: _natural(cell[1]))
    x = np.log([value for _, _, value, _ in in_order])
    if len(x) < 4 or _is_regular(x.tolist()):
        return
    ordered = [_rung(*cell) for cell in in_order]
    print_width = np.array([_print_width(rung) for rung in ordered])
    predicted, agrees = _consensus(x, print_width)
    out = [int(i) for i in np.flatnonzero(~agrees)]
    if np.count_nonzero(agrees) < max(3, math.ceil(_QUORUM * len(x))) or not all(_is_out(x, predicted, i) for i in out):
        return
    for i in out:
        rung, should_be = ordered[i], math.exp(predicted[i])
        yield Suspect(rung.line, rung.label, analyte, rung.concentration, mend(rung.concentration, should_be))


def _print_width(rung: Rung) -> float:
    """How far the level may lie from what is printed, ln; the wider of the two sides, which is downwards."""
    return -math.log(max(1.0 - rung.half_unit / rung.concentration, 0.4))  # own choice: at most a factor 2.5


def _is_regular(x: Sequence[float]) -> bool:
    """One direction throughout, and no step longer than the usual one by more than a factor 8. Plain floats: nearly every ladder of
    every plate ends here, and a ladder is shorter than what a call of NumPy costs."""
    steps = [after - before for before, after in pairwise(x)]
    usual = median(steps)
    return usual != 0 and all(step * usual >= 0 and abs(step) - abs(usual) <= _FAR for step in steps)


def _consensus(x: Floats, print_width: Floats) -> tuple[Floats, Flags]:
    """The geometric series that most levels agree with, on ln scale, and which levels those are.

    Every pair of levels proposes a line; the one with most levels within 12 % and their print wins, the closest of equals,
    refitted to the levels that are within 12 % themselves.
    """
    at = np.arange(len(x))
    i, j = np.triu_indices(len(x), 1)
    step = (x[j] - x[i]) / (j - i)
    distance = np.abs(x[None, :] - (x[i] - step * i)[:, None] - step[:, None] * at[None, :])
    near = distance <= _TIGHT + print_width[None, :]
    score = near.sum(axis=1) - np.where(near, distance, 0).sum(axis=1) / len(x)
    best = int(np.argmax(score))
    agrees, tight = near[best], distance[best] <= _TIGHT
    slope, start = np.polyfit(at[tight], x[tight], 1)
    return start + slope * at, agrees


def _is_out(x: Floats, predicted: Floats, i: int) -> bool:
    """Far from the series: inside, by nearly a step; at an end, where kits do differ, by a whole power of ten or by 100."""
    off = abs(float(x[i] - predicted[i]))
    if 0 < i < len(x) - 1:
        return off > min(_FAR, max(_OUT_OF_ORDER, 0.8 * abs(float(predicted[1] - predicted[0]))))
    tens = off / math.log(10.0)
    return off > math.log(100.0) or (off > _FAR and abs(tens - round(tens)) < 0.005)


@lru_cache(maxsize=256)  # a plate's analytes have the same standards
def _natural(label: str) -> tuple[tuple[str, int], ...]:
    """Standard2 before Standard10."""
    return tuple((word.casefold(), int(number or 0)) for word, number in re.findall(r"(\D*)(\d*)", label)[:-1])
