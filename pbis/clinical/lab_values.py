"""Value and unit cells of laboratory rows: each distinct (analyte, value, unit) is read, checked and converted once, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pbis.core.amount import NoAmount
from pbis.core.units import factor, is_same_unit, multiply_text, refused_kind, to_unit
from pbis.files.amounts import CellAmount, read_amount
from pbis.labs import LabsMap

QUOTED = 30  # characters of a cell that a sentence quotes


@dataclass(frozen=True)
class Conversion:
    """How a unit cell becomes the analyte's canonical unit, or why it cannot. `analyte` may turn into its share (percent).

    rule: by whose word the factor holds: the table of units, a kit's insert, the site's declaration of a blank unit.
    """

    analyte: str
    unit: str | None = None
    by: Fraction | None = None
    reason: str | None = None
    detail: str | None = None
    rule: str = ""

    @cached_property
    def by_text(self) -> str | None:
        return None if self.by is None else str(self.by)


class Reading(NamedTuple):
    """A value cell in the canonical unit of its analyte, or why not; `factor_text` is a fraction such as 1/10."""

    analyte: str | None
    op: str | None = None
    text: str | None = None
    unit: str | None = None
    factor_text: str | None = None
    reason: str | None = None
    detail: str | None = None


def read_values(
    analyte: pa.Array, is_local: pa.Array, value: pa.Array, unit: pa.Array, labs_map: LabsMap
) -> dict[str, pa.Array]:
    """Columns of Reading for rows. analyte: null where the code is unknown; is_local: the code was a local name."""
    parts = [column.dictionary_encode(null_encoding="encode") for column in (analyte, is_local, value, unit)]
    words = [part.dictionary.to_pylist() for part in parts]
    shape = tuple(max(1, len(each)) for each in words)
    keys = np.ravel_multi_index([part.indices.to_numpy() for part in parts], shape)
    distinct, reading_of = np.unique(keys, return_inverse=True)
    codes = np.unravel_index(distinct, shape)
    cells = [map(each.__getitem__, code.tolist()) for each, code in zip(words, codes, strict=True)]
    readings = list(map(ValueReader(labs_map).read, *cells))
    return _columns(readings, reading_of.reshape(-1))


class ValueReader:
    """Reads a value cell and its unit for an analyte; remembers both cells, which a file repeats by the thousand."""

    def __init__(self, labs_map: LabsMap) -> None:
        self._map = labs_map
        self._conversions: dict[tuple[str, bool, str], Conversion] = {}
        self._cells: dict[str, CellAmount] = {}

    def read(self, analyte: str | None, is_local: bool, value: str, unit: str) -> Reading:
        """unit: of the column beside the value; one that stands in the value cell itself must be the same, or the only one."""
        if analyte is None:
            return Reading(None)
        cell = self._cells.get(value)
        if cell is None:
            cell = self._cells[value] = self._cell(value)
        if cell.unit and unit and not is_same_unit(self._map.spelled(cell.unit), self._map.spelled(unit)):
            detail = f"the value says {_quote(cell.unit)} and its unit {_quote(unit)}"
            return Reading(analyte, reason="unit_ambiguous", detail=detail)
        unit = unit or cell.unit
        key = (analyte, is_local, unit)
        conversion = self._conversions.get(key)
        if conversion is None:
            conversion = self._conversions[key] = convert(analyte, unit, self._map, is_local=is_local)
        return _reading(cell, conversion)

    def _cell(self, value: str) -> CellAmount:
        """What the cell says; a unit in it may be one that only the site's map can spell."""
        cell = read_amount(value, self._map.decimal_mark)
        if cell.unit or not isinstance(cell.amount, NoAmount):
            return cell
        for spelling in self._map.unit_spelling:
            if "".join(value.split()).endswith(spelling):
                found = read_amount(_before(value, len(spelling)), self._map.decimal_mark)
                if not isinstance(found.amount, NoAmount) and not found.unit:
                    return found._replace(unit=spelling)
        return cell


