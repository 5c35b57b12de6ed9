"""Blocks keyed by sample, reagent or analyte: their rows matched with the columns' analyte names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pbis.core.words import plural
from pbis.files.number import Cells
from pbis.readers.kit.block import LOCATION, TOTAL, Block, columns_beside, fitted
from pbis.readers.kit.block_table import block_table
from pbis.readers.kit.notes import Notes

_KEYS = ("reagent", "sample", "analyte:", "analyte")


@dataclass(frozen=True)
class KeyedBlock:
    """A block of key x analyte. cells: one text a row x analyte, row by row."""

    block: Block
    keys: tuple[str, ...]
    analytes: tuple[str, ...]
    cells: Cells

    def without(self, names: frozenset[str]) -> KeyedBlock:
        """The block without the columns of these names."""
        cells = self.cells.without(names, self.block.first_line)
        return self if cells is self.cells else replace(self, analytes=tuple(cells.columns), cells=cells)

    def row(self, name: str) -> Cells | None:
        """The cells of one row by its key, case and the colon folded away."""
        wanted = name.casefold()
        at = next((i for i, key in enumerate(self.keys) if key.casefold().rstrip(":") == wanted), None)
        if at is None:
            return None
        width = len(self.analytes)
        return Cells(
            self.cells.file,
            self.block.name,
            self.cells.text.slice(at * width, width),
            self.block.lines[at : at + 1],
            self.analytes,
        )


def keyed_block(block: Block) -> KeyedBlock:
    """Parse a block whose rows are samples, reagents or properties. Raises MalformedFile on shifted rows."""
    key = next((at for at in map(block.column, _KEYS) if at is not None), None)
    if key is None:
        raise block.refuse(
            "has no key column",
            line=block.header_line,
            expected="Reagent, Sample or Analyte:",
            found=", ".join(block.header[:3]) or "nothing",
        )
    apart = frozenset({key, block.column(LOCATION), block.column(TOTAL), block.column("plate")})
    named, analytes = columns_beside(block.header, apart)
    if "" in analytes or len(set(analytes)) < len(analytes):
        twice = next(name for name, count in Counter(analytes).items() if count > 1 or not name)
        raise block.refuse(
            "two columns have one name",
            line=block.header_line,
            column=block.name,
            expected="a name of its own for every column",
            found=repr(twice),
        )
    table = block_table(block, named, lambda: _rows(block))
    return KeyedBlock(
        block, table.column(key), analytes, Cells(block.file, block.name, table.text, block.lines, analytes)
    )


def report_unreadable(cells: Cells, bad: Sequence[int], notes: Notes) -> None:
    """Say once a block how many of its cells are no numbers, and quote the first."""
    if bad:
        first = bad[0]
        notes.add(
            "unreadable_value",
            f"{plural(len(bad), 'cell')} of block {cells.block} {'is no number and is' if len(bad) == 1 else 'are no numbers and are'} left empty, "
            f"the first in column {cells.column(first)}: {cells.text[first].as_py()!r}",
            cells.line(first),
        )


def _rows(block: Block) -> list[list[str]]:
    """Rows at full width; a row of properties that holds its key alone means that none is known."""
    is_text = block.kind is not None and block.kind.value == "text"
    width, rows = len(block.header), list(block.rows)
    if all(len(row) == width for row in rows):
        return rows
    alone = tuple(row + [""] * (width - len(row)) if not any(cell.strip() for cell in row[1:]) else row for row in rows)
    padded = replace(block, rows=alone)
    return fitted(padded, is_ragged=is_text)
