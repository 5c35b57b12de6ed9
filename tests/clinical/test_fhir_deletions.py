"""Deletions in FHIR bundles: rows that name a result and nothing else; one that names none refuses its file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pbis.clinical import Linkage, notes_of, read_labs
from pbis.core.errors import MalformedFile, UnrecognisedFormat
from pbis.core.frames import LAB
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
OBSERVATION = {
    "resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/MRN-1"},
    "code": {"coding": [{"system": "http://loinc.org", "code": "1988-5"}]},
    "effectiveDateTime": "2026-03-05T06:30:00Z", "valueQuantity": {"value": 1.3, "unit": "mg/L"},
}  # fmt: skip

Read = Callable[..., pa.Table]


@pytest.fixture
def read(write: Callable[..., Path], linkage: Linkage) -> Read:
    def _read(*entries: dict[str, Any], kind: str = "transaction") -> pa.Table:
        content = json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries})
        return LAB.check(read_labs(write(content, "export.json"), linkage, load_map(), ZONE))

    return _read


def deletes(url: str = "Observation/o1", *, full_url: str = "", response: Any = None, **more: str) -> dict[str, Any]:
    request = {"method": "DELETE", "url": url, **more}
    return (
        {"request": request}
        | ({"fullUrl": full_url} if full_url else {})
        | ({"response": response} if response else {})
    )


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (deletes(), {"fhir_id": "o1"}),
        (deletes("/Observation/o1"), {"fhir_id": "o1"}),
        (deletes("https://ehr/r4/Observation/o1/_history/4"), {"fhir_id": "o1"}),
        (deletes("", full_url="https://ehr/r4/Observation/o1"), {"fhir_id": "o1"}),
        (deletes("Observation?_id=o1"), {"fhir_id": "o1"}),
        (deletes("Observation?identifier=urn%3Alis%7CR-9"), {"order_id": "R-9"}),
        (deletes("Observation?identifier=R-9"), {"order_id": "R-9"}),
        (deletes(ifMatch='W/"3"'), {"fhir_id": "o1", "version": "3"}),
        (
            deletes(response={"etag": 'W/"4"', "lastModified": "2026-03-09T12:00:00Z"}),
            {"version": "4", "updated_at": datetime(2026, 3, 9, 13), "resulted_at": datetime(2026, 3, 9, 13)},
        ),
        ({"resource": OBSERVATION, "request": {"method": "delete"}}, {"fhir_id": "o1", "value_text": None}),
    ],
)
def test_a_deletion_names_its_result(read: Read, entry: dict[str, Any], wanted: dict[str, Any]) -> None:
    (found,) = read(entry).to_pylist()
    always = {"status": "entered_in_error", "reason": "entered_in_error", "subject_id": None, "analyte": None}
    assert {name: found[name] for name in always | wanted} == always | wanted


@pytest.mark.parametrize(
    "url",
    ["", "Observation", "Observation?code=1988-5", "Observation?identifier=a,b", "Observation?patient=MRN-1&date=2026"],
)
def test_a_deletion_that_names_no_result_is_refused(read: Read, url: str) -> None:
    """To pass over it would let the result score that it takes back."""
    with pytest.raises(MalformedFile, match="deletes a resource that it does not name") as refusal:
        read({"resource": OBSERVATION}, deletes(url))
    assert "MRN" not in str(refusal.value)
    assert "Observation/ID" in str(refusal.value)


def test_deletions_of_other_things_are_counted(read: Read) -> None:
    table = read({"resource": OBSERVATION}, deletes("Patient/1"), deletes("Patient/2"), deletes("Patient?identifier=7"))
    assert table.num_rows == 1
    assert notes_of(table) == ("3 resources Patient that are deleted hold no results and were not read",)
    with pytest.raises(UnrecognisedFormat, match="holds no results"):
        read(deletes("Patient/1"))


def test_an_entry_of_a_history_lends_its_version_and_time(read: Read) -> None:
    response = {"etag": 'W/"2"', "lastModified": "2026-03-09T12:00:00Z"}
    put = {"method": "PUT", "url": "Observation/o1"}
    own = OBSERVATION | {"meta": {"versionId": "7", "lastUpdated": "2026-03-06T12:00:00Z"}}
    entries = [{"resource": each, "request": put, "response": response} for each in (OBSERVATION, own)]
    table = read(*entries, kind="history")
    assert table.column("version").to_pylist() == ["2", "7"]
    assert table.column("updated_at").to_pylist() == [datetime(2026, 3, 9, 13), datetime(2026, 3, 6, 13)]


def test_a_bulk_export_keeps_what_was_deleted_in_a_folder_of_its_own(tmp_path: Path, linkage: Linkage) -> None:
    """Whatever the files are called: one that is named for patients may hold deletions of results."""
    (tmp_path / "export" / "deleted").mkdir(parents=True)
    bundle = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [deletes()]}) + "\n"
    (tmp_path / "export" / "Observation.ndjson").write_text(json.dumps(OBSERVATION))
    (tmp_path / "export" / "deleted" / "Observation.ndjson").write_text(bundle + bundle.replace("o1", "o2"))
    (tmp_path / "export" / "Patient.deleted.ndjson").write_text(bundle.replace("o1", "o3"))
    (tmp_path / "export" / "Patient.ndjson").write_text('{"resourceType": "Patient", "id": "MRN-1"}')
    table = read_labs(tmp_path / "export", linkage, load_map(), ZONE)
    found = list(zip(table.column("fhir_id").to_pylist(), table.column("status").to_pylist(), strict=True))
    gone = "entered_in_error"
    assert found == [("o1", "final"), ("o3", gone), ("o1", gone), ("o2", gone)]
    assert notes_of(table) == ("Patient.ndjson: patients and specimens that results refer to: 1",)
