"""Cells -> numbers, under a decimal mark decided once a file; every spelling is parsed or refused.

Arrays in, arrays out: plain numbers are cast by Arrow, and only the distinct cells that are something else ('< 3.2', '***')
meet the grammar of `pbis.files.cell_number`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import AmbiguousValue, MalformedFile
from pbis.files.cell_number import CellNumber, read_number
from pbis.files.marks import Marks

__all__ = ["Cells", "Marks", "Numbers", "parse", "side_of"]

_PLAIN = {
    ".": r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$",
    ",": r"^[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?$",
}
_WORDS = ("", "NaN", "nan", "N/A", "***", "---")  # as instruments write them; others are looked up one by one
_SIDE = {"<": "<", "<=": "<", ">": ">", ">=": ">"}
_ARROWS = {"\N{DOWNWARDS ARROW}": "<", "\N{UPWARDS ARROW}": ">"}


@dataclass(frozen=True)
class Cells:
    """Cells of one table, row by row, and where they stand. `columns` has one entry a column, `lines` one a row, or one a
    cell where the columns of a row were gathered from different places."""

    file: str
    block: str
    text: pa.Array
    lines: Sequence[int]
    columns: Sequence[str]
    written: pa.Array | None = None  # the cells as they stand, where units were cut off them

    @cached_property
    def quick(self) -> Numbers | None:
        """The numbers, where every cell is a plain one with a decimal point or a word for none, which is most tables: one cast."""
        found = _cast(self.text)
        if found is None:
            words = pc.is_in(self.text, value_set=pa.array(_WORDS))
            found = _cast(pc.if_else(words, pa.scalar(None, pa.string()), self.text)) if words.true_count else None
        return found

    def line(self, index: int) -> int:
        if len(self.lines) == len(self.text):
            return self.lines[index]
        return self.lines[index // max(len(self.columns), 1)]

    def column(self, index: int) -> str:
        return f"{self.block}/{self.columns[index % max(len(self.columns), 1)]}"

    def rearranged(self, rows: Sequence[int], columns: Sequence[int], names: Sequence[str], first_line: int) -> Cells:
        """Rows and columns picked by position; -1 gives empty cells, which stand on the block's first line."""
        if list(names) == list(self.columns) and list(rows) == list(range(len(rows))) and len(rows) == len(self.lines):
            return self
        row, column = np.array(rows, np.int64)[:, None], np.array(columns, np.int64)[None, :]
        position = np.where((row < 0) | (column < 0), -1, row * len(self.columns) + column).ravel()
        take = pa.array(position, mask=position < 0)
        text = self.text.take(take).fill_null("")
        written = None if self.written is None else self.written.take(take).fill_null("")
        lines = [first_line if at < 0 else self.lines[at] for at in rows]
        return Cells(self.file, self.block, text, lines, names, written)


@dataclass(frozen=True)
class Numbers:
    """value: float64, null where missing; is_plain: the cell was a plain number; odd_op: what `op` is, where one is not."""

    value: pa.Array
    is_plain: pa.Array
    odd_op: pa.Array | None = None

    @property
    def op(self) -> pa.Array:
        """'=', '<', '>' or null."""
        if self.odd_op is not None:
            return self.odd_op
        if self.is_plain.true_count == len(self.is_plain):
            return pa.repeat("=", len(self.is_plain))
        return pc.if_else(self.is_plain, "=", pa.scalar(None, pa.string()))


def _cast(text: pa.Array) -> Numbers | None:
    """The numbers of plain cells, of nulls and of NaN; None where a cell is anything else, 1e999 and 'inf' included.

    The head is looked at first: a cast of text that holds no numbers costs ten times one that succeeds.
    """
    try:
        text.slice(0, 32).cast(pa.float64())
        number = text.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    if np.isinf(number).any():
        return None
    is_plain = np.isfinite(number)
    return Numbers(pa.array(number, mask=~is_plain), pa.array(is_plain))


