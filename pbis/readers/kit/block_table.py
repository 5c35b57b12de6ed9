"""A block's rows as the text of its analyte columns, row by row in Arrow, and the few columns beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

import pyarrow as pa

from pbis.files.quoted_rows import QuotedRows
from pbis.readers.kit.block import Block


@dataclass(frozen=True)
class BlockTable:
    """text: cells of the analyte columns, row by row; rows: the block's rows, of one width."""

    text: pa.Array
    rows: Sequence[list[str]]

    def column(self, at: int) -> tuple[str, ...]:
        """One of the other columns, blanks at the ends of its cells removed."""
        if isinstance(self.rows, QuotedRows):
            return self.rows.column(at)
        return tuple([row[at].strip() for row in self.rows])


def block_table(block: Block, analytes: Sequence[int], fitted: Callable[[], list[list[str]]]) -> BlockTable:
    """The block with its analytes in the columns given. fitted: makes its rows as wide as its header, or refuses them.

    Rows that are quoted throughout and of the header's width, with their analytes side by side, are taken in one go.
    """
    is_together = bool(analytes) and list(analytes) == list(range(analytes[0], analytes[-1] + 1))
    if is_together and isinstance(block.rows, QuotedRows) and block.rows.are_quoted(len(block.header)):
        return BlockTable(block.rows.cut(analytes[0], analytes[-1] + 1), block.rows)
    rows = fitted()
    return BlockTable(pa.array(_picked(rows, analytes, is_together), pa.string()), rows)


def _picked(rows: Sequence[Sequence[str]], columns: Sequence[int], is_together: bool) -> list[str]:
    """The cells of some columns, row by row; columns side by side, as analytes mostly are, are taken as slices."""
    if is_together:
        return list(chain.from_iterable(row[columns[0] : columns[-1] + 1] for row in rows))
    return [row[i] for row in rows for i in columns]
