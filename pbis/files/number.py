"""Cells -> numbers, under a decimal mark decided once a file; every spelling is parsed or refused.

Arrays in, arrays out: plain numbers are cast by Arrow, and only the distinct cells that are something else ('< 3.2', '***')
meet Python.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import MalformedFile

MISSING = ("", "nan", "n/a", "na", "***", "---", "-nan", "#n/a", "null")
_PLAIN = {
    ".": r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$",
    ",": r"^[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?$",
}
_WORDS = ("", "NaN", "nan", "N/A", "***", "---")  # as instruments write them; others are folded first
_ODD = re.compile(
    r"^(?P<star>\*\s*)?(?P<op>[<>≤≥])?\s*(?P<number>[+-]?[\d.,]+(?:[eE][+-]?\d+)?)\s*(?P<arrow>[↓↑])?(?P<endstar>\s*\*)?$",
    re.ASCII,
)
_OUT_OF_RANGE = re.compile(r"^oor\s*([<>])$", re.IGNORECASE)


@dataclass(frozen=True)
class Marks:
    """How this file writes numbers, and the sentence that says why we think so."""

    decimal: str = "."
    evidence: str = "not decided"

    @property
    def group(self) -> str:
        return "," if self.decimal == "." else "."


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
    """Numbers of the cells, and the indices of cells that are none (only where not strict; else MalformedFile).

    allow_bounds: accept '< 3.2', '*3.42', 'OOR >' and the like, as Result cells hold them.
    """
    if marks.decimal == "." and cells.quick is not None:
        return cells.quick, []
    text = pc.utf8_trim_whitespace(cells.text)
    missing = pc.is_in(pc.utf8_lower(text), value_set=pa.array(MISSING))
    is_plain = pc.and_(pc.match_substring_regex(text, _PLAIN[marks.decimal]), pc.invert(missing))
    dotted = pc.replace_substring(text, ",", ".") if marks.decimal == "," else text
    value = pc.if_else(is_plain, dotted, None).cast(pa.float64())
    op = pc.if_else(is_plain, "=", pa.scalar(None, pa.string()))
    odd = pc.and_not(pc.fill_null(pc.invert(missing), False), pc.fill_null(is_plain, False))
    unreadable: list[int] = []
    if pc.any(odd).as_py():
        value, op, unreadable = _parse_odd(cells, marks, text, odd, value, op, allow_bounds, is_strict)
    value, endless = _finite(cells, value, is_strict)
    return Numbers(value, pc.fill_null(is_plain, False), op), sorted({*unreadable, *endless})


def parse_one(text: str, marks: Marks) -> tuple[str | None, float | None] | None:
    """(operator, value) of one cell that is not plain; None where it is no number in this file's spelling."""
    out = _OUT_OF_RANGE.match(text)
    if out:
        return out.group(1), None
    match = _ODD.match(text)
    number = _ungroup(match.group("number"), marks) if match else None
    if match is None or number is None:
        return None
    op = {"≤": "<", "≥": ">", None: "="}.get(match.group("op"), match.group("op"))
    if op == "=" and match.group("arrow"):
        op = "<" if match.group("arrow") == "↓" else ">"
    return op, number


def _ungroup(number: str, marks: Marks) -> float | None:
    decimal, group = re.escape(marks.decimal), re.escape(marks.group)
    if not re.fullmatch(rf"[+-]?(\d{{1,3}}({group}\d{{3}})+|\d+)?({decimal}\d*)?([eE][+-]?\d+)?", number, re.ASCII):
        return None
    try:
        return float(number.replace(marks.group, "").replace(marks.decimal, "."))
    except ValueError:
        return None


def _parse_odd(
    cells: Cells,
    marks: Marks,
    text: pa.Array,
    odd: pa.Array,
    value: pa.Array,
    op: pa.Array,
    allow_bounds: bool,
    is_strict: bool,
) -> tuple[pa.Array, pa.Array, list[int]]:
    indices = pc.indices_nonzero(odd)
    encoded = text.take(indices).dictionary_encode()
    parsed = [parse_one(word, marks) for word in encoded.dictionary.to_pylist()]
    good = [p is not None and (allow_bounds or (p[0] == "=" and p[1] is not None)) for p in parsed]
    bad = [i for i, code in zip(indices.to_pylist(), encoded.indices.to_pylist(), strict=True) if not good[code]]
    if bad and is_strict:
        raise _not_a_number(cells, bad[0], allow_bounds)
    values = pa.array([p[1] if p and g else None for p, g in zip(parsed, good, strict=True)], pa.float64())
    ops = pa.array([p[0] if p and g else None for p, g in zip(parsed, good, strict=True)], pa.string())
    value = pc.replace_with_mask(value, odd, values.take(encoded.indices))
    op = pc.replace_with_mask(op, odd, ops.take(encoded.indices))
    return value, op, bad


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
