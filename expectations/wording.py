"""Sentences of findings: the templates of the suites, filled from the row that broke the check."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
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
_PLAIN = re.compile(r"[A-Za-z_]\w*")  # a name without attributes, items or a form that is itself a template


def fill(entry: Entry, template: str, row: Mapping[str, Any], observed: Any, limit: float | None) -> str:
    """The template with the row's columns, `observed`, `limit` and the entry's own numbers put in; one line."""
    return fill_in(template, told_of(entry, row, observed, limit))


def told_of(entry: Entry, row: Mapping[str, Any], observed: Any, limit: float | None) -> dict[str, Any]:
    """What a template of the entry may name."""
    return {**row, **numbers_of(entry), "observed": observed, "limit": limit}


def fill_in(template: str, told: Mapping[str, Any]) -> str:
    """The template with what is told put in; one line."""
    parts = _parts(template)
    if parts is None:
        text = _WORDS.vformat(template, (), told)
    else:
        text = "".join(
            [before + (_WORDS.format_field(told[name], form) if name else "") for before, name, form in parts]
        )
    return " ".join(text.split())


@lru_cache(maxsize=4096)  # some hundred templates of the suites are filled again and again
def _parts(template: str) -> tuple[tuple[str, str, str], ...] | None:
    """Text, the name after it and its form, piece by piece, the last without a name; None for a template that asks for more."""
    found = []
    for before, name, form, conversion in Formatter().parse(template):
        if name is not None and (conversion or "{" in (form or "") or not _PLAIN.fullmatch(name)):
            return None
        found.append((before, name or "", form or ""))
    return tuple(found)


def limit_of(entry: Entry, row: Mapping[str, Any], observed: Any) -> float | None:
    """The limit that the observed number broke; None where the check has no number to break."""
    low, high = entry.kwargs.get("min_value"), entry.kwargs.get("max_value")
    if "column_list" in entry.kwargs:
        low, high = (row[name] for name in entry.kwargs["column_list"][1:3])
    if low is None or high is None:
        return high if low is None else low
    return float(low) if observed is not None and observed < low else float(high)
