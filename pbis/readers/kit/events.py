"""Numbers of events that differ between the blocks of one well: a doubt about the well, which changes no reading.

The readings are medians; the number of events beside them decides nothing, so that an exchange in one block costs no plate. What is
no count beside a count is another column's cell: that row has moved, and its cells are not taken for the well's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa

from pbis.core.errors import MalformedFile
from pbis.core.plates.doubtful import CELL, EVENTS
from pbis.files.error_words import is_error_word
from pbis.readers.kit.doubts import DoubtLog
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.wells import WellBlock

COUNT = "bead_count"


def review_events(
    median: WellBlock, others: Mapping[str, WellBlock], doubts: DoubtLog, notes: Notes
) -> dict[str, WellBlock]:
    """The blocks, rows that have moved emptied. Raises MalformedFile where a row of the medians themselves has moved."""
    return {target: _reviewed(target, block, median, doubts, notes) for target, block in others.items()}


def _reviewed(target: str, other: WellBlock, median: WellBlock, doubts: DoubtLog, notes: Notes) -> WellBlock:
    if median.totals is None or other.totals is None:
        return other
    if other.wells == median.wells and other.totals == median.totals:
        return other
    moved = []
    for row, well in enumerate(other.wells):
        at = median.row_of[well]
        own, first = other.totals[row], median.totals[at]
        if own == first:
            continue
        if not (_may_be_count(first)):
            raise _moved(median, other, row, at)
        if _may_be_count(own):
            line = other.block.lines[row]
            doubts.add(well, EVENTS, line, other.block.name, expected=first, found=own)
        else:
            moved.append(row)
    return _emptied(target, other, moved, doubts, notes) if moved else other


def _may_be_count(text: str) -> bool:
    """A count, or what a spreadsheet shows in its place; anything else has come from another column."""
    return text.isdecimal() or is_error_word(text)


def _emptied(target: str, other: WellBlock, rows: list[int], doubts: DoubtLog, notes: Notes) -> WellBlock:
    width, texts = len(other.analytes), other.cells.text.to_pylist()
    for row in rows:
        texts[row * width : (row + 1) * width] = [""] * width
        name, line = other.block.name, other.block.lines[row]
        shown = (other.totals or ())[row] or "nothing"
        words = f"well {other.wells[row].name}: its row of block {name} has moved: Total Events holds {shown!r}; the row is left out"
        notes.add("row_moved", words, line)
        if target == COUNT:
            found = f"{shown!r} as Total Events"
            doubts.add(other.wells[row], CELL, line, name, expected="bead counts under their names", found=found)
    return replace(other, cells=replace(other.cells, text=pa.array(texts, pa.string()), written=None))


def _moved(median: WellBlock, other: WellBlock, row: int, at: int) -> MalformedFile:
    assert other.totals is not None
    assert median.totals is not None
    return median.block.refuse(
        f"well {median.wells[at].name} has another number of events than in block {other.block.name}: its medians have moved",
        line=median.block.lines[at],
        column="Total Events",
        expected=other.totals[row] or "a count",
        found=median.totals[at] or "nothing: columns have shifted",
    )
