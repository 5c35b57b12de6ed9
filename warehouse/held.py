"""What waits for a person or is to be told of: held plates, held wells, exports that replaced another and read differently.

All of it follows from what stands (views twin, held_plate, held_well, reexport_change), so neither the order of arrival nor that of names decides.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from warehouse.append import Connection

_REPLACED = """
    select 1 from store.supersession
    where list_contains($1::varchar[], run_id) or list_contains($1::varchar[], superseded_by) limit 1
"""
# Whether a plate can be held at all: without two readings or two exports of one name, and without a plate that was rejected or ordered again, the
# views twin and kept_back_plate have no row. It takes in more than they do, and costs a fraction of what DuckDB spends on binding them.
_CAN_BE_HELD = """
    select exists (from store.decision where kind in ('reject', 'repeat'))
        or exists (select 1 from store.plate_reading where reading_hash is not null group by reading_hash having count(*) > 1)
        or exists (select 1 from store.run group by plate_key having count(*) > 1)
"""
_HAS_DOUBT = "select exists (from store.well where doubt is not null)"


def held_plates(con: Connection) -> list[dict[str, Any]]:
    """Rows of view held_plate, in the order of loading, each with what the decision that holds it is about; none where every plate is settled."""
    if not _is_so(con, _CAN_BE_HELD):
        return []
    query = """
        select held.*, event.kind as decided_kind, event.well as decided_well, event.analyte as decided_analyte, event.cause as decided_cause,
            event.replicate_group is not null as is_of_group
        from held_plate as held
        left join store.decision as event on event.sequence = held.decided_by
        order by held.night_id, held.file_name, held.run_id, held.plate_number
    """
    return list(con.execute(query).to_arrow_table().to_pylist())


def reexport_changes(con: Connection, runs: Collection[str]) -> list[dict[str, Any]]:
    """Rows of view reexport_change of these runs: exports that replaced an earlier one of their plate, or were replaced, and whose
    medians are others."""
    concerned = con.execute(_REPLACED, [list(runs)]).fetchone()
    if concerned is None:
        return []  # the view would read the readings of every plate that ever came again to find that none is of these
    query = """
        select * from reexport_change where run_id in (select unnest($1::varchar[])) or earlier_run_id in (select unnest($1::varchar[]))
        order by file_name, run_id, earlier_run_id, plate_number
    """
    return list(con.execute(query, [list(runs)]).to_arrow_table().to_pylist())


def held_wells(con: Connection) -> list[dict[str, Any]]:
    """Wells that wait by themselves, a row for each standing plate and reason: plate, file_name, wells, well_count, reason."""
    if not _is_so(con, _HAS_DOUBT):
        return []
    query = "select plate, file_name, wells, well_count, doubt_reason as reason from held_well order by plate, wells, file_name"
    return list(con.execute(query).to_arrow_table().to_pylist())


def _is_so(con: Connection, question: str) -> bool:
    return con.execute(question).fetchone() == (True,)
