"""What the child writes and its parent reads: an Arrow stream with a row a cell that holds something, batch by batch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

TEXT, NUMBER, BOOL, DATETIME, DATE, TIME, DURATION, ERROR = range(8)
NAMES = ("sheet", "row", "column", "kind", "number", "text")  # sheet, row and column from 0
BATCH = 65_536  # cells


def schema(sheets: list[str]) -> pa.Schema:
    """number: of kind NUMBER, of BOOL 0 or 1, of DURATION seconds; text: of the others, moments in ISO form. The sheets'
    names stand in the metadata."""
    import pyarrow as pa  # late: the child hides pandas from it first

    types = (pa.int32(), pa.int32(), pa.int32(), pa.int8(), pa.float64(), pa.string())
    return pa.schema(list(zip(NAMES, types, strict=True)), metadata={"sheets": json.dumps(sheets)})
