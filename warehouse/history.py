"""What trends are followed from, and where what they say is kept.

Assays that trends judge otherwise have verdicts beside their own, stored once under the name of the judgement; each night that
followed plates says which judgement stands for which assay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from pbis.core.frames import (
    BRIDGE,
    HISTORY,
    LOT_CURVE_LEVEL,
    TREND_ANALYTE_VERDICT,
    TREND_BASELINE,
    TREND_FINDING,
    TREND_JUDGED,
    TREND_JUDGEMENT,
    TREND_PLATE_VERDICT,
    TREND_READING_STATE,
)
from pbis.core.frames.model import FrameSpec
from warehouse.among import is_named_among
from warehouse.append import Connection, append, append_row, has, next_sequence
from warehouse.connect import transaction, use_internal
from warehouse.scoring import steps

QUERIES = Path(__file__).parent / "queries"
_PART = 60_000  # rows in memory at once, some 50 MB: what 200 plates of 41 analytes have, which is read in one go; own choice

# Rows of lot_curve_level by analyte, with the place of their plate for all that a plate says of itself; which lot is in use, where; and the view
# made of them again.
_LEVELS = """
    select plate.rowid as place, level.analyte, level.standard_level, level.is_accepted, level.expected_concentration, level.fitted_mfi
    from ({}) as level join followed_plate as plate using (assay_id, plate_number)
"""
_IN_USE = """
    with own as (select distinct place, analyte from every_level)
    select own.analyte, plate.instrument, plate.method,
        arg_max(plate.lot, {'at': plate.started_at, 'run': plate.run_id, 'plate': plate.plate_number}) as lot
    from own join followed_plate as plate on plate.rowid = own.place
    where plate.started_at is not null
    group by all
"""
_OF_IT = """
    select every_level.* from every_level join followed_plate as plate on plate.rowid = every_level.place
    semi join in_use on in_use.analyte = every_level.analyte and in_use.instrument = plate.instrument and in_use.method = plate.method
        and in_use.lot = plate.lot
    order by every_level.analyte
"""
_NAMED_LEVELS = (
    "select plate.* exclude (is_accepted), level.* from level join followed_plate as plate on plate.rowid = level.place"
)


@dataclass(frozen=True)
class TrendLoad:
    """What a night found when it followed the standing plates. Tables follow the specs of pbis.core.frames.

    basis: sha256 of everything that it was derived from; suite_hash: of the trend rules alone. judgement: what stands for which
    assay; the verdicts are those of judgements that are not stored yet.
    """

    basis: str
    suite_hash: str
    point_count: int
    finding: pa.Table
    baseline: pa.Table
    judged: pa.Table
    judgement: pa.Table = field(default_factory=TREND_JUDGEMENT.empty)
    analyte_verdict: pa.Table = field(default_factory=TREND_ANALYTE_VERDICT.empty)
    plate_verdict: pa.Table = field(default_factory=TREND_PLATE_VERDICT.empty)
    reading_state: pa.Table = field(default_factory=TREND_READING_STATE.empty)


def qc_history(con: Connection) -> pa.Table:
    """frames.HISTORY of all standing plates, in the order of its key."""
    return _view(con, HISTORY)


def bridge_results(con: Connection) -> pa.Table:
    """frames.BRIDGE: results of specimens that were measured with more than one lot of a kit."""
    return _view(con, BRIDGE)


def lot_curve_levels(con: Connection) -> Iterator[pa.Table]:
    """frames.LOT_CURVE_LEVEL of the standing plates of each lot that is in use: that of the latest plate of an analyte on an instrument by a method.
    Some analytes at a time with all of these plates; each table in the order of its key. Curves are read once, by analyte into a table that DuckDB
    packs and may put on the disk, so that what is in memory hardly grows with the archive."""
    bodies = dict(steps(LOT_CURVE_LEVEL.name))
    with con.cursor() as session:
        use_internal(session)
        session.execute(f"create temp table followed_plate as {bodies['followed_plate']}")
        session.execute(f"create temp table every_level as {_LEVELS.format(bodies[LOT_CURVE_LEVEL.name])}")
        session.execute(f"create temp table in_use as {_IN_USE}")
        session.execute(f"create temp table level as {_OF_IT}")
        session.execute(f"create temp view {LOT_CURVE_LEVEL.name} as {_NAMED_LEVELS}")
        for analytes in _parts_of(session):
            yield _view(session, LOT_CURVE_LEVEL, f"where {is_named_among('analyte', analytes)}")


def _parts_of(session: Connection) -> Iterator[list[str]]:
    """Analytes that are read together: as many as _PART rows hold, and one at least."""
    analytes: list[str] = []
    rows = 0
    for analyte, count in session.execute("select analyte, count(*) from level group by all order by all").fetchall():
        if analytes and rows + count > _PART:
            yield analytes
            analytes, rows = [], 0
        analytes.append(analyte)
        rows += count
    if analytes:
        yield analytes


def trend_findings(con: Connection, assay_id: str | None = None) -> pa.Table:
    """frames.TREND_FINDING on the plates of an assay, or of all, as of the latest night."""
    columns, key = ", ".join(TREND_FINDING.names), ", ".join(f"{name} nulls first" for name in TREND_FINDING.key)
    query = f"select {columns} from trend_finding where $1 is null or assay_id = $1 order by {key}"
    return TREND_FINDING.check(con.execute(query, [assay_id]).to_arrow_table().cast(TREND_FINDING.schema))


def judgements(con: Connection) -> set[str]:
    """Names of all judgements whose verdicts are stored."""
    return {row[0] for row in con.execute("select distinct judgement_id from store.trend_plate_verdict").fetchall()}


def trend_alarms(con: Connection, night_id: str) -> list[dict[str, Any]]:
    """Failing findings of trends that no decision keeps, as of the latest night; is_new: not there when the last night that came
    to its end ended."""
    columns = ("plate", "plate_number", "analyte", "metric", "lot", "rule", "message", "action", "effect", "run_id")
    query = (QUERIES / "trend_alarm.sql").read_text("utf-8")
    rows = con.execute(query, {"night": night_id}).fetchall()
    return [dict(zip((*columns, "is_new"), row, strict=True)) for row in rows]


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
        TREND_JUDGEMENT: load.judgement,
    }
    anew: Mapping[FrameSpec, pa.Table] = {
        TREND_ANALYTE_VERDICT: load.analyte_verdict,
        TREND_PLATE_VERDICT: load.plate_verdict,
        TREND_READING_STATE: load.reading_state,
    }
    counts = {"point_count": load.point_count, "series_count": load.baseline.num_rows}
    row = {"night_id": night_id, "sequence": next_sequence(con, "trend_check"), "basis": load.basis}
    with transaction(con):
        for spec, table in tables.items():
            append(con, spec.name, spec.check(table), night_id=night_id)
        for spec, table in anew.items():
            append(con, spec.name, spec.check(table))
        append_row(con, "trend_check", {**row, "suite_hash": load.suite_hash, **counts})
    return True


def _view(con: Connection, spec: FrameSpec, condition: str = "") -> pa.Table:
    columns, key = (", ".join(names) for names in (spec.names, spec.key))
    table = con.execute(f"select {columns} from {spec.name} {condition} order by {key}").to_arrow_table()
    return spec.check(table.cast(spec.schema))
