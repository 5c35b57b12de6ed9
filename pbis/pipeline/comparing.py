"""Two plates side by side, or one plate in two releases: verdicts, limits, curves, and the specimens that both read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbis.core.errors import UsageError
from pbis.pipeline.released_plates import all_about

Row = dict[str, Any]


@dataclass(frozen=True)
class ComparedSide:
    """A plate as a release shows it. analytes: name -> verdict and limits of its curve; levels: name -> rows of its standards; results: (specimen,
    analyte, dilution) -> row."""

    plate: Row
    release: str
    analytes: Mapping[str, Row]
    levels: Mapping[str, tuple[Row, ...]]
    results: Mapping[tuple[str, str, float], Row]


@dataclass(frozen=True)
class SharedSpecimens:
    """Of an analyte: specimens that both sides quantified, the geometric mean of second / first in percent, and how many results differ."""

    count: int
    ratio_pct: float | None
    changed: int


def side(root: Path, run_id: str, number: int, release: str = "") -> ComparedSide:
    """release: '' for the newest. UsageError where the plate does not stand there."""
    found = all_about(root, run_id, number, release)
    mine = (row for row in found["desk_plates"] if (row["run_id"], row["plate_number"]) == (run_id, number))
    plate = next(mine, None)
    if plate is None:
        where = f"release {release}" if release else "the newest release"
        raise UsageError(f"no plate {number} of run {run_id[:12]} stands in {where}")
    curves = {row["analyte"]: row for row in found["desk_curves"]}
    levels: dict[str, tuple[Row, ...]] = {}
    for row in found["desk_curve_levels"]:
        levels[row["analyte"]] = (*levels.get(row["analyte"], ()), row)
    return ComparedSide(
        plate,
        release,
        {row["analyte"]: row | curves.get(row["analyte"], {}) for row in found["desk_analytes"]},
        levels,
        {(row["specimen_id"], row["analyte"], row["dilution_factor"]): row for row in found["desk_results"]},
    )


def shared(one: ComparedSide, other: ComparedSide, analyte: str) -> SharedSpecimens:
    """How far apart both are in the specimens that both read at the same dilution, in the same unit."""
    keys = [key for key in one.results if key[1] == analyte and key in other.results]
    pairs = [(one.results[key], other.results[key]) for key in keys]
    logs = [
        math.log(b["value"] / a["value"])
        for a, b in pairs
        if a["value_op"] == b["value_op"] == "=" and a["unit"] == b["unit"] and a["value"] > 0 and b["value"] > 0
    ]
    ratio = 100 * math.exp(math.fsum(logs) / len(logs)) if logs else None
    changed = sum((a["value_op"], a["value"]) != (b["value_op"], b["value"]) for a, b in pairs)
    return SharedSpecimens(len(logs), ratio, changed)
