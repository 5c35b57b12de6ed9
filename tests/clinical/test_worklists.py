"""Worklists: what is planned, by when; a row of nothing or of no day is refused with its line."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical import read_worklist, without_subjects
from pbis.core.errors import MalformedFile
from pbis.core.kept import NamedBytes
from pbis.labs import load_map
from pbis.simulate.xlsx import workbook

MAP, ZONE = load_map("default"), ZoneInfo("Europe/Berlin")
ROWS = [
    ["Plate", "Tube", "Subject", "Due date"],
    ["P07", "", "", "2026-03-05"],
    ["", "SR1", "", "2026-03-06"],
    ["", "", "S1", "2026-03-07"],
]
TEXT = "\n".join(",".join(row) for row in ROWS) + "\n"


@pytest.mark.parametrize("data", [TEXT.encode(), workbook([("plan", ROWS)])], ids=["csv", "xlsx"])
def test_a_row_names_a_plate_a_tube_or_a_visit_and_its_day(data: bytes) -> None:
    rows = read_worklist(NamedBytes("plan.csv", data), MAP, ZONE).to_pylist()
    assert [(row["plate"], row["specimen_id"], row["subject_id"], row["due_on"]) for row in rows] == [
        ("P07", None, None, date(2026, 3, 5)),
        (None, "SR1", None, date(2026, 3, 6)),
        (None, None, "S1", date(2026, 3, 7)),
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",,,2026-03-05", "line 5: the row plans nothing"),
        ("P08,,,", "line 5: the row has no day; expected due_on as a date"),
    ],
)
def test_a_row_that_would_never_be_missed_is_refused(row: str, said: str) -> None:
    with pytest.raises(MalformedFile, match=said):
        read_worklist(NamedBytes("plan.csv", (TEXT + row + "\n").encode()), MAP, ZONE)


def test_rows_of_a_subject_who_withdrew_are_taken_out() -> None:
    left = without_subjects("worklists", TEXT.encode(), "plan.csv", frozenset({"S1"}), MAP)
    assert left is not None
    assert (left.count, b"S1" in left.data, b"SR1" in left.data) == (1, False, True)
