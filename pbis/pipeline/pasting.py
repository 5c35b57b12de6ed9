"""Cells of a spreadsheet that a person pastes, laid over the wells of a plate. What desk.js does with a paste into a well is the same."""

from __future__ import annotations

from collections.abc import Sequence

from pbis.core.errors import UsageError
from pbis.core.words import plural
from pbis.pipeline.plate_layout import LaidWell

_LETTERS = "ABCDEFGHIJKLMNOP"  # of the rows of the largest plate that is read


def pasted(block: str, wells: Sequence[LaidWell], texts: Sequence[str]) -> list[str]:
    """A block of cells as a spreadsheet copies it (tabs between columns), laid over the wells from A1 on; the numbers and letters at its
    edges may be there. texts: what stands in the wells, in their order, and stays where the block says nothing. UsageError where it has more
    rows or columns than the plate, or says something of a well that is none of these."""
    lines = block.rstrip("\r\n").splitlines()
    rows = _without_edges([[cell.strip() for cell in line.split("\t")] for line in lines])
    high, wide = max(each.row for each in wells), max(each.column for each in wells)
    longest = max(map(len, rows))
    if len(rows) > high or longest > wide:
        raise UsageError(
            f"the block has {plural(len(rows), 'row')} and {plural(longest, 'column')}; the plate has {high} and {wide}"
        )
    cells = {(at, n): cell for at, row in enumerate(rows, 1) for n, cell in enumerate(row, 1)}
    lacking = sorted(place for place in cells.keys() - {(each.row, each.column) for each in wells} if cells[place])
    if lacking:
        (row, column), more = lacking[0], len(lacking) - 1
        beside = f" (and {more} more of such cells)" if more else ""
        raise UsageError(
            f"the block says {cells[row, column]!r} for {_LETTERS[row - 1]}{column}, a well that the export does not have{beside}"
        )
    return [cells.get((each.row, each.column), text) for each, text in zip(wells, texts, strict=True)]


def _without_edges(rows: list[list[str]]) -> list[list[str]]:
    """Without a head of 1, 2, 3 ... and a first column of A, B, C ... Barcodes can be numbers too: a head counts from 1, and the row below it
    does not go on counting."""
    head, below = rows[0], rows[1:]
    if below and head[0] == "" and _counts(head[1:], 1):
        if not all(row[0] in ("", letter) for row, letter in zip(below, _LETTERS, strict=False)):
            raise UsageError(
                "above the block stand numbers and beside it no letters; copy the wells alone, or with both"
            )
        return [row[1:] for row in below]
    if below and _counts(head, 1) and not _counts(below[0], len(head) + 1):
        return below
    if all(row[0] == letter for row, letter in zip(rows, _LETTERS, strict=False)):
        return [row[1:] for row in rows]
    return rows


def _counts(cells: Sequence[str], first: int) -> bool:
    return bool(cells) and list(cells) == [str(number) for number in range(first, first + len(cells))]
