"""The section To do: what waits for a person, in sentences, what keeps a result back first; kinds that hold nothing back are folded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from pbis.core.open_items import KINDS


@dataclass(frozen=True)
class TodoRow:
    """One open item as the page shows it. link: where to look, relative to the page, '' for nowhere; since: the night that found it first."""

    kind: str
    what: str
    remedy: str
    since: str
    is_blocking: bool
    command: str = ""
    link: str = ""


@dataclass(frozen=True)
class NoteRow:
    """One sentence of the night. link: the page of the plate that it is about, relative to the page; '' for none."""

    text: str
    link: str = ""


@dataclass(frozen=True)
class TodoGroup:
    """The items of a kind about which the same is done, under its title; those that keep a result back stand in groups of their own. older: how many
    more there are, which nights before those of the rows found first."""

    kind: str
    title: str
    is_blocking: bool
    remedy: str
    rows: tuple[TodoRow, ...]
    older: int = 0

    @property
    def count(self) -> int:
        """Of all of them."""
        return len(self.rows) + self.older


def todo_groups(rows: Iterable[TodoRow], most: int | None = None) -> tuple[TodoGroup, ...]:
    """Groups in the order of their first rows; what is done about all of a group is said once. most: rows that a group shows, those of the latest
    nights."""
    found = []
    for (kind, is_blocking, remedy), each in groupby(rows, lambda row: (row.kind, row.is_blocking, row.remedy)):
        own = tuple(each)
        shown = own if most is None else _latest(own, most)
        found.append(TodoGroup(kind, KINDS[kind].title, is_blocking, remedy, shown, len(own) - len(shown)))
    return tuple(found)


def _latest(rows: tuple[TodoRow, ...], most: int) -> tuple[TodoRow, ...]:
    """As many, those that were found last first where there are more."""
    if len(rows) <= most:
        return rows
    return tuple(sorted(rows, key=lambda row: _in_order(row.since), reverse=True)[:most])


def _in_order(night: str) -> list[tuple[int, str]]:
    """The tenth night of a day behind its ninth."""
    return [(int(part) if part.isdecimal() else 0, part) for part in night.split("-")]
