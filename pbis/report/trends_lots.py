"""Which lots controls were read with, and whether the plates of each are enough for limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.measures import group as by
from pbis.core.measures.qc import TrendSettings
from pbis.report.text import moment

OF_A_LOT = ("lot", "instrument", "method")


@dataclass(frozen=True)
class LotPlates:
    """A lot on an instrument: how many plates it has, and whether these are enough for limits."""

    lot: str
    instrument: str
    method: str
    plates: int
    first: str
    last: str
    has: str
    is_short: bool


def lot_plates(point: pa.Table, settings: TrendSettings) -> list[LotPlates]:
    """Lots of controls (TREND rows), the one that began last first. What a lot has is counted by analyte and control, of which one may
    have fewer accepted plates than another."""
    if not point.num_rows:
        return []
    lots, series = by.group_by(point, OF_A_LOT), by.group_by(point, (*OF_A_LOT, "analyte", "metric"))
    plates = by.group_by(point, (*OF_A_LOT, "run_id", "plate_number"))
    counted = np.bincount(lots.code[plates.first], minlength=lots.count)
    accepted, of = (
        by.count(series, by.numbers(point, "is_accepted") == 1),
        by.Groups(lots.code[series.first], lots.first),
    )
    least, most = by.smallest(of, accepted), by.largest(of, accepted)
    times = point.append_column("code", pa.array(lots.code)).group_by("code", use_threads=False)
    spans = times.aggregate([("started_at", "min"), ("started_at", "max")]).sort_by("code").to_pylist()
    heads = point.select(list(OF_A_LOT)).take(pa.array(lots.first)).to_pylist()
    lines = [
        LotPlates(
            head["lot"], head["instrument"], head["method"], int(counted[i]), moment(spans[i]["started_at_min"]), moment(spans[i]["started_at_max"]),
            _has(int(least[i]), int(most[i]), settings), bool(least[i] < settings.least_plates),
        )
        for i, head in enumerate(heads)
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (line.first, line.lot, line.instrument), reverse=True)


def _has(least: int, most: int, settings: TrendSettings) -> str:
    needed, full = settings.least_plates, settings.guide_plates
    have = f"{least} accepted" if least == most else f"{least} to {most} accepted, by analyte"
    if least < needed:
        return f"{have} of the {needed} that limits need"
    if least < full:
        return f"{have}; limits, which stay as they are from {full} on"
    return f"{have}; limits from the first {full}"


def plate_heads(point: pa.Table) -> pa.Table:
    """A row a plate."""
    return point.take(pa.array(by.group_by(point, ("run_id", "plate_number")).first))


def undated(point: pa.Table) -> int:
    """Plates without any time."""
    return int(pc.sum(pc.is_null(plate_heads(point).column("started_at")).cast(pa.int64())).as_py() or 0)