def parse(
    cells: Cells, marks: Marks, *, allow_bounds: bool = False, is_strict: bool = True
) -> tuple[Numbers, list[int]]:
    """Numbers of the cells, and the indices of cells that are none (only where not strict; else MalformedFile, and AmbiguousValue
    for one of two readings).

    allow_bounds: accept '< 3.2', '3.2 \N{DOWNWARDS ARROW}', 'OOR >' and the like, as Result cells hold them. `op` tells the side: a plate's '<= 3'
    stands as '<' beside its text. A unit is no part of any of these cells: `units_in_cells` cuts those off that may be there.
    """
    if marks.decimal == "." and cells.quick is not None:
        return cells.quick, []
    text = pc.utf8_trim_whitespace(cells.text)
    is_plain = pc.fill_null(pc.match_substring_regex(text, _PLAIN[marks.decimal]), False)
    dotted = pc.replace_substring(text, ",", ".") if marks.decimal == "," else text
    value = pc.if_else(is_plain, dotted, None).cast(pa.float64())
    op = pc.if_else(is_plain, "=", pa.scalar(None, pa.string()))
    odd = pc.and_not(pc.fill_null(pc.not_equal(text, ""), False), is_plain)
    unreadable: list[int] = []
    if pc.any(odd).as_py():
        found = _Odd(cells, marks, cells.text, odd, allow_bounds)
        unreadable = found.bad
        if unreadable and is_strict:
            raise found.refusal()
        value, op = pc.replace_with_mask(value, odd, found.values), pc.replace_with_mask(op, odd, found.ops)
    _check_finite(cells, value)
    return Numbers(value, is_plain, op), unreadable


class _Odd:
    """Cells that are no plain numbers, each distinct text read once."""

    def __init__(self, cells: Cells, marks: Marks, text: pa.Array, odd: pa.Array, allow_bounds: bool) -> None:
        self._cells, self._allow_bounds = cells, allow_bounds
        self._at = pc.indices_nonzero(odd)
        self._coded = text.take(self._at).dictionary_encode()
        self._said = [read_number(word, marks) for word in self._coded.dictionary.to_pylist()]
        sides = [side_of(said, allow_bounds) for said in self._said]
        self._good = [side is not None for side in sides]
        numbers = [
            float(said.text) if side and said.text else None for said, side in zip(self._said, sides, strict=True)
        ]
        self.values = pa.array(numbers, pa.float64()).take(self._coded.indices)
        self.ops = pa.array([side or None for side in sides], pa.string()).take(self._coded.indices)

    @property
    def bad(self) -> list[int]:
        codes = self._coded.indices.to_pylist()
        return [i for i, code in zip(self._at.to_pylist(), codes, strict=True) if not self._good[code]]

    def refusal(self) -> MalformedFile | AmbiguousValue:
        """The refusal of the first bad cell."""
        codes = self._coded.indices.to_pylist()
        position = next(i for i, code in enumerate(codes) if not self._good[code])
        said, index = self._said[codes[position]], self._at[position].as_py()
        if said.kind == "ambiguous":
            return _ambiguous(self._cells, index, said)
        return _not_a_number(self._cells, index, self._allow_bounds)


def side_of(said: CellNumber, allow_bounds: bool) -> str | None:
    """'=', '<' or '>' of a plate's cell, '' where it holds nothing; None where it is none of these, or a bound in a column of numbers.

    A plate's arrow says beyond the standards, so that the number beside it is a bound; a laboratory's is a flag.
    """
    if said.unit or said.kind in ("ambiguous", "unreadable"):
        return None
    if said.kind == "absent":
        return ""
    arrow = next((_ARROWS[sign] for sign in said.flag.split() if sign in _ARROWS), "=")
    side = _SIDE.get(said.op, arrow)
    return side if side == "=" or allow_bounds else None


def _check_finite(cells: Cells, value: pa.Array) -> None:
    finite = pc.fill_null(pc.is_finite(value), True)
    if not pc.all(finite, min_count=0).as_py():
        index = pc.index(finite, False).as_py()
        raise MalformedFile(
            "a number is too large to be one",
            file=cells.file,
            line=cells.line(index),
            column=cells.column(index),
            expected="a finite number",
            found=cells.text[index].as_py(),
        )


def _ambiguous(cells: Cells, index: int, said: CellNumber) -> AmbiguousValue:
    return AmbiguousValue(
        "a number has two readings",
        file=cells.file,
        line=cells.line(index),
        column=cells.column(index),
        expected="a number that can be read in one way",
        found=said.detail,
        hint="export the file again with the decimal point and without thousands marks",
    )


def _not_a_number(cells: Cells, index: int, allow_bounds: bool) -> MalformedFile:
    return MalformedFile(
        "a cell is not a number",
        file=cells.file,
        line=cells.line(index),
        column=cells.column(index),
        expected="a number or a bound" if allow_bounds else "a number",
        found=repr(cells.text[index].as_py()),
        hint="a spreadsheet may have turned it into a date, or a cell is missing and others moved",
    )
