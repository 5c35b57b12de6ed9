"""Cutting the results part of an xPONENT export into blocks, and a block's rows into aligned cells or a refusal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from pbis.core.errors import BeyondLimits, MalformedFile
from pbis.files.quoted_rows import QuotedRows
from pbis.files.sheet import Sheet
from pbis.readers.kit.spelling import BlockKind, kind_of

_FOOTER = re.compile(r"^-{1,2}( ?C?R?C?( -*)?)?$")
Headers = dict[
    str | tuple[str, ...], tuple[str, ...]
]  # each line of names, cut once: most blocks have the Median block's
_MOST_BLOCKS = 1000  # forty kinds are known, and no export has one twice; own choice
LOCATION, SAMPLE, TOTAL = "location", "sample", "total events"


@dataclass(frozen=True)
class Block:
    """One `DataType:` block as it stands. `rows` are its non-blank data rows, `lines` their lines; header is trimmed."""

    file: str
    name: str
    first_line: int
    last_line: int
    header_line: int | None
    header: tuple[str, ...]
    rows: Sequence[list[str]]
    lines: tuple[int, ...]
    kind: BlockKind | None = None

    def column(self, name: str) -> int | None:
        """Position of a header cell, case folded; None where the block has none."""
        return _column_of(self.header).get(name)

    def refuse(
        self, message: str, *, line: int | None, column: str | None = None, expected: str, found: str
    ) -> MalformedFile:
        return MalformedFile(
            f"block {self.name}: {message}",
            file=self.file,
            line=line or self.first_line,
            column=column,
            expected=expected,
            found=found,
        )


@dataclass(frozen=True)
class Body:
    """The blocks after `Results`, and the row on which the footer begins, if there is one."""

    blocks: tuple[Block, ...]
    footer_line: int | None
    stray: tuple[int, ...] = field(default=())  # lines between Results and the first block, or after the footer


def split(sheet: Sheet, start: int) -> Body:
    """The blocks of rows[start:]. Rows without any sign are dropped, every other row belongs to a block or is stray."""
    rows = sheet.rows
    marks = [i for i in rows_beginning(rows, "d", start) if _is_data_type(rows[i])]
    if len(marks) > _MOST_BLOCKS:
        raise _too_many(sheet, marks)
    last_mark = marks[-1] if marks else start
    footer = next((i for i in rows_beginning(rows, "-", last_mark) if is_footer(rows[i])), None)
    end = len(sheet.rows) if footer is None else footer
    edges = [*marks, end]
    headers: Headers = {}
    blocks = tuple(_block(sheet, begin, stop, headers) for begin, stop in pairwise(edges))
    stray = filled_rows(rows, start, marks[0] if marks else end) + filled_rows(rows, end + 2, len(rows))
    return Body(blocks, None if footer is None else sheet.lines[footer], tuple(sheet.lines[i] for i in stray))


@lru_cache(maxsize=64)
def columns_beside(header: tuple[str, ...], apart: frozenset[int | None]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Where the columns stand that are not set apart, and their names: those of analytes, where they fit."""
    named = tuple(i for i in range(len(header)) if i not in apart)
    return named, tuple(header[i] for i in named)


@lru_cache(maxsize=64)  # block after block has the same header
def _column_of(header: tuple[str, ...]) -> dict[str, int]:
    return {cell.casefold(): i for i, cell in reversed(list(enumerate(header)))}


def rows_beginning(rows: Sequence[list[str]], sign: str, start: int) -> Sequence[int]:
    """Rows from `start` on, without those whose first cell is known not to begin with the sign."""
    return rows.may_begin_with(sign, start) if isinstance(rows, QuotedRows) else range(start, len(rows))


def is_blank(row: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in row)


def is_footer(row: Sequence[str]) -> bool:
    """`-- CRC --`, also where the file was cut within it."""
    return bool(row) and bool(_FOOTER.match(row[0].strip())) and row[0].strip() != ""


def fitted(block: Block, is_ragged: bool = False) -> list[list[str]]:
    """The block's rows at exactly the header's width. Longer or shorter rows are refused: their columns have shifted.

    Padding is no shift: empty cells beyond the header are cut. is_ragged: empty cells at the end may be left out.
    """
    width, rows = len(block.header), list(block.rows)
    if all(len(row) == width for row in rows):
        return rows
    return [_fit(block, row, line, width, is_ragged) for row, line in zip(rows, block.lines, strict=True)]


def _fit(block: Block, row: list[str], line: int, width: int, is_ragged: bool) -> list[str]:
    if len(row) == width:
        return row
    beyond = next((cell for cell in row[width:] if cell.strip()), None)
    if beyond is not None:
        raise block.refuse(
            "a row is longer than its header",
            line=line,
            column=f"{block.name}/{width + 1}",
            expected=f"{width} cells",
            found=f"{beyond!r} beyond them",
        )
    if len(row) < width and not is_ragged:
        raise block.refuse(
            "a row is shorter than its header",
            line=line,
            column=f"{block.name}/{block.header[len(row)]}",
            expected=f"{width} cells",
            found=f"{len(row)}",
        )
    return (row + [""] * (width - len(row)))[:width]


def _is_data_type(row: Sequence[str]) -> bool:
    return bool(row) and len(row[0]) < 64 and row[0].strip().casefold().rstrip(":") == "datatype"


def _block(sheet: Sheet, begin: int, stop: int, headers: Headers) -> Block:
    title = sheet.rows[begin]
    name = title[1].strip() if len(title) > 1 else ""
    filled = filled_rows(sheet.rows, begin + 1, stop)
    header = _header(sheet.rows, filled[0], headers) if filled else ()
    if not name:
        raise MalformedFile(
            "a block has no name",
            file=sheet.name,
            line=sheet.lines[begin],
            expected="DataType: and a name",
            found="DataType: alone",
        )
    return Block(
        file=sheet.name,
        name=name,
        first_line=sheet.lines[begin],
        last_line=sheet.lines[filled[-1]] if filled else sheet.lines[begin],
        header_line=sheet.lines[filled[0]] if filled else None,
        header=header,
        rows=_picked(sheet.rows, filled[1:]),
        lines=tuple(sheet.lines[i] for i in filled[1:]),
        kind=kind_of(name),
    )


def _too_many(sheet: Sheet, marks: Sequence[int]) -> BeyondLimits:
    return BeyondLimits(
        "the export has too many blocks",
        file=sheet.name,
        line=sheet.lines[marks[_MOST_BLOCKS]],
        expected=f"at most {_MOST_BLOCKS}",
        found=str(len(marks)),
    )


def _header(rows: Sequence[list[str]], at: int, headers: Headers) -> tuple[str, ...]:
    """The trimmed row; where its line stood before, the same tuple."""
    line = rows.line(at) if isinstance(rows, QuotedRows) else tuple(rows[at])
    if line not in headers:
        headers[line] = trimmed(rows[at])
    return headers[line]


def filled_rows(rows: Sequence[list[str]], begin: int, stop: int) -> list[int]:
    """Indices of the rows that hold any sign."""
    if isinstance(rows, QuotedRows):
        return rows.filled(begin, stop)
    return [i for i in range(begin, stop) if not is_blank(rows[i])]


def _picked(rows: Sequence[list[str]], indices: Sequence[int]) -> Sequence[list[str]]:
    return rows.pick(indices) if isinstance(rows, QuotedRows) else tuple(rows[i] for i in indices)


def trimmed(row: Sequence[str]) -> tuple[str, ...]:
    """The cells with blanks and the empty cells at the row's end removed."""
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)
