"""Decimal marks and thousands: the digits of a cell as one number, or why they leave it open."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pbis.files.number_words import GROUP_MARKS


@dataclass(frozen=True)
class Marks:
    """How a file writes numbers, and the sentence that says why we think so.

    is_settled: cells of this very file prove the decimal mark, so that one other mark before three digits groups thousands. A
    mark that was only declared for a folder proves nothing of a file: `1,234` stays ambiguous under it.
    """

    decimal: str = "."
    evidence: str = "not decided"
    is_settled: bool = True

    @property
    def group(self) -> str:
        return "," if self.decimal == "." else "."


DECLARED = Marks(".", "declared", is_settled=False)


@dataclass(frozen=True)
class Digits:
    """The number in Python's spelling; '' where there is none, and then `why`, which goes behind the quoted cell."""

    text: str = ""
    is_ambiguous: bool = False
    why: str = ""


def digits_of(written: str, marks: Marks) -> Digits:
    """The number as a Python literal, or why its marks leave it open."""
    sign = "-" if written[0] in "-\N{MINUS SIGN}" else ""
    body, _, power = written.lstrip("+-\N{MINUS SIGN}").replace("E", "e").partition("e")
    exponent = f"e{power}" if power else ""
    if any(mark in body for mark in GROUP_MARKS):
        whole, mark, part = body.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").partition(marks.decimal)
        if not _GROUPS_BY["'"].fullmatch(whole) or not (part.isdigit() or not part) or (power and not mark):
            return Digits(why=" is no number")
        return Digits(f"{sign}{_literal(whole.replace(chr(39), ''), part)}{exponent}")
    if marks.group not in body:
        if body.count(marks.decimal) < 2:
            return Digits(f"{sign}{_literal(*body.split(marks.decimal))}{exponent}")
        return _other_mark(body, marks, bool(power))
    return _grouped(sign, body, marks, exponent)


def _grouped(sign: str, body: str, marks: Marks, exponent: str) -> Digits:
    """A number that holds the other mark, which groups thousands or contradicts the file."""
    whole, mark, part = body.partition(marks.decimal)
    is_grouped = _GROUPS_BY[marks.group].fullmatch(whole) is not None and marks.group not in part and not exponent
    if is_grouped and marks.decimal not in part and (mark or marks.is_settled or whole.count(marks.group) > 1):
        return Digits(sign + _literal(whole.replace(marks.group, ""), part))
    if is_grouped and not mark:
        why = f": {marks.group!r} may be a decimal mark or group thousands"
        return Digits(is_ambiguous=True, why=why)
    return _other_mark(body, marks, bool(exponent))


def _other_mark(body: str, marks: Marks, has_exponent: bool) -> Digits:
    """Read under the other decimal mark alone the cell would be a number: a slip of the file, or of who said how it writes."""
    whole, _, part = body.partition(marks.group)
    is_whole = whole.isdigit() or not whole or _GROUPS_BY[marks.decimal].fullmatch(whole) is not None
    if is_whole and (part.isdigit() or not part) and not (has_exponent and marks.decimal in whole):
        why = f": {marks.group!r} would be its decimal mark, but the file's is {marks.decimal!r}"
        return Digits(is_ambiguous=True, why=why)
    return Digits(why=" is no number")


def _literal(whole: str, part: str = "") -> str:
    """`.5` and `5.` in full; digits as they stand."""
    return f"{whole or 0}.{part}" if part else whole or "0"


_GROUPS_BY = {mark: re.compile(rf"[1-9][0-9]{{0,2}}(?:{re.escape(mark)}[0-9]{{3}})+") for mark in ".,'"}
