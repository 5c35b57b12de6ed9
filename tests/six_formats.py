"""One list of laboratory results, and how each format that laboratories send writes it."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass

from xls_book import xls_of

from pbis.simulate.xlsx import workbook

UCUM, LOINC = "http://unitsofmeasure.org", "http://loinc.org"
HEAD = ("mrn", "site", "accession", "order id", "test", "value", "unit", "status", "collected_at", "resulted_at", "reference_range")  # fmt: skip
OMOP_HEAD = (
    "measurement_id", "person_id", "measurement_concept_id", "measurement_date", "measurement_datetime", "operator_concept_id",
    "value_as_number", "unit_concept_id", "range_low", "range_high", "measurement_source_value", "unit_source_value",
    "value_source_value",
)  # fmt: skip
OPERATOR = {"<": "4171756", "<=": "4171754", ">": "4172704", ">=": "4171755", "": ""}
CONCEPT = {"751-8": "3013650", "731-0": "3004327", "1988-5": "3020460", "1834-1": "3009306"}
IN_HL7 = {"final": "F", "corrected": "C", "preliminary": "P", "cancelled": "X", "entered-in-error": "W"}


@dataclass(frozen=True)
class Sent:
    """A result as its laboratory knows it. at: ISO 8601, with a zone, without one, or a date alone."""

    code: str
    value: str
    unit: str
    at: str = "2026-03-08T07:30:00"
    op: str = ""
    status: str = "final"
    person: str = "MRN-1"
    issued: str = "2026-03-08T11:00:00+01:00"
    low: str = "1"
    high: str = "9.5"


RESULTS = (
    Sent("751-8", "4.2", "10*9/L"),
    Sent("731-0", "1200", "/uL"),
    Sent("26499-4", "4.123456789012", "10^3/uL", at="2026-03-08T06:30:00Z"),
    Sent("26474-7", "1203.05", "10*6/L", at="2026-03-07"),
    Sent("753-4", "4", "K/uL", at="2026-03-08T23:30:00-05:00"),
    Sent("770-8", "70", "%"),
    Sent("736-9", "20.5", "%"),
    Sent("6690-2", "6.5", "x10^9/L"),
    Sent("1988-5", "0.3", "mg/dL", op="<"),
    Sent("1988-5", "1.3", "mg/L", person="MRN-2"),
    Sent("30522-7", "1300", "ug/L", at="2026-03-09T00:10:00+01:00"),
    Sent("1988-5", "0.00130", "g/L", at="2026-03-08T15:30:00+09:00"),
    Sent("1834-1", "400", "\N{MICRO SIGN}g/L", op=">="),
    Sent("1834-1", "60000", "ng/mL", op=">", person="MRN-2"),
    Sent("1751-7", "3.95", "g/dL"),
    Sent("6301-6", "1.1", ""),
    Sent("1988-5", "12.5", "mg/L", status="corrected", at="2026-03-05T07:30:00"),
    Sent("1988-5", "9.9", "mg/L", status="preliminary", at="2026-03-06T07:30:00"),
    Sent("1988-5", "99", "mg/L", status="entered-in-error", at="2026-03-04T07:30:00"),
    Sent("1834-1", "", "", status="cancelled"),
    Sent("1988-5", "1.3", "furlong"),
    Sent("1834-1", "7", "IU/mL"),
    Sent("2951-2", "140", "mmol/L"),
    Sent("76039-7", "500", "pg/mL"),
    Sent("1988-5", "1.3", "mg/L", person="MRN-777"),
)


def rows_of(results: tuple[Sent, ...]) -> list[list[str]]:
    """As a table of the laboratory system, all cells texts."""
    return [list(HEAD)] + [
        [each.person, "north", f"A{n}", f"F{n}", each.code, each.op + each.value, each.unit, each.status, each.at, each.issued,
         f"{each.low}-{each.high}"]
        for n, each in enumerate(results)
    ]  # fmt: skip


def as_csv(results: tuple[Sent, ...]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows_of(results))
    return buffer.getvalue().encode()


def _cells(results: tuple[Sent, ...]) -> list[list[str | float | None]]:
    """As a spreadsheet stores them: numbers as numbers, nothing as no cell."""
    number = re.compile(r"[0-9]+(\.[0-9]+)?")
    return [[float(cell) if number.fullmatch(cell) else cell or None for cell in row] for row in rows_of(results)]


def as_xlsx(results: tuple[Sent, ...]) -> bytes:
    return workbook([("Export", _cells(results))])


def as_xls(results: tuple[Sent, ...]) -> bytes:
    return xls_of(_cells(results))


def _stamp(at: str) -> str:
    """YYYYMMDDHHMMSS+ZZZZ of an ISO moment."""
    day, _, time = at.partition("T")
    return day.replace("-", "") + time.replace(":", "").replace("Z", "+0000")


def as_hl7(results: tuple[Sent, ...]) -> bytes:
    return "".join(map(_message, range(len(results)), results)).encode()


def _message(n: int, sent: Sent) -> str:
    """A comparator by the structured type, which marks it off with a caret; the caret of a unit is escaped."""
    kind, value = ("SN", f"{sent.op}^{sent.value}") if sent.op else ("NM", sent.value)
    unit = sent.unit.replace("^", "\\S\\")
    return "\r".join((
        f"MSH|^~\\&|LIS|north|PBIS|CORE|20260308120000||ORU^R01^ORU_R01|{n}|P|2.5.1|||||UNICODE UTF-8",
        f"PID|1||{sent.person}^^^north^MR||A^B",
        f"OBR|1||F{n}|{sent.code}^^LN|||{_stamp(sent.at)}|||||||||||||||{_stamp(sent.issued)}|||F",
        f"OBX|1|{kind}|{sent.code}^^LN||{value}|{unit}|{sent.low}-{sent.high}|N|||{IN_HL7[sent.status]}",
        f"SPM|1|^A{n}||BLD",
        "",
    ))  # fmt: skip


def as_fhir(results: tuple[Sent, ...]) -> bytes:
    """A line each; the digits stay as they were sent (between two @ until then)."""
    lines = [json.dumps(_observation(n, each)) for n, each in enumerate(results)]
    return "\n".join(lines).replace('"@', "").replace('@"', "").encode()


def _observation(n: int, sent: Sent) -> dict[str, object]:
    quantity = {"value": f"@{sent.value}@", "unit": sent.unit, "comparator": sent.op}
    ends = {"low": {"value": f"@{sent.low}@"}, "high": {"value": f"@{sent.high}@"}}
    found = {
        "resourceType": "Observation", "id": f"o{n}", "status": sent.status, "identifier": [{"value": f"F{n}"}],
        "code": {"coding": [{"system": LOINC, "code": sent.code}]}, "subject": {"reference": f"Patient/{sent.person}"},
        "specimen": {"reference": f"Specimen/A{n}"}, "effectiveDateTime": sent.at, "issued": sent.issued, "referenceRange": [ends],
    }  # fmt: skip
    if sent.value:
        found["valueQuantity"] = {name: text for name, text in quantity.items() if text}
    return found


def as_omop(results: tuple[Sent, ...]) -> bytes:
    """MEASUREMENT holds what counts, and no status: leave out the rest before."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([OMOP_HEAD, *map(_measurement, range(len(results)), results)])
    return buffer.getvalue().encode()


def _measurement(n: int, sent: Sent) -> list[str]:
    timed = sent.at if "T" in sent.at else f"{sent.at} 00:00:00"
    return [
        str(n), sent.person, CONCEPT.get(sent.code, "0"), sent.at[:10], timed, OPERATOR[sent.op], sent.value, "0", sent.low, sent.high,
        sent.code, sent.unit, "",
    ]  # fmt: skip
