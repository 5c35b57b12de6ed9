"""Sentences of findings: the templates of the suites, filled from the row that broke the check."""

from __future__ import annotations

import math
from collections.abc import Mapping
from string import Formatter
from typing import Any

from expectations.entries import Entry, numbers_of


class _Words(Formatter):
    """str.format that says 'unknown' where a value is missing."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return "unknown"
        return str(super().format_field(value, format_spec))


_WORDS = _Words()


def fill(entry: Entry, template: str, row: Mapping[str, Any], observed: Any, limit: float | None) -> str:
    """The template with the row's columns, `observed`, `limit` and the entry's own numbers put in; one line."""
    text = _WORDS.vformat(template, (), {**row, **numbers_of(entry), "observed": observed, "limit": limit})
    return " ".join(text.split())


def limit_of(entry: Entry, row: Mapping[str, Any], observed: Any) -> float | None:
    """The limit that the observed number broke; None where the check has no number to break."""
    low, high = entry.kwargs.get("min_value"), entry.kwargs.get("max_value")
    if "column_list" in entry.kwargs:
        low, high = (row[name] for name in entry.kwargs["column_list"][1:3])
    if low is None or high is None:
        return high if low is None else low
    return float(low) if observed is not None and observed < low else float(high)
