"""Draws that the score does not take, such as those under treatment, scored by its rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

import warehouse
from pbis.core.frames import VISIT_INPUT, VISIT_SCORE
from pbis.core.scoring.score import ScoreFrames


@dataclass(frozen=True)
class VisitScores:
    """input: frames.VISIT_INPUT, score: frames.VISIT_SCORE, each sorted by its key."""

    input: pa.Table
    score: pa.Table


def score_visits(basis: warehouse.VisitBasis | None, score: Callable[[pa.Table], ScoreFrames]) -> VisitScores:
    """The scores of each draw; empty where there is none. score: scores frames.SCORE_INPUT as the night does."""
    if basis is None:
        return VisitScores(VISIT_INPUT.empty(), VISIT_SCORE.empty())
    scored = score(basis.by_visit).score
    visit = {row["visit_id"]: row for row in basis.visits.to_pylist()}
    mine = [visit[name] for name in scored.column("subject_id").to_pylist()]
    named = {name: [row[name] for row in mine] for name in ("subject_id", "drawn_at")}
    rest = {name: scored.column(name) for name in VISIT_SCORE.names if name not in named}
    made = VISIT_SCORE.table(named | rest)
    return VisitScores(_sorted(basis.input, VISIT_INPUT.key), _sorted(made, VISIT_SCORE.key))


def _sorted(table: pa.Table, key: tuple[str, ...]) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in key])
