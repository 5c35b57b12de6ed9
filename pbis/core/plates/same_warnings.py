"""Equal warnings are one: of the same kind and in the same words, but for the well or the analyte that each is about.

A person reads one sentence with a count and the first few places; programs get every place with its own sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 3  # further places named in the sentence; own choice: a line of a terminal holds about so many

# A warning about one well names it first, at most after file and line. What else is the well's own, its labels in quotes and its numbers, may differ too.
_WELL = re.compile(r"(?:^|, lines? [\d, ]+: )(?:[a-z ]+ for )?well ([A-Z]{1,2}\d{1,2})\b")
_OWN = re.compile(r"'[^']*'|(?<![\w.-])\d+(?:\.\d+)?(?![\w.-])")
_REGION = re.compile(r"\bbead region (\w+)")


@dataclass(frozen=True)
class Warned:
    """One warning as it was met; line: of the file, where it has one."""

    code: str
    message: str
    line: int | None = None


@dataclass(frozen=True)
class WarnedAt:
    """Where one of several equal warnings applies: well and analyte as far as it names them."""

    well: str | None
    analyte: str | None
    line: int | None
    message: str

    def __str__(self) -> str:
        named = " ".join(part for part in (self.well, self.analyte) if part) or "another"
        return f"{named} (line {self.line})" if self.line else named


@dataclass(frozen=True)
class SameWarnings:
    """Equal warnings: the first as it was met, and the places of all, in order."""

    first: Warned
    places: tuple[WarnedAt, ...]

    @property
    def count(self) -> int:
        return len(self.places)

    @property
    def sentence(self) -> str:
        """The first sentence, with how many more are like it and where the first of these are."""
        return self.first.message + self._more

    @property
    def located(self) -> str:
        """The same with the line of the file that the first speaks of."""
        return self.first.message + (f" (line {self.first.line})" if self.first.line else "") + self._more

    @property
    def _more(self) -> str:
        more = self.places[1:]
        if not more:
            return ""
        rest = f" and {len(more) - SHOWN} more" if len(more) > SHOWN else ""
        return f" [{self.count} times: also {', '.join(str(place) for place in more[:SHOWN])}{rest}]"


def together(warnings: Iterable[Warned], analytes: Iterable[str]) -> list[SameWarnings]:
    """Equal warnings joined, in the order of the first of each; analytes: names as the export writes them."""
    names = sorted({name for name in analytes if name}, key=lambda name: (-len(name), name))
    known = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names))})(?![\w-])") if names else None
    found: dict[tuple[str, str], list[tuple[Warned, WarnedAt]]] = {}
    for one in warnings:
        place, words = _placed(one, known)
        found.setdefault((one.code, words), []).append((one, place))
    return [SameWarnings(same[0][0], tuple(place for _, place in same)) for same in found.values()]


def _placed(one: Warned, known: re.Pattern[str] | None) -> tuple[WarnedAt, str]:
    """Where a warning applies, and its words without that."""
    words = one.message
    well = _WELL.search(words)
    mentioned = _mentioned(words, known)
    if well is not None:
        words = _OWN.sub("#", _WELL.sub("well #", words, count=1))
    if known is not None:
        words = known.sub("#", words)
    words = _REGION.sub("bead region #", words)
    return WarnedAt(well[1] if well else None, mentioned, one.line, one.message), words


def _mentioned(words: str, known: re.Pattern[str] | None) -> str | None:
    """The analytes that a sentence names, or its bead region."""
    names = list(dict.fromkeys(known.findall(words))) if known is not None else []
    region = _REGION.search(words)
    return ", ".join(names) or (f"region {region[1]}" if region else None)
