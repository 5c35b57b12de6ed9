"""The numbers behind the pickers of the plate map, as JSON that cannot break out of its element."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pbis.draw.words import visible
from pbis.report.rule_words import titled
from pbis.report.text import significant

SEVERITY = {"pass": 0, "warn": 1, "held": 2, "fail": 3}
WORDS = ("pass", "warn", "held", "fail")
_HUGE = 1e15  # from here on a double has no decimal to round
_TIE = 1e-6  # so near to the middle of two decimals, which of them is nearer is worked out digit by digit


@dataclass(frozen=True)
class Flags:
    """Flags of a plate as grids of analyte x well: severity 0..3, and which of `reasons` is behind it; 0 and the empty reason where
    nothing was judged."""

    severity: NDArray[np.int64]
    why: NDArray[np.int64]
    reasons: list[str]


def flags_of(state: pa.Table, wells: Sequence[str], analytes: Sequence[str]) -> Flags:
    """The grids; what is of no well or analyte named is in none."""
    at = _places(state, wells, analytes)
    words = pc.fill_null(state.column("reasons"), "")
    reasons = sorted({*pc.unique(words).to_pylist(), ""})
    number = pc.index_in(words, pa.array(reasons, pa.string())).to_numpy()
    severity = [SEVERITY.get(word, 0) for word in state.column("qc_state").to_pylist()]

    def grid(values: Any, nothing: int) -> NDArray[np.int64]:
        found = np.full(len(wells) * len(analytes), nothing, np.int64)
        found[at[at >= 0]] = np.asarray(values, np.int64)[at >= 0]
        return found.reshape(len(analytes), len(wells))

    return Flags(grid(severity, 0), grid(number, reasons.index("")), reasons)


def payload(result: pa.Table, wells: Sequence[str], analytes: Sequence[str], flags: Flags) -> dict[str, Any]:
    """Grids of analyte x well, wells in the order of the table; reasons once, and by number in `why`."""
    at, size = _places(result, wells, analytes), len(wells)
    beads: list[Any] = [None] * size * len(analytes)
    shown = beads.copy()
    for place, count, amount in zip(
        at.tolist(), result.column("bead_count").to_pylist(), _results(result), strict=True
    ):
        beads[place], shown[place] = count, amount
    grids: dict[str, list[Any]] = {
        "mfi": _shorts(_placed(result.column("mfi"), at, len(beads))),
        "beads": beads,
        "cv": _shorts(_placed(result.column("replicate_cv_pct"), at, len(beads))),
        "result": shown,
    }
    named = zip(*(result.column(name).to_pylist()[::-1] for name in ("analyte", "unit")), strict=True)
    units = dict(named)  # reversed, so that an analyte's first row is the last and stays
    return {
        "analytes": [visible(name) for name in analytes],
        "units": [visible(units.get(name) or "") for name in analytes],
        **{
            name: [line[start : start + size] for start in range(0, len(line), max(size, 1))]
            for name, line in grids.items()
        },
        "flag": ["".join(map(str, line)) for line in flags.severity.tolist()],
        "reasons": [visible(titled(reason)) for reason in flags.reasons],
        "why": flags.why.tolist(),
    }


def _places(table: pa.Table, wells: Sequence[str], analytes: Sequence[str]) -> NDArray[np.int64]:
    """Of each row its place in the grid, line by line; negative where it has none."""
    line, column = (
        pc.fill_null(pc.index_in(table.column(name), pa.array(known, pa.string())), -1).to_numpy().astype(np.int64)
        for name, known in (("analyte", analytes), ("well", wells))
    )
    return np.where((line < 0) | (column < 0), -1, line * len(wells) + column)


def _placed(column: pa.ChunkedArray, at: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    grid = np.full(size, np.nan)
    grid[at] = column.to_numpy()
    return grid


def _results(result: pa.Table) -> list[float | int | str | None]:
    """Three significant digits, or `< 3.2`."""
    value = result.column("concentration")
    known = np.isfinite(numbers := value.to_numpy())
    texts = (" %.3g" * int(known.sum()) % tuple(numbers[known].tolist())).split()
    rounded = iter([_plain(float(text)) for text in texts])
    bounds = (result.column(name).to_pylist() for name in ("concentration_op", "concentration_bound"))
    return [
        next(rounded) if is_known else _bound(*bound) if is_null else None
        for is_known, is_null, *bound in zip(known.tolist(), value.is_null().to_pylist(), *bounds, strict=True)
    ]


def _bound(operator: str | None, bound: float | None) -> str | None:
    return None if operator is None or bound is None else f"{operator} {significant(bound)}"


def _shorts(values: NDArray[np.float64]) -> list[float | int | None]:
    """`_short` of each, in a tenth of the time: by tenths, but for the few that lie in the middle of two."""
    size = np.abs(values)
    with np.errstate(invalid="ignore", over="ignore"):  # of what is no number or too large
        tenths = np.where(size < 100, values * 10, np.rint(values) * 10)
        is_odd = ~(size < _HUGE) | (np.abs(np.abs(tenths - np.trunc(tenths)) - 0.5) < _TIE)
    whole = np.rint(np.where(is_odd, 0.0, tenths)).astype(np.int64)
    found: list[float | int | None] = [one // 10 if one % 10 == 0 else one / 10 for one in whole.tolist()]
    for at in np.flatnonzero(is_odd).tolist():
        found[at] = _short(float(values[at]))
    return found


def _short(value: float) -> float | int | None:
    """One decimal below 100, none above: what a cell can show."""
    if not math.isfinite(value):
        return None
    return _plain(round(value, 1) if abs(value) < 100 else round(value))


def _plain(value: float) -> float | int:
    """A whole number without its `.0`."""
    return int(value) if value == int(value) else value


def embedded(numbers: dict[str, Any]) -> str:
    """JSON in which no sign can end the script element or start another."""
    text = json.dumps(numbers, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
