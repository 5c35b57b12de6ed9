"""OBX-11 U: a result that was sent as preliminary is final, without its value being sent again.

Source: HL7 table 0085. The value is that of the preliminary result of the same patient, order, test and draw before it in the file;
where none is, the row says so to the join, which looks in other files (warehouse/views/48_made_final_lab.sql).
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

NOW_FINAL, PRELIMINARY = "U", "P"
_SAME = ("person", "order_id", "test", "collected_at")
_TAKEN = ("value", "unit", "reference_range", "refused", "refused_detail", "scale")


def with_finals(columns: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """The columns where each U without a value has that of the P before it, as final; one without such a P is marked by `now_final`."""
    is_bare = pc.and_(pc.equal(columns["status"], NOW_FINAL), pc.equal(columns["value"], ""))
    if not pc.any(is_bare).as_py():
        return dict(columns)
    status, orders = columns["status"].to_pylist(), columns["order_id"].to_pylist()
    keys = list(zip(*(columns[name].to_pylist() for name in _SAME), strict=True))
    source, said = list(range(len(status))), list(status)
    last: dict[tuple[str, ...], int] = {}
    for at, bare in enumerate(is_bare.to_pylist()):
        before = last.get(keys[at])
        if bare and orders[at] and before is not None and status[before] == PRELIMINARY:
            source[at], said[at] = before, "F"
        last[keys[at]] = at
    taken = {name: columns[name].take(pa.array(source, pa.int64())) for name in _TAKEN}
    now = pa.array(said, pa.string())
    waits = pc.and_(pc.and_(is_bare, pc.equal(now, NOW_FINAL)), pc.not_equal(columns["order_id"], ""))
    return {**columns, **taken, "status": now, "now_final": waits}
