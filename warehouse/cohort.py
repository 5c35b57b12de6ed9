"""What the cohort sheet is made from: the latest night's scores, their inputs, and from where on the assay could answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from pbis.core.frames import COMPONENT, SCORE
from pbis.core.model import FrameSpec
from warehouse.query import open_published

LIMITS = (
    "select subject_id, measure, analyte, plate, plate_number, dilution_factor, kit_lots, unit, lloq, lowest_standard, uloq"
    " from score_limit order by measure, plate, plate_number, dilution_factor, subject_id, assay_id"
)


@dataclass(frozen=True)
class CohortFrames:
    """score, component: frames of these names, every set. limit: rows of view score_limit, sorted."""

    score: pa.Table
    component: pa.Table
    limit: pa.Table


def cohort_frames(con: duckdb.DuckDBPyConnection) -> CohortFrames:
    """From the working file or a release."""
    limit = con.execute(LIMITS).to_arrow_table()
    return CohortFrames(_frame(con, "score", SCORE), _frame(con, "score_component", COMPONENT), limit)


def cohort_published(path: Path) -> CohortFrames:
    """From a release."""
    con = open_published(path)
    try:
        return cohort_frames(con)
    finally:
        con.close()


def _frame(con: duckdb.DuckDBPyConnection, view: str, spec: FrameSpec) -> pa.Table:
    columns, key = (", ".join(f'"{name}"' for name in names) for names in (spec.names, spec.key))
    return con.execute(f"select {columns} from {view} order by {key}").to_arrow_table().cast(spec.schema)
