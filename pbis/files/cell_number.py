"""One grammar for what a cell of numbers says, whatever file it stands in: an operator, a number, its flag and its unit, or why none.

Nothing is guessed. A cell of two readings is ambiguous, and says which; one that holds no number in this grammar is unreadable.
What a file may add is how it writes numbers (`Marks`); what a door may refuse, it refuses of the answer, never of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pbis.core.units import refused_kind, to_unit
from pbis.files.marks import DECLARED, Marks, digits_of
from pbis.files.number_words import (
    ABOVE,
    ABSENT,
    BELOW,
    COMPARATOR,
    COMPARATORS_BEHIND,
    FLAG_SIGNS,
    FLAG_WORDS,
    GROUP_BLANKS,
    OPERATOR_OF,
    TWO_MEANINGS,
)

Kind = Literal["number", "censored", "absent", "not_detected", "ambiguous", "unreadable"]
QUOTED = 40  # characters of a cell that a sentence quotes
LONGEST = 200  # characters of a cell that is looked at; the longest honest one has fewer than 40


@dataclass(frozen=True)
class CellNumber:
    """What one cell says.

    number: op is '=' and `text` the number in Python's spelling, with its sign. censored: op is a bound's and `text` its number,
    '' where a value lies above a range that is not named. not_detected: below a range that is not named. absent: `reason` says
    why (not_received, qns, ...). ambiguous and unreadable: `detail` says why. flag and unit stand as they were written, a unit also
    beside a number that is ambiguous.
    """

    kind: Kind
    op: str = ""
    text: str = ""
    flag: str = ""
    unit: str = ""
    reason: str = ""
    detail: str = ""

    @property
    def is_value(self) -> bool:
        """A number, or a bound that has one."""
        return bool(self.text)


def read_number(cell: str | None, marks: Marks | None = None) -> CellNumber:
    """What the cell says in a file of these marks (a decimal point that was declared, where none are given)."""
    written = cell or ""
    if _BARE.fullmatch(written) and (marks or DECLARED).decimal == ".":  # most cells of most files
        return CellNumber("number", "=", written)
    if _CONTROL.search(written):  # some count as blanks to Python; none belongs in a number
        return CellNumber("unreadable", detail="the cell holds control characters")
    if len(written) > LONGEST:
        return CellNumber("unreadable", detail=f"{quoted(written)} is no number: it is {len(written)} characters long")
    text = " ".join(_GROUPED_BLANK.sub("'", written.translate(_FULL_WIDTH)).split())
    text = _BOUND_BEHIND.sub(lambda found: COMPARATORS_BEHIND[found[3]] + found[1] + found[2], text)
    return _word(text) or _structured(text, marks or DECLARED) or _measured(text, marks or DECLARED)


def quoted(text: str) -> str:
    return repr(text if len(text) <= QUOTED else text[: QUOTED - 3] + "...")


def _word(text: str) -> CellNumber | None:
    folded = text.casefold().strip(" .*")
    if folded in ABSENT:
        said = f"the cell says {text!r}" if text else "the cell is empty"
        return CellNumber("absent", reason=ABSENT[folded], detail=said)
    side = _BLANKS_AT_SIGNS.sub(r"\1", folded)
    if side in BELOW:
        return CellNumber("not_detected", op="<", detail=f"the cell says {text!r}")
    if side in ABOVE:
        return CellNumber("censored", op=">", detail=f"the cell says {text!r}")
    if folded in TWO_MEANINGS:
        return CellNumber("ambiguous", detail=f"{text!r} means {TWO_MEANINGS[folded]}")
    return None


def _structured(text: str, marks: Marks) -> CellNumber | None:
    """HL7 SN: comparator ^ number; ranges and ratios hold a separator and a second number and are no one number."""
    if "^" not in text or _POWER.search(text):
        return None
    parts = [part.strip() for part in text.split("^")]
    if len(parts) > 2 and any(parts[2:]):
        return _no_number(text, "is a range or a ratio, not one number")
    if parts[0] not in _COMPARATORS:
        return _no_number(text, "has no comparator that orders numbers")
    return _measured(parts[0] + parts[1], marks)


def _measured(text: str, marks: Marks) -> CellNumber:
    """Flag, comparator, number, unit, flag; all but the number may be absent."""
    before = _FLAG_BEFORE.match(text)
    start = before.end() if before else 0
    sign = COMPARATOR.match(text, start)
    found = _NUMBER.match(text, sign.end() if sign else start)
    if found is None:
        return _no_number(text, "is no number")
    if _BLANK_GROUPS.match(text, found.start()):
        return CellNumber("ambiguous", detail=f"{quoted(text)}: the blank may group thousands or part two numbers")
    rest = _unit_and_flags(text[found.end() :])
    if rest is None:
        return _no_number(text, "is no number")
    number = digits_of(found.group(), marks)
    unit, flags = rest
    if not number.text:
        kind: Kind = "ambiguous" if number.is_ambiguous else "unreadable"
        return CellNumber(kind, unit=unit, detail=f"{quoted(text)}{number.why}")
    op = OPERATOR_OF[sign.group().strip().casefold()] if sign else "="
    flag = " ".join(filter(None, [before.group().strip() if before else "", *flags]))
    return CellNumber("number" if op == "=" else "censored", op, number.text, flag, unit)


def _no_number(text: str, why: str) -> CellNumber:
    return CellNumber("unreadable", detail=f"{quoted(text)} {why}")


def _unit_and_flags(rest: str) -> tuple[str, list[str]] | None:
    """The unit and the flags behind a number, either may be absent; None where anything else stands there."""
    before: list[str] = []
    behind: list[str] = []
    rest = rest.strip()
    for _ in range(_MOST_FLAGS + 1):
        if not rest or is_unit(rest):
            return rest, before + behind
        if found := _FLAG_AFTER.search(rest):
            behind.insert(0, found["word"] or found["sign"])
        elif found := _FLAG_THEN_UNIT.match(rest):
            before.append(found["word"] or found["sign"])
        else:
            return None
        rest = (rest[: found.start()] + rest[found.end() :]).strip()
    return None


def is_unit(text: str) -> bool:
    """A unit of the table, one that only a kit converts, or what is shaped like one: letters per letters."""
    return to_unit(text) is not None or refused_kind(text) is not None or _UNIT_SHAPED.fullmatch(text) is not None


_BARE = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")
_MOST_FLAGS = 3
_COMPARATORS = ("", "=", "<", "<=", ">", ">=")
_FLAG = "|".join(sorted(FLAG_WORDS, key=len, reverse=True))
_FLAG_BEFORE = re.compile(rf"[{re.escape(FLAG_SIGNS[:2])}]+\s*|(?:HH|LL|H|L)\s+(?=[<>=\d.,])")
_FLAG_AFTER = re.compile(rf"(?:(?:^|\s)[(\[]?(?P<word>{_FLAG})[)\]]?|(?P<sign>[{FLAG_SIGNS}]))$")
_FLAG_THEN_UNIT = re.compile(
    rf"(?:[(\[]?(?P<word>{_FLAG})[)\]]?|(?P<sign>[{FLAG_SIGNS}]))(?:\s+(?=\S)|(?=[{FLAG_SIGNS}]))"
)
_NUMBER = re.compile(
    r"[+\-\N{MINUS SIGN}]?(?:[0-9][0-9.,'\N{RIGHT SINGLE QUOTATION MARK}]*|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,4}(?![0-9]))?"
)
_BLANK_GROUPS = re.compile(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+(?![0-9])")
_UNIT_SHAPED = re.compile(
    r"(?:[A-Za-z\u00b5\u03bc%\[\]{}^*]+[0-9]*)?\s?/\s?[A-Za-z\u00b5\u03bc\[\]{}^*]+[0-9]*", re.ASCII
)
_BOUND_BEHIND = re.compile(rf"^([0-9.,]+)((?: ?[^\s0-9]\S*?)?) ?({'|'.join(COMPARATORS_BEHIND)})(?= |$)")
_POWER = re.compile(r"10\^[0-9]")  # 4.2 10^9/L: a caret of the unit
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BLANKS_AT_SIGNS = re.compile(r"\s*([<>])\s*")
_GROUPED_BLANK = re.compile(rf"(?<=[0-9])[{GROUP_BLANKS}](?=[0-9]{{3}}(?![0-9]))")
# East Asian keyboards write the same signs wider.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
