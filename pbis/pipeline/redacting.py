"""One file of a site without the subjects who withdrew: by the rows that are theirs, then by their names wherever else these stand.

What cannot be written again in its form, or still holds a name when it was, is emptied: nothing is left of it in silence.
"""

from __future__ import annotations

from dataclasses import dataclass

from pbis import clinical
from pbis.core.errors import InputRefused
from pbis.core.withdrawn import Renamer
from pbis.files.renamed import renamed, texts_of
from pbis.labs import LabsMap
from pbis.readers import resealed

BY_ROW = (
    "linkage",
    "specimens",
    "treatments",
    "outcomes",
    "worklists",
    "labs",
)  # of patients; the other kinds hold names of tubes


@dataclass(frozen=True)
class Redaction:
    """data: what is left; count: rows, messages or resources that were taken out; learnt: what else the subjects are called in it; lines:
    that are blank now; is_gone: nobody else stands in it; is_lost: others do, but it could not be written again."""

    data: bytes
    count: int
    learnt: frozenset[str]
    lines: frozenset[int]
    is_gone: bool = False
    is_lost: bool = False


def holds_name(data: bytes, name: str, rename: Renamer) -> bool:
    """Whether a name stands in any text of a file."""
    return any(rename.finds(text) for text in texts_of(data, name))


def redaction_of(kind: str, data: bytes, name: str, rename: Renamer, labs_map: LabsMap) -> Redaction | None:
    """What is left of the file; None where none of the names stands in it."""
    if not any(rename.may_find(text) for text in texts_of(data, name)):
        return None
    done = _blanked(kind, data, name, rename, labs_map)
    if done is not None and done.is_all:
        return Redaction(b"", done.count, done.learnt, done.lines, is_gone=True)
    left = None if done is None else _renamed(kind, done, name, rename)
    if done is None or left is None or holds_name(left, name, rename):
        return Redaction(b"", done.count if done else 0, frozenset(), done.lines if done else frozenset(), is_lost=True)
    if left == data:
        return None
    return Redaction(left, done.count, done.learnt, done.lines)


def _blanked(kind: str, data: bytes, name: str, rename: Renamer, labs_map: LabsMap) -> clinical.Blanked | None:
    if kind not in BY_ROW:
        return clinical.Blanked(data)
    return clinical.without_subjects(kind, data, name, rename.names, labs_map)


def _renamed(kind: str, done: clinical.Blanked, name: str, rename: Renamer) -> bytes | None:
    """None where it cannot be; a form without names in it stays as it is, whatever it is."""
    if not holds_name(done.data, name, rename):
        return done.data
    try:
        left = renamed(done.data, name, rename)
    except InputRefused:
        return None
    return resealed(done.data, left) if kind == "plates" and left is not None else left
