"""How numbers, states and other people's text appear on a page."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from urllib.parse import quote

from pbis.draw.words import DASH

STATE_WORDS = {
    "pass": "Pass",
    "warn": "Warning",
    "fail": "Fail",
    "none": "None",
    "info": "Note",
    "error": "Error",
    "held": "Held",
}
SIGNS = {"pass": "·", "warn": "!", "fail": "✕", "held": "?"}  # in a cell too small for a word
SEVERITY_ORDER = {"held": -1, "error": 0, "fail": 1, "warn": 2, "info": 3, "pass": 4}
PLATE_VERDICTS = {
    "pass": ("Pass", "No rule asks for a person."),
    "warn": ("Pass with warnings", "Worth a look before the results are used."),
    "fail": ("Fail", "A person must look at this plate."),
    "held": ("Held", "Nothing of this plate is reportable until a person says which plate is right."),
}
THOUSANDS = "\u202f"  # a narrow space that does not break


def significant(value: float | None, digits: int = 3) -> str:
    """`digits` significant digits without trailing zeros, spaces between thousands; a dash where there is no number."""
    if value is None or not math.isfinite(value):
        return DASH
    text = f"{value:.{digits}g}"
    return _grouped(text if "e" not in text else f"{Decimal(repr(float(text))).normalize():f}")


def whole(value: float | None) -> str:
    """A count or an MFI: no decimals from 100 up, at most one below."""
    if value is None or not math.isfinite(value):
        return DASH
    return _grouped(f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}".removesuffix(".0"))


def percent(value: float | None) -> str:
    """One decimal below 100 %, none from there up."""
    return DASH if value is None or not math.isfinite(value) else f"{whole(value)} %"


def concentration(value: float | None, operator: str | None, bound: float | None) -> str:
    """A number where there is one, `< 3.2` where only a bound is known, a dash where nothing is."""
    if value is not None:
        return significant(value)
    return f"{operator} {significant(bound)}" if operator and bound is not None else DASH


def moment(value: datetime | date | None) -> str:
    """2026-03-09 14:05, without the seconds; a dash where unknown."""
    if value is None:
        return DASH
    return value.isoformat(" ", "minutes") if isinstance(value, datetime) else value.isoformat()


@lru_cache(maxsize=4096)  # notes of levels and reasons of analytes come again on every page
def phrase(names: str | None) -> str:
    """`bead_count;curve_fit` as `bead count, curve fit`."""
    parts = (part.strip().replace("_", " ") for part in (names or "").split(";"))
    return ", ".join(part for part in parts if part)


def listed(items: Iterable[str], limit: int = 12) -> str:
    """At most `limit` items, and how many more there are."""
    names = list(items)
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def month_mark(month: str) -> str:
    """What the part of a month is called in a link."""
    return "m-" + month.replace(" ", "-")


def relative_link(path: str) -> str:
    """A link that can only point beside the page: no scheme, no host, no root."""
    return "./" + quote(path.lstrip("/"), safe="/", errors="replace")


def well_order(well: str) -> tuple[int, str, int]:
    """Sort key: A1, A2 ... A12, B1; AA1 after Z1."""
    letters = well.rstrip("0123456789")
    digits = well[len(letters) :]
    return len(letters), letters, int(digits or 0)


def _grouped(text: str) -> str:
    sign, digits = ("−", text[1:]) if text.startswith("-") else ("", text)
    head, dot, tail = digits.partition(".")
    return sign + digits if len(head) < 5 else f"{sign}{int(head):,}".replace(",", THOUSANDS) + dot + tail
