"""The page of an upgrade preview: what would change, change by change, before anything goes live."""

from __future__ import annotations

from dataclasses import dataclass

from pbis.report.page import render


@dataclass(frozen=True)
class EffectTable:
    """Things of a kind that would stand otherwise. rows: what it is about, before, after, and why, as words."""

    kind: str
    title: str
    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class PreviewStep:
    """One change, in words, and what it alone would do. said: how much of it, in one sentence."""

    cause: str
    sentence: str
    said: str
    tables: tuple[EffectTable, ...]


@dataclass(frozen=True)
class PreviewReport:
    """site: its name; made: when, as people read it; program: its version; said: what all of it would change; moved: patients whose group would be
    another by all of it, each with the score before and after; moved_more: how many of them are not among those."""

    site: str
    made: str
    program: str
    said: str
    steps: tuple[PreviewStep, ...]
    moved: tuple[tuple[str, str, str], ...] = ()
    moved_more: int = 0
    notes: tuple[str, ...] = ()


def preview_page(data: PreviewReport) -> str:
    """The page; the same data give the same bytes."""
    return render("preview.html.j2", {"title": "What an upgrade would change", "data": data})
