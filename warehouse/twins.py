"""The names of readings: what tells that the same readings came under more than one name (view twin)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.append import Connection, append_rows
from warehouse.connect import transaction
from warehouse.identity import Named, reading_hashes


def append_readings(con: Connection, readings: Mapping[str, tuple[pa.Table, Named]]) -> None:
    """A row for each plate of the runs with the name of its readings, null where they say nothing."""
    append_rows(con, "plate_reading", [row for run_id, read in readings.items() for row in _rows(run_id, *read)])


def _rows(run_id: str, reading: pa.Table, named: Named) -> list[dict[str, Any]]:
    numbers = sorted(pc.unique(reading["plate_number"]).to_pylist())
    return [{"run_id": run_id, "plate_number": n, "reading_hash": named.plates.get(n)} for n in numbers]


def remember_readings(con: Connection) -> int:
    """Name the readings of runs that an earlier version of this program loaded; how many they were."""
    unnamed = con.execute(
        "select run_id from store.run anti join store.plate_reading using (run_id) order by sequence"
    ).fetchall()
    with transaction(con):
        for (run_id,) in unnamed:
            query = "select plate_number, well, mfi from store.reading where run_id = $1"
            reading = con.execute(query, [run_id]).to_arrow_table()
            append_readings(con, {run_id: (reading, Named(None, reading_hashes(reading)))})
    return len(unnamed)
