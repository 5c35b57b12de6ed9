"""Verdicts of a plate with what trends find about it: a trend's finding counts as one of the plate's own rules would.

A failing rule whose effect is fail_analyte takes the analyte's readings on the plate out of results; every other finding is said,
and makes a pass a warning.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import FINDING, READING_STATE
from pbis.core.measures import group as by
from pbis.core.measures.group import Mask
from pbis.core.verdicts.roll_up import Verdicts, roll_up


@dataclass(frozen=True)
class OwnFrames:
    """What assays, each of a run of its own, were judged from, and what came out by their own rules (pbis.core.frames)."""

    result: pa.Table
    curve: pa.Table
    finding: pa.Table
    judged: pa.Table
    reading_state: pa.Table


def speaking(trend: pa.Table) -> pa.Table:
    """The findings (frames.TREND_FINDING) that a verdict has to tell: those that are more than information."""
    return trend.filter(pc.not_equal(trend.column("severity"), "info"))


def judgement_id(assay_id: str, trend: pa.Table, version: str, wording: str = "") -> str:
    """Name of what comes out: sha256 over the assay, what trends find about it, and the version of this program.

    wording: of the assay's own findings, where they are said in other words than it was loaded with.
    """
    told = speaking(trend)
    names = [name for name in told.column_names if name != "suite_hash"]
    rows = sorted(json.dumps(row, sort_keys=True, ensure_ascii=False) for row in told.select(names).to_pylist())
    return hashlib.sha256("\n".join([assay_id, version, *rows, *([wording] if wording else [])]).encode()).hexdigest()


def judge_with_trends(own: OwnFrames, trend: pa.Table) -> Verdicts:
    """Verdicts of the assays anew. trend: findings about them; reading_state: only the rows that are other than by the assays' own rules."""
    verdicts = roll_up(own.result, pa.concat_tables([own.finding, _findings(trend)]), own.curve, own.judged)
    return Verdicts(verdicts.analyte, verdicts.plate, _changed(own.reading_state, verdicts.reading_state))


def _findings(trend: pa.Table) -> pa.Table:
    """FINDING rows of trends; one without an analyte is about the plate."""
    told = speaking(trend)
    columns = {name: told.column(name) for name in FINDING.names if name in told.column_names}
    units = ["plate" if analyte is None else "analyte_plate" for analyte in told.column("analyte").to_pylist()]
    blank = {name: [None] * told.num_rows for name in ("well", "replicate_group")}
    return FINDING.table({**columns, **blank, "unit_of_judgement": units})


def _changed(own: pa.Table, anew: pa.Table) -> pa.Table:
    """Rows of `anew` that are not, as they are, among those of `own`."""
    place = by.match(anew, own, READING_STATE.key)
    known = place >= 0
    at = pa.array(np.flatnonzero(known))
    before, after = own.take(pa.array(place[known])), anew.take(at)
    is_same = np.ones(int(known.sum()), bool)
    for name in anew.column_names:
        is_same &= _equal(before.column(name), after.column(name))
    keep = ~known
    keep[known] = ~is_same
    return anew.filter(pa.array(keep))


def _equal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> Mask:
    """Of each row whether the values are the same, two nulls too."""
    nulls = pc.and_(pc.is_null(one), pc.is_null(other))
    same: Mask = pc.or_(pc.fill_null(pc.equal(one, other), False), nulls).to_numpy()
    return same
