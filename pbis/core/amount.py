"""A measured amount as text: an operator and a decimal, exactly as compared; or the reason why there is neither.

What a cell of a file says is read by pbis.files; here is only what was read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from pbis.core.units import plain_text

OPERATORS = ("=", "<", "<=", ">", ">=")
LONGEST = 40  # characters of a number; the longest honest one has fewer than 20
LARGEST_EXPONENT = 30  # of ten, either way; beyond it no laboratory reports a concentration


@dataclass(frozen=True)
class Amount:
    """`op` in OPERATORS and a non-negative number as plain decimal text: no exponent, no trailing zeros."""

    op: str
    text: str


@dataclass(frozen=True)
class NoAmount:
    """Why there is no usable number: a reason of the closed list, and the same in a few words."""

    reason: str
    detail: str


def amount_of(op: str, number: str) -> Amount | NoAmount:
    """The amount of an operator and a decimal number in Python's spelling; `unreadable` where it can be no concentration."""
    if op not in OPERATORS or len(number) > LONGEST or not _NUMBER.fullmatch(number):
        return NoAmount("unreadable", "is no number")
    value = Decimal(number)
    if value.is_signed():
        return NoAmount("unreadable", "is negative: a sentinel or a slip, never a measured value")
    if value and abs(value.adjusted()) > LARGEST_EXPONENT:
        return NoAmount("unreadable", "is beyond any concentration")
    if not value and op in ("<", "<="):
        return Amount("=", "0") if op == "<=" else NoAmount("unreadable", "would be negative")
    return Amount(op, plain_text(value))


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
