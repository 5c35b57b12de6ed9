"""One list of results as CSV, XLSX, XLS, HL7, FHIR and OMOP: the same rows to the digit, the same reasons in the same words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from six_formats import RESULTS, as_csv, as_fhir, as_hl7, as_omop, as_xls, as_xlsx

from pbis.clinical import Linkage, aside_of, read_labs
from pbis.core.frames import LAB
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
EVERY = (
    "subject_id", "site", "code", "code_system", "analyte", "unit_reported", "value_op", "value_text", "unit", "factor_text",
    "collected_at", "has_time", "reference_text", "reason", "detail",
)  # fmt: skip
BUT_OMOP = (*EVERY, "status", "specimen_id", "order_id", "resulted_at")  # which has no column for these
COUNTED = tuple(each for each in RESULTS if each.status in ("final", "corrected"))

Read = Callable[[bytes], list[dict[str, object]]]


@pytest.fixture
def read(write: Callable[..., Path], linkage: Linkage) -> Read:
    def _read(data: bytes) -> list[dict[str, object]]:
        table: pa.Table = LAB.check(read_labs(write(data, "labs"), linkage, load_map(), ZONE))
        assert aside_of(table) is None
        return table.to_pylist()

    return _read


def of(rows: list[dict[str, object]], names: tuple[str, ...]) -> list[dict[str, object]]:
    return [{name: row[name] for name in names} for row in rows]


@pytest.mark.parametrize("as_file", [as_xlsx, as_xls, as_hl7, as_fhir])
def test_the_same_rows_as_from_the_csv(read: Read, as_file: Callable[..., bytes]) -> None:
    assert of(read(as_file(RESULTS)), BUT_OMOP) == of(read(as_csv(RESULTS)), BUT_OMOP)


def test_what_counts_is_the_same_in_omop(read: Read) -> None:
    assert of(read(as_omop(COUNTED)), EVERY) == of(read(as_csv(COUNTED)), EVERY)


def test_the_rows_are_what_was_sent(read: Read) -> None:
    """So that six formats cannot be wrong together."""
    found = [(row["analyte"], row["value_op"], row["value_text"], row["reason"]) for row in read(as_csv(RESULTS))]
    assert found == [
        ("neutrophils", "=", "4.2", None),
        ("lymphocytes", "=", "1.2", None),
        ("neutrophils", "=", "4.123456789012", None),
        ("lymphocytes", "=", "1.20305", None),
        ("neutrophils_manual", "=", "4", None),
        ("neutrophils_pct", "=", "70", None),
        ("lymphocytes_pct", "=", "20.5", None),
        ("wbc", "=", "6.5", None),
        ("crp", "<", "0.3", None),
        ("crp", "=", "0.13", None),
        ("crp", "=", "0.13", None),
        ("crp", "=", "0.13", None),
        ("afp", ">=", "400", None),
        ("afp", ">", "60000", None),
        ("albumin", "=", "3.95", None),
        ("inr", "=", "1.1", None),
        ("crp", "=", "1.25", None),
        ("crp", "=", "0.99", "preliminary_only"),
        ("crp", "=", "9.9", "entered_in_error"),
        ("afp", None, None, "cancelled"),
        ("crp", None, None, "unit_unknown"),
        ("afp", None, None, "unit_unknown"),
        (None, None, None, None),
        (None, None, None, "assay_mismatch"),
        ("crp", "=", "0.13", "identity_conflict"),
    ]


def test_the_times_are_those_of_the_site(read: Read) -> None:
    """A zone is reckoned, none is the site's own, and a date alone has no time; a day may change with it."""
    rows = read(as_csv(RESULTS))
    found = {RESULTS[n].at: (row["collected_at"], row["has_time"]) for n, row in enumerate(rows)}
    assert found == {
        "2026-03-08T07:30:00": (datetime(2026, 3, 8, 7, 30), True),
        "2026-03-08T06:30:00Z": (datetime(2026, 3, 8, 7, 30), True),
        "2026-03-07": (datetime(2026, 3, 7), False),
        "2026-03-08T23:30:00-05:00": (datetime(2026, 3, 9, 5, 30), True),
        "2026-03-09T00:10:00+01:00": (datetime(2026, 3, 9, 0, 10), True),
        "2026-03-08T15:30:00+09:00": (datetime(2026, 3, 8, 7, 30), True),
        "2026-03-05T07:30:00": (datetime(2026, 3, 5, 7, 30), True),
        "2026-03-06T07:30:00": (datetime(2026, 3, 6, 7, 30), True),
        "2026-03-04T07:30:00": (datetime(2026, 3, 4, 7, 30), True),
    }
