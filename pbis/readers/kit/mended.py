"""Blocks that do not fit as they stand: rows that are no wells are set aside, and said, where that loses no reading.

In any block: its column names once more, and a note that stands alone in its row. In a side block, on which no reading rests, also
rows that have lost or gained cells, that name no well, or one that was not read, or one that another row has. What then still does
not fit refuses the export where it holds medians, counts or reagents; a side block is left out and said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from pbis.core.errors import MalformedFile
from pbis.core.plates.doubtful import LABEL
from pbis.core.words import plural
from pbis.files.quoted_rows import QuotedRows
from pbis.readers.kit.block import LOCATION, SAMPLE, Block, trimmed
from pbis.readers.kit.doubts import DoubtLog
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.well import Well, parse_well
from pbis.readers.kit.wells import WellBlock

T = TypeVar("T")
CORE = frozenset({"mfi", "bead_count", "standard", "qc_control", "range_low", "range_high"})  # readings rest on these
_LETTERS = re.compile(r"[^\W\d_]{3}")
_WELL_BEGUN = re.compile(r"\s*\d*\s*\(")


@dataclass(frozen=True)
class _Row:
    """One row of a block: its cells, its line, and the line of the row before it."""

    cells: Sequence[str]
    line: int
    before: int


def mended(block: Block, parse: Callable[[Block], T], notes: Notes) -> T | None:
    """The block parsed as it stands, else without the rows that are none; None for a side block of which nothing is left.

    Raises the refusal of a block on which readings rest.
    """
    try:
        return parse(block)
    except MalformedFile as refusal:
        kept = _without(block, _is_no_row(block))
        try:
            found = parse(kept)
        except MalformedFile:
            return _side(block, kept, parse, notes, refusal)
        _say(block, kept, notes)
        return found


def mended_table(block: Block, parse: Callable[[Block], T], notes: Notes) -> T | None:
    """The same for a table of keys, in which column names and notes would pass for one more key."""
    if not _holds_no_rows(block):
        return mended(block, parse, notes)
    kept = _without(block, _is_no_row(block))
    if len(kept.lines) == len(block.lines):
        return mended(block, parse, notes)
    _say(block, kept, notes)
    return mended(kept, parse, notes)


def _side(block: Block, kept: Block, parse: Callable[[Block], T], notes: Notes, refusal: MalformedFile) -> T | None:
    if block.kind is None or block.kind.target in CORE:
        raise refusal
    kept = _without(kept, _does_not_fit(kept))
    try:
        found = parse(kept)
    except MalformedFile:
        notes.add("block_ignored", f"block {block.name} is left out: {refusal}", refusal.line)
        return None
    _say(block, kept, notes)
    return found


def agreed(other: WellBlock, median: WellBlock, doubts: DoubtLog, notes: Notes) -> WellBlock:
    """The block without wells that were not read; a well that it calls otherwise than the Median block is in doubt.

    Raises MalformedFile where counts are of wells without medians.
    """
    if other.wells == median.wells and other.labels == median.labels:
        return other
    absent = [row for row, well in enumerate(other.wells) if well not in median.row_of]
    if absent and other.block.kind is not None and other.block.kind.target in CORE:
        raise other.block.refuse(
            "a row has no counterpart in block " + median.block.name,
            line=other.block.lines[absent[0]],
            column="Location",
            expected="a well of that block",
            found=other.locations[absent[0]],
        )
    if absent:
        names = [other.wells[row].name for row in absent]
        words = f"block {other.block.name} has rows for {plural(len(names), 'well that was', 'wells that were')} not read: {', '.join(names[:8])}"
        notes.add("well_not_read", words, other.block.lines[absent[0]])
        other = other.picked([row for row, well in enumerate(other.wells) if well in median.row_of])
    for row, well in enumerate(other.wells):
        expected = median.labels[median.row_of[well]]
        if other.labels[row] != expected:
            line = other.block.lines[row]
            doubts.add(well, LABEL, line, other.block.name, expected=expected, found=other.labels[row])
    return other


def _is_no_row(block: Block) -> Callable[[_Row], bool]:
    """Tests for the column names once more, and for a note."""
    names = [name.casefold() for name in block.header]
    is_single = block.kind is not None and block.kind.shape == "single"
    width = 2 if is_single and names[:2] == [LOCATION, SAMPLE] else len(names)

    def test(row: _Row) -> bool:
        cells = [cell.casefold() for cell in trimmed(row.cells)]
        return cells[:width] == names[:width] or _is_note(cells, row, block)

    return test


def _holds_no_rows(block: Block) -> bool:
    """Whether any row is names or a note. The first two cells leave few to look at: names begin with the first name, and a note
    stands alone."""
    if not isinstance(block.rows, QuotedRows) or not block.header:
        return True
    before = (block.header_line or block.first_line, *block.lines)
    may_hold_notes = block.column(LOCATION) is not None
    gaps = [i for i, line in enumerate(block.lines) if may_hold_notes or line > before[i] + 1]
    near = block.rows.near_names(block.header[0], gaps)
    if not near:
        return False
    is_out = _is_no_row(block)
    return any(is_out(_Row(block.rows[i], block.lines[i], before[i])) for i in near)


def _is_note(cells: Sequence[str], row: _Row, block: Block) -> bool:
    """Words alone in their row; in a table of keys only after a gap, since a key may stand without its values."""
    if len(cells) != 1 or not _LETTERS.search(cells[0]) or _WELL_BEGUN.match(cells[0]):
        return False
    return block.column(LOCATION) is not None or row.line > row.before + 1


def _does_not_fit(block: Block) -> Callable[[_Row], bool]:
    width, at = len(block.header), block.column(LOCATION)
    wells = Counter(_well(row, at) for row in block.rows)

    def test(row: _Row) -> bool:
        if len(row.cells) < width or any(cell.strip() for cell in row.cells[width:]):
            return True
        well = _well(row.cells, at)
        return at is not None and (well is None or wells[well] > 1)

    return test


def _well(cells: Sequence[str], at: int | None) -> Well | None:
    return parse_well(cells[at]) if at is not None and at < len(cells) else None


def _without(block: Block, is_out: Callable[[_Row], bool]) -> Block:
    before = [block.header_line or block.first_line, *block.lines][: len(block.lines)]
    rows = [_Row(*parts) for parts in zip(block.rows, block.lines, before, strict=True)]
    left = [row for row in rows if not is_out(row)]
    return replace(block, rows=tuple(list(row.cells) for row in left), lines=tuple(row.line for row in left))


def _say(block: Block, kept: Block, notes: Notes) -> None:
    """Once a block: how many rows were set aside, and what the first of them says."""
    stayed = set(kept.lines)
    out = [i for i, line in enumerate(block.lines) if line not in stayed]
    if out:
        words = " | ".join(cell for cell in trimmed(block.rows[out[0]]) if cell)[:60]
        rows = "1 row that is" if len(out) == 1 else f"{len(out)} rows that are"
        notes.add(
            "row_ignored", f"block {block.name} has {rows} no well or entry of it: {words!r}", block.lines[out[0]]
        )
