"""What a reader finds doubtful about a well, said well by well; the core decides what of it stands, once roles are known."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from pbis.core.frames.plate import DOUBT
from pbis.files.number import Cells, Marks, parse
from pbis.readers.kit.wells import WellBlock

DILUTION = "dilution_factor_reported"


def dilution_doubts(run_id: str, median: WellBlock, singles: Mapping[str, WellBlock], marks: Marks) -> pa.Table:
    """DOUBT: wells whose dilution is empty, no number, or not above 0, or that the table of dilutions leaves out.

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
    bad = [i for i, value in enumerate(values) if value is None or not value > 0]
    return DOUBT.table(
        {
            "run_id": [run_id] * len(bad),
            "plate_number": [median.wells[i].plate for i in bad],
            "well": [median.wells[i].name for i in bad],
            "kind": ["dilution"] * len(bad),
            "found": [_found(block.block.name, row_of[i], own[i].strip()) for i in bad],
            "source_line": [block.block.first_line if row_of[i] < 0 else block.block.lines[row_of[i]] for i in bad],
        }
    )


def _found(name: str, row: int, text: str) -> str:
    if row < 0:
        return f"{name} has no row for it"
    return f"its cell in {name} holds {text!r}" if text else f"its cell in {name} is empty"
