"""Which line of treatment is the start, by the regimens that a site asks for: each case a patient.

`lines` are rows `regimen @ start`; a draw lies two days before each of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from pbis.core import frames
from warehouse import ScoreSettings, score_basis

# name, lines, the start with and without a wish, other lines where AB is wished for
CASES = [
    ("one line, wished for", ["AB @ 2026-03-10"], "2026-03-10", "2026-03-10", True, None),
    (
        "lenvatinib before it",
        ["lenvatinib @ 2025-11-10", "AB @ 2026-03-10"],
        "2026-03-10",
        "2025-11-10",
        True,
        "lenvatinib on day -120",
    ),
    (
        "sorafenib after it",
        ["AB @ 2026-03-10", "sorafenib @ 2026-03-20"],
        "2026-03-10",
        "2026-03-10",
        True,
        "sorafenib on day 10",
    ),
    ("another line only", ["sorafenib @ 2026-03-10"], "2026-03-10", "2026-03-10", False, None),
    (
        "two other lines: the first",
        ["sorafenib @ 2026-03-10", "lenvatinib @ 2026-03-20"],
        "2026-03-10",
        "2026-03-10",
        False,
        "lenvatinib on day 10",
    ),
    ("no regimen", [" @ 2026-03-10"], "2026-03-10", "2026-03-10", False, None),
    (
        "it was begun twice: the first of the two",
        ["lenvatinib @ 2025-01-01", "AB @ 2026-03-10", "AB @ 2026-04-10"],
        "2026-03-10",
        "2025-01-01",
        True,
        "lenvatinib on day -433; AB on day 31",
    ),
]


@pytest.fixture
def population(lab: Any) -> Any:
    rows, draws = [], []
    for number, (_, lines, *_rest) in enumerate(CASES, 1):
        for line in lines:
            regimen, start = (part.strip() for part in line.split("@"))
            at = datetime.fromisoformat(start)
            rows.append(
                {
                    "subject_id": f"P{number}",
                    "regimen": regimen or None,
                    "regimen_name": regimen or None,
                    "reason": None,
                }
                | {"started_at": at, "has_time": False}
            )
        draws.append(f"S{number} | P{number} | 2026-03-08 08:00")
    lab.clinical("treatments", "treatment", frames.TREATMENT, rows)
    lab.specimens("specimen | subject | drawn\n" + "\n".join(draws))
    return lab


def _starts(found: Any) -> dict[str, str]:
    return {row["subject_id"]: str(row["treatment_started_on"]) for row in found.input.to_pylist()}


def test_the_start_is_of_the_regimen_that_is_asked_for(population: Any) -> None:
    wished = score_basis(population.con, ScoreSettings(regimens="AB"))
    starts, told = _starts(wished), {row["subject_id"]: row for row in wished.population.to_pylist()}
    found = [
        (starts[who], told[who]["is_of_regimen"], told[who]["other_lines"]) for who in map("P{}".format, range(1, 8))
    ]
    assert found == [(start, is_of, others) for _, _, start, _, is_of, others in CASES]
    details = {row["detail"] for row in wished.input.to_pylist() if row["subject_id"] == "P2"}
    assert all(detail.endswith("; start of AB, number 2 of 2 treatment starts") for detail in details)


def test_without_a_wish_the_first_line_is_the_start_and_nobody_is_outside(population: Any) -> None:
    plain = score_basis(population.con, ScoreSettings())
    assert list(_starts(plain).values()) == [without for *_, without, _, _ in CASES]
    assert {row["is_of_regimen"] for row in plain.population.to_pylist()} == {None}


def test_several_regimens_may_be_asked_for(population: Any) -> None:
    both = score_basis(population.con, ScoreSettings(regimens="AB; lenvatinib"))
    assert _starts(both)["P2"] == "2025-11-10"
    assert _starts(both)["P5"] == "2026-03-20"


def test_what_is_known_of_the_material_is_that_of_the_draw_whose_cytokines_count(lab: Any) -> None:
    lab.treatments("subject | started\nP1 | 2026-03-10 09:00")
    drawn = {"subject_id": "P1", "has_time": True, "reason": None}
    table = [
        {**drawn, "specimen_id": "S1", "collected_at": datetime(2026, 3, 8, 8), "material": "EDTA plasma"},
        {**drawn, "specimen_id": "S2", "collected_at": datetime(2026, 3, 6, 8), "material": "serum"},
    ]
    lab.clinical("specimens", "specimen", frames.SPECIMEN, table)
    (row,) = score_basis(lab.con).population.to_pylist()
    assert row["materials"] == ["EDTA plasma"]
