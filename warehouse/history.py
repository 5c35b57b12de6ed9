"""What trends are followed from, and where what they say is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from pbis.core.frames import BRIDGE, HISTORY, TREND_BASELINE, TREND_FINDING, TREND_JUDGED
from pbis.core.model import FrameSpec
from warehouse.append import Connection, append, append_row, has, next_sequence
from warehouse.connect import transaction


@dataclass(frozen=True)
class TrendLoad:
    """What a night found when it followed the standing plates. Tables follow the specs of pbis.core.frames.

    basis: sha256 of everything that it was derived from; suite_hash: of the trend rules alone.
    """

    basis: str
    suite_hash: str
    point_count: int
    finding: pa.Table
    baseline: pa.Table
    judged: pa.Table


def qc_history(con: Connection) -> pa.Table:
    """frames.HISTORY of all standing plates, in the order of its key."""
    return _view(con, HISTORY)


def series_of(con: Connection, assay_id: str) -> pa.Table:
    """frames.HISTORY of the series that the plates of an assay belong to, up to the latest of its points."""
    query = """
        with mine as (select analyte, metric, lot, instrument, method, max(started_at) as until from qc_history
            where assay_id = $1 group by all)
        select {columns} from qc_history as h join mine using (analyte, metric, lot, instrument, method)
        where h.started_at <= mine.until order by {key}
    """
    columns = ", ".join(f"h.{name}" for name in HISTORY.names)
    key = ", ".join(f"h.{name}" for name in HISTORY.key)
    table = con.execute(query.format(columns=columns, key=key), [assay_id]).to_arrow_table()
    return HISTORY.check(table.cast(HISTORY.schema))


def bridge_results(con: Connection) -> pa.Table:
    """frames.BRIDGE: results of specimens that were measured with more than one lot of a kit."""
    return _view(con, BRIDGE)


def trend_findings(con: Connection, assay_id: str) -> pa.Table:
    """frames.TREND_FINDING on the plates of an assay, as of the latest night."""
    columns, key = ", ".join(TREND_FINDING.names), ", ".join(f"{name} nulls first" for name in TREND_FINDING.key)
    query = f"select {columns} from trend_finding where assay_id = $1 order by {key}"
    return TREND_FINDING.check(con.execute(query, [assay_id]).to_arrow_table().cast(TREND_FINDING.schema))


def trend_basis(con: Connection) -> str | None:
    """The basis of the trends as they stand; None where no night left any."""
    row = con.execute("select arg_max(basis, sequence) from store.trend_check").fetchone()
    return row[0] if row else None


def load_trend(con: Connection, night_id: str, load: TrendLoad) -> bool:
    """Append a night's trends, all or none; False where the night already has them."""
    if has(con, "trend_check", "night_id", night_id):
        return False
    tables: Mapping[FrameSpec, pa.Table] = {
        TREND_FINDING: load.finding,
        TREND_BASELINE: load.baseline,
        TREND_JUDGED: load.judged,
    }
    counts = {"point_count": load.point_count, "series_count": load.baseline.num_rows}
    row = {"night_id": night_id, "sequence": next_sequence(con, "trend_check"), "basis": load.basis}
    with transaction(con):
        for spec, table in tables.items():
            append(con, spec.name, spec.check(table), night_id=night_id)
        append_row(con, "trend_check", {**row, "suite_hash": load.suite_hash, **counts})
    return True


def _view(con: Connection, spec: FrameSpec) -> pa.Table:
    columns, key = (", ".join(names) for names in (spec.names, spec.key))
    table = con.execute(f"select {columns} from {spec.name} order by {key}").to_arrow_table()
    return spec.check(table.cast(spec.schema))
