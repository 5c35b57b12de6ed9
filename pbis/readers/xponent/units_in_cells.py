"""Units written inside cells (`1907.79 pg/mL`, `<15.67 pg/mL`), as Luminex 100 IS writes its results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import AmbiguousValue
from pbis.files.cell_number import read_number
from pbis.files.number import Cells


def without_units(cells: Cells) -> Cells:
    """The cells with their units cut off, and what was written kept beside; the same cells where none has a unit."""
    if cells.quick is not None or not pc.any(pc.match_substring(cells.text, "/"), min_count=0).as_py():
        return cells
    coded = cells.text.dictionary_encode()
    words = coded.dictionary.to_pylist()
    bare = [_cut(word, unit_in(word)) for word in words]
    return cells if bare == words else replace(cells, text=pa.array(bare).take(coded.indices), written=cells.text)


def unit_in(word: str) -> str:
    """The unit in a cell as written, '' where it has none; the marks of its number do not matter."""
    return read_number(word).unit if "/" in word else ""


def _cut(word: str, unit: str) -> str:
    before, _, behind = word.rpartition(unit) if unit else (word, "", "")
    return f"{before.rstrip()}{behind}"


def with_units(analyte: pa.Table, tables: Iterable[Cells]) -> pa.Table:
    """analyte_run with the units of the tables' cells, where it has none. Raises AmbiguousValue where a cell has another unit
    than its analyte: a number in ng/mL beside others in pg/mL is a thousand times itself."""
    names = analyte.column("analyte_reported").to_pylist()
    unit_of = dict(zip(names, analyte.column("unit_reported").to_pylist(), strict=True))
    for cells in tables:
        if cells.written is not None:
            _collect(cells, cells.written, unit_of)
    at = analyte.schema.get_field_index("unit_reported")
    return analyte.set_column(at, analyte.field(at), pa.array([unit_of[name] for name in names], pa.string()))


def _collect(cells: Cells, written: pa.Array, unit_of: dict[str, str | None]) -> None:
    width = len(cells.columns)
    for index, word in enumerate(written.to_pylist()):
        unit = unit_in(word or "") or None
        name = cells.columns[index % width]
        known = unit_of.get(name)
        if unit is not None and known is not None and _folded(unit) != _folded(known):
            raise AmbiguousValue(
                "an analyte is written in two units",
                file=cells.file,
                line=cells.line(index),
                column=cells.column(index),
                expected=known,
                found=str(written[index].as_py()).strip(),
                hint="export again with one unit an analyte",
            )
        unit_of[name] = known or unit


def _folded(unit: str) -> str:
    return "".join(unit.split()).casefold().replace("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}")
