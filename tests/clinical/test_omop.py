"""OMOP MEASUREMENT: what the source said before what was derived from it, in CSV and Parquet alike."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pbis.clinical import Linkage, notes_of, read_labs
from pbis.core.errors import MalformedFile
from pbis.core.frames import LAB
from pbis.labs import load_concepts, load_map

ZONE = ZoneInfo("Europe/Berlin")
ROW: dict[str, Any] = {
    "measurement_id": 1,
    "person_id": "MRN-1",
    "measurement_concept_id": 3020460,
    "measurement_date": "2026-03-05",
    "measurement_datetime": "2026-03-05 07:30:00",
    "operator_concept_id": 4171756,
    "value_as_number": 1.3,
    "unit_concept_id": 8751,
    "range_low": 0,
    "range_high": 5,
    "measurement_source_value": "",
    "unit_source_value": "",
    "value_source_value": "",
}


@pytest.fixture(params=["csv", "parquet"])
def read(request: pytest.FixtureRequest, write: Callable[..., Path], linkage: Linkage) -> Callable[..., pa.Table]:
    """read(changes, ...) -> frames.LAB of the rows, from either format."""

    def _read(*changes: dict[str, Any]) -> pa.Table:
        rows = [ROW | each for each in changes]
        buffer = io.BytesIO()
        if request.param == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), buffer)
        else:
            lines = [",".join(ROW), *(",".join("" if v is None else str(v) for v in row.values()) for row in rows)]
            buffer.write("\n".join(lines).encode())
        return LAB.check(read_labs(write(buffer.getvalue(), "measurement"), linkage, load_map(), ZONE))

    return _read


def only(table: pa.Table) -> dict[str, Any]:
    (found,) = table.to_pylist()
    return dict(found)


def test_concepts_stand_where_the_source_says_nothing(read: Callable[..., pa.Table]) -> None:
    table = read({})
    found = only(table)
    assert (found["subject_id"], found["code"], found["analyte"]) == ("S1", "1988-5", "crp")
    assert (found["value_op"], found["value_text"], found["unit_reported"]) == ("<", "0.13", "mg/L")
    assert (found["collected_at"], found["has_time"]) == (datetime(2026, 3, 5, 7, 30), True)
    assert (found["reference_text"], found["status"], found["reason"]) == ("0-5", "final", None)
    assert "MEASUREMENT has no result status: all rows are taken as final" in notes_of(table)


def test_the_source_s_words_go_over_the_derived_ones(read: Callable[..., pa.Table]) -> None:
    found = only(
        read(
            {
                "value_as_number": 3,
                "value_source_value": "<0.30",
                "unit_source_value": "mg/dL",
                "measurement_source_value": "1988-5",
            }
        )
    )
    assert (found["value_reported"], found["value_op"], found["value_text"], found["unit"]) == (
        "<0.30",
        "<",
        "0.3",
        "mg/dL",
    )


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        ({"operator_concept_id": 999}, "unreadable", "operator 999"),
        ({"unit_concept_id": 999}, "unit_unknown", "'concept 999'"),
        ({"measurement_source_value": "751-8"}, "assay_mismatch", "contradict"),
        ({"person_id": "77"}, "identity_conflict", "does not know"),
    ],
)
def test_what_is_not_understood_is_quoted(
    read: Callable[..., pa.Table], change: dict[str, Any], reason: str, words: str
) -> None:
    found = only(read(change))
    assert found["reason"] == reason
    assert words in found["detail"]


NUMBER = {
    "operator_concept_id": 0,
    "value_as_number": 0.13,
    "unit_concept_id": 8840,
}  # as the table's maker converted it to mg/dL


@pytest.mark.parametrize(
    ("change", "value", "reason"),
    [
        ({}, "=0.13", None),
        ({"value_source_value": "1.30", "unit_source_value": "mg/L"}, "=0.13", None),
        ({"value_source_value": "1.3 mg/L"}, None, "unit_ambiguous"),
        ({"value_source_value": "<1.3", "unit_source_value": "mg/L"}, "<0.13", None),
        ({"value_source_value": "<1.3", "unit_source_value": "mg/L", "operator_concept_id": 4171754}, "<0.13", None),
        ({"value_source_value": "0.130"}, "=0.13", None),
        ({"value_as_number": 0.12999999523162842, "value_source_value": "0.13"}, "=0.13", None),
        ({"value_as_number": None, "value_source_value": "0.13"}, "=0.13", None),
        ({"value_source_value": "1.3"}, None, "number_ambiguous"),  # whose unit nobody says
        ({"value_source_value": "1.3", "unit_source_value": "mg/dL"}, None, "number_ambiguous"),
        ({"value_source_value": "0.13 mg/L"}, None, "number_ambiguous"),
        ({"unit_source_value": "mg/L"}, None, "unit_ambiguous"),  # is the number converted?
        ({"value_source_value": "1.3", "unit_source_value": "%"}, None, "unit_ambiguous"),
        ({"value_source_value": ">0.13", "operator_concept_id": 4171756}, None, "number_ambiguous"),
        ({"value_source_value": "0.13", "unit_source_value": "IU/L"}, None, "unit_unknown"),
    ],
)
def test_a_number_is_the_source_s_own_value_in_its_own_unit(
    read: Callable[..., pa.Table], change: dict[str, Any], value: str | None, reason: str | None
) -> None:
    found = only(read(NUMBER | change))
    said = found["value_op"] + found["value_text"] if found["reason"] is None else None
    assert (said, found["reason"]) == (value, reason)


@pytest.mark.parametrize(
    ("sent", "day", "at", "has_time"),
    [
        ("", "2026-03-05", datetime(2026, 3, 5), False),
        ("2026-03-05 0:00:00", "2026-03-05", datetime(2026, 3, 5), False),
        ("2026-03-05 7:30:15", "2026-03-05", datetime(2026, 3, 5, 7, 30, 15), True),
        ("2026/3/5 7:30", "2026-03-05", datetime(2026, 3, 5, 7, 30), True),
        ("7:30:00", "2026-03-05", datetime(2026, 3, 5, 7, 30), True),
        ("7:30:00", "2026/3/5", datetime(2026, 3, 5, 7, 30), True),
        ("0:00:00", "2026-03-05", datetime(2026, 3, 5), False),
        ("unknown", "2026-03-05", datetime(2026, 3, 5), False),
        ("2026-03-05 25:61", "2026-03-05", datetime(2026, 3, 5), False),
        ("0001-01-01 00:00:00", "2026-03-05", datetime(2026, 3, 5), False),
        ("", "2026-03-05 00:00:00.000", datetime(2026, 3, 5), False),
        ("7:30", "2026-03-05 00:00:00", datetime(2026, 3, 5, 7, 30), True),
    ],
)
def test_what_of_the_time_can_be_read(
    read: Callable[..., pa.Table], sent: str, day: str, at: datetime, has_time: bool
) -> None:
    found = only(read({"measurement_datetime": sent, "measurement_date": day}))
    assert (found["collected_at"], found["has_time"], found["reason"]) == (at, has_time, None)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("2026-03-05 07:30:00", None),
        ("2026-03-04T23:30:00Z", None),  # the same day in the zone
        ("1970-01-01 00:00:00", None),  # no time, so the date stands
        ("2026-03-04 23:30:00", "outside_window"),
        ("2026-03-03T23:30:00Z", "outside_window"),
    ],
)
def test_two_days_of_one_row_are_no_time(read: Callable[..., pa.Table], sent: str, reason: str | None) -> None:
    found = only(read({"measurement_datetime": sent}))
    assert found["reason"] == reason
    assert (reason is None) or "are two days" in found["detail"]


def test_a_time_of_day_in_its_own_column(read: Callable[..., pa.Table], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROW, "measurement_time", "")
    found = only(read({"measurement_datetime": "", "measurement_time": "7:05:00"}))
    assert (found["collected_at"], found["has_time"]) == (datetime(2026, 3, 5, 7, 5), True)


def test_midnight_is_a_date_without_a_time(read: Callable[..., pa.Table]) -> None:
    assert only(read({"measurement_datetime": "2026-03-05 00:00:00"}))["has_time"] is False


def test_a_row_without_a_person_is_refused(read: Callable[..., pa.Table]) -> None:
    with pytest.raises(MalformedFile, match="the row has no person_id"):
        read({"person_id": ""})


def test_a_broken_parquet_is_refused(write: Callable[..., Path], linkage: Linkage) -> None:
    with pytest.raises(MalformedFile, match="cannot be read"):
        read_labs(write(b"PAR1nothing of the kindPAR1", "m.parquet"), linkage, load_map(), ZONE)


def test_every_concept_is_a_known_unit_or_code() -> None:
    found = load_concepts()
    assert found.operator["4171756"] == "<"
    assert set(found.operator.values()) == {"=", "<", "<=", ">", ">="}


def test_a_real_measurement_table(shared: Path, linkage: Linkage) -> None:
    table = read_labs(shared / "examples/clinical/omop/measurement.csv", linkage, load_map(), ZONE)
    assert table.num_rows == 299
    assert set(table.column("reason").to_pylist()) == {"identity_conflict"}
