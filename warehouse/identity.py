"""Which physical reading an export shows, and whether two exports show the same numbers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from pbis.core.plate import Run


@dataclass(frozen=True)
class Duplicate:
    """A stored run whose MFI values are the same, under another plate's identity."""

    run_id: str
    file_name: str
    plate_key: str


def plate_key(run: Run, content: str | None) -> str:
    """Instrument serial | batch | start to the minute: two exports of one reading share it however the file is named, and a
    copy saved by a spreadsheet too, which loses the seconds.

    Where the export names no start, or neither instrument nor batch, any two such files would share a key and replace each
    other; there the content stands for the plate, or the file itself where it holds no numbers.
    """
    if run.started_at is None or not (run.instrument_serial or run.batch):
        return f"content:{content or run.run_id}"
    return f"{run.instrument_serial or ''}|{run.batch or ''}|{run.started_at.isoformat(timespec='minutes')}"


def content_hash(reading: pa.Table) -> str | None:
    """sha256 over plate, well, analyte and MFI in key order; None where no well has an MFI, so that nothing matches it."""
    mfi = reading["mfi"]
    if mfi.null_count == len(mfi):
        return None
    names = ("plate_number", "well", "analyte_reported", "mfi")
    table = reading.select(names).sort_by([(name, "ascending") for name in names[:3]])
    digest = hashlib.sha256("\n".join(table["well"].to_pylist()).encode())
    digest.update("\n".join(table["analyte_reported"].to_pylist()).encode())
    digest.update(np.ascontiguousarray(table["plate_number"].to_numpy(), "<i8").tobytes())
    digest.update(np.ascontiguousarray(table["mfi"].to_numpy(), "<f8").tobytes())
    return digest.hexdigest()


def find_duplicate(con: duckdb.DuckDBPyConnection, key: str, content: str | None) -> Duplicate | None:
    """The first loaded run with the same numbers but another plate key; the pipeline refuses such a file."""
    row = con.execute(
        "select run_id, file_name, plate_key from store.run"
        " where content_hash = $1 and plate_key <> $2 order by sequence limit 1",
        [content, key],
    ).fetchone()
    return Duplicate(*row) if row else None
