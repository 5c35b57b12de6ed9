"""The page of changes shows values with the digits that people see in a release, and with all of them where these would look equal."""

from __future__ import annotations

import pytest

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
