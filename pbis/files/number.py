"""Cells -> numbers, under a decimal mark decided once a file; every spelling is parsed or refused.

Arrays in, arrays out: plain numbers are cast by Arrow, and only the distinct cells that are something else ('< 3.2', '***')
meet the grammar of `pbis.files.cell_number`.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import AmbiguousValue, MalformedFile
from pbis.files.cell_number import CellNumber, read_number
from pbis.files.cells import Cells, Numbers
from pbis.files.marks import Marks

__all__ = ["Cells", "Marks", "Numbers", "parse", "side_of"]

_PLAIN = {
    ".": r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$",
    ",": r"^[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?$",
}
_GROUPED = {  # thousands in a file whose decimal mark is settled, most of the odd cells of an export that groups them
    ".": r"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$",
    ",": r"^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?$",
}
_SIDE = {"<": "<", "<=": "<", ">": ">", ">=": ">"}
_ARROWS = {"\N{DOWNWARDS ARROW}": "<", "\N{UPWARDS ARROW}": ">"}


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
    is_number, digits = is_plain, text
    if marks.is_settled and pc.any(pc.match_substring(text, marks.group), min_count=0).as_py():
        is_number = pc.or_(is_plain, pc.fill_null(pc.match_substring_regex(text, _GROUPED[marks.decimal]), False))
        digits = pc.replace_substring(text, marks.group, "")
    dotted = pc.replace_substring(digits, ",", ".") if marks.decimal == "," else digits
    value = pc.if_else(is_number, dotted, None).cast(pa.float64())
    op = pc.if_else(is_number, "=", pa.scalar(None, pa.string()))
    odd = pc.and_not(pc.fill_null(pc.not_equal(text, ""), False), is_number)
    unreadable: list[int] = []
    if pc.any(odd).as_py():
        found = _Odd(cells, marks, cells.text, odd, allow_bounds)
        unreadable = found.bad
        if unreadable and is_strict:
            raise found.refusal()
        value, op = pc.replace_with_mask(value, odd, found.values), pc.replace_with_mask(op, odd, found.ops)
    value, endless = _finite(
        cells, pc.add(value, 0.0), is_strict
    )  # a cell of -0 is zero: nothing below it is told from it
    return Numbers(value, is_plain, op), sorted({*unreadable, *endless})


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


def _finite(cells: Cells, value: pa.Array, is_strict: bool) -> tuple[pa.Array, list[int]]:
    """The values, and the indices of those that were too large to be any, left out where not strict."""
    finite = pc.fill_null(pc.is_finite(value), True)
    if pc.all(finite, min_count=0).as_py():
        return value, []
    index = pc.index(finite, False).as_py()
    if not is_strict:
        return pc.if_else(finite, value, None), pc.indices_nonzero(pc.invert(finite)).to_pylist()
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
