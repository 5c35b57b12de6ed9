"""Record number to study id: validity, conflicts, and no number in any word that comes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pbis.clinical import Linkage, merge_linkages, read_linkage
from pbis.clinical.linkage import NO_DAY
from pbis.clinical.persons import person, resolve_persons
from pbis.core.errors import MalformedFile

TABLE = """site,mrn,subject,valid_from,valid_to
north,1001,A,2020-01-01,2024-12-31
north,1001,B,2025-01-01,
north,1002,A,,
north,1003,C,2025-01-01,2025-06-30
south,1003,D,,
north,1004,E,,
north,1004,F,2025-06-01,
"""


@pytest.fixture
def linkage(write: Callable[..., Path]) -> Linkage:
    return read_linkage(write(TABLE))


CASES = [
    ("1001", date(2024, 12, 31), "", "A"),
    ("1001", date(2025, 1, 1), "", "B"),
    ("1001", date(2019, 12, 31), "", None),
    ("1001", None, "", None),
    ("1002", None, "", "A"),
    ("1002", date(1990, 1, 1), "", "A"),
    ("1003", date(2025, 3, 1), "north", "C"),
    ("1003", date(2025, 3, 1), "south", "D"),
    ("1003", date(2025, 3, 1), "", None),
    ("1003", date(2026, 3, 1), "north", None),
    ("1003", date(2026, 3, 1), "", "D"),
    ("1004", date(2025, 5, 31), "", "E"),
    ("1004", date(2025, 6, 1), "", None),
    ("9999", date(2025, 6, 1), "", None),
    ("1002", None, "south", None),
]


@pytest.mark.parametrize(("mrn", "on", "site", "subject"), CASES)
def test_resolve(linkage: Linkage, mrn: str, on: date | None, site: str, subject: str | None) -> None:
    found = linkage.resolve(mrn, on, site)
    assert found.subject_id == subject
    assert found.reason == (None if subject else "identity_conflict")
    assert mrn not in str(found.detail)


def test_columns_resolve_like_single_numbers(linkage: Linkage) -> None:
    days = [None, *(date(year, month, 1) for year, month in product((2019, 2024, 2025, 2026), (1, 6, 7)))]
    rows = list(product(("1001", "1002", "1003", "1004", "9999"), days, ("", "north", "south")))
    numbers = np.array([NO_DAY if day is None else (day - date(1970, 1, 1)).days for _, day, _ in rows])
    found = linkage.resolve_column(pa.array([r[0] for r in rows]), numbers, pa.array([r[2] for r in rows]))
    single = [linkage.resolve(*row) for row in rows]
    assert found.subject_id.to_pylist() == [each.subject_id for each in single]
    assert found.reason.to_pylist() == [each.reason for each in single]
    assert found.detail.to_pylist() == [each.detail for each in single]


def test_a_resolution_names_the_site_of_the_number_where_there_is_one(write: Callable[..., Path]) -> None:
    table = read_linkage(
        write("site,mrn,subject\nnorth,M1,S1\nsouth,M2,S1\nnorth,M3,S3\nsouth,M3,S3\n,M4,S4\n", "l.csv")
    )
    assert [table.resolve(number).site for number in ("M1", "M2", "M3", "M4", "M5")] == [
        "north",
        "south",
        None,
        None,
        None,
    ]
    assert table.resolve("M3", site="south").site == "south"
    people = [person([("", "M1")]), person([("", "M1"), ("", "M2")]), person([("", "M1"), ("", "nobody")]), ""]
    found = resolve_persons(table, pa.array(people), np.full(4, NO_DAY))
    assert found.subject_id.to_pylist() == ["S1", "S1", "S1", None]
    assert found.site.to_pylist() == ["north", None, "north", None]
    both = resolve_persons(
        table, pa.array([person([("", "M1"), ("", "M4")]), person([("", "M1")])]), np.full(2, NO_DAY)
    )
    assert (both.subject_id.to_pylist(), both.candidates.to_pylist()) == ([None, "S1"], ["S1;S4", None])


def test_no_rows_and_no_table_resolve_to_nothing() -> None:
    empty = Linkage({})
    assert empty.resolve("1").subject_id is None
    nothing = pa.array([], pa.string())
    assert len(empty.resolve_column(nothing, np.array([], dtype=np.int64), nothing).subject_id) == 0


def test_two_files_that_disagree_conflict(linkage: Linkage, write: Callable[..., Path]) -> None:
    other = read_linkage(write("mrn,subject\n1002,Z\n", "other.csv"))
    merged = merge_linkages([linkage, other])
    assert other.resolve("1002").subject_id == "Z"
    assert merged.resolve("1002").subject_id is None
    assert merged.subject_ids == linkage.subject_ids | {"Z"}
    assert merged.digest == merge_linkages([other, linkage]).digest != linkage.digest


def test_the_table_does_not_show_its_numbers(linkage: Linkage) -> None:
    assert "100" not in repr(linkage)
    assert "100" not in str(linkage)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (",A,,", "no mrn"),
        ("777123,,,", "no subject"),
        ("777123,A,2025-01-01,2024-01-01", "before"),
        ("777123,A,soon,", "no date"),
    ],
)
def test_a_broken_row_is_refused_by_line_and_not_by_number(write: Callable[..., Path], row: str, words: str) -> None:
    with pytest.raises(MalformedFile, match=words) as caught:
        read_linkage(write(f"mrn,subject,valid_from,valid_to\n1,B,,\n{row}\n"))
    assert caught.value.line == 3
    assert "777123" not in str(caught.value)
