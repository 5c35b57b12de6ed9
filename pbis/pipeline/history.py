"""Plates against the plates before them: after the load, over everything that stands, once for each state of it.

What a trend says depends on other plates, so it is kept by night and never changes what is stored of a plate.
"""

from __future__ import annotations

import hashlib

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from pbis import __version__
from pbis.core.trends.trend import follow
from pbis.pipeline.context import Night
from pbis.pipeline.holding import standing_holds


def follow_plates(night: Night) -> None:
    """Hold all standing plates against their history, unless that was done for exactly these plates and rules."""
    suite = night.settings.suite
    basis = _basis(night)
    if warehouse.trend_basis(night.con) == basis:
        return
    import expectations

    history, bridge = warehouse.qc_history(night.con), warehouse.bridge_results(night.con)
    found = expectations.judge_trend(history, bridge, suite)
    load = warehouse.TrendLoad(
        basis, suite.trend_hash, history.num_rows, finding=found.finding, baseline=found.baseline, judged=found.judged
    )
    warehouse.load_trend(night.con, night.night_id, load)


def plate_trend(night: Night, assay_id: str, plate_number: int) -> pa.Table:
    """The series that a plate belongs to, up to itself (core.measures.spec.TREND); what its page draws."""
    import expectations

    settings, guides = expectations.trend_settings(night.settings.suite), night.settings.suite.guide_sets
    point = follow(warehouse.series_of(night.con, assay_id), settings, guides).point
    mine = pc.and_(pc.equal(point.column("assay_id"), assay_id), pc.equal(point.column("plate_number"), plate_number))
    keys = point.filter(mine).select(["analyte", "metric"])
    return point.join(keys, ["analyte", "metric"], join_type="left semi").sort_by("row_key")


def _basis(night: Night) -> str:
    parts = (warehouse.standing_assays(night.con), night.settings.suite.trend_hash, __version__, *standing_holds(night))
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
