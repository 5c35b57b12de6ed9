"""FHIR Observations: decimal text kept, one value or none, whose it is, and every shape of file that holds them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pbis.clinical import Linkage, aside_of, notes_of, read_labs
from pbis.core.errors import MalformedFile, UnrecognisedFormat
from pbis.core.frames import LAB
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
UCUM = "http://unitsofmeasure.org"


def quantity(value: str = "1.30", unit: str = "mg/L", **more: str) -> dict[str, Any]:
    return {"value": f"@{value}@", "unit": unit, "system": UCUM, "code": unit, **more}


def coded(code: str = "1988-5", name: str = "CRP") -> dict[str, Any]:
    return {"coding": [{"system": "http://loinc.org", "code": code, "display": name}]}


def observation(**more: Any) -> dict[str, Any]:
    found = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": coded(),
        "subject": {"reference": "Patient/MRN-1"},
        "effectiveDateTime": "2026-03-05T06:30:00Z",
        "issued": "2026-03-05T08:00:00.5Z",
        "specimen": {"reference": "Specimen/T7"},
        "valueQuantity": quantity(),
    }
    return {name: value for name, value in (found | more).items() if value is not None}


def text(*resources: Any, indent: int | None = None) -> str:
    """JSON, one line each; numbers exactly as written (between two @)."""
    return "\n".join(json.dumps(each, indent=indent).replace('"@', "").replace('@"', "") for each in resources)


@pytest.fixture
def read(write: Callable[..., Path], linkage: Linkage) -> Callable[..., pa.Table]:
    def _read(content: str) -> pa.Table:
        return LAB.check(read_labs(write(content, "export.json"), linkage, load_map(), ZONE))

    return _read


def only(table: pa.Table) -> dict[str, Any]:
    (found,) = table.to_pylist()
    return dict(found)


def test_an_observation_keeps_its_decimals_and_its_times(read: Callable[..., pa.Table]) -> None:
    found = only(read(text(observation())))
    wanted = {
        "source_line": 1,
        "subject_id": "S1",
        "specimen_id": "T7",
        "code": "1988-5",
        "analyte": "crp",
        "value_reported": "1.30",
        "value_text": "0.13",
        "factor_text": "1/10",
        "status": "final",
        "collected_at": datetime(2026, 3, 5, 7, 30),
        "resulted_at": datetime(2026, 3, 5, 9, 0, 0, 500000),
        "reason": None,
    }
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("value", "op", "number"),
    [
        (quantity("0.3", "mg/dL", comparator="<"), "<", "0.3"),
        (quantity("3e-1", "mg/dL"), "=", "0.3"),
        (quantity("3.4999999999999996", "mg/dL"), "=", "3.5"),  # of 0.7 / 0.2: digits of a program
        ({"value": "@0.3@", "unit": "mg/dL"}, "=", "0.3"),
        ({"value": "@0.3@", "unit": "MG/DL", "system": "http://lab", "code": "U7"}, "=", "0.3"),
    ],
)
def test_quantities(read: Callable[..., pa.Table], value: dict[str, Any], op: str, number: str) -> None:
    found = only(read(text(observation(valueQuantity=value))))
    assert (found["value_op"], found["value_text"], found["reason"]) == (op, number, None)


@pytest.mark.parametrize(
    ("more", "reason", "words"),
    [
        ({"valueQuantity": quantity(comparator="ad")}, "unreadable", "'ad' orders no numbers"),
        (
            {"valueQuantity": {"value": "@1@", "unit": "mg/L", "system": UCUM, "code": "mg/dL"}},
            "unit_ambiguous",
            "two units",
        ),
        ({"valueQuantity": {"value": "@1@", "unit": "mg/L", "system": UCUM, "code": "x"}}, "unit_unknown", "'x'"),
        (
            {"valueQuantity": {"value": "@1@", "unit": "L", "system": "http://lab", "code": "mg/L"}},
            "unit_unknown",
            "'L'",
        ),
        ({"valueQuantity": {"value": "@1@"}}, "unit_unknown", "no unit"),
        ({"valueString": "2"}, "failed_qc", "more than one value"),
        ({"dataAbsentReason": {"coding": [{"code": "error"}]}}, "failed_qc", "a value and a reason"),
        ({"valueQuantity": None, "dataAbsentReason": {"coding": [{"code": "error"}]}}, "failed_qc", "error"),
        ({"valueQuantity": None, "dataAbsentReason": {"text": "lost"}}, "not_received", "lost"),
        ({"valueQuantity": None, "valueRange": {"low": quantity("2"), "high": quantity("5")}}, "unreadable", "range"),
        ({"valueQuantity": None, "valueBoolean": True}, "unreadable", "boolean"),
        ({"valueQuantity": None}, "not_received", "empty"),
        ({"modifierExtension": [{"url": "http://x/Haemolysed"}]}, "failed_qc", "Haemolysed"),
        ({"status": "preliminary"}, "preliminary_only", "preliminary"),
        ({"status": "entered-in-error"}, "entered_in_error", "entered in error"),
        ({"status": "fi&nal"}, "preliminary_only", "not in the labs map"),
        ({"code": coded("76039-7", "sIL-2R")}, "assay_mismatch", "receptor"),
        ({"specimen": {"reference": "Specimen/1", "display": "CSF"}}, "assay_mismatch", "not blood"),
        ({"effectiveDateTime": "2026-03"}, "outside_window", "no date"),
        (
            {"effectiveDateTime": None, "effectivePeriod": {"start": "2026-03-01", "end": "2026-03-05"}},
            "outside_window",
            "no date",
        ),
        ({"subject": {"reference": "Group/7"}}, "identity_conflict", "names no patient"),
        ({"subject": None}, "identity_conflict", "names no patient"),
    ],
)
def test_what_cannot_count_says_why(
    read: Callable[..., pa.Table], more: dict[str, Any], reason: str, words: str
) -> None:
    found = only(read(text(observation(**more))))
    assert found["reason"] == reason
    assert words in found["detail"]


def test_a_range_with_one_end_is_a_bound(read: Callable[..., pa.Table]) -> None:
    found = only(read(text(observation(valueQuantity=None, valueRange={"high": quantity("3")}))))
    assert (found["value_op"], found["value_text"]) == ("<=", "0.3")


@pytest.mark.parametrize(
    ("subject", "who"),
    [
        ({"reference": "https://server/fhir/Patient/MRN-2/_history/3"}, "S2"),
        ({"reference": "urn:uuid:MRN-2"}, "S2"),
        ({"reference": "Patient?identifier=http://hospital|MRN-2"}, "S2"),
        ({"identifier": {"system": "http://hospital", "value": "MRN-2"}}, "S2"),
        ({"reference": "Patient/77", "identifier": {"value": "MRN-2"}}, "S2"),
        ({"reference": "Patient/MRN-1", "identifier": {"value": "MRN-2"}}, None),
    ],
)
def test_ways_to_name_a_patient(read: Callable[..., pa.Table], subject: dict[str, Any], who: str | None) -> None:
    found = only(read(text(observation(subject=subject))))
    assert found["subject_id"] == who
    assert "MRN" not in str(found)


def test_components_are_rows_of_their_own(read: Callable[..., pa.Table]) -> None:
    parts = [{"code": coded("751-8", "N"), "valueQuantity": quantity("4", "10*9/L")}]
    parts.append({"code": coded("731-0", "L"), "valueQuantity": quantity("2", "10*9/L")})
    table = read(text(observation(valueQuantity=None, component=parts), observation()))
    assert table.column("analyte").to_pylist() == ["neutrophils", "lymphocytes", "crp"]
    assert table.column("source_line").to_pylist() == [1, 2, 3]
    assert notes_of(table) == ("lines count results, since one resource of the file holds several",)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_bundle_resolves_its_own_patients(read: Callable[..., pa.Table], indent: int | None) -> None:
    patient = {"resourceType": "Patient", "id": "7", "identifier": [{"value": "X"}, {"value": "MRN-2"}]}
    entries = [observation(subject={"reference": "urn:a:7"}), observation(subject={"reference": "Patient/7"})]
    bundle = {
        "resourceType": "Bundle",
        "link": [{"relation": "next", "url": "http://server/2"}],
        "entry": [{"resource": each} for each in entries] + [{"fullUrl": "urn:a:7", "resource": patient}],
    }
    bundle["entry"].append({"resource": {"resourceType": "Device"}})  # type: ignore[attr-defined]
    table = read(text(bundle, indent=indent))
    assert table.column("subject_id").to_pylist() == ["S2", "S2"]
    assert "1 resource Device holds no results and was not read" in notes_of(table)
    assert any("one page of several" in note for note in notes_of(table))


def test_ndjson_lines_are_lines(read: Callable[..., pa.Table]) -> None:
    table = read(
        "\ufeff" + text(observation()) + "\n\n" + text({"resourceType": "Patient", "id": "9"}, observation()) + "\n"
    )
    assert table.column("source_line").to_pylist() == [1, 4]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (text(observation())[:-5], "is no JSON"),
        (
            text(observation(status=5)) + "\n" + text(observation(status=5)),
            "line 1: is no resource of FHIR R4; 2 of 2 lines",
        ),
        (text(observation(), indent=1)[:-30], "is no JSON"),
        ("[" * 5000, "nesting without end"),
    ],
)
def test_what_is_no_resource_is_refused_with_its_line(read: Callable[..., pa.Table], content: str, words: str) -> None:
    with pytest.raises(MalformedFile) as refusal:
        read(content)
    assert words in str(refusal.value)
    assert "MRN" not in str(refusal.value)


def test_json_without_observations_is_refused_by_what_it_holds(read: Callable[..., pa.Table]) -> None:
    with pytest.raises(UnrecognisedFormat, match="expected FHIR R4 Observations; found 1 Device"):
        read('{"resourceType": "Device"}')


def test_a_folder_of_bulk_data_is_one_table(tmp_path: Path, linkage: Linkage) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    patient = {"resourceType": "Patient", "id": "7", "identifier": [{"value": "MRN-2"}]}
    (folder / "Patient.000.ndjson").write_text(text(patient))
    (folder / "Observation.000.ndjson").write_text(text(observation(subject={"reference": "Patient/7"})))
    (folder / "Observation.001.ndjson").write_text(text(observation()))
    (folder / "Condition.000.ndjson").write_text('{"resourceType": "Condition"}')
    table = LAB.check(read_labs(folder, linkage, load_map(), ZONE))
    assert table.column("subject_id").to_pylist() == ["S2", "S1"]
    assert len(set(table.column("file_id").to_pylist())) == 2
    assert "Condition.000.ndjson was not read: holds no results" in notes_of(table)


def test_versions_share_an_identifier_else_an_id(read: Callable[..., pa.Table]) -> None:
    """By which the warehouse finds what a correction of the collection time replaces."""
    later = observation(status="corrected", effectiveDateTime="2026-03-01T06:30:00Z", issued="2026-03-06T08:00:00Z")
    named = observation(identifier=[{"system": "urn:lis", "value": "R-9"}])
    assert read(text(observation(id="o7"), later | {"id": "o7"}, named)).column("order_id").to_pylist() == [
        "o7",
        "o7",
        "R-9",
    ]


@pytest.mark.parametrize("first", ["'re\"re", "observations of march"])
def test_a_first_line_that_is_no_json_is_set_aside_alone(read: Callable[..., pa.Table], first: str) -> None:
    found = read(f"{first}\n" + text(*(observation(id=f"o{n}") for n in range(3))))
    assert found.column("source_line").to_pylist() == [2, 3, 4]
    aside = aside_of(found)
    assert aside is not None
    assert [unit.line for unit in aside.units] == [1]
