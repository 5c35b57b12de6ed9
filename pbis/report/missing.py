"""The page of what a laboratory's plates, patients and files lack: a row a kind, with what to do. It names no tube, file or patient."""

from __future__ import annotations

from dataclasses import dataclass

from pbis.report.page import render


@dataclass(frozen=True)
class MissingRow:
    """title: what is missing; counted: how much lacks it, in words; when: of which months the plates are, empty where that is not known;
    remedy: what a person does; command: that lists them one by one."""

    title: str
    counted: str
    when: str
    remedy: str
    command: str


@dataclass(frozen=True)
class MissingReport:
    """site: its name; night: that looked, and when it did, as people read it; plates: how many stand; rows: most plates first."""

    site: str
    night: str
    made: str
    plates: int
    rows: tuple[MissingRow, ...]


def missing_page(data: MissingReport) -> str:
    """The page; the same data give the same bytes."""
    return render("missing.html.j2", {"title": "What is missing", "data": data})
