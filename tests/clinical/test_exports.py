"""Exports as laboratories send them: units, names, encodings and envelopes that differ, and results that do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pbis.clinical import Linkage, notes_of, read_labs, read_linkage
from pbis.clinical.labs import labs_from_bytes
from pbis.core.errors import MalformedFile
from pbis.core.units import factor, to_unit
from pbis.labs import LabsMap, load_map
from pbis.labs.encodings import codec_of
from pbis.labs.model import fold_name

ZONE = ZoneInfo("Europe/Berlin")
MSH = "MSH|^~\\&|LIS|NORTH|PBIS|CORE|20260305100000||ORU^R01|1|P|2.5.1"
OBR = "OBR|1|P1|F1|CBC|||20260305073000|||||||||||||||20260305090000|||F"
CBC = {("neutrophils", "=", "4.2"), ("lymphocytes", "=", "1.2")}
CASES = {
    "C02c_csv_ymd_korean.csv": CBC | {("crp", "=", "0.13")},
    "C08e_csv_german_names.csv": CBC | {("crp", "=", "0.13")},
    "C09_csv_hundreds_per_ul.csv": CBC | {("crp", "=", "0.13")},
    "F14_fhir_contained_in_report.json": CBC | {("crp", "=", "0.13"), ("albumin", "=", "4")},
    "H07c_hl7_unescaped_caret_x10_3.hl7": CBC | {("crp", "=", "0.13")},
    "H07g_hl7_unit_alternate.hl7": CBC | {("crp", "=", "0.13")},
    "H15b_hl7_euc_kr.hl7": CBC | {("crp", "=", "0.13")},
    "K08_fhir_bulk_export": CBC | {("crp", "=", "0.13")},
    "O04_omop_unit_concepts.csv": CBC,
    "O06_omop_unit_in_source_value.csv": {("crp", "<", "0.5")},
}


def results(table: pa.Table) -> set[tuple[str, str, str]]:
    return {(row["analyte"], row["value_op"], row["value_text"]) for row in table.to_pylist()}


@pytest.mark.parametrize("name", CASES)
def test_exports_at_hand(shared: Path, name: str) -> None:
    folder = shared / "cases" / "clinical"
    table = read_labs(folder / f"open_{name}", read_linkage(folder / "_linkage.csv"), load_map(), ZONE)
    assert results(table) == CASES[name]
    assert table["reason"].null_count == len(table)


@pytest.fixture
def read(write: Callable[..., Path], linkage: Linkage) -> Callable[..., pa.Table]:
    """read(bytes, name) -> frames.LAB of one file."""
    return lambda content, name="dump.hl7": read_labs(write(content, name), linkage, load_map(), ZONE)


def message(unit: str = "10*9/L", patient: str = "Doe", header: str = MSH, note: str = "Neutrophils") -> str:
    lines = (header, f"PID|1||MRN-1^^^NORTH^MR||{patient}", OBR, f"OBX|1|NM|751-8^{note}^LN||4.2|{unit}|||||F")
    return "\r".join(lines) + "\r"


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("x10^3/uL", "4.2"),
        ("10^9/L", "4.2"),
        ("10^6/L", "0.0042"),
        ("kilos a ul^^L^10*3/uL^^UCUM", "4.2"),
        ("^^^{cells}/uL^^UCUM", "0.0042"),
        ("10*9/L^^L^10*3/uL^^UCUM", "4.2"),
        ("10*9/L^^L^/uL^^UCUM", None),
        ("kilos a ul^^L^10*3/uL^^L", None),
        ("x10\\S\\3/\\XB5\\L", "4.2"),
        ("x10\\S\\3/\\XC2B5\\L", "4.2"),
    ],
)
def test_a_unit_of_a_message(read: Callable[..., pa.Table], unit: str, text: str | None) -> None:
    (row,) = read(message(unit).encode()).to_pylist()
    assert (row["value_text"], row["reason"]) == (text, None if text else "unit_unknown")


# Factor to 10*9/L by UCUM's definitions: 10*N is a power, n is 10*-9, and L is dm3.
COUNTS = {
    "10^2/uL": "1/10", "10*2/uL": "1/10", "x10^2/uL": "1/10", "10E2/uL": "1/10", "10\u00b2/\u00b5L": "1/10",
    "10^2/mm3": "1/10", "/nL": "1", "/nl": "1", "cells/nL": "1", "\u5343/\u00b5L": "1", "\u5343/\u03bcL": "1",
    "\u5343/uL": "1", "\u5343/mm3": "1", "\ucc9c/uL": "1", "\ucc9c/\u03bcL": "1", "\ucc9c/mm3": "1",
}  # fmt: skip


@pytest.mark.parametrize("unit", COUNTS)
def test_a_spelling_of_counts_has_its_factor(unit: str) -> None:
    found = to_unit(unit)
    assert found is not None
    assert factor(found, "10*9/L") == Fraction(COUNTS[unit])
    assert found.name in load_map().units["neutrophils"].allowed


@pytest.mark.parametrize(
    ("declared", "codec", "words"),
    [
        ("KS X 1001", "cp949", "\ud638\uc911\uad6c"),
        ("GB 18030-2000", "gb18030", "\u4e2d\u6027\u7c92\u7ec6\u80de"),
        ("ISO IR87", "iso2022_jp", "\u597d\u4e2d\u7403"),
        ("SHIFT_JIS", "cp932", "\u30dd\u30bd\u8868"),  # second bytes that are | and the backslash
    ],
)
def test_the_character_set_of_the_header(read: Callable[..., pa.Table], declared: str, codec: str, words: str) -> None:
    text = message(header=f"{MSH}||||||{declared}", patient=words, note=words)
    for sent in (text.encode(codec), text.encode()):  # what was set aside comes back in UTF-8
        assert results(read(sent)) == {("neutrophils", "=", "4.2")}


HEX = [  # the unit's mu in the set that MSH-18 declares
    ("KS X 1001", "\\XA5EC\\g/mL"), ("GB 18030-2000", "\\XA6CC\\g/mL"), ("SHIFT_JIS", "\\X83CA\\g/mL"), ("8859/7", "\\XEC\\g/mL"),
    ("8859/1", "\\XB5\\g/mL"), ("UNICODE UTF-8", "\\XC2B5\\g/mL"), ("8859/5", "\\XDC\\\\XDA\\\\XD3\\/mL"), ("", "\\XB5\\g/mL"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "unit"), HEX)
def test_hexadecimal_escapes_are_signs_of_the_declared_set(
    read: Callable[..., pa.Table], declared: str, unit: str
) -> None:
    text = message(header=f"{MSH}||||||{declared}", unit=unit).replace("751-8^Neutrophils", "1988-5^CRP")
    (row,) = read(text.encode()).to_pylist()
    assert (row["value_text"], row["unit"], row["reason"]) == ("0.42", "mg/dL", None)


def test_an_escape_that_is_ascii_or_no_sign_of_the_set_stays_for_its_reader(read: Callable[..., pa.Table]) -> None:
    text = message(header=f"{MSH}||||||KS X 1001", unit="10\\X5E\\9/L", note="\\XFFFF\\ \\X7C\\")
    assert results(read(text.encode())) == {("neutrophils", "=", "4.2")}


WORDS = {
    "cp949": "\ud638\uc911\uad6c",
    "shift_jis": "\u30dd\u30bd\u8868",
    "gb18030": "\u4e2d\u6027\u7c92",
    "windows-1251": "\u041d\u0435\u0439",
    "euc-jp": "\u597d\u4e2d\u7403",
    "iso-2022-jp": "\u597d\u4e2d\u7403",
    "big5": "\u55dc\u4e2d",
}


def declaring(encoding: str) -> LabsMap:
    return replace(load_map(), encoding=codec_of(encoding) or "none")


def table_of(words: str, name: str = "neutrophils") -> str:
    return (
        f"mrn,ward,test,value,unit,status,collected_at,accession\nMRN-1,{words},{name},4.2,10*9/L,final,2026-03-05,A1\n"
    )


@pytest.mark.parametrize("encoding", WORDS)
def test_a_table_in_the_encoding_that_the_site_declares(linkage: Linkage, encoding: str) -> None:
    words, site = WORDS[encoding], declaring(encoding)
    named = replace(site, codes=replace(site.codes, declared={fold_name(words): "neutrophils"}))
    for text in (table_of("W7", words), table_of(words)):
        for sent in (text.encode(site.encoding), text.encode()):  # what was set aside comes back in UTF-8
            assert results(labs_from_bytes(sent, "labs.csv", linkage, named, ZONE)) == {("neutrophils", "=", "4.2")}


@pytest.mark.parametrize("encoding", ["cp949", "shift_jis", "gb18030"])
def test_a_message_without_a_character_set_is_in_the_site_s_encoding(linkage: Linkage, encoding: str) -> None:
    words = WORDS[encoding]
    sent = message(patient=words, note=words).encode(codec_of(encoding))
    table = labs_from_bytes(sent, "dump.hl7", linkage, declaring(encoding), ZONE)
    assert results(table) == {("neutrophils", "=", "4.2")}
    other = message(header=f"{MSH}||||||GB 18030-2000", note=WORDS["gb18030"]).encode("gb18030")
    assert results(labs_from_bytes(other, "dump.hl7", linkage, declaring(encoding), ZONE)) == {
        ("neutrophils", "=", "4.2")
    }


def test_a_table_that_is_no_text_in_the_declared_encoding_is_refused_with_its_line(linkage: Linkage) -> None:
    sent = table_of("?").encode().replace(b"?", b"\xff\xff")
    with pytest.raises(MalformedFile, match=r"line 2.*cp949"):
        labs_from_bytes(sent, "labs.csv", linkage, declaring("cp949"), ZONE)


def test_the_encoding_of_a_table_is_said_where_it_is_not_utf_8(linkage: Linkage) -> None:
    sent = table_of(WORDS["cp949"]).encode("cp949")
    table = labs_from_bytes(sent, "labs.csv", linkage, declaring("cp949"), ZONE)
    assert notes_of(table) == ("ignored columns: ward", "not UTF-8: read as cp949, as declared")
    with pytest.raises(MalformedFile, match="cp1252"):  # undeclared
        labs_from_bytes(table_of("?").encode().replace(b"?", b"\x81\x8d"), "labs.csv", linkage, load_map(), ZONE)


def test_without_a_character_set_only_names_may_be_unknown(read: Callable[..., pa.Table]) -> None:
    odd = b"\x81\x8d"  # no text in Windows-1252 or UTF-8
    assert results(read(message(patient="?").encode().replace(b"?", odd))) == {("neutrophils", "=", "4.2")}
    with pytest.raises(MalformedFile, match="is not text"):
        read(message(note="?").encode().replace(b"?", odd))


def test_two_character_sets_in_one_file_are_refused(read: Callable[..., pa.Table]) -> None:
    first = message(header=f"{MSH}||||||KS X 1001", patient="\ud638").encode("cp949")
    second = message(header=f"{MSH}||||||SHIFT_JIS", patient="\u8868").encode("cp932")
    with pytest.raises(MalformedFile, match="MSH-18 differs"):
        read(first + second)


def report(number: str, status: str = "final") -> dict[str, object]:
    inside = {
        "resourceType": "Observation", "id": "c0", "status": "final", "effectiveDateTime": "2026-03-05T07:30:00+01:00",
        "code": {"coding": [{"system": "http://loinc.org", "code": "751-8"}]},
        "valueQuantity": {"value": 4.2, "code": "10*9/L", "system": "http://unitsofmeasure.org"},
    }  # fmt: skip
    who = {"reference": "Patient/MRN-1"}
    return {"resourceType": "DiagnosticReport", "id": number, "status": status, "subject": who, "contained": [inside]}


def test_observations_of_two_reports_are_two_results(read: Callable[..., pa.Table]) -> None:
    lines = "\n".join(json.dumps(report(number)) for number in ("d1", "d2"))
    table = read(f"{lines}\n".encode(), "reports.ndjson")
    assert table["subject_id"].to_pylist() == ["S1", "S1"]
    assert table["value_text"].to_pylist() == ["4.2", "4.2"]
    assert table["fhir_id"].to_pylist() == ["d1#c0", "d2#c0"]


def test_a_report_that_is_taken_back_takes_its_results_back(read: Callable[..., pa.Table]) -> None:
    (row,) = read(json.dumps(report("d1", "entered-in-error")).encode(), "report.json").to_pylist()
    assert row["status"] == "entered_in_error"


def final_later(first: str, second: str = "U", order: str = "F1") -> bytes:
    """A result with one status, then its order again with another and without the value."""
    sent = message().removesuffix("F\r") + f"{first}\r"
    again = message().replace("||4.2|", "|||").replace("|P1|F1|", f"|P1|{order}|").removesuffix("F\r") + f"{second}\r"
    return (sent + again).encode()


def test_status_u_makes_the_preliminary_result_final(read: Callable[..., pa.Table]) -> None:
    rows = read(final_later("P")).to_pylist()
    found = [(row["status"], row["value_text"], row["reason"]) for row in rows]
    assert found == [("preliminary", "4.2", "preliminary_only"), ("final", "4.2", None)]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (final_later("X"), "now_final"),
        (final_later("P", order="F2"), "now_final"),
        (final_later("P", order="").replace(b"|P1|", b"||"), "preliminary"),
        (final_later("P", second="I"), "preliminary"),
    ],
)
def test_status_u_takes_no_value_of_anything_else(read: Callable[..., pa.Table], sent: bytes, status: str) -> None:
    """A word under an order number may find its result in another file; one without can find none."""
    last = read(sent).to_pylist()[-1]
    assert (last["status"], last["value_text"], last["reason"]) == (status, None, "preliminary_only")


def test_status_u_of_the_case_at_hand(shared: Path) -> None:
    folder = shared / "cases" / "clinical"
    path = folder / "open_H13b_hl7_status_u.hl7"
    last = read_labs(path, read_linkage(folder / "_linkage.csv"), load_map(), ZONE).to_pylist()[-1]
    assert (last["status"], last["value_text"], last["unit"], last["reason"]) == ("final", "0.13", "mg/dL", None)
