"""A plate is accepted where few of its wells are in doubt; how many are few is told by expectations/doubts.json.

What it needs is imported where a plate has doubts at all, which few plates have: `pbis read` must answer at once.
"""

from __future__ import annotations

import pyarrow as pa

from pbis.core.plates.doubtful import require_few_doubts
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.well import assign_roles


def accept(read: PlateRead, well: pa.Table, *, is_settled: bool = True) -> None:
    """Raise MalformedFile where too many of the wells (frames.WELL) are in doubt; is_settled: no layout is still to come."""
    if read.doubt.num_rows:
        from expectations.doubts import doubt_limits

        require_few_doubts(read, well, doubt_limits(), is_settled=is_settled)


def accepted(read: PlateRead) -> PlateRead:
    """The plate, read without a layout, if it is accepted. Raises MalformedFile."""
    if read.doubt.num_rows:
        accept(read, assign_roles(read, None).table, is_settled=False)
    return read
