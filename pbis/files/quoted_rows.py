"""Rows of text that is quoted throughout, as instruments write it: cells are cut out only where somebody looks at them.

Most cells of an export are numbers of well blocks. They go from the text into Arrow without becoming Python strings one by
one; a row that is looked at is the list of cells that the csv module would give.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_LONGEST = 131_072  # the csv module's limit of a cell


@dataclass(frozen=True)
class Cut:
    """A block of rows cut in three: cells before and after, a list a row, and the columns between them row by row."""

    outer: list[list[str]]
    inner: pa.Array


@dataclass(frozen=True)
class QuotedRows(Sequence[list[str]]):
    """raw: lines without their ends; each is quoted cell by cell without a quote in a cell, or holds no quote at all."""

    raw: Sequence[str]
    delimiter: str

    def __len__(self) -> int:
        return len(self.raw)

    @overload
    def __getitem__(self, index: int) -> list[str]: ...

    @overload
    def __getitem__(self, index: slice) -> QuotedRows: ...

    def __getitem__(self, index: int | slice) -> list[str] | QuotedRows:
        if isinstance(index, slice):
            return QuotedRows(self.raw[index], self.delimiter)
        return self._cells(self.raw[index])

    def __iter__(self) -> Iterator[list[str]]:
        return map(self._cells, self.raw)

    def pick(self, indices: Sequence[int]) -> QuotedRows:
        return QuotedRows([self.raw[i] for i in indices], self.delimiter)

    def may_begin_with(self, word: str, start: int) -> list[int]:
        """Rows from `start` on whose first 64 characters may hold the word (in lower case); no other row begins with it."""
        return [i for i in range(start, len(self.raw)) if word in self.raw[i][:80].casefold()]

    def filled(self, begin: int, stop: int) -> list[int]:
        """Rows of begin..stop in which any cell holds more than blanks."""
        raw = self.raw
        return [i for i in range(begin, stop) if raw[i][1:2].isalnum() or any(map(str.strip, self._cells(raw[i])))]

    def heads(self) -> Iterator[list[str]]:
        """The first two cells of every row, without cutting the others."""
        mark = self._mark
        for line in self.raw:
            yield line[1:-1].split(mark, 2)[:2] if line[:1] == '"' else line.split(self.delimiter, 2)[:2]

    def are_quoted(self, width: int) -> bool:
        """Whether every row is quoted and has so many cells."""
        mark, marks = self._mark, width - 1
        return all(line[:1] == '"' and line.count(mark) == marks for line in self.raw)

    def cut(self, begin: int, end: int, width: int) -> Cut:
        """Columns begin..end of rows that are quoted and so wide as Arrow text, row by row; the cells beside them as lists."""
        mark, tail = self._mark, width - end
        outer, inner = [], []
        for line in self.raw:
            *before, rest = line[1:-1].split(mark, begin)
            middle, *after = rest.rsplit(mark, tail)
            outer.append(before + after)
            inner.append(middle)
        if not inner:
            return Cut(outer, pa.array([], pa.string()))
        return Cut(outer, pc.split_pattern(_one_text(mark.join(inner)), mark).values)

    @property
    def _mark(self) -> str:
        return f'"{self.delimiter}"'

    def _cells(self, line: str) -> list[str]:
        if not line:
            return []
        return line[1:-1].split(self._mark) if line.startswith('"') else line.split(self.delimiter)


def _one_text(text: str) -> pa.Array:
    """An array of one text; `pa.array` takes seven times as long."""
    data = text.encode()
    ends = np.array([0, len(data)], np.int32)
    return pa.StringArray.from_buffers(1, pa.py_buffer(ends), pa.py_buffer(data))


def quoted_rows(text: str, lines: Sequence[str], delimiter: str) -> QuotedRows | None:
    """The rows of text whose lines are all quoted cell by cell, or without quotes; None for any other text.

    Every line between quotes has two quotes a cell at least, so that no more in the whole text prove it of each line.
    """
    mark = f'"{delimiter}"'
    quoted = [line[:1] == '"' for line in lines]
    if quoted != [line[-1:] == '"' for line in lines] or '"' in lines or max(map(len, lines), default=0) > _LONGEST:
        return None
    if mark in {line[:3] for line in lines} or mark in {line[-3:] for line in lines}:
        return None  # the quotes of a line's ends would be counted with the marks between its cells
    if any('"' in line for line, is_quoted in zip(lines, quoted, strict=True) if not is_quoted):
        return None
    is_exact = text.count('"') == 2 * (text.count(mark) + sum(quoted))
    return QuotedRows(lines, delimiter) if is_exact else None
