"""Two tables of one frame, held against each other in words."""

from __future__ import annotations

import pyarrow as pa

from pbis.core.frames import SPECS
from pbis.core.words import plural


def difference(name: str, given: pa.Table, stored: pa.Table) -> tuple[str, str] | None:
    """Expected and found in words where two tables of a frame differ in rows or in a value; None where they are equal."""
    spec = SPECS[name]
    if given.num_rows != stored.num_rows:
        return plural(given.num_rows, "row"), plural(stored.num_rows, "row")
    order = [(key, "ascending") for key in spec.key]
    names = [column for column in spec.names if column in stored.column_names and column in given.column_names]
    first, second = (table.select(names).sort_by(order) for table in (given, stored))
    if first.equals(second):
        return None
    one, other = first.to_pylist(), second.to_pylist()
    for expected, found in zip(one, other, strict=True):
        for column in names:
            if expected[column] != found[column]:
                where = "/".join(str(expected[key]) for key in spec.key if key not in ("run_id", "assay_id"))
                return f"{column} {expected[column]} at {where}", str(found[column])
    return None
