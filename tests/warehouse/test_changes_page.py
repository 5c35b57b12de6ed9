"""The page of changes shows values with the digits that people see in a release, and with all of them where these would look equal."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from pbis.pipeline.at_once import CHANGED
from warehouse.changes_page import changes_page


@pytest.mark.parametrize(
    ("what", "before", "after", "shown"),
    [
        ("il2_value", "7.123456789012345", "<3.200066306", "7.123 | <3.2"),
        ("il2_value", None, "12345.678901234567", "- | 12350"),
        ("crp_value", "3.1999999999999997", "3.2000000000000002", "3.1999999999999997 | 3.2000000000000002"),
        ("crp_value", ">13107.2", ">13107.25", ">13107.2 | >13107.25"),
        ("nlr_value", "not a number", "1e400", "not a number | 1e400"),
        ("score_max", "3", "4", "3 | 4"),
    ],
)
def test_digits_of_a_change(what: str, before: str | None, after: str, shown: str) -> None:
    row = {
        "subject_id": "P1",
        "run_id": None,
        "plate_number": None,
        "what": what,
        "before": before,
        "after": after,
        "causes": "decision 3",
    }
    page = changes_page([row], "n1", "n2")
    assert f"| P1 | {what} | {shown} | decision 3 |" in page.splitlines()


def test_plates_and_patients_of_a_release_are_counted_apart() -> None:
    """A change of a patient is of no plate, a review is no verdict, and two plates of one file are two."""
    rows = [
        {"subject_id": None, "run_id": "r1", "plate_number": 1, "what": "plate_review"},
        {"subject_id": None, "run_id": "r1", "plate_number": 2, "what": "plate_verdict"},
        {"subject_id": "P1", "run_id": None, "plate_number": None, "what": "group"},
    ]
    page = changes_page([row | {"plate": "A", "before": "a", "after": "b", "causes": "-"} for row in rows], "n1", "n2")
    assert "1 plate with another verdict, new ones and replaced ones among them. 1 plate with another review." in page
    con = duckdb.connect()
    con.register("release_change", pa.Table.from_pylist([row | {"release_after": "n2"} for row in rows]))
    assert con.execute(CHANGED, ["n2"]).fetchone() == (1, 2)
    con.register("release_change", pa.Table.from_pylist([rows[2] | {"run_id": "", "release_after": "n2"}]))
    con.execute("create view patients_alone as select * replace (null::varchar as run_id) from release_change")
    assert con.execute(CHANGED.replace("release_change", "patients_alone"), ["n2"]).fetchone() == (1, 0)
