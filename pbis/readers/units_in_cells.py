"""Units written inside cells (`1907.79 pg/mL`, `<15.67 pg/mL`), as Luminex 100 IS writes its results."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import AmbiguousValue
from pbis.readers.number import Cells

_UNIT = r"^(?P<number>\s*[<>*]?\s*[\d.,+-][^A-Za-zµμ]*(?:[eE][+-]?\d+)?)\s*(?P<unit>[A-Za-zµμ]+\s?/\s?[A-Za-z]+)\s*$"


def without_units(cells: Cells) -> Cells:
    """The cells with their units cut off, and what was written kept beside; the same cells where none has a unit."""
    if cells.quick is not None or not pc.any(pc.match_substring(cells.text, "/"), min_count=0).as_py():
        return cells
    found = pc.extract_regex(cells.text, _UNIT)
    number = pc.struct_field(found, "number")
    if number.null_count == len(number):
        return cells
    return replace(cells, text=pc.coalesce(number, cells.text), written=cells.text)


def with_units(analyte: pa.Table, cells: Cells) -> pa.Table:
    """analyte_run with the units of a block's cells. Raises AmbiguousValue where a column has two."""
    if cells.written is None:
        return analyte
    units = pc.struct_field(pc.extract_regex(cells.written, _UNIT), "unit").to_pylist()
    width = len(cells.columns)
    of_column: list[str | None] = [None] * width
    for index, unit in enumerate(units):
        known = of_column[index % width]
        if unit is not None and known is not None and unit != known:
            raise AmbiguousValue(
                "a column is written in two units",
                file=cells.file,
                line=cells.line(index),
                column=cells.column(index),
                expected=known,
                found=unit,
            )
        of_column[index % width] = known or unit
    unit_of = dict(zip(cells.columns, of_column, strict=True))
    names = analyte.column("analyte_reported").to_pylist()
    at = analyte.schema.get_field_index("unit_reported")
    return analyte.set_column(at, analyte.field(at), pa.array([unit_of.get(name) for name in names], pa.string()))
