"""The numbers behind the pickers of the plate map, as JSON that cannot break out of its element."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from pbis.draw.words import visible
from pbis.report.rule_words import titled
from pbis.report.text import significant

Flags = dict[tuple[str, str], tuple[int, str]]  # (well, analyte) -> severity 0..3, rules
SEVERITY = {"pass": 0, "warn": 1, "held": 2, "fail": 3}
WORDS = ("pass", "warn", "held", "fail")
_USED = (
    "analyte",
    "well",
    "mfi",
    "bead_count",
    "replicate_cv_pct",
    "unit",
    "concentration",
    "concentration_op",
    "concentration_bound",
)


def flags_of(state: pa.Table) -> Flags:
    """(well, analyte) -> severity 0..3 and the rules behind it."""
    columns = [state.column(name).to_pylist() for name in ("well", "analyte", "qc_state", "reasons")]
    return {
        (well, analyte): (SEVERITY.get(word, 0), reasons or "")
        for well, analyte, word, reasons in zip(*columns, strict=True)
    }


def payload(
    result: pa.Table,
    wells: Sequence[str],
    analytes: Sequence[str],
    flags: Flags,
) -> dict[str, Any]:
    """Grids of analyte x well, wells in the order of the table; reasons once, and by number in `why`."""
    place = {(analyte, well): (i, j) for i, analyte in enumerate(analytes) for j, well in enumerate(wells)}
    grids: dict[str, list[list[Any]]] = {
        name: [[None] * len(wells) for _ in analytes] for name in ("mfi", "beads", "cv", "result")
    }
    units: dict[str, str] = {}
    columns = (result.column(name).to_pylist() for name in _USED)
    for analyte, well, mfi, beads, cv, unit, *amount in zip(*columns, strict=True):
        i, j = place[analyte, well]
        grids["mfi"][i][j] = _short(mfi)
        grids["beads"][i][j] = beads
        grids["cv"][i][j] = _short(cv)
        grids["result"][i][j] = _result(*amount)
        units.setdefault(analyte, unit or "")
    reasons = sorted({reason for _, reason in flags.values()} | {""})
    number = {reason: position for position, reason in enumerate(reasons)}
    found = [[flags.get((well, analyte), (0, "")) for well in wells] for analyte in analytes]
    return {
        "analytes": [visible(name) for name in analytes],
        "units": [visible(units.get(name, "")) for name in analytes],
        **grids,
        "flag": ["".join(str(severity) for severity, _ in line) for line in found],
        "reasons": [visible(titled(reason)) for reason in reasons],
        "why": [[number[reason] for _, reason in line] for line in found],
    }


def _result(value: float | None, operator: str | None, bound: float | None) -> float | int | str | None:
    """Three significant digits, or `< 3.2`."""
    if value is not None:
        return _plain(float(f"{value:.3g}"))
    return None if operator is None or bound is None else f"{operator} {significant(bound)}"


def _short(value: float | None) -> float | int | None:
    """One decimal below 100, none above: what a cell can show."""
    if value is None or not math.isfinite(value):
        return None
    return _plain(round(value, 1) if abs(value) < 100 else round(value))


def _plain(value: float) -> float | int | None:
    """A whole number without its `.0`; nothing where the number is not finite."""
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else value


def embedded(numbers: dict[str, Any]) -> str:
    """JSON in which no sign can end the script element or start another."""
    text = json.dumps(numbers, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
