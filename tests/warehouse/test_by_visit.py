"""Every draw of a subject is scored by the rules of the baseline, with a window of its own for laboratory results."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from pbis.core import frames
from pbis.core.scoring.score import score
from pbis.pipeline.by_visit import score_visits
from pbis.pipeline.explain import _visits
from pbis.scores import load_sets
from warehouse import begin_night, explain, load_scores, score_basis

SITE = "pbis-2025-il2-pgml"
UNITS = {"neutrophils": "10*9/L", "lymphocytes": "10*9/L", "crp": "mg/dL"}

# Start of P1 is 10 March at 9:00. The draw, its days from the start, what a plate says of IL-12 and IL-2.
DRAWS = [
    ("S0", "2026-03-05 08:00", -5, "12", "9"),  # an earlier draw within the window: the later one is the baseline
    ("S1", "2026-03-08 08:00", -2, "0.5", "5"),
    ("S2", "2026-03-10 15:00", 0, "0.5", "1"),  # hours after the first dose
    ("S3", "2026-03-31 08:00", 21, "0.5", "5"),
    ("S4", "2026-05-12 08:00", 63, "9", "<3.2"),
]
# When, neutrophils, lymphocytes, CRP: all by one specimen.
LABS = [
    ("2026-03-09 08:00", "8", "2", "0.1"),
    ("2026-03-12 08:00", "2", "2", "0.2"),  # nearer to the draw of 10 March than that of 9 March, and under treatment
    ("2026-03-29 08:00", "9", "3", "0.9"),
    ("2026-04-01 08:00", "3", "3", "0.4"),  # the day after the draw: nearer than two days before it
    ("2026-05-20 08:00", "4", "1", "2"),  # eight days after the last draw: no window holds it
]
# Draw -> measure -> what its score takes.
WANTED = {
    "S0": {"neutrophils": "=8", "lymphocytes": "=2", "crp": "=0.1", "il12": "=12.0", "il2": "=9.0"},
    "S2": {"neutrophils": "=2", "lymphocytes": "=2", "crp": "=0.2", "il12": "=0.5", "il2": "=1.0"},
    "S3": {"neutrophils": "=3", "lymphocytes": "=3", "crp": "=0.4", "il12": "=0.5", "il2": "=5.0"},
    "S4": {"neutrophils": "outside_window", "lymphocytes": "outside_window", "crp": "outside_window", "il12": "=9.0", "il2": "<3.2"},
}  # fmt: skip


@pytest.fixture
def visited(lab: Any) -> Any:
    """P1 with five draws; P2 with a baseline and no laboratory results; P3 drawn under treatment alone; P4 without a start."""
    lab.treatments("subject | started\n" + "\n".join(f"P{n} | 2026-03-10 09:00" for n in (1, 2, 3)))
    drawn = [f"{name} | P1 | {at}" for name, at, *_ in DRAWS]
    drawn += ["T1 | P2 | 2026-03-08 08:00", "U1 | P3 | 2026-03-20 08:00", "V1 | P4 | 2026-03-20 08:00"]
    drawn += ["S9 | P1 | 2026-04-20 08:00"]  # on no plate
    lab.specimens("specimen | subject | drawn\n" + "\n".join(drawn))
    read = [(name, il12, il2) for name, _, _, il12, il2 in DRAWS] + [(name, "12", "9") for name in ("T1", "U1", "V1")]
    lines = [f"{name} | {what} | {value}" for name, *two in read for what, value in zip(("IL-12p70", "IL-2"), two, strict=True)]  # fmt: skip
    lab.plate("specimen | analyte | value\n" + "\n".join(lines))
    _labs(lab)
    return lab


def _labs(lab: Any) -> None:
    rows = [
        {"subject_id": "P1", "analyte": name, "code": name, "unit": UNITS[name], "value_op": "=", "value_text": text}
        | {
            "collected_at": datetime.fromisoformat(at),
            "has_time": True,
            "status": "final",
            "specimen_id": f"L{at[5:10]}",
        }
        for at, *texts in LABS
        for name, text in zip(UNITS, texts, strict=True)
    ]
    lab.clinical("labs", "lab", frames.LAB, rows)


def _scored(lab: Any) -> None:
    """As a night does."""
    sets = list(load_sets().values())
    taken = score_basis(lab.con)
    made = score(taken.input, sets, SITE)
    visits = score_visits(taken.visits, lambda rows: score(rows, sets, SITE))
    begin_night(lab.con, "one", datetime(2026, 6, 1))
    load_scores(
        lab.con, "one", made.score, made.component, taken.input, visit_input=visits.input, visit_score=visits.score
    )


def _said(row: dict[str, Any]) -> str:
    assert (row["reason"] is None) == (row["value_text"] is not None), row
    return row["reason"] or f"{row['value_op']}{row['value_text']}"


def test_each_draw_takes_its_own_cytokines_and_the_nearest_results_of_its_side_of_the_first_dose(visited: Any) -> None:
    _scored(visited)
    rows = visited.con.execute("from visit_input where subject_id = 'P1'").to_arrow_table().to_pylist()
    draw = {datetime.fromisoformat(at): name for name, at, *_ in DRAWS}
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(draw[row["drawn_at"]], {})[row["measure"]] = _said(row)
    assert {name: {m: t for m, t in said.items() if m != "afp"} for name, said in found.items()} == WANTED
    details = {(draw[row["drawn_at"]], row["measure"]): row["detail"] for row in rows}
    assert details["S3", "crp"] == "final, drawn 1 day after the draw, nearest to the cytokine draw"
    assert details["S4", "crp"] == "the nearest result was drawn 8 days after the draw"
    days = {(draw[row["drawn_at"]], row["measure"]): row["days_before_start"] for row in rows}
    assert (days["S3", "crp"], days["S3", "il2"], days["S0", "crp"]) == (-22, -21, 1)


def test_more_cells_than_there_are_leukocytes_are_a_conflict_of_every_draw(visited: Any) -> None:
    row = {"subject_id": "P1", "analyte": "wbc", "code": "wbc", "unit": "10*9/L", "value_op": "=", "value_text": "4"}
    row |= {"collected_at": datetime(2026, 4, 1, 8), "has_time": True, "status": "final", "specimen_id": "L04-01"}
    visited.clinical("labs", "lab", frames.LAB, [row])
    _scored(visited)
    rows = visited.con.execute(
        "select drawn_at, reason, detail from visit_input where measure = 'neutrophils'"
    ).fetchall()
    found = {at: (reason, detail) for at, reason, detail in rows if at == datetime(2026, 3, 31, 8)}
    assert [reason for reason, _ in found.values()] == ["duplicate_conflict"]
    assert "together 150 % of the leukocytes" in found[datetime(2026, 3, 31, 8)][1]


def test_the_baseline_is_the_score_and_is_marked(visited: Any) -> None:
    _scored(visited)
    asked = 'select subject_id, cutoff_set, score, score_min, score_max, "group", reasons, p_high, is_certain from {} order by 1, 2'
    own, shown = (
        visited.con.execute(asked.format(name)).fetchall() for name in ("score", "score_by_visit where is_baseline")
    )
    assert own == shown
    assert len(own) == 4 * len(load_sets())
    rows = visited.con.execute(
        'select subject_id, days_after_start, is_baseline, score, "group" from score_by_visit where is_site_set order by 1, 2, 3'
    ).fetchall()
    assert rows == [
        ("P1", -5, False, 3, "high"),  # NLR 4, IL-12 12, IL-2 9
        ("P1", -2, True, 2, "high"),
        ("P1", 0, False, 1, "low"),
        ("P1", 21, False, 2, "high"),
        ("P1", 63, False, None, "indeterminate"),  # neither cytokine reaches its cut; nobody knows NLR and CRP
        ("P2", -2, True, None, "high"),
        ("P3", 10, False, None, "high"),
        ("P3", None, True, None, "not_scored"),
        ("P4", None, True, None, "not_scored"),
    ]


def test_a_baseline_names_the_draw_that_counts_and_none_where_none_counts(lab: Any) -> None:
    """The score's inputs name the specimen that comes nearest to counting: its draw is no visit."""
    lab.treatments("subject | started\n" + "\n".join(f"P{n} | 2026-03-10 09:00" for n in range(1, 6)))
    lab.specimens(
        """specimen | subject | drawn | reason
        S1 | P1 | 2026-03-08 08:00 |
        S0 | P1 | 2026-03-09 08:00 | identity_conflict
        S2 | P2 | 2026-03-08 08:00 | identity_conflict
        S3 | P3 | 2026-02-01 08:00 |
        S4 | P4 | 2026-03-08 08:00 |"""
    )
    lab.plate("specimen | analyte | value\n" + "\n".join(f"S{n} | IL-2 | 9" for n in (0, 1, 2)))
    _scored(lab)
    named = lab.con.execute("select subject_id from score_input where measure = 'il12' and collected_at is not null")
    assert {name for (name,) in named.fetchall()} == {"P1", "P2", "P3", "P4"}
    rows = lab.con.execute(
        "select subject_id, drawn_at, days_after_start from score_by_visit where is_site_set and is_baseline order by 1"
    ).fetchall()
    counts = (datetime(2026, 3, 8, 8), -2)  # that of P4 waits for its plate
    assert rows == [("P1", *counts), ("P2", None, None), ("P3", None, None), ("P4", *counts), ("P5", None, None)]


