"""Specimens, treatment starts and outcomes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical import Linkage, read_outcomes, read_specimens, read_treatments
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
    text = "mrn,cohort,regimen,started_at\nMRN-1,AB,atezo + bev,2026-03-05\nMRN-1,AB,,2019-03-05\nMRN-9,AB,,2026-03-05\nMRN-2,AB,,\n"
    table = read_treatments(write(text), linkage, load_map(), ZONE)
    TREATMENT.check(table)
    assert [(row["subject_id"], row["regimen"], row["reason"]) for row in table.to_pylist()] == [
        ("S1", "atezo + bev", None),
        (None, None, "identity_conflict"),
        (None, None, "identity_conflict"),
        ("S2", None, "outside_window"),
    ]
    assert "MRN" not in str(table.to_pydict())


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
        ("S2,-1,1,,,", "os_months"),
        ("S2,>12,1,,,", "os_months"),
        ("S2,12,maybe,,,", "dead"),
        ("S2,12,1,,,better", "best_response"),
        (",12,1,,,", "no subject"),
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
