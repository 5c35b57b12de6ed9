"""What a night asks that goes on following plates where an earlier one left off: which plates stand, what is new, and what was said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa

from pbis.core.frames import (
    HISTORY,
    TREND_BASELINE,
    TREND_FINDING,
    TREND_JUDGED,
    TREND_JUDGEMENT,
    TREND_POINT,
)
from pbis.core.frames.model import FrameSpec
from warehouse.among import is_among
from warehouse.append import Connection


@dataclass(frozen=True)
class FollowedPlate:
    """A standing plate. told: all that decides to which series its numbers belong, and their order."""

    assay_id: str
    plate_number: int
    run_id: str
    told: str


@dataclass(frozen=True)
class SaidTrend:
    """What the latest night that followed plates said of all of them (pbis.core.frames), and of how many numbers."""

    point_count: int
    finding: pa.Table
    baseline: pa.Table
    judged: pa.Table
    judgement: pa.Table


def followed_plates(con: Connection) -> list[FollowedPlate]:
    """All standing plates that are followed, in the order of their assays."""
    rows = con.execute("select * from followed_plate order by assay_id, plate_number").to_arrow_table().to_pylist()
    return [FollowedPlate(row["assay_id"], row["plate_number"], row["run_id"], repr(row)) for row in rows]


def control_lots(con: Connection) -> list[str]:
    """Lots that the charts of standing plates' controls are about."""
    return [row[0] for row in con.execute("select distinct control_lot from followed_plate order by all").fetchall()]


def history_of(con: Connection, assay_ids: Collection[str]) -> pa.Table:
    """frames.HISTORY of these assays, in the order of its key."""
    columns, key = (", ".join(names) for names in (HISTORY.names, HISTORY.key))
    query = f"select {columns} from qc_history where {is_among('assay_id', assay_ids)} order by {key}"
    return HISTORY.check(con.execute(query, [sorted(assay_ids)]).to_arrow_table().cast(HISTORY.schema))


def same_numbers(con: Connection, history: pa.Table) -> pa.Table:
    """frames.TREND_POINT of all plates that have a number of these (frames.HISTORY) to the last digit. Backgrounds are left out, since
    few different values are usual there."""
    columns, key = (", ".join(names) for names in (TREND_POINT.names, TREND_POINT.key))
    con.register("incoming", history.select(["analyte", "metric", "value"]))
    try:
        found = con.execute(
            f"select {columns} from store.trend_point semi join incoming using (analyte, metric, value)"
            f" where metric <> 'background' order by {key}"
        ).to_arrow_table()
    finally:
        con.unregister("incoming")
    return TREND_POINT.check(found.cast(TREND_POINT.schema))


def is_bridged(con: Connection, assay_ids: Collection[str]) -> bool:
    """Whether a specimen on these assays was measured with another lot of the kit as well, whatever came out: wells are asked, no
    reading."""
    query = """
        with
        tube as (
            select plate.kit, plate.lot, well.specimen_id, plate.assay_id
            from store.well as well
            join followed_plate as plate using (assay_id, plate_number)
            where well.specimen_id is not null
        )
        select exists (
            select 1
            from tube as own
            join tube as other using (kit, specimen_id)
            where own.assay_id in (select unnest($1::varchar[])) and other.lot <> own.lot
        )
    """
    row = con.execute(query, [sorted(assay_ids)]).fetchone()
    return bool(row and row[0])


def said_trend(con: Connection) -> SaidTrend:
    """As the latest night left it."""
    row = con.execute("select arg_max(point_count, sequence) from store.trend_check").fetchone()
    specs = (TREND_FINDING, TREND_BASELINE, TREND_JUDGED, TREND_JUDGEMENT)
    return SaidTrend(int(row[0] or 0) if row else 0, *(_view(con, spec) for spec in specs))


def _view(con: Connection, spec: FrameSpec) -> pa.Table:
    columns, key = ", ".join(spec.names), ", ".join(f"{name} nulls first" for name in spec.key)
    table = con.execute(f"select {columns} from {spec.name} order by {key}").to_arrow_table()
    return spec.check(table.cast(spec.schema))
