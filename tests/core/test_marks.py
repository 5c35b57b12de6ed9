"""Marks: who is outside the population, how marks are written, and that none of them moves a point."""

from __future__ import annotations

import pytest
from partial_frames import partial

from pbis.core.frames import SCORE_INPUT
from pbis.core.scoring.marks import Mark, Treated, marks_text, outside
from pbis.core.scoring.score import score
from pbis.scores import load_sets
from pbis.scores.population import load_population

VALUES = {"neutrophils": ("7", "10*9/L"), "lymphocytes": ("2", "10*9/L"), "crp": ("0.13", "mg/dL")}

CASES = [
    (Treated(), None),
    (Treated("AB", True, 18, "B7", 1, ("Serum ",)), None),
    (Treated("lenvatinib", False), "regimen lenvatinib"),
    (Treated(None, False), "regimen not known"),
    (Treated(None, None), None),  # the site asks for no regimen
    (Treated("AB", True, 17.9), "age 17.9, found from 18 years"),
    (Treated("AB", True, child_pugh="B8"), "Child-Pugh B8, found in A A5 A6 B7"),
    (Treated("AB", True, child_pugh="B"), "Child-Pugh B, found in A A5 A6 B7"),
    (Treated("AB", True, child_pugh="A"), None),
    (Treated("AB", True, ecog=2), "ECOG 2, found in 0 1"),
    (Treated("AB", True, materials=("EDTA plasma", "serum")), "material EDTA plasma, found in serum"),
    (Treated("sorafenib", False, 17, ecog=3), "regimen sorafenib, age 17, found from 18 years, ECOG 3, found in 0 1"),
]


@pytest.mark.parametrize(("patient", "reason"), CASES, ids=lambda each: str(each)[:60])
def test_who_is_outside_the_population(patient: Treated, reason: str | None) -> None:
    mark = outside(patient, load_population())
    assert (mark and mark.reason) == reason
    assert mark is None or mark.name == "outside_population"


def test_marks_are_written_in_the_order_of_their_list() -> None:
    marks = [Mark("implausible", "crp 130"), Mark("outside_population", "ECOG 2"), Mark("implausible", "afp 9")]
    assert marks_text(marks) == (
        "outside_population; implausible",
        "outside_population: ECOG 2; implausible: afp 9; implausible: crp 130",
    )
    assert marks_text([]) == (None, None)
    with pytest.raises(ValueError, match="closed list of marks"):
        marks_text([Mark("odd", "")])


def test_no_mark_changes_a_score() -> None:
    rows = [(who, name, *value) for who in ("P1", "P2") for name, value in VALUES.items()]
    names = ("subject_id", "measure", "value_text", "unit")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    table = partial(SCORE_INPUT, {**columns, "value_op": ["="] * len(rows)})
    sets = list(load_sets().values())
    marks = {"P1": [Mark("implausible", "crp 130"), Mark("outside_population", "ECOG 2")]}
    plain, marked = (score(table, sets, "pbis-2025-il2-pgml", each).score.to_pylist() for each in ({}, marks))
    told = ("marks", "mark_reasons")
    assert [{k: v for k, v in row.items() if k not in told} for row in plain] == [
        {k: v for k, v in row.items() if k not in told} for row in marked
    ]
    assert [row["marks"] for row in marked if row["is_site_set"]] == [
        "at_cut; near_cut; outside_population; implausible",
        "at_cut; near_cut",
    ]
    assert marked[0]["mark_reasons"].startswith("at_cut: nlr, crp; near_cut: nlr, crp; outside_population: ECOG 2")
