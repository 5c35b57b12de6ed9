"""What waits for a person or is to be told of: held plates, held wells, exports that replaced another and read differently.

All of it follows from what stands (views twin, held_plate, held_well, reexport_change), so neither the order of arrival nor that of names decides.
"""

from __future__ import annotations

from typing import Any

from warehouse.append import Connection


def held_plates(con: Connection) -> list[dict[str, Any]]:
    """Rows of view held_plate, in the order of loading; none where every plate is settled."""
    query = "select * from held_plate order by night_id, file_name, run_id, plate_number"
    return list(con.execute(query).to_arrow_table().to_pylist())


def reexport_changes(con: Connection) -> list[dict[str, Any]]:
    """Rows of view reexport_change: exports that replaced an earlier one of their plate and have other medians."""
    if con.execute("select 1 from store.supersession limit 1").fetchone() is None:
        return []  # the view would read all readings to find that there is nothing to compare
    query = "select * from reexport_change order by file_name, run_id, earlier_run_id, plate_number"
    return list(con.execute(query).to_arrow_table().to_pylist())


def held_wells(con: Connection) -> list[dict[str, Any]]:
    """Wells that wait by themselves, a row for each standing plate and reason: plate, file_name, wells, well_count, reason."""
    query = "select plate, file_name, wells, well_count, doubt_reason as reason from held_well order by plate, wells, file_name"
    return list(con.execute(query).to_arrow_table().to_pylist())
