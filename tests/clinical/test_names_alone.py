"""A name alone means a test only in the laboratory's own code system and beside a number; a registry's AFP is another disease."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical import Linkage
from pbis.clinical.code_systems import is_own
from pbis.clinical.labs import labs_from_bytes
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
Read = Callable[..., dict[str, Any]]
HEAD = "MSH|^~\\&|LIS|NORTH|PBIS|CORE|20260305100000||ORU^R01|1|P|2.5.1\rPID|1||MRN-1^^^NORTH^MR\rOBR|1||F1|X|||20260305073000\r"


@pytest.fixture
def hl7(linkage: Linkage) -> Read:
    """hl7(OBX-2, OBX-3, OBX-5, unit) -> the row."""

    def _read(kind: str, code: str, value: str, unit: str = "ng/mL", labs_map: Any = None) -> dict[str, Any]:
        data = f"{HEAD}OBX|1|{kind}|{code}||{value}|{unit}|||||F\r".encode()
        (row,) = labs_from_bytes(data, "dump", linkage, labs_map or load_map(), ZONE).to_pylist()
        return row

    return _read


@pytest.fixture
def fhir(linkage: Linkage) -> Read:
    """fhir(code, value...) -> the row."""

    def _read(code: dict[str, Any], **value: Any) -> dict[str, Any]:
        found = {
            "resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/MRN-1"},
            "effectiveDateTime": "2026-03-05T07:30:00+01:00", "code": code, **value,
        }  # fmt: skip
        (row,) = labs_from_bytes(json.dumps(found).encode(), "o", linkage, load_map(), ZONE).to_pylist()
        return row

    return _read


@pytest.mark.parametrize(
    ("code", "analyte"),
    [
        ("AFP^^L", "afp"),
        ("AFP", "afp"),
        ("4711^AFP^99LAB", "afp"),
        ("4711^AFP^BEAKER", "afp"),
        ("^AFP", "afp"),
        ("AFP^Acute flaccid paralysis^PHINQUESTION", None),
        ("AFP^^CDCPHINVS", None),
        ("62479008^AFP^SCT", None),
        ("62479008^AFP^SCT^AFP^AFP^L", "afp"),
        ("AFP^^2.16.840.1.114222.4.5.232", None),
        ("1834-1^AFP^LN", "afp"),
    ],
)
def test_a_name_in_a_shared_system_means_nothing(hl7: Read, code: str, analyte: str | None) -> None:
    row = hl7("NM", code, "12")
    assert row["analyte"] == analyte
    assert row["value_text"] == ("12" if analyte else None)
    assert (row["reason"], analyte is None) == (None, "no code system of the laboratory's own" in (row["detail"] or ""))


@pytest.mark.parametrize(
    ("code", "analyte"),
    [
        ({"text": "AFP"}, "afp"),
        ({"coding": [{"system": "http://lab.example/codes", "code": "AFP"}]}, "afp"),
        ({"coding": [{"system": "http://lab.example/codes", "code": "77"}], "text": "AFP"}, "afp"),
        ({"coding": [{"system": "http://snomed.info/sct", "code": "62479008"}], "text": "AFP"}, None),
        ({"coding": [{"system": "http://snomed.info/sct", "code": "62479008", "display": "AFP"}]}, None),
        ({"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "AFP"}]}, None),
        ({"coding": [{"system": "https://polio-registry.example/items", "code": "AFP"}]}, None),
        ({"coding": [{"system": "urn:oid:2.16.840.1.113883.6.90", "code": "AFP"}]}, None),
        ({"coding": [{"system": "urn:oid:2.16.840.1.113883.3.1234", "code": "AFP"}]}, "afp"),
    ],
)
def test_the_same_of_an_observation(fhir: Read, code: dict[str, Any], analyte: str | None) -> None:
    assert fhir(code, valueQuantity={"value": 12, "unit": "ng/mL"})["analyte"] == analyte


@pytest.mark.parametrize(
    ("kind", "value", "analyte", "reason"),
    [
        ("CWE", "Y^Yes^HL70136", None, "assay_mismatch"),
        ("CE", "POS^Positive^L", None, "assay_mismatch"),
        ("CWE", "^13.0", "afp", None),
        ("CWE", "QNS^Quantity not sufficient^L", "afp", "qns"),
        ("ST", "12", "afp", None),
        ("ST", "positive", "afp", "unreadable"),
    ],
)
def test_a_name_beside_an_answer_is_another_test(
    hl7: Read, kind: str, value: str, analyte: str | None, reason: str | None
) -> None:
    row = hl7(kind, "AFP^^L", value)
    assert (row["analyte"], row["reason"]) == (analyte, reason)
    assert reason != "assay_mismatch" or "is an answer and no number" in row["detail"]


@pytest.mark.parametrize(
    "value", [{"valueBoolean": True}, {"valueCodeableConcept": {"coding": [{"code": "373066001"}], "text": "Yes"}}]
)
def test_the_same_of_an_observation_s_answer(fhir: Read, value: dict[str, Any]) -> None:
    assert fhir({"text": "AFP"}, **value)["reason"] == "assay_mismatch"
    assert fhir({"coding": [{"system": "http://loinc.org", "code": "1834-1"}]}, **value)["reason"] == "unreadable"


def test_the_site_s_word_goes_over_both(hl7: Read) -> None:
    codes = replace(load_map().codes, declared={"afp": "afp"})
    site = replace(load_map(), codes=codes)
    assert hl7("NM", "AFP^^CDCPHINVS", "12", labs_map=site)["value_text"] == "12"
    assert hl7("CWE", "AFP^^L", "Y^Yes^HL70136", labs_map=site)["reason"] == "unreadable"


@pytest.mark.parametrize("system", ["", "L", "LOCAL", "99MDH", "LAB", "EPIC", "http://lab.example", "LN", "I", "C"])
def test_systems_of_a_laboratory(system: str) -> None:
    assert is_own(system)
