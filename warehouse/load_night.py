"""Load what a night itself produces: its beginning and end, refusals, knobs of the views, cut-offs, and the scores."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import pyarrow as pa

from pbis.core.errors import InputRefused
from pbis.core.frames import COMPONENT, SCORE, SCORE_INPUT, VISIT_INPUT, VISIT_SCORE
from pbis.core.scoring.cutoffs import Cutoff, CutoffSet
from pbis.core.site_time import stored
from warehouse.append import Connection, append, append_row, has, next_sequence
from warehouse.connect import transaction


@dataclass(frozen=True)
class ScoreSettings:
    """The knobs of the join rules; a site's configuration fills them.

    window_days: a draw counts from 0 to so many calendar days before treatment; repeat_cv_pct: two plates of one specimen
    agree up to this CV; parallelism_pct: dilutions of one specimen are flagged beyond this difference;
    nlr_differs_pct, nlr_contradicts_pct: two ways to the NLR of one specimen are told, and are a conflict, beyond these (rule
    lab_count_percent of the suite); regimens: those that the score is meant for, as the table of regimens spells them, joined by
    '; '; empty for all; materials: those in which the score was found, in small letters, joined by '; '; panels: names of the kits whose plates may answer, one a line, '' for all; only_accepted: a plate answers only once a
    person has accepted it.
    """

    window_days: int = 7
    il12_analyte: str = "IL-12p70"
    il2_analyte: str = "IL-2"
    repeat_cv_pct: float = 25.0
    parallelism_pct: float = 30.0
    nlr_differs_pct: float = 5.0
    nlr_contradicts_pct: float = 10.0
    regimens: str = ""
    materials: str = "serum"
    panels: str = ""
    only_accepted: bool = False


def begin_night(
    con: Connection,
    night_id: str,
    started_at: datetime,
    *,
    config_hash: str | None = None,
    code_version: str | None = None,
) -> bool:
    """Record that a night began; False where it is already recorded."""
    if has(con, "night", "night_id", night_id):
        return False
    row = {"night_id": night_id, "started_at": stored(started_at), "sequence": next_sequence(con, "night")}
    append_row(con, "night", {**row, "config_hash": config_hash, "code_version": code_version})
    return True


def end_night(con: Connection, night_id: str, finished_at: datetime, state: str, counts: Mapping[str, int]) -> None:
    """Record how a night ended. A night without this row was interrupted."""
    row = {"night_id": night_id, "finished_at": stored(finished_at), "state": state}
    append_row(con, "night_end", {**row, "counts": json.dumps(dict(counts), sort_keys=True)})


def record_refusal(
    con: Connection,
    night_id: str,
    error: InputRefused,
    refused_at: datetime,
    *,
    kind: str,
    name: str,
    sha256: str | None = None,
) -> None:
    """Record a file that was not accepted; once a night for each kind and name, of two files that print alike the later by hash."""
    if _refused_as(con, night_id, kind, name) is not None:
        if sha256 is None or sha256 in (_refused_as(con, night_id, kind, name) or ()):
            return
        name = f"{name} ({sha256[:12]})"
        if _refused_as(con, night_id, kind, name) is not None:
            return
    row = {"night_id": night_id, "kind": kind, "name": name, "sha256": sha256, "reason": type(error).__name__}
    append_row(con, "refusal", {**row, "message": str(error), "line": error.line, "refused_at": stored(refused_at)})


def _refused_as(con: Connection, night_id: str, kind: str, name: str) -> tuple[str | None] | None:
    """The hash of what the night refused under the name, in a tuple; None where there is nothing."""
    query = "select sha256 from store.refusal where night_id = $1 and kind = $2 and name = $3"
    return con.execute(query, [night_id, kind, name]).fetchone()


def set_settings(con: Connection, settings: ScoreSettings) -> None:
    """Append the knobs that differ from what the views read now."""
    present = dict(con.execute("select name, arg_max(value, sequence) from store.setting group by name").fetchall())
    for name, value in asdict(settings).items():
        if present.get(name) != str(value):
            append_row(con, "setting", {"sequence": next_sequence(con, "setting"), "name": name, "value": str(value)})


def load_cutoffs(con: Connection, sets: Sequence[CutoffSet], night_id: str) -> int:
    """Append the versions of cut-off sets that are not yet known; how many were new."""
    with transaction(con):
        return sum(_load_set(con, one, night_id) for one in sets)


def load_scores(
    con: Connection,
    night_id: str,
    score: pa.Table,
    component: pa.Table,
    score_input: pa.Table,
    *,
    visit_input: pa.Table | None = None,
    visit_score: pa.Table | None = None,
) -> bool:
    """Append a night's scores with their components and inputs, and those of other draws where there are any, all or none; False
    where the night already has them."""
    if has(con, "score_input", "night_id", night_id):
        return False
    with transaction(con):
        append(con, "score_input", SCORE_INPUT.check(score_input), night_id=night_id)
        append(con, "score", SCORE.check(score), night_id=night_id)
        append(con, "score_component", COMPONENT.check(component), night_id=night_id)
        if visit_input is not None and visit_score is not None:
            append(con, "visit_input", VISIT_INPUT.check(visit_input), night_id=night_id)
            append(con, "visit_score", VISIT_SCORE.check(visit_score), night_id=night_id)
    return True


def set_hash(one: CutoffSet) -> str:
    """sha256 over everything that the set says."""
    return hashlib.sha256(json.dumps(asdict(one), sort_keys=True).encode()).hexdigest()


def _load_set(con: Connection, one: CutoffSet, night_id: str) -> int:
    key = set_hash(one)
    if has(con, "cutoff_set", "set_hash", key):
        return 0
    words = ("title", "high_at", "citation", "note", "author", "checker", "reviewed_on", "next_review")
    row = {"set_hash": key, "cutoff_set": one.name, "sequence": next_sequence(con, "cutoff_set"), "night_id": night_id}
    append_row(con, "cutoff_set", row | {name: getattr(one, name) for name in words})
    for name, cuts in (("pbis", one.cutoffs), ("crafity", one.crafity)):
        for cut in cuts:
            append_row(con, "cutoff", {"set_hash": key, "score_name": name, **_cut(cut)})
    return 1


def _cut(cut: Cutoff) -> dict[str, str | None]:
    row = asdict(cut)
    return {"value_text": row.pop("value"), **row}
