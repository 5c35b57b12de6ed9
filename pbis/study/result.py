"""What the study hands out: numbers that say how they were made, tables, figures, sections."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

Cell = str | float | int | None


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number of the study with everything needed to read it alone; made by name only, for it has many parts of one kind.

    quantity: what it estimates; term: of which variable or contrast, with its reference; low, high: 95 % interval;
    test: what p belongs to; ties: tie method of a Cox model, null elsewhere; direction: which way is worse or higher;
    n, events: what it rests on; missing: how missing values were handled, with counts; inputs: sha256 of data and settings.
    """

    section: str
    population: str
    endpoint: str | None
    term: str
    quantity: str
    value: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    test: str | None = None
    ties: str | None = None
    direction: str | None = None
    n: int | None = None
    events: int | None = None
    missing: str | None = None
    note: str | None = None
    inputs: str | None = None

    def as_row(self) -> dict[str, Any]:
        """Plain values; nan and infinity become null."""
        return {field.name: clean(getattr(self, field.name)) for field in fields(self)}


@dataclass(frozen=True)
class StudyTable:
    """A table of the report and of the folder. name: file name; rows: cells in the order of `columns`; is_muted: shown grey, because
    what it rests on did not do what it was for."""

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    is_muted: bool = False


@dataclass(frozen=True)
class Figure:
    """A figure: SVG text, what it shows, how to read it. is_small: one of several alike, which are read beside each other; is_muted: as
    of a table."""

    name: str
    title: str
    svg: str
    caption: str = ""
    is_small: bool = False
    is_muted: bool = False


@dataclass(frozen=True)
class Section:
    """A chapter: what was asked, what was found, and the numbers behind it."""

    name: str
    title: str
    lead: str
    tables: tuple[StudyTable, ...] = ()
    figures: tuple[Figure, ...] = ()
    numbers: tuple[Number, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChapterPart:
    """What one step of a chapter adds to it: rows of a table, numbers, figures, warnings. Parts are added up in order."""

    rows: tuple[tuple[Cell, ...], ...] = ()
    numbers: tuple[Number, ...] = ()
    figures: tuple[Figure, ...] = ()
    warnings: tuple[str, ...] = ()

    def __add__(self, other: ChapterPart) -> ChapterPart:
        return ChapterPart(
            self.rows + other.rows,
            self.numbers + other.numbers,
            self.figures + other.figures,
            self.warnings + other.warnings,
        )


def stamped(sections: Sequence[Section], inputs: str) -> tuple[Section, ...]:
    """Every number with the hash of what it was computed from."""
    return tuple(replace(s, numbers=tuple(replace(n, inputs=inputs) for n in s.numbers)) for s in sections)


def clean(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def show(value: float | None, digits: int = 2) -> str:
    """A number for people; a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.{digits}f}" if abs(value) < 1000 else f"{value:.3g}"


def show_p(p: float | None) -> str:
    """As journals print it."""
    if p is None or math.isnan(p):
        return "–"
    if p < 0.001:
        return "< .001"
    return f"{p:.3f}".lstrip("0") if p < 0.9995 else "> .99"


def show_interval(value: float | None, low: float | None, high: float | None, digits: int = 2) -> str:
    """`3.67 (1.77-7.63)`."""
    if value is None or math.isnan(value):
        return "–"
    return f"{show(value, digits)} ({show(low, digits)} to {show(high, digits)})"
