"""A number that lies off the scale by what stands beside it is a bound; a test that failed its quality control has no value."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pbis.clinical import Linkage, read_labs
from pbis.clinical.off_scale import meant
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


@pytest.mark.parametrize(
    ("text", "scale", "means"),
    [
        ("0.3", "<", "<0.3"),
        ("0.3", "", "0.3"),
        ("0.3", "H", "0.3"),
        ("<0.3", "<", "<0.3"),
        ("<=0.3", "<", "<=0.3"),
        ("320", ">", ">320"),
        ("320", ">=", ">=320"),
        ("^0.3", "<", "<0.3"),
        ("0.3 mg/dL", "<", "<0.3 mg/dL"),
        ("H 320", ">", ">320"),
        ("QNS", "<", "QNS"),
        ("", "<", ""),
    ],
)
def test_what_a_cell_means(text: str, scale: str, means: str) -> None:
    found = meant(text, scale)
    assert (found.text, found.reason) == (means, None)
    assert (found.note is not None) is (means != text)


@pytest.mark.parametrize(
    ("text", "scale", "reason"),
    [(">0.3", "<", "number_ambiguous"), ("0.3", "< >", "number_ambiguous"), ("0.3", "QCF", "failed_qc")],
)
def test_what_leaves_no_value(text: str, scale: str, reason: str) -> None:
    assert meant(text, scale).reason == reason


def test_a_decimal_comma_stays_one() -> None:
    assert meant("0,3", "<", ",").text == "<0,3"


def hl7(value: str, flags: str) -> bytes:
    rows = (
        "MSH|^~\\&|LIS|N|PBIS|C|20260308110000||ORU^R01|1|P|2.5.1",
        "PID|1||MRN-1^^^north^MR||A^B",
        "OBR|1||F1|CRP^^L|||20260308073000",
        f"OBX|1|NM|1988-5^CRP^LN||{value}|mg/dL|<0.5|{flags}|||F",
    )
    return "\r".join((*rows, "")).encode()


def fhir(value: str, interpretation: Any) -> bytes:
    said = {
        "resourceType": "Observation", "id": "x", "status": "final", "subject": {"identifier": {"system": "north", "value": "MRN-1"}},
        "code": {"coding": [{"system": "http://loinc.org", "code": "1988-5"}]}, "effectiveDateTime": "2026-03-08T07:30:00+01:00",
        "valueQuantity": {"value": float(value), "unit": "mg/dL"}, "interpretation": interpretation,
    }  # fmt: skip
    return json.dumps(said).encode()


def coded(*codes: str) -> dict[str, Any]:
    return {"coding": [{"system": SYSTEM, "code": code} for code in codes]}


def csv(value: str, comparator: str) -> bytes:
    head = "mrn,site,accession,test,comparator,value,unit,status,collected_at"
    return f"{head}\nMRN-1,north,A,CRP,{comparator},{value},mg/dL,final,2026-03-08 07:30\n".encode()


FILES = [
    (hl7("0.3", "<"), "<0.3", None),
    (hl7("0.3", "L~<"), "<0.3", None),
    (hl7("320", ">^off scale"), ">320", None),
    (hl7("0.3", "L"), "=0.3", None),
    (hl7("0.3", ""), "=0.3", None),
    (hl7("0.3", "QCF"), None, "failed_qc"),
    (fhir("0.3", [coded("<")]), "<0.3", None),
    (fhir("0.3", [coded("L"), coded("<")]), "<0.3", None),
    (fhir("0.3", coded("<")), "<0.3", None),  # before R4
    (fhir("0.3", [{"text": "low"}]), "=0.3", None),
    (fhir("0.3", [coded("QCF")]), None, "failed_qc"),
    (csv("0.3", "<"), "<0.3", None),
    (csv("0.3", "<="), "<=0.3", None),
    (csv("0.3", "="), "=0.3", None),
    (csv(">0.3", "<"), None, "number_ambiguous"),
]


@pytest.mark.parametrize(("data", "value", "reason"), FILES)
def test_in_every_format(
    write: Callable[..., Path], linkage: Linkage, data: bytes, value: str | None, reason: str | None
) -> None:
    (row,) = rows(read_labs(write(data, "labs.dat"), linkage, load_map("default"), ZONE))
    assert row["reason"] == reason
    if value is not None:
        assert row["value_op"] + row["value_text"] == value
        assert ("it is a bound" in (row["detail"] or "")) is (value[0] != "=")
    assert row["value_reported"].lstrip("<>") in ("0.3", "320")  # as it was sent


def rows(table: pa.Table) -> list[dict[str, Any]]:
    return table.to_pylist()


def test_a_final_word_without_its_value_takes_the_scale_along(write: Callable[..., Path], linkage: Linkage) -> None:
    first = hl7("0.3", "<").replace(b"|||F\r", b"|||P\r")
    word = hl7("", "").replace(b"|||F\r", b"|||U\r")
    found = rows(read_labs(write(first + word, "labs.hl7"), linkage, load_map("default"), ZONE))
    assert [(row["status"], row["value_op"], row["value_text"]) for row in found] == [
        ("preliminary", "<", "0.3"),
        ("final", "<", "0.3"),
    ]
