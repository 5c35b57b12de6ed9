"""A workbook as text: sheets of rows of cells, each cell as a person reads it, with the row numbers a person counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class BookSheet:
    """rows[i] is row i + 1 of the sheet, trailing empty cells left out; dates: (row, column) from 0 of cells held as dates."""

    name: str
    rows: Sequence[list[str]]
    dates: frozenset[tuple[int, int]] = frozenset()

    def row_text(self, at: int) -> tuple[str, ...]:
        """The cells of a row, blanks at their ends removed; empty where the sheet has no such row."""
        return tuple(cell.strip() for cell in self.rows[at]) if at < len(self.rows) else ()


@dataclass(frozen=True)
class Book:
    """The sheets of a workbook in their order."""

    name: str
    sheets: tuple[BookSheet, ...]

    def offset(self, sheet: BookSheet) -> int:
        """Rows of the sheets before this one: source lines of run-wide frames count through the whole workbook."""
        at = next(i for i, known in enumerate(self.sheets) if known is sheet)
        return sum(len(known.rows) for known in self.sheets[:at])
