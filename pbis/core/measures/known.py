"""Measures of what is not known about a plate: dilutions that were assumed, a background that nobody names."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.measures import group as by
from pbis.core.measures.group import Mask, Reals
from pbis.core.measures.qc import CheckFrames

# Who says for certain what a well holds, so that no background may hide behind a name: a person, or the program's own types.
SETTLED = ("layout", "well_type")
ASSUMED = "assumed_1"


def known(frames: CheckFrames, head: pa.Table) -> dict[str, object]:
    """Columns of PLATES, a row of `head` (run_id, plate_number) each."""
    well = frames.well
    plate = by.match(well, head, ("run_id", "plate_number"))
    sample = by.is_in(well, "well_role", "unknown", "unknown_role")
    open_ = sample & ~by.is_in(well, "role_source", *SETTLED)
    standard, background = (by.is_in(well, "well_role", role) for role in ("standard", "background"))
    run = np.unique(head.column("run_id").to_pylist(), return_inverse=True)[1]
    of_run = _wells(plate, background, head.num_rows)
    has_background = np.bincount(run, of_run)[run] > 0  # a batch may have its background on one plate
    unsettled = (_wells(plate, standard, head.num_rows) > 0) & (_wells(plate, open_, head.num_rows) > 0)
    unsettled &= ~has_background & ~_has_net(frames.reading, head)
    return {
        "assumed_dilutions": _wells(plate, sample & by.is_in(well, "dilution_source", ASSUMED), head.num_rows),
        "background_unsettled": unsettled.astype(np.float64),
    }


def _wells(plate: by.Codes, where: Mask, count: int) -> Reals:
    return np.bincount(plate[where & (plate >= 0)], minlength=count).astype(np.float64)


def _has_net(reading: pa.Table, head: pa.Table) -> Mask:
    """Whether the export has Net MFI: what it subtracted is then known, and a contradiction holds the samples by itself."""
    own = reading.filter(pc.is_valid(reading.column("net_mfi_reported"))).select(["run_id", "plate_number"])
    pairs = own.group_by(["run_id", "plate_number"]).aggregate([])
    return np.asarray(by.match(head, pairs, ("run_id", "plate_number")) >= 0)