def test_a_subject_s_other_draws_are_told_with_its_score(visited: Any) -> None:
    _scored(visited)
    rows = [row for row in explain(visited.con, "P1")["visit"].to_pylist() if row["is_site_set"]]
    assert [(row["study_day"], row["hour"]) for row in rows] == [
        (-5, "08:00"),
        (0, "15:00"),
        (21, "08:00"),
        (63, "08:00"),
    ]
    lines = _visits({"visit": rows})
    assert [" ".join(line.split()) for line in lines[1:]] == [
        "drawn group points NLR CRP IL-12 IL-2 unknown because",
        "day -5 08:00 high 3 1 0 1 1",
        "day 0 15:00 low 1 0 1 0 0",
        "day 21 08:00 high 2 0 1 0 1",
        "day 63 08:00 indeterminate 0 to 2 ? ? 0 0 nlr: outside_window; crp: outside_window",
    ]
    assert len({line.index("high") for line in lines if "high" in line}) == 1
    assert explain(visited.con, "P2")["visit"].num_rows == 0
    assert _visits({"visit": []}) == []


def test_draws_under_treatment_change_nothing_of_the_score(visited: Any, lab: Any) -> None:
    with_them = score_basis(visited.con)
    assert with_them.visits is not None
    lab.specimens(
        "specimen | subject | drawn\n" + "\n".join(f"{n} | PX | 2026-03-01" for n in ("S0", "S2", "S3", "S4"))
    )
    alone = score_basis(
        lab.con
    )  # these tubes are said to be somebody else's too, so no draw of P1 but the baseline is left
    assert _rows(alone.input, "P1") == _rows(with_them.input, "P1")
    assert {row["subject_id"] for row in alone.visits.visits.to_pylist()} == {"P3"}  # type: ignore[union-attr]