def _before(value: str, count: int) -> str:
    """The cell without so many of its last characters that are no blanks."""
    for at in range(len(value) - 1, -1, -1):
        count -= not value[at].isspace()
        if not count:
            return value[:at]
    return ""


def convert(analyte: str, unit: str, labs_map: LabsMap, *, is_local: bool) -> Conversion:
    """The exact factor from a unit cell to the analyte's canonical unit, by table, kit factor or the site's declaration."""
    of_analyte = labs_map.units[analyte]
    if of_analyte.unitless:
        return _unitless(analyte, unit, labs_map)
    note, rule = None, "table of units"
    if not unit and analyte in labs_map.unit_where_blank:
        unit = labs_map.unit_where_blank[analyte]
        note = rule = f"no unit was sent; {unit} is declared by labs map {labs_map.name}"
    if not unit:
        return Conversion(analyte, reason="unit_unknown", detail="no unit was sent")
    sent, unit = unit, labs_map.spelled(unit)
    if unit != sent:
        note = rule = f"{_quote(sent)} is {unit} by labs map {labs_map.name}"
    kit = labs_map.kit_factor(analyte, unit)
    if kit is not None:
        note = f"{_quote(sent)} by the kit's factor: {kit.source}"
        return Conversion(analyte, of_analyte.canonical, kit.in_canonical(labs_map.units), detail=note, rule=note)
    found = to_unit(unit)
    if found is None:
        return Conversion(analyte, reason="unit_unknown", detail=_unknown_unit(analyte, unit))
    if found.name in of_analyte.allowed:
        return Conversion(analyte, of_analyte.canonical, factor(found, of_analyte.canonical), detail=note, rule=rule)
    share = labs_map.codes.share_of.get(analyte)
    if is_local and share is not None and found.name in labs_map.units[share].allowed:
        return convert(share, unit, labs_map, is_local=True)
    return Conversion(analyte, reason="unit_unknown", detail=f"{_quote(unit)} is no unit for {analyte}")


def _unitless(analyte: str, unit: str, labs_map: LabsMap) -> Conversion:
    rule = labs_map.units[analyte]
    if unit in rule.unitless:
        return Conversion(analyte, rule.canonical, Fraction(1), rule="has no unit")
    return Conversion(analyte, reason="unit_unknown", detail=f"{_quote(unit)} is no unit for {analyte}")


def _unknown_unit(analyte: str, unit: str) -> str:
    kind = refused_kind(unit)
    if kind is None:
        return f"unit {_quote(unit)} is not in the table"
    return f"unit {_quote(unit)} ({kind}) needs the kit's factor for {analyte} in the site's labs map"


def _reading(cell: CellAmount, conversion: Conversion) -> Reading:
    amount = cell.amount
    if isinstance(amount, NoAmount):
        return Reading(conversion.analyte, reason=amount.reason, detail=amount.detail)
    if conversion.by is None:
        return Reading(conversion.analyte, reason=conversion.reason, detail=conversion.detail)
    return Reading(
        conversion.analyte,
        amount.op,
        multiply_text(amount.text, conversion.by),
        conversion.unit,
        conversion.by_text,
        detail=_said(conversion.detail, cell) if cell.flag or cell.note else conversion.detail,
    )


def _said(detail: str | None, cell: CellAmount) -> str:
    flag = f"{cell.flag!r} in the value is a flag" if cell.flag else ""
    return "; ".join(filter(None, (detail, flag, cell.note)))


def _columns(readings: Sequence[Reading], reading_of: np.ndarray) -> dict[str, pa.Array]:
    rows = pa.array(reading_of)
    columns = zip(*readings, strict=True) if readings else ((),) * len(Reading._fields)
    return {name: pa.array(texts, pa.string()).take(rows) for name, texts in zip(Reading._fields, columns, strict=True)}


def _quote(text: str) -> str:
    return repr(text if len(text) <= QUOTED else text[: QUOTED - 3] + "...")
