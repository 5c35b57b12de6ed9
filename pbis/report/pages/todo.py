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
    """The items of a kind about which the same is done, under its title; those that keep a result back stand in groups of their own."""

    kind: str
    title: str
    is_blocking: bool
    remedy: str
    rows: tuple[TodoRow, ...]


def todo_groups(rows: Iterable[TodoRow]) -> tuple[TodoGroup, ...]:
    """Groups in the order of their first rows; what is done about all of a group is said once."""
    found = []
    for (kind, is_blocking, remedy), each in groupby(rows, lambda row: (row.kind, row.is_blocking, row.remedy)):
        found.append(TodoGroup(kind, KINDS[kind].title, is_blocking, remedy, tuple(each)))
    return tuple(found)