def _rows(table: Any, subject: str) -> list[dict[str, Any]]:
    return [row for row in table.to_pylist() if row["subject_id"] == subject]


def test_where_every_draw_is_a_baseline_nothing_more_is_computed(p1: Any) -> None:
    p1.plate("specimen | analyte | value\nS1 | IL-2 | 7.5")
    assert score_basis(p1.con).visits is None
    assert score_visits(None, lambda rows: score(rows, [], "")).score.num_rows == 0


def test_a_result_that_may_be_another_s_is_a_conflict_of_every_draw(visited: Any) -> None:
    row = {"subject_id": None, "candidates": "P3;P9", "analyte": "crp", "code": "crp", "unit": "mg/dL", "value_op": "=", "value_text": "1", "reason": "identity_conflict"}  # fmt: skip
    visited.clinical("labs", "lab", frames.LAB, [row | {"collected_at": datetime(2026, 3, 20), "has_time": False, "status": "final"}])  # fmt: skip
    basis = score_basis(visited.con).visits
    assert basis is not None
    assert {r["measure"]: r["reason"] for r in _rows(basis.input, "P3")} | {"afp": "not_ordered"} == {
        "afp": "not_ordered", "crp": "identity_conflict", "il12": None, "il2": None, "lymphocytes": "not_ordered", "neutrophils": "not_ordered",
    }  # fmt: skip
