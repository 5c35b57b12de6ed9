"""What the cohort sheet is made from: the latest night's scores, their inputs, and from where on the assay could answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from pbis.core.frames import COMPONENT, SCORE
from pbis.core.frames.model import FrameSpec
from warehouse.query import open_published, own_questions

LIMITS = (
    "select subject_id, measure, analyte, plate, plate_number, dilution_factor, kit_lots, unit, lloq, lowest_standard, uloq"
    " from score_limit order by measure, plate, plate_number, dilution_factor, subject_id, assay_id"
)
ORIGINS = "select subject_id, measure, sent_as from lab_origin order by all"
SITES = "select subject_id, site from subject_site order by all"


@dataclass(frozen=True)
class CohortFrames:
    """score, component: frames of these names, every set. limit, origin, site: rows of the views score_limit, lab_origin and
    subject_site, sorted."""

    score: pa.Table
    component: pa.Table
    limit: pa.Table
    origin: pa.Table
    site: pa.Table


def cohort_frames(con: duckdb.DuckDBPyConnection) -> CohortFrames:
    """From the working file or a release."""
    limit, origin, site = (con.execute(query).to_arrow_table() for query in (LIMITS, ORIGINS, SITES))
    return CohortFrames(_frame(con, "score", SCORE), _frame(con, "score_component", COMPONENT), limit, origin, site)


def cohort_published(path: Path) -> CohortFrames:
    """From a release. UsageError where an earlier build published it without what is asked."""
    con = open_published(path)
    try:
        with own_questions(con):
            return cohort_frames(con)
    finally:
        con.close()


def _frame(con: duckdb.DuckDBPyConnection, view: str, spec: FrameSpec) -> pa.Table:
    columns, key = (", ".join(f'"{name}"' for name in names) for names in (spec.names, spec.key))
    return con.execute(f"select {columns} from {view} order by {key}").to_arrow_table().cast(spec.schema)
