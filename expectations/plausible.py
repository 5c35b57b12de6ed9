"""Which analytes an entry is about; and what a value may be before somebody should ask, for who holds values and no table of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from expectations.entries import Entry
from expectations.suite import Suite

RULES = ("lab_plausibility", "plausibility")  # of laboratory rows, and of wells
_EQUAL = ("==", "IN")


@dataclass(frozen=True)
class PlausibleRange:
    """Values of an analyte in a unit that nobody asks about; low: None where there is no lower end. words: as the entry says it."""

    low: float | None
    high: float
    words: str

    def holds(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and value <= self.high


def plausible_ranges(suite: Suite) -> dict[tuple[str, str], PlausibleRange]:
    """(Analyte, unit) -> the narrowest range of the suite; a lab that disabled an entry is not told of it."""
    found: dict[tuple[str, str], PlausibleRange] = {}
    for entry in suite.entries:
        if entry.rule in RULES:
            condition = entry.kwargs.get("row_condition")
            own = _range(entry)
            for analyte in condition_values(condition, "analyte") or ():
                for unit in condition_values(condition, "unit") or ():
                    known = found.setdefault((analyte, unit), own)
                    found[analyte, unit] = min(known, own, key=lambda each: each.high)
    return found


def _range(entry: Entry) -> PlausibleRange:
    low, high = entry.kwargs.get("min_value"), float(entry.kwargs["max_value"])
    words = entry.limit.format(limit=high, max_value=high, min_value=low)
    return PlausibleRange(None if low is None else float(low), high, words)


def condition_values(condition: Mapping[str, Any] | None, column: str) -> frozenset[str] | None:
    """What the column must hold in rows that meet the condition; None where it does not ask, or not in so many words."""
    if not condition:
        return None
    parts = condition.get("conditions", ()) if condition["type"] == "and" else (condition,)
    for part in parts:
        if part["type"] == "comparison" and part["column"]["name"] == column and part["operator"] in _EQUAL:
            wanted = part["parameter"]
            return frozenset([wanted] if isinstance(wanted, str) else wanted)
    return None
