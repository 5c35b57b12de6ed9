"""What a laboratory prints in a value cell, read exactly: an operator and a decimal text, or the reason why there is neither.

Nothing is guessed: the comma of `3,500` marks decimals or thousands, so it is refused; a minus sign is never part of a
concentration but often of a sentinel; digits and arrows outside ASCII are refused, since they are flags or a broken encoding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from pbis.core.units import plain_text

OPERATORS = ("=", "<", "<=", ">", ">=")
LONGEST = 40  # characters of a number; the longest honest one has fewer than 20
LARGEST_EXPONENT = 30  # of ten, either way; beyond it a cell holds no concentration


@dataclass(frozen=True)
class Amount:
    """`op` in OPERATORS and a non-negative number as plain decimal text: no exponent, no trailing zeros."""

    op: str
    text: str


@dataclass(frozen=True)
class NoAmount:
    """Why a cell holds no usable number: a reason of the closed list, and the same in one sentence that quotes the cell."""

    reason: str
    detail: str


def parse_amount(cell: str | None, decimal_mark: str = ".") -> Amount | NoAmount:
    """Read one value cell.

    decimal_mark: '.' or ',' as the site declares for the file; the other mark is ambiguous and refused.
    Understands 12.3, 1.2E+03, <6.4, <= 5, > 100, the typographic signs for <= and >=, HL7 structured numerics (>=^32) and
    the words of a laboratory (QNS, cancelled, not detected, ...).
    """
    if cell and _CONTROL.search(cell):  # some count as blanks to Python; none belongs in a number
        return NoAmount("not_received", "the cell holds control characters")
    text = " ".join((cell or "").split())
    word = _word(text)
    if word is not None:
        return word
    if "^" in text:
        return _structured(text, decimal_mark)
    op, number = _split_operator(text)
    return _number(op, number, text, decimal_mark)


def _word(text: str) -> NoAmount | None:
    folded = text.casefold().strip(" .*")
    reason = _WORDS.get(folded)
    if reason is None:
        return None
    return NoAmount(reason, f"the cell says {text!r}" if text else "the cell is empty")


def _structured(text: str, decimal_mark: str) -> Amount | NoAmount:
    """HL7 SN: comparator ^ number; ranges and ratios hold a separator and a second number and are no amount."""
    parts = [part.strip() for part in text.split("^")]
    if len(parts) > 2 and any(parts[2:]):
        return NoAmount("not_received", f"{_quote(text)} is a range or a ratio, not one number")
    op = parts[0] or "="
    if op not in OPERATORS:
        return NoAmount("not_received", f"{_quote(text)} has no comparator that orders numbers")
    return _number(op, parts[1], text, decimal_mark)


def _split_operator(text: str) -> tuple[str, str]:
    for sign, op in _SIGNS:
        if text.startswith(sign):
            return op, text[len(sign) :].strip()
    return "=", text


def _number(op: str, number: str, cell: str, decimal_mark: str) -> Amount | NoAmount:
    refusal = _refuse_number(number, cell, decimal_mark)
    if refusal is not None:
        return refusal
    value = Decimal(number.replace(",", "."))
    if value and abs(value.adjusted()) > LARGEST_EXPONENT:
        return NoAmount("not_received", f"{_quote(cell)} is beyond any concentration")
    if not value and op in ("<", "<="):
        return Amount("=", "0") if op == "<=" else NoAmount("not_received", f"{_quote(cell)} would be negative")
    return Amount(op, plain_text(value))


def _refuse_number(number: str, cell: str, decimal_mark: str) -> NoAmount | None:
    other = "," if decimal_mark == "." else "."
    if len(number) <= LONGEST and _PLAIN[decimal_mark].fullmatch(number):
        return None
    if _NEGATIVE.fullmatch(number):
        return NoAmount("not_received", f"{_quote(cell)} is negative: a sentinel or a slip, never a measured value")
    if other in number and _MARKED.fullmatch(number):
        return NoAmount("unit_ambiguous", f"{_quote(cell)}: {other!r} may be a decimal mark or group thousands")
    return NoAmount("not_received", f"{_quote(cell)} is no number")


def _quote(text: str) -> str:
    return repr(text if len(text) <= LONGEST else text[: LONGEST - 3] + "...")


_SIGNS = (
    ("<=", "<="),
    (">=", ">="),
    ("\N{LESS-THAN OR EQUAL TO}", "<="),
    ("\N{GREATER-THAN OR EQUAL TO}", ">="),
    ("\N{LESS-THAN OR SLANTED EQUAL TO}", "<="),
    ("\N{GREATER-THAN OR SLANTED EQUAL TO}", ">="),
    ("\N{FULLWIDTH LESS-THAN SIGN}", "<"),
    ("\N{FULLWIDTH GREATER-THAN SIGN}", ">"),
    ("<", "<"),
    (">", ">"),
    ("=", "="),
)
_EXPONENT = r"(?:[eE][+-]?[0-9]{1,4})?"
_PLAIN = {
    mark: re.compile(rf"\+?(?:[0-9]+(?:{re.escape(mark)}[0-9]*)?|{re.escape(mark)}[0-9]+){_EXPONENT}") for mark in ".,"
}
_NEGATIVE = re.compile(r"-\s*[0-9.,]+(?:[eE][+-]?[0-9]+)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_MARKED = re.compile(r"[0-9.,]+")

_REASON_WORDS = {
    "not_received": "|-|--|---|.|n/a|na|nan|null|none|nil|pending|in process|tnp|test not performed|not performed|not done"
    "|not received|not available|see note|see comment|see below|unknown|missing|#n/a|#value!",
    "not_ordered": "not ordered|not requested",
    "qns": "qns|nsq|quantity not sufficient|quantity insufficient|insufficient|insufficient quantity|insufficient sample"
    "|insufficient specimen|sample insufficient|no sample|no specimen",
    "failed_qc": "hemolyzed|haemolyzed|hemolysed|haemolysed|hemolysis|haemolysis|clotted|lipemic|lipaemic|icteric|invalid"
    "|error|contaminated|unsuitable|unsuitable specimen",
    "cancelled": "cancelled|canceled|canc|cancel",
    "entered_in_error": "entered in error|entered-in-error|error - disregard|disregard",
    "below_range_undecided": "not detected|none detected|undetectable|not detectable|below detection|below detection limit"
    "|below range|oor <|oor<|<|bdl|bql|blq|<llod|<lloq|<lod|<loq",
    "above_range_undecided": "above range|oor >|oor>|>|>uloq|aql|alq",
}
_WORDS = {word: reason for reason, words in _REASON_WORDS.items() for word in words.split("|")}
