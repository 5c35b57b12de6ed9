"""A block's rows as the text of its analyte columns, row by row in Arrow, and the few columns beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import pyarrow as pa

from pbis.files.quoted_rows import QuotedRows
from pbis.readers.kit.block import Block


@dataclass(frozen=True)
class BlockTable:
    """text: cells of the analyte columns, row by row; rows: the other cells of each row; place: column -> position in them."""

    text: pa.Array
    rows: Sequence[Sequence[str]]
    place: Mapping[int, int]

    def column(self, at: int) -> tuple[str, ...]:
        """One of the other columns, blanks at the ends of its cells removed."""
        place = self.place[at]
        return tuple([row[place].strip() for row in self.rows])


def block_table(block: Block, analytes: Sequence[int], fitted: Callable[[], list[list[str]]]) -> BlockTable:
    """The block with its analytes in the columns given. fitted: makes its rows as wide as its header, or refuses them.

    Rows that are quoted throughout and of the header's width, with their analytes side by side, are cut in one go.
    """
    width = len(block.header)
    is_together = bool(analytes) and list(analytes) == list(range(analytes[0], analytes[-1] + 1))
    if is_together and isinstance(block.rows, QuotedRows) and block.rows.are_quoted(width):
        begin, end = analytes[0], analytes[-1] + 1
        cut = block.rows.cut(begin, end, width)
        beside = [*range(begin), *range(end, width)]
        return BlockTable(cut.inner, cut.outer, {column: place for place, column in enumerate(beside)})
    rows = fitted()
    same = {column: column for column in range(width)}
    return BlockTable(pa.array(_picked(rows, analytes, is_together), pa.string()), rows, same)


def _picked(rows: Sequence[Sequence[str]], columns: Sequence[int], is_together: bool) -> list[str]:
    """The cells of some columns, row by row; columns side by side, as analytes mostly are, are taken as slices."""
    if is_together:
        return list(chain.from_iterable(row[columns[0] : columns[-1] + 1] for row in rows))
    return [row[i] for row in rows for i in columns]
