"""Which physical reading an export shows, and whether two exports show the same numbers."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pbis.core.plates.plate import Run

DIGITS = 6  # of an MFI: an export has no more, and programs that saved it again round beyond


@dataclass(frozen=True)
class Named:
    """What the readings of a run are called. content: content_hash; plates: reading_hashes."""

    content: str | None
    plates: Mapping[int, str]


def name_readings(reading: pa.Table) -> Named:
    """Both names of a run's readings."""
    return Named(content_hash(reading), reading_hashes(reading))


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


def reading_hashes(reading: pa.Table) -> dict[int, str]:
    """Plate number -> sha256 over the MFI values of its wells, whatever wells and analytes are called and in whatever order they
    stand: two plates that share it were read once. Not named: a plate without two different values, which says nothing.

    Beads are left out: no second read gives every median again, and a copy may lack or change its counts.
    """
    names = ("plate_number", "well", "mfi")
    plates: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for number, well, mfi in zip(*(reading[name].to_pylist() for name in names), strict=True):
        if mfi is not None:
            plates[number][well].append(f"{mfi:.{DIGITS}g}")
    wells = {number: sorted(" ".join(sorted(values)) for values in own.values()) for number, own in plates.items()}
    telling = {number: rows for number, rows in wells.items() if len(set(" ".join(rows).split())) > 1}
    return {number: hashlib.sha256("\n".join(rows).encode()).hexdigest() for number, rows in telling.items()}
