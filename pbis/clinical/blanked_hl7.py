"""HL7 v2 without the segments of some patients: from a PID to the next, or to the end of its message. Every MSH stays, so that a batch
counts the messages that it counted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

LINE_END = re.compile(r"\r\n|\r|\n")
_SIGNS = re.compile(r"[|^~&\x0b\x1c]")
_NUMBERED = {
    "ORC": (2, 3),
    "OBR": (2, 3),
    "SPM": (2,),
    "SAC": (3, 4),
}  # fields that hold numbers of orders and specimens
_OUTSIDE = ("FHS", "BHS", "BTS", "FTS", "\x1c")


@dataclass
class _Group:
    """Lines of one patient within a message: (1-based number, text)."""

    lines: list[tuple[int, str]] = field(default_factory=list)

    @property
    def is_named_by(self) -> Iterator[str]:
        """What the patient is called: components of the PID, of a message without one those of all its segments."""
        own = [text for _, text in self.lines if text[:3] == "PID"] or [text for _, text in self.lines]
        return (part.strip() for text in own for part in _SIGNS.split(text))

    @property
    def numbers(self) -> Iterator[str]:
        """Numbers of orders and specimens, the first component of each."""
        for _, text in self.lines:
            fields = text.split("|")
            yield from (fields[n].partition("^")[0].strip() for n in _NUMBERED.get(text[:3], ()) if n < len(fields))


@dataclass(frozen=True)
class Taken:
    """Text without what was taken out of it. count: of what; learnt: numbers that only it bore; lines: that are blank now; left: how many
    groups or resources stay."""

    text: str
    count: int = 0
    learnt: frozenset[str] = frozenset()
    lines: frozenset[int] = frozenset()
    left: int = 0


def without_patients(text: str, names: Collection[str]) -> Taken:
    """Text without the groups of patients who bear one of the names. A group holds what follows its PID: patients are not mixed within
    one."""
    wanted = set(names)
    groups = list(_groups(text))
    theirs = [group for group in groups if wanted.intersection(group.is_named_by)]
    if not theirs:
        return Taken(text)
    others = {number for group in groups if group not in theirs for number in group.numbers}
    learnt = frozenset(number for group in theirs for number in group.numbers) - others
    lines = frozenset(number for group in theirs for number, _ in group.lines)
    return Taken(_blank(text, lines), len(theirs), learnt, lines, len(groups) - len(theirs))


def _groups(text: str) -> Iterator[_Group]:
    group = _Group()
    for number, line in enumerate(LINE_END.split(text), 1):
        head = line.lstrip("\ufeff \t\x0b")[:3]
        if head in ("MSH", "PID") or head[:1] == "\x1c" or head in _OUTSIDE:
            if group.lines:
                yield group
            group = _Group()
        if head != "MSH" and head[:1] != "\x1c" and head not in _OUTSIDE and line.strip():
            group.lines.append((number, line))
    if group.lines:
        yield group


def _blank(text: str, lines: Collection[int]) -> str:
    """The lines without their text; a sign of a frame at the end of one stays."""
    out, at = [], 0
    for number, end in enumerate([*LINE_END.finditer(text), None], 1):
        stop = len(text) if end is None else end.start()
        line = text[at:stop]
        out.append(("\x1c" if line.endswith("\x1c") else "") if number in lines else line)
        out.append("" if end is None else end[0])
        at = len(text) if end is None else end.end()
    return "".join(out)
