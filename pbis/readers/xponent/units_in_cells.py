"""Units written inside cells (`1907.79 pg/mL`, `<15.67 pg/mL`), as Luminex 100 IS writes its results."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import numpy as np
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
    if "/" not in word:
        return ""
    found = _PLAIN.fullmatch(word)
    return _behind_number(found[1]) if found else read_number(word).unit


# A number without anything that could join what stands behind it: its unit does not depend on its digits.
_PLAIN = re.compile(r"[<>]?[0-9]{1,15}(?:\.[0-9]{1,15})? ([A-Za-z][A-Za-z/]{1,20})")


@lru_cache(maxsize=256)  # a file has a handful of units in its million cells
def _behind_number(rest: str) -> str:
    return read_number(f"1 {rest}").unit


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
    """Give unit_of what the cells say, in their order: only the first cell of each analyte and unit says anything new."""
    coded = written.dictionary_encode()
    units = [unit_in(word) or None for word in coded.dictionary.to_pylist()]
    kinds = {unit: at for at, unit in enumerate(dict.fromkeys([None, *units]))}
    of_word = np.array([*(kinds[unit] for unit in units), 0], dtype=np.int64)
    width = len(cells.columns)
    said = of_word[coded.indices.fill_null(len(units)).to_numpy()]
    firsts = np.unique(said * width + np.arange(len(said)) % width, return_index=True)[1]
    names = list(kinds)
    for index in np.sort(firsts[said[firsts] != 0]).tolist():
        unit, name = names[said[index]], cells.columns[index % width]
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
