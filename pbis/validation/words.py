"""How a validation says what it found: numbers with intervals, verdicts, and what it could not answer."""

from __future__ import annotations

from pbis.study.result import Cell, show, show_interval

MEETS, MISSES, OPEN = "meets", "misses", "not shown"


def at_most(value: float, low: float, high: float, limit: float) -> str:
    """Meets where the whole interval keeps the limit, misses where the value does not, else not shown: the interval reaches beyond."""
    if value > limit:
        return MISSES
    return MEETS if high <= limit else OPEN


def within(value: float, low: float, high: float, limits: tuple[float, float]) -> str:
    """The same between two limits."""
    if not limits[0] <= value <= limits[1]:
        return MISSES
    return MEETS if limits[0] <= low and high <= limits[1] else OPEN


def cv_words(value: float, low: float, high: float) -> str:
    """`7.6 (4.9-16.7)`; none is below 0, so a dash is no minus."""
    return f"{show(value, 1)} ({show(low, 1)}-{show(high, 1)})"


def ratio_words(three: tuple[float, float, float]) -> str:
    return show_interval(*three, 3)


def unanswered(*lead: Cell, columns: int, why: str) -> tuple[Cell, ...]:
    """A row of a table that says why there is no number, in the place of its verdict."""
    return (*lead, *[None] * (columns - len(lead) - 1), why)


def level_words(value: float) -> str:
    """A concentration to three digits."""
    return f"{float(f'{value:.3g}'):g}"
