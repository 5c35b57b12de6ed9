"""One laboratory result as a file of each format, so that a test can ask whether all of them read it alike."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import openpyxl

HEADER = ("mrn", "accession", "test", "value", "unit", "status", "collected_at", "resulted_at", "reference_range")


def _row(test: str, value: str, unit: str) -> tuple[str, ...]:
    return ("MRN-1", "A1", test, value, unit, "final", "2026-03-05 07:30", "", "")


def as_csv(test: str, value: str, unit: str) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([HEADER, _row(test, value, unit)])
    return out.getvalue().encode()


def as_xlsx(test: str, value: str, unit: str) -> bytes:
    book = openpyxl.Workbook()
    for row in (HEADER, _row(test, value, unit)):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_hl7(test: str, value: str, unit: str) -> bytes:
    """The value as a string, the unit escaped as a sender does who knows the standard."""
    escaped = unit.replace("\\", "\\E\\").replace("^", "\\S\\").replace("&", "\\T\\")
    return (
        "MSH|^~\\&|LIS|NORTH|PBIS|CORE|20260305100000||ORU^R01|1|P|2.5.1\r"
        "PID|1||MRN-1^^^NORTH^MR\rOBR|1||F1|CBC|||20260305073000|||||||||||||||20260305090000|||F\r"
        f"OBX|1|ST|{test}^^L||{value}|{escaped}|||||F\r"
    ).encode()


def as_fhir(test: str, value: str, unit: str) -> bytes:
    """A number as a quantity, everything else as a string; a string has no unit of its own."""
    found: dict[str, object] = {
        "resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/MRN-1"},
        "effectiveDateTime": "2026-03-05T07:30:00+01:00",
        "code": {"coding": [{"system": "http://lab.example/codes", "code": test}]},
    }  # fmt: skip
    number = value.lstrip("<>=")
    comparator = value[: len(value) - len(number)]
    if number.replace(".", "", 1).isdecimal():
        quantity = {"value": f"@{number}@", "unit": unit} | ({"comparator": comparator} if comparator else {})
        found["valueQuantity"] = quantity
    else:
        found["valueString"] = f"{value} {unit}".strip()
    return json.dumps(found, ensure_ascii=False).replace('"@', "").replace('@"', "").encode()


def as_omop(test: str, value: str, unit: str) -> bytes:
    cells = {
        "measurement_id": "1", "person_id": "MRN-1", "measurement_concept_id": "0", "measurement_date": "2026-03-05",
        "measurement_datetime": "2026-03-05 07:30:00", "operator_concept_id": "0", "value_as_number": "", "unit_concept_id": "0",
        "measurement_source_value": test, "unit_source_value": unit, "value_source_value": value,
    }  # fmt: skip
    out = io.StringIO()
    csv.writer(out).writerows([list(cells), list(cells.values())])
    return out.getvalue().encode()


FORMATS: dict[str, Callable[[str, str, str], bytes]] = {
    "csv": as_csv,
    "xlsx": as_xlsx,
    "hl7": as_hl7,
    "fhir": as_fhir,
    "omop": as_omop,
}
