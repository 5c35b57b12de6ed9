"""The door of concentrations: a value cell of a laboratory as an amount, its unit and its flag, or the reason why there is none."""

from __future__ import annotations

from typing import NamedTuple

from pbis.core.amount import Amount, NoAmount, amount_of
from pbis.files.cell_number import CellNumber, quoted, read_number
from pbis.files.marks import Marks


class CellAmount(NamedTuple):
    """What the cell holds; unit and flag as written in it, '' where it has none."""

    amount: Amount | NoAmount
    unit: str = ""
    flag: str = ""


def read_amount(cell: str | None, decimal_mark: str = ".") -> CellAmount:
    """Read one value cell.

    decimal_mark: '.' or ',' as declared for the file. It settles no thousands: under a declared point `1,234` has two readings.
    Beyond the grammar a concentration is never negative, and never beyond 10^30; such a cell is unreadable.
    """
    said = read_number(cell, Marks(decimal_mark, "declared", is_settled=False))
    if not said.is_value:
        return CellAmount(NoAmount(_reason(said), said.detail))
    amount = amount_of(said.op, said.text)
    if isinstance(amount, NoAmount):
        amount = NoAmount(amount.reason, f"{quoted(' '.join((cell or '').split()))} {amount.detail}")
    return CellAmount(amount, said.unit, said.flag)


def _reason(said: CellNumber) -> str:
    return said.reason or _REASONS[said.kind]


_REASONS = {
    "not_detected": "below_range_undecided",
    "censored": "above_range_undecided",  # without a number
    "ambiguous": "number_ambiguous",
    "unreadable": "unreadable",
}
