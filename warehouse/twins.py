"""The names of readings: what tells that the same readings came under more than one name (view twin)."""

from __future__ import annotations

import pyarrow as pa

from warehouse.append import Connection, append_row
from warehouse.connect import transaction
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
