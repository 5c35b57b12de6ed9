"""Specimens, treatment starts and outcomes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical import Linkage, aside_of, notes_of, read_outcomes, read_specimens, read_treatments
from pbis.core.errors import MalformedFile
from pbis.core.frames import OUTCOME, SPECIMEN, TREATMENT
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
Write = Callable[..., Path]


def test_specimens(write: Write) -> None:
    text = "barcode,subject,collected_at,material\nB1,S1,2026-03-05 07:30,serum\nB2,,2026-03-05,\nB3,S3,later,serum\n"
    table = read_specimens(write(text), load_map(), ZONE)
    SPECIMEN.check(table)
    shown = ("source_line", "specimen_id", "subject_id", "collected_at", "has_time", "material", "reason")
    assert [tuple(row[name] for name in shown) for row in table.to_pylist()] == [
        (2, "B1", "S1", datetime(2026, 3, 5, 7, 30), True, "serum", None),
        (3, "B2", None, datetime(2026, 3, 5), False, None, "identity_conflict"),
        (4, "B3", "S3", None, False, "serum", "outside_window"),
    ]


def test_treatments_resolve_on_the_day_of_the_first_dose(write: Write, linkage: Linkage) -> None:
    text = "mrn,cohort,regimen,started_at\nMRN-1,AB,atezo + bev,2026-03-05\nMRN-1,AB,,2019-03-05\nMRN-9,AB,,2026-03-05\nMRN-2,AB,,\nMRN-2,AB,,soon\n"
    table = read_treatments(write(text), linkage, load_map(), ZONE)
    TREATMENT.check(table)
    assert [(row["subject_id"], row["regimen"], row["reason"]) for row in table.to_pylist()] == [
        ("S1", "atezo + bev", None),
        (None, None, "identity_conflict"),
        (None, None, "identity_conflict"),
        ("S2", None, "not_received"),  # no draw has a window without a start
        ("S2", None, "unreadable"),
    ]
    assert "MRN" not in str(table.to_pydict())


def test_one_start_in_two_cohorts_is_named_with_its_lines(write: Write, linkage: Linkage) -> None:
    text = "mrn,cohort,regimen,started_at\nMRN-1,A,AB,2026-03-05\nMRN-2,A,AB,2026-03-05\nMRN-1,B,AB,2026-03-05\nMRN-2,A,AB,2026-03-05\n"
    notes = notes_of(read_treatments(write(text), linkage, load_map(), ZONE))
    assert notes == ("one start in two cohorts, of which none is taken: lines 2 and 4",)


def test_outcomes(write: Write) -> None:
    text = "subject,os_months,dead,pfs_months,progressed,best_response\nS1,12.5,1,3,yes,pr\nS2,4,0,,,\n"
    table = read_outcomes(write(text), load_map())
    OUTCOME.check(table)
    columns = ("subject_id", "os_months", "is_dead", "pfs_months", "is_progressed", "best_response")
    assert [tuple(row[name] for name in columns) for row in table.to_pylist()] == [
        ("S1", 12.5, True, 3.0, True, "PR"),
        ("S2", 4.0, False, None, None, None),
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("S2,912,1,,,", "os_months"),
        ("S2,12,maybe,,,", "dead"),
        ("S2,12,1,,,2", "best_response"),
    ],
)
def test_an_outcome_that_cannot_be_read_is_refused_with_its_line(write: Write, row: str, words: str) -> None:
    text = f"subject,os_months,dead,pfs_months,progressed,best_response\nS1,12.5,1,,,\n{row}\n"
    with pytest.raises(MalformedFile, match=words) as caught:
        read_outcomes(write(text), load_map())
    assert caught.value.line == 3


def test_a_row_without_its_id_is_refused(write: Write, linkage: Linkage) -> None:
    with pytest.raises(MalformedFile, match="no barcode"):
        read_specimens(write("barcode,subject,collected_at\n,S1,2026-03-05\n"), load_map(), ZONE)
    with pytest.raises(MalformedFile, match="no mrn"):
        read_treatments(write("mrn,started_at\n,2026-03-05\n"), linkage, load_map(), ZONE)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("S2,-1,1,,,", "os_months cannot be read"),
        ("S2,>12,1,,,", "os_months cannot be read"),
        ("S2,12,1,,,better", "best_response cannot be read"),
        (",12,1,,,", "the row has no subject"),
        ("S2,12,1", "another width"),
    ],
)
def test_one_bad_row_of_outcomes_is_set_aside_alone(write: Write, row: str, words: str) -> None:
    head, good = "subject,os_months,dead,pfs_months,progressed,best_response\n", "S1,12.5,1,,,iCR\n"
    table = read_outcomes(write(head + good + row + "\nS3,4,0,,,Partial response\n"), load_map())
    assert table.column("subject_id").to_pylist() == ["S1", "S3"]
    assert table.column("best_response").to_pylist() == ["CR", "PR"]
    aside = aside_of(table)
    assert aside is not None
    (unit,) = aside.units
    assert (unit.line, unit.data.decode(), aside.head.decode()) == (3, row + "\n", head)
    assert words in unit.message


def test_events_coded_1_and_2_are_refused_with_how_often_each_is_there(write: Write) -> None:
    text = "subject,os_months,dead\nS1,12.5,1\nS2,4,2\nS3,5,2\nS4,6,unknown\n"
    with pytest.raises(
        MalformedFile, match=r"dead cannot be read.*'2'; the column holds '1' once, '2' 2 times, 1 cell"
    ):
        read_outcomes(write(text), load_map())


def test_a_value_that_may_be_about_a_person_is_counted_and_not_shown_among_the_others(write: Write) -> None:
    with pytest.raises(MalformedFile) as caught:
        read_outcomes(write("subject,os_months,dead\nS1,4,2\nS2,5,Doe Jane 1950\n"), load_map())
    assert "Doe" not in str(caught.value)


def test_words_of_an_outcome_are_those_of_the_table_that_a_study_reads_too(write: Write) -> None:
    text = "subject,os_months,dead,pfs_months,progressed,best_response\n"
    text += "S1,12.5,T,3,Yes,complete response\nS2,4,0.0,4,n/a,not  Evaluable\nS3,4,No,,,unknown\n"
    table = read_outcomes(write(text), load_map())
    assert table.column("is_dead").to_pylist() == [True, False, False]
    assert table.column("is_progressed").to_pylist() == [True, None, None]
    assert table.column("best_response").to_pylist() == ["CR", "NE", None]


def test_endpoints_that_cannot_both_be_so_are_named_with_line_subject_and_values(write: Write) -> None:
    text = "subject,os_months,dead,pfs_months,progressed,best_response\nA,5.0,1,6.0,0,SD\nB,3,1,3,0,CR\nC,3,1,3,1,CR\n"
    table = read_outcomes(write(text), load_map())
    assert table.column("pfs_months").to_pylist() == [6.0, 3.0, 3.0]  # stored as it was sent; the view holds it back
    assert notes_of(table) == (
        "line 2, A: OS 5 months (dead 1), PFS 6 months (progressed 0): PFS is longer than OS; PFS is not taken",
        (
            "line 3, B: OS 3 months (dead 1), PFS 3 months (progressed 0): dead at the time of PFS, but not progressed; "
            "PFS is not taken"
        ),
    )


def test_the_contradictions_at_hand_are_each_named(shared: Path) -> None:
    table = read_outcomes(shared / "cases" / "clinical" / "open_K06_outcomes_contradictions.csv", load_map())
    assert [note.split(":")[0] for note in notes_of(table)] == ["line 2, S-K06", "line 3, S-K06b"]


def test_an_outcome_in_days_is_refused_or_asked_about(write: Write) -> None:
    with pytest.raises(
        MalformedFile, match="os_months cannot be read; expected months, zero to 240; found '912'"
    ) as caught:
        read_outcomes(write("subject,os_months,dead\nS1,90,1\nS2,912,0\n"), load_map())
    assert caught.value.line == 3
    table = read_outcomes(write("subject,os_months,dead\nS1,90,1\nS2,75,0\nS3,12,0\n"), load_map())
    assert notes_of(table) == ("os_months: half of the rows are over 60 months: are these days or weeks? Send months",)


def test_a_regimen_that_is_not_known_is_null_and_named(write: Write, linkage: Linkage) -> None:
    text = "mrn,cohort,regimen,started_at\nMRN-1,AB,atezo + bev,2026-03-05\nMRN-1,AB,Not recorded,2019-03-05\nMRN-9,AB,,2026-03-05\n"
    table = read_treatments(write(text), linkage, load_map(), ZONE)
    assert table.column("regimen").to_pylist() == ["atezo + bev", None, None]
    assert notes_of(table) == ("regimen not known in 2 rows: line 3 'Not recorded', 4 ''",)
