"""Rows of text that is quoted throughout, as instruments write it: all its cells are cut in one go, and stay in Arrow.

Most cells of an export are numbers of well blocks. They go from the text into Arrow without becoming Python strings one by
one; a row that is looked at is the list of cells that the csv module would give.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pbis.files.quotes import HIDING, Quotes, find_quotes

Ints = npt.NDArray[np.int64]

_KEPT = (
    8  # columns of a page that are remembered as Python's text: locations, labels and events stand in block after block
)
_SIGNS = np.zeros(256, np.bool_)  # bytes that show by themselves that a cell is not blank
_SIGNS[[*b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"]] = True
_HIDING = HIDING.copy()
_HIDING[ord("\n")] = False  # an empty line


@dataclass(frozen=True)
class QuotedPage:
    """A whole text. begins, ends: of each line, in characters; quotes: its quoted cells, and how many each line has."""

    text: str
    delimiter: str
    begins: list[int]
    ends: list[int]
    quotes: Quotes
    seen: list[tuple[pa.Array, tuple[str, ...]]] = field(default_factory=list, compare=False)

    def line(self, at: int) -> str:
        return self.text[self.begins[at] : self.ends[at]]

    def cells(self, at: int) -> list[str]:
        """The cells of a line as the csv module gives them."""
        line = self.line(at)
        if not line:
            return []
        return line[1:-1].split(f'"{self.delimiter}"') if line.startswith('"') else line.split(self.delimiter)

    def texts(self, cells: pa.Array) -> tuple[str, ...]:
        """The cells of a column without blanks at their ends; the same tuple where an equal column was asked for before."""
        known = next((texts for column, texts in self.seen if column.equals(cells)), None)
        if known is None:
            known = tuple([text.strip() for text in cells.to_pylist()])
            if len(self.seen) < _KEPT:
                self.seen.append((cells, known))
        return known


@dataclass(frozen=True)
class QuotedRows(Sequence[list[str]]):
    """Rows of a page; each is quoted cell by cell without a quote in a cell, or holds no quote at all. at: their lines, from 0."""

    page: QuotedPage
    at: Ints

    def __len__(self) -> int:
        return len(self.at)

    @overload
    def __getitem__(self, index: int) -> list[str]: ...

    @overload
    def __getitem__(self, index: slice) -> QuotedRows: ...

    def __getitem__(self, index: int | slice) -> list[str] | QuotedRows:
        if isinstance(index, slice):
            return QuotedRows(self.page, self.at[index])
        return self.page.cells(int(self.at[index]))

    def __iter__(self) -> Iterator[list[str]]:
        return map(self.page.cells, self.at.tolist())

    def line(self, index: int) -> str:
        """A row as it stands in the text."""
        return self.page.line(int(self.at[index]))

    def pick(self, indices: Sequence[int]) -> QuotedRows:
        return QuotedRows(self.page, self.at[np.array(indices, np.int64)])

    def may_begin_with(self, sign: str, start: int) -> list[int]:
        """Rows from `start` on whose first cell may begin with the ASCII sign, case and blanks aside; no other row does."""
        lead = self._lead(slice(start, None))
        found = (lead == ord(sign.lower())) | (lead == ord(sign.upper())) | _HIDING[lead]
        return (np.flatnonzero(found) + start).tolist()

    def filled(self, begin: int, stop: int) -> list[int]:
        """Rows of begin..stop in which any cell holds more than blanks."""
        lead = self._lead(slice(begin, stop))
        filled = _SIGNS[lead]
        for row in np.flatnonzero(~filled & (lead != ord("\n"))).tolist():
            filled[row] = any(map(str.strip, self[begin + row]))
        return (np.flatnonzero(filled) + begin).tolist()

    def near_names(self, name: str, alone: Sequence[int]) -> list[int]:
        """Rows whose first cell is the name, case and blanks aside, and those of `alone` whose second cell may be blank."""
        named = name.casefold()
        if not self.are_quoted_from(2):
            heads = [[*row[:2], "", ""] for row in self]
            names = {i for i, head in enumerate(heads) if head[0].strip().casefold() == named}
            return sorted(names.union(i for i in alone if not heads[i][1].strip()))
        names = {i for i, text in enumerate(self.column(0)) if text.casefold() == named}
        if alone:
            quotes, rows = self.page.quotes, np.array(alone, np.int64)
            names.update(rows[quotes.may_be_blank(quotes.first[self.at[rows]] + 1)].tolist())
        return sorted(names)

    def are_quoted(self, width: int) -> bool:
        """Whether every row is quoted and has so many cells."""
        return bool((self.page.quotes.width[self.at] == width).all())

    def are_quoted_from(self, width: int) -> bool:
        """Whether every row is quoted and has so many cells at least."""
        return bool((self.page.quotes.width[self.at] >= width).all())

    def cut(self, begin: int, end: int) -> pa.Array:
        """Columns begin..end of rows that are quoted and so wide as Arrow text, row by row."""
        places = self.page.quotes.first[self.at][:, None] + np.arange(begin, end)
        return self.page.quotes.cells.take(pa.array(places.ravel()))

    def column(self, at: int) -> tuple[str, ...]:
        """One column of rows that are quoted and so wide, blanks at the ends of its cells removed."""
        return self.page.texts(self.cut(at, at + 1))

    def longer_than(self, size: int) -> list[int]:
        """Rows whose line has more characters than that."""
        lengths: Ints = np.subtract(self.page.ends, self.page.begins)[self.at]
        return np.flatnonzero(lengths > size).tolist()

    def _lead(self, rows: slice) -> npt.NDArray[np.uint8]:
        """The first byte of the first cell of each row, of UTF-8; a quote where the cell is empty, a line end where the row is."""
        return self.page.quotes.lead[self.at[rows]]


def quoted_rows(text: str, delimiter: str) -> QuotedRows | None:
    """The rows of text whose lines are all quoted cell by cell, or without quotes; None for any other text."""
    found = find_quotes(text, delimiter)
    if found is None:
        return None
    page = QuotedPage(text, delimiter, found.begins.tolist(), found.ends.tolist(), found.quotes)
    return QuotedRows(page, np.arange(len(found.begins)))
