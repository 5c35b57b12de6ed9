"""The door of concentrations: a value cell of a laboratory as an amount, its unit and its flag, or the reason why there is none."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import NamedTuple

from pbis.core.amount import Amount, NoAmount, amount_of
from pbis.core.units import plain_text
from pbis.files.cell_number import CellNumber, quoted, read_number
from pbis.files.marks import Marks

# Decimal digits that come back from a number of 64 bits as they went in (IEEE 754: 15.95), and what a spreadsheet shows: in 1.2999999999999998
# the 16th and 17th are the arithmetic of a program, and of the same table as CSV and as a workbook one would be below a cut of 1.3.
DIGITS = 15
TOO_LONG = f"read to {DIGITS} digits: more are a program's arithmetic, and no measurement"


class CellAmount(NamedTuple):
    """What the cell holds; unit and flag as written in it, '' where it has none. note: what was done with its digits, '' where nothing."""

    amount: Amount | NoAmount
    unit: str = ""
    flag: str = ""
    note: str = ""


def read_amount(cell: str | None, decimal_mark: str = ".") -> CellAmount:
    """Read one value cell.

    decimal_mark: '.' or ',' as declared for the file. It settles no thousands: under a declared point `1,234` has two readings.
    Beyond the grammar a concentration is never negative, and never beyond 10^30; such a cell is unreadable. It has at most DIGITS digits.
    """
    said = read_number(cell, Marks(decimal_mark, "declared", is_settled=False))
    if not said.is_value:
        return CellAmount(NoAmount(_reason(said), said.detail))
    amount = amount_of(said.op, said.text)
    if isinstance(amount, NoAmount):
        amount = NoAmount(amount.reason, f"{quoted(' '.join((cell or '').split()))} {amount.detail}")
        return CellAmount(amount, said.unit, said.flag)
    text = _rounded(amount.text)
    return CellAmount(Amount(amount.op, text), said.unit, said.flag, TOO_LONG if text != amount.text else "")


def _rounded(text: str) -> str:
    """Plain decimal text to DIGITS significant digits."""
    if len(text) <= DIGITS:
        return text
    return plain_text(Context(prec=DIGITS).plus(Decimal(text)))


def _reason(said: CellNumber) -> str:
    return said.reason or _REASONS[said.kind]


_REASONS = {
    "not_detected": "below_range_undecided",
    "censored": "above_range_undecided",  # without a number
    "ambiguous": "number_ambiguous",
    "unreadable": "unreadable",
}
