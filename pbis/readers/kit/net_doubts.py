"""Wells whose Median and Net MFI contradict each other: the export subtracts one number from every well of an analyte, but not there.

An instrument computes Net MFI from Median, so in a file as it wrote it the two are apart by one number in all wells (in all 4,200 cells of the
real exports of xPONENT that were looked at). Where they are, one of them was changed afterwards, and the file does not say which.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from pbis.core.arrays import Floats, Ints
from pbis.core.frames import WARNING
from pbis.core.frames.model import concat
from pbis.core.frames.plate import DOUBT
from pbis.core.plates.doubtful import NET
from pbis.core.plates.net_mfi import Subtracted, subtracted
from pbis.core.plates.plate import PlateRead

MOST_WELLS = 0.75  # share of an analyte's wells that must have one number before another is a contradiction; own choice
LEAST_MFI, LEAST_SHARE = (
    1.0,
    0.01,
)  # a gap of less is no change that anybody makes, nor one that moves a result; own choice
CODE = "net_differs"


def with_net_doubts(read: PlateRead) -> PlateRead:
    """The run with a doubt, and a warning, for every well in which Median and Net MFI contradict each other."""
    found = list(_doubts(read))
    if not found:
        return read
    doubts = DOUBT.table({name: [row[name] for row in found] for name in DOUBT.names})
    first = read.warning.num_rows + 1
    warnings = WARNING.table({
        "run_id": [read.run.run_id] * len(found),
        "position": list(range(first, first + len(found))),
        "code": [CODE] * len(found),
        "message": [
            f"well {row['well']}: {row['expected']} should stand in Median, but there is {row['found']}; the well is held"
            for row in found
        ],
        "source_line": [row["source_line"] for row in found],
    })  # fmt: skip
    return replace(read, doubt=concat(DOUBT, [read.doubt, doubts]), warning=concat(WARNING, [read.warning, warnings]))


def _doubts(read: PlateRead) -> Iterator[dict[str, Any]]:
    """Rows of DOUBT, plate by plate: a batch may subtract another background on each."""
    nets = read.reading.column("net_mfi_reported")
    if nets.null_count == len(nets):
        return
    names = read.analyte.column("analyte_reported").to_pylist()
    net = np.asarray(nets.fill_null(np.nan).to_numpy(), dtype=np.float64).reshape(-1, len(names))
    places = read.reading.select(["plate_number", "well", "source_line"]).take(
        pa.array(range(0, len(nets), len(names)))
    )
    plates = places.column("plate_number").to_numpy()
    for plate in np.unique(plates):
        wells = np.flatnonzero(plates == plate)
        taken = subtracted(read, wells.tolist())
        gap = _gap(taken, wells, net)
        for well in np.flatnonzero(np.isfinite(gap).any(axis=1)):
            at = int(wells[well])
            worst = int(np.nanargmax(np.abs(gap[well])))
            meant, there = net[at, worst] + taken.offset[worst], taken.mfi[at, worst]
            yield {
                "run_id": read.run.run_id,
                **{name: places.column(name)[at].as_py() for name in places.column_names},
                "kind": NET,
                "block": "Median",
                "expected": f"{meant:.6g} for {names[worst]} by Net MFI, which is Median less {taken.offset[worst]:.6g} in the other wells,",
                "found": f"{there:.6g}",
            }


def _gap(taken: Subtracted, wells: Ints, net: Floats) -> Floats:
    """By what the Median of these wells differs from what Net MFI says (wells, analytes); NaN where the two agree or nothing is to be said.

    Net MFI that equals Median was left as it is, as some programs do with standards and backgrounds; a 0 may stand for what is below it.
    """
    mfi, net = taken.mfi[wells], net[wells]
    gap = mfi - net - taken.offset
    judged = np.isfinite(gap) & (np.abs(mfi - net) > taken.slack) & ~((net == 0) & (mfi <= taken.offset))
    is_apart = judged & (np.abs(gap) > taken.slack + np.maximum(LEAST_MFI, LEAST_SHARE * np.abs(mfi)))
    agreeing = 1.0 - is_apart.sum(axis=0) / np.maximum(judged.sum(axis=0), 1)
    return np.where(is_apart & (agreeing >= MOST_WELLS), gap, np.nan)
