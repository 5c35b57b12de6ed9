"""Plates whose readings came under more than one name: what tells them, and which plates and wells wait for a person.

What is held follows from what stands (views twin and held_plate), so neither the order of arrival nor that of names decides.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from warehouse.append import Connection, append_row
from warehouse.connect import transaction
from warehouse.explain import QUERIES
from warehouse.identity import reading_hashes


def append_readings(con: Connection, run_id: str, reading: pa.Table) -> None:
    """A row for each plate of a run with the name of its readings, null where they say nothing."""
    hashes = reading_hashes(reading)
    for number in sorted(set(reading["plate_number"].to_pylist())):
        row = {"run_id": run_id, "plate_number": number, "reading_hash": hashes.get(number)}
        append_row(con, "plate_reading", row)


def remember_readings(con: Connection) -> int:
    """Name the readings of runs that an earlier version of this program loaded; how many they were."""
    unnamed = con.execute(
        "select run_id from store.run anti join store.plate_reading using (run_id) order by sequence"
    ).fetchall()
    with transaction(con):
        for (run_id,) in unnamed:
            query = "select plate_number, well, mfi from store.reading where run_id = $1"
            append_readings(con, run_id, con.execute(query, [run_id]).to_arrow_table())
    return len(unnamed)


def held_plates(con: Connection) -> list[dict[str, Any]]:
    """Rows of view held_plate, in the order of loading; none where every plate is settled."""
    query = "select * from held_plate order by night_id, file_name, run_id, plate_number"
    return list(con.execute(query).to_arrow_table().to_pylist())


def reexport_changes(con: Connection) -> list[dict[str, Any]]:
    """Rows of view reexport_change: exports that replaced an earlier one of their plate and have other medians."""
    query = "select * from reexport_change order by file_name, run_id, earlier_run_id, plate_number"
    return list(con.execute(query).to_arrow_table().to_pylist())


def held_wells(con: Connection) -> list[dict[str, Any]]:
    """Wells that wait by themselves, a row for each standing plate and reason: plate, file_name, wells, well_count, reason."""
    query = (QUERIES / "held_wells.sql").read_text("utf-8")
    return list(con.execute(query).to_arrow_table().to_pylist())
