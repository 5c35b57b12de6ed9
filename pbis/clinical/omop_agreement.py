"""Whether a MEASUREMENT row says one thing twice: the value as its source wrote it, and the number that was derived from it; the day
by its date and by its datetime.

By the common data model value_as_number is in the unit of unit_concept_id, with operator_concept_id; value_source_value and
unit_source_value are the source's own words (OMOP CDM 5.4, MEASUREMENT). Where both are there they may be written in two units, and then
one must be the other, converted. Where they are not the same amount, which of them holds is not said, and neither is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import time
from fractions import Fraction
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.codings import UNIT
from pbis.clinical.lab_values import QUOTED
from pbis.core.amount import Amount
from pbis.core.units import Unit, to_unit
from pbis.files.amounts import read_amount
from pbis.files.moment import read
from pbis.labs import LabsMap

CLOSE = Fraction(1, 100_000)  # of the larger: a real of 32 bits holds seven digits


class ToldTwice(NamedTuple):
    """One row: number with its sign and unit, source text with its unit; '' where a cell is empty or a concept unknown."""

    number: str
    sign: str
    unit: str
    source: str
    source_unit: str


class OmopDoubt(NamedTuple):
    """Reason of the closed list with its sentence; '' where the two agree or one of them is not there."""

    reason: str = ""
    detail: str = ""


UNREADABLE = OmopDoubt("unreadable", "a cell of the row holds a control character")


def doubts(columns: Mapping[str, pa.Array], signs: pa.Array, units: pa.Array, labs_map: LabsMap) -> dict[str, pa.Array]:
    """`refused` and `refused_detail` of every row. signs, units: what its concepts mean, '' where the table does not know them."""
    amounts = (columns["value_as_number"], signs, units, columns["value_source_value"], columns["unit_source_value"])
    of_amount = _each(amounts, lambda *row: _doubt(ToldTwice(*row), labs_map))
    of_day = _each((columns["measurement_date"], columns["measurement_datetime"]), _day_doubt)
    has_own = pc.not_equal(of_amount["refused"], "")
    return {name: pc.if_else(has_own, of_amount[name], of_day[name]) for name in of_amount}


def _each(cells: Sequence[pa.Array], ask: Callable[..., OmopDoubt]) -> dict[str, pa.Array]:
    """The doubt of every row, asked once for each that is another."""
    coded = pc.binary_join_element_wise(*cells, UNIT).dictionary_encode()
    rows = [each.split(UNIT) for each in coded.dictionary.to_pylist()]
    found = [ask(*row) if len(row) == len(cells) else UNREADABLE for row in rows]
    return {
        "refused": pa.array([each.reason for each in found], pa.string()).take(coded.indices),
        "refused_detail": pa.array([each.detail for each in found], pa.string()).take(coded.indices),
    }


def _day_doubt(day: str, moment: str) -> OmopDoubt:
    """A datetime with an offset may be of the day beside it, as another zone has it; one at midnight holds no time that could be taken."""
    one, other = read(day), read(moment)
    if one is None or other is None or other.at.time() == time():
        return OmopDoubt()
    apart = abs((other.at.date() - one.at.date()).days)
    if apart <= (other.at.tzinfo is not None):
        return OmopDoubt()
    words = f"measurement_date {_quoted(day)} and measurement_datetime {_quoted(moment)}"
    return OmopDoubt("outside_window", f"{words} are two days")


def _doubt(row: ToldTwice, labs_map: LabsMap) -> OmopDoubt:
    said = read_amount(row.source, labs_map.decimal_mark)
    ours, theirs = _unit(row.unit, labs_map), _unit(row.source_unit or said.unit, labs_map)
    is_other = ours is not None and theirs is not None and ours.dimension != theirs.dimension
    if is_other or (not row.source and ours and theirs and ours.factor != theirs.factor):
        words = f"unit_source_value {_quoted(row.source_unit or said.unit)} and unit_concept_id {_quoted(row.unit)}"
        return OmopDoubt("unit_ambiguous", f"{words} are two units")
    number = read_amount(row.number, labs_map.decimal_mark).amount
    if not isinstance(number, Amount) or not isinstance(said.amount, Amount):
        return OmopDoubt()
    words = f"value_as_number {_quoted(row.sign + row.number)} and value_source_value {_quoted(row.source)}"
    if said.amount.op != "=" and row.sign not in ("", "=") and said.amount.op[0] != row.sign[0]:
        return OmopDoubt("number_ambiguous", f"{words} are bounds of two sides")
    if (row.source_unit or said.unit) and row.unit and (ours is None or theirs is None):
        return OmopDoubt()  # a unit that only a kit converts, or none of the table: its own reason says so
    by = ours.factor / theirs.factor if ours is not None and theirs is not None else Fraction(1)
    one, other = Fraction(number.text) * by, Fraction(said.amount.text)
    if abs(one - other) <= CLOSE * max(one, other):
        return OmopDoubt()
    return OmopDoubt("number_ambiguous", f"{words} are two values")


def _unit(spelling: str, labs_map: LabsMap) -> Unit | None:
    return to_unit(labs_map.spelled(spelling)) if spelling else None


def _quoted(text: str) -> str:
    return repr(text if len(text) <= QUOTED else text[: QUOTED - 3] + "...")
