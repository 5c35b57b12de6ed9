"""The join once more, for draws that the score does not take: each stands in the place of a subject whose treatment starts at it.

The views themselves do it, over other tables of the names that they read (queries/by_visit.sql), so a draw under treatment is
joined by the very rules of the baseline; only the window of its laboratory results is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from pbis.core.frames import SCORE_INPUT, VISIT_INPUT
from pbis.core.frames.model import FrameSpec
from warehouse.append import Connection
from warehouse.explain import QUERIES

# Tables that are filled by visit; everything that is read from them is computed again.
FILLED = (
    "subject_start",
    "draw_window",
    "eligible_draw",
    "anchor_draw",
    "lab_value",
    "sent_lab",
    "claimed_lab",
)
# What the join has not: core finds it from controls and samples of a lot.
FOUND_LATER = ("plate_cv_pct", "plate_cv_count", "is_plate_even")
# Reads the start for the study day of a reading alone, which no draw changes.
KEPT = ("result_all",)


@dataclass(frozen=True)
class VisitBasis:
    """Draws that are no baseline. input: frames.VISIT_INPUT; by_visit: the same rows as frames.SCORE_INPUT, whose subject_id is the
    visit_id; visits: visit_id, subject_id, drawn_at; population, implausible: the views of these names, by visit_id."""

    input: pa.Table
    by_visit: pa.Table
    visits: pa.Table
    population: pa.Table
    implausible: pa.Table


def visit_basis(session: Connection, steps: Sequence[tuple[str, str]], marked: Sequence[str]) -> VisitBasis | None:
    """What the scores of the visits are computed from; None where there is no draw but baselines.

    session: has each of `steps` (name and query of a view, in the order of dependence) as a temporary table; those that
    are filled by visit are replaced in it. marked: names of the views that marks are made from, of which each is a step.
    """
    if not session.execute("select 1 from visit where not is_baseline limit 1").fetchone():
        return None
    session.execute((QUERIES / "by_visit.sql").read_text("utf-8"))
    for name in FILLED:
        session.execute(f"alter table {name} rename to own_{name}")
        session.execute(f"alter table by_visit_{name} rename to {name}")
    for name, body in steps:
        session.execute(f"create or replace temp table {name} as {body}")
    rows = session.execute((QUERIES / "visit_input.sql").read_text("utf-8")).to_arrow_table()
    population, implausible = (session.execute(f"from {name} order by subject_id").to_arrow_table() for name in marked)
    return VisitBasis(
        input=_as_joined(VISIT_INPUT, rows),
        by_visit=_as_subjects(rows),
        visits=rows.select(["visit_id", "subject_id", "drawn_at"])
        .group_by(["visit_id", "subject_id", "drawn_at"])
        .aggregate([]),
        population=population,
        implausible=implausible,
    )


def _as_subjects(rows: pa.Table) -> pa.Table:
    named = rows.drop_columns(["subject_id", "drawn_at"]).rename_columns({"visit_id": "subject_id"})
    return _as_joined(SCORE_INPUT, named)


def _as_joined(spec: FrameSpec, rows: pa.Table) -> pa.Table:
    names = [name for name in spec.names if name not in FOUND_LATER]
    return spec.table({name: rows.column(name) for name in names}, absent=FOUND_LATER)
