"""What a reader finds doubtful about a well, said well by well with its line; the core decides what of it stands, once roles are known.

Kinds: label (blocks call the well differently), dilution (no factor above 0), events (blocks print other numbers of them), cell (a
median or count that is no number). A person reads the doubt as a warning of the export; programs read it in the frame doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from pbis.core.frames.plate import DOUBT
from pbis.core.plates.dilution import LARGEST_FACTOR
from pbis.core.plates.doubtful import CELL, EVENTS, LABEL
from pbis.files.number import Cells, Marks, parse
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.well import Well
from pbis.readers.kit.wells import WellBlock

DILUTION = "dilution_factor_reported"
Key = tuple[Well, str, str]


@dataclass(frozen=True)
class _Told:
    """Where one thing about one well was found first, and the blocks that say it."""

    line: int
    expected: str
    blocks: tuple[str, ...]


@dataclass
class DoubtLog:
    """Doubts in the order they were met; what several blocks say of a well in the same words is one doubt of that kind."""

    found: dict[Key, _Told] = field(default_factory=dict)

    def add(self, well: Well, kind: str, line: int, block: str, *, expected: str, found: str) -> None:
        """Remember one; line: of the cell that is not as it should be."""
        known = self.found.setdefault((well, kind, found), _Told(line, expected, ()))
        if block not in known.blocks:
            self.found[well, kind, found] = replace(known, blocks=(*known.blocks, block))

    def say(self, notes: Notes) -> None:
        """A warning for each; of dilutions whoever knows the roles speaks."""
        for (well, kind, found), told in self.found.items():
            words = _WORDS[kind].format(
                well=well.name, expected=told.expected, found=found, blocks=_listed(told.blocks)
            )
            notes.add(_CODES[kind], words, told.line)

    def table(self, run_id: str, dilutions: pa.Table) -> pa.Table:
        """DOUBT: these, a row a well, kind and finding, then those about dilutions."""
        rows = [_row(run_id, *item) for item in self.found.items()]
        columns = {name: [row[name] for row in rows] for name in DOUBT.names}
        return pa.concat_tables([DOUBT.table(columns), dilutions])


_CODES = {LABEL: "label_differs", EVENTS: "events", CELL: "cell_unreadable"}
_WORDS = {
    LABEL: "well {well} is called {expected!r} first, but {found!r} in {blocks}: it is held until a person says what it holds",
    EVENTS: "well {well}: Total Events is {expected} in block Median, {found} in {blocks}; no reading changes",
    CELL: "well {well}: {expected} should stand in {blocks}, but there is {found}; the well is held",
}


def _listed(blocks: Sequence[str]) -> str:
    return ", ".join(blocks[:4]) + (f" and {len(blocks) - 4} more" if len(blocks) > 4 else "")


def _row(run_id: str, key: Key, told: _Told) -> dict[str, Any]:
    well, kind, found = key
    own = {"block": _listed(told.blocks), "expected": told.expected, "found": found, "source_line": told.line}
    return {"run_id": run_id, "plate_number": well.plate, "well": well.name, "kind": kind} | own


def dilution_doubts(run_id: str, median: WellBlock, singles: Mapping[str, WellBlock], marks: Marks) -> pa.Table:
    """DOUBT: wells whose dilution is empty, no number, not above 0 or beyond any dilution, or that the table of dilutions leaves out.

    Standards are among them: that they need none is known to whoever knows the roles. No rows where the export has no dilutions.
    """
    block = singles.get(DILUTION)
    if block is None:
        return DOUBT.empty()
    width = max(len(block.analytes), 1)
    row_of = [block.row_of.get(well, -1) for well in median.wells]
    texts = block.cells.text.to_pylist()[::width]
    own = ["" if row < 0 else texts[row] or "" for row in row_of]
    cells = Cells(block.cells.file, block.cells.block, pa.array(own, pa.string()), [1] * len(own), ("",))
    values = parse(cells, marks, is_strict=False)[0].value.to_pylist()
    bad = [i for i, value in enumerate(values) if value is None or not 0 < value <= LARGEST_FACTOR]
    return DOUBT.table(
        {
            "run_id": [run_id] * len(bad),
            "plate_number": [median.wells[i].plate for i in bad],
            "well": [median.wells[i].name for i in bad],
            "kind": ["dilution"] * len(bad),
            "block": [block.block.name] * len(bad),
            "expected": ["a factor above 0"] * len(bad),
            "found": [_found(block.block.name, row_of[i], own[i].strip()) for i in bad],
            "source_line": [block.block.first_line if row_of[i] < 0 else block.block.lines[row_of[i]] for i in bad],
        }
    )


def _found(name: str, row: int, text: str) -> str:
    if row < 0:
        return f"{name} has no row for it"
    return f"its cell in {name} holds {text!r}" if text else f"its cell in {name} is empty"
