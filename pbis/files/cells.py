"""Cells of one table as they stand in a file, and the numbers that they hold; plain ones are cast all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_HEAD = 32  # cells; own choice
_WORDS = ("", "NaN", "nan", "N/A", "***", "---")  # as instruments write them; others are looked up one by one


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

    def without(self, names: frozenset[str], first_line: int) -> Cells:
        """The cells without the columns of these names; itself where it has none of them."""
        left = [i for i, name in enumerate(self.columns) if name not in names]
        if len(left) == len(self.columns):
            return self
        rows = range(len(self.text) // len(self.columns))
        return self.rearranged(rows, left, tuple(self.columns[i] for i in left), first_line)

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
        if len(text) > _HEAD:
            text.slice(0, _HEAD).cast(pa.float64())
        cast = text.cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    number = cast.to_numpy(zero_copy_only=False)
    is_plain = np.isfinite(number)
    if is_plain.all():
        return Numbers(pc.add(cast, 0.0), pa.array(is_plain))  # -0 is zero
    if np.isinf(number).any():
        return None
    return Numbers(pa.array(number + 0.0, mask=~is_plain), pa.array(is_plain))
