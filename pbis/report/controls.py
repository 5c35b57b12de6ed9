"""Where each control well lies on its curve: read MFI, expected concentration and accepted range in the curve's unit."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.report.tabular import rows


@dataclass(frozen=True)
class Control:
    """A control well. expected, low and high are concentrations in the curve's unit; low and high None without a range."""

    mfi: float
    expected: float
    low: float | None
    high: float | None


def controls(result: pa.Table, well: pa.Table, reagent: pa.Table) -> dict[str, tuple[Control, ...]]:
    """Analyte -> its control wells that can be drawn: those with an MFI and an expected concentration or a range."""
    labels = {row["well"]: row["reagent_label"] for row in rows(well, ("well", "reagent_label"))}
    ranges = {(row["reagent_label"], row["analyte_reported"]): row for row in rows(reagent)}
    found: dict[str, list[Control]] = defaultdict(list)
    for row in _control_rows(result):
        known = ranges.get((labels.get(row["well"]), row["analyte_reported"]), {})
        made = _control(row["mfi"], row["expected_concentration"], known)
        if made is not None:
            found[row["analyte"]].append(made)
    return {analyte: tuple(members) for analyte, members in found.items()}


def _control_rows(result: pa.Table) -> list[dict[str, Any]]:
    names = ("well", "analyte", "analyte_reported", "mfi", "expected_concentration")
    is_read = pc.and_(pc.equal(result.column("well_role"), "qc_control"), pc.is_valid(result.column("mfi")))
    return rows(result.filter(is_read), names)


def _control(mfi: float, expected: float | None, known: dict[str, Any]) -> Control | None:
    """The range is written in the export's unit; the expected concentrations in both units give the factor."""
    written, low, high = (known.get(name) for name in ("expected_concentration", "range_low", "range_high"))
    factor = expected / written if expected and written else 1.0
    middle = expected or written or ((low * high) ** 0.5 if low and high else None)
    if not middle:
        return None
    return Control(mfi, middle, low * factor if low else None, high * factor if high else None)
