"""One bad row is one bad row: it is set aside as a file of its own, the rest is used, and too much of it refuses the file.

The good units are those of patient MRN-1 of the linkage of these tests; each bad one stands among them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pbis.clinical import Allowed, Aside, Linkage, aside_of, labs_from_bytes, read_labs
from pbis.clinical.aside import USUAL
from pbis.core.errors import MalformedFile, UnrecognisedFormat
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
HEAD = "mrn,accession,test,value,unit,status,collected_at,resulted_at\n"
ROW = "MRN-1,A1,CRP,1.3,mg/L,final,2026-03-08 07:30,\n"
OMOP = "person_id,measurement_concept_id,measurement_date,value_as_number,measurement_source_value,unit_source_value\n"
MEASURED = "MRN-1,0,2026-03-08,1.3,CRP,mg/L\n"
MESSAGE = "MSH|^~\\&|LIS|N|P|C|20260308||ORU^R01|1|P|2.5\rPID|1||MRN-1\rOBX|1|NM|1988-5^CRP^LN||1.3|mg/L|||||F\r"
BROKEN = MESSAGE.replace("OBX|1", "garbage\rOBX|1")
LINE = json.dumps({
    "resourceType": "Observation", "id": "a", "status": "final", "subject": {"reference": "Patient/MRN-1"},
    "code": {"coding": [{"system": "http://loinc.org", "code": "1988-5"}]}, "effectiveDateTime": "2026-03-08T07:30:00+01:00",
    "valueQuantity": {"value": 1.3, "unit": "mg/L"},
}) + "\n"  # fmt: skip
TWICE = LINE.replace('"value": 1.3', '"value": 1.3, "value": 99')
NAMELESS = '{"resourceType": "Bundle", "entry": [{"request": {"method": "DELETE"}}]}\n'


def framed(message: str) -> str:
    return f"\v{message}\x1c\r"


# what is dropped; the unit's name, line, words, and what stands in the file of its own
CASES = [
    ("a row without a record number", HEAD + ROW + ROW.replace("MRN-1", "") + ROW, "row", 3, "the row has no mrn (identity_conflict)", HEAD + ROW.replace("MRN-1", "")),
    ("a short row", HEAD + ROW + "MRN-1,A1,CRP\n" + ROW, "row", 3, "another width", HEAD + "MRN-1,A1,CRP\n"),
    ("a long row, in a file with a quoted line break", HEAD + ROW.replace("A1", '"A\n1"') + "x" + ROW.replace("\n", ",,\n") + ROW, "row", 4,
     "another width", HEAD + "x" + ROW.replace("\n", ",,\n")),
    ("a row of two lines without a record number", HEAD + ROW + ROW.replace("MRN-1", "").replace("A1", '"A\n1"') + ROW, "row", 3, "no mrn",
     HEAD + ROW.replace("MRN-1", "").replace("A1", '"A\n1"')),
    ("below a line that names the delimiter", "sep=;\n" + (HEAD + ROW + ROW.replace("MRN-1", "") + ROW).replace(",", ";"), "row", 4, "no mrn",
     (HEAD + ROW.replace("MRN-1", "")).replace(",", ";")),
    ("a row of OMOP without a person", OMOP + MEASURED + MEASURED.replace("MRN-1", "") + MEASURED, "row", 3, "no person_id",
     OMOP + MEASURED.replace("MRN-1", "")),
    ("a broken segment", MESSAGE + BROKEN + MESSAGE, "message", 6, "the line begins no segment", BROKEN),
    ("no usable separators", MESSAGE + MESSAGE.replace("^~\\&", "^~^&") + MESSAGE, "message", 4, "no usable separators", MESSAGE.replace("^~\\&", "^~^&")),
    ("a header that ends after its name", MESSAGE + "MSH\r" + MESSAGE, "message", 4, "no usable separators", "MSH\r"),
    ("a frame that does not end", framed(MESSAGE) + "\v" + MESSAGE[:60] + "\r" + framed(MESSAGE), "message", 5, "begins and does not end",
     "\v" + MESSAGE[:60] + "\r"),
    ("a frame that is cut at the end of the dump", framed(MESSAGE) + framed(MESSAGE) + "\v" + MESSAGE[:-20], "message", 9, "begins and does not end",
     "\v" + MESSAGE[:-20] + "\r"),
    ("a frame that did not begin", framed(MESSAGE) + MESSAGE + "\x1c\r" + framed(MESSAGE), "message", 4, "did not begin", MESSAGE + "\x1c\r"),
    ("text between frames", framed(MESSAGE) + "OBX|2|NM|X||1\r" + framed(MESSAGE), "message", 5, "text outside a message", framed("OBX|2|NM|X||1\r")),
    ("a cut line", LINE + LINE[:100] + "\n" + LINE, "line", 2, "is no JSON", LINE[:100] + "\n"),
    ("a cut first line", LINE[:100] + "\n" + LINE + LINE, "line", 1, "is no JSON", LINE[:100] + "\n"),
    ("a key twice", LINE + TWICE + LINE, "line", 2, "a key stands twice", TWICE),
    ("a line of another shape", LINE + LINE.replace('"final"', "5") + LINE, "line", 2, "no resource of FHIR R4", LINE.replace('"final"', "5")),
    ("a deletion of nothing", LINE + NAMELESS + LINE, "line", 2, "deletes a resource that it does not name", NAMELESS),
]  # fmt: skip


def read(data: bytes, linkage: Linkage, allowed: Allowed = USUAL) -> pa.Table:
    return labs_from_bytes(data, "results", linkage, load_map(), ZONE, allowed)


def own_file(aside: Aside) -> bytes:
    return aside.head + b"".join(unit.data for unit in aside.units)


@pytest.mark.parametrize(
    ("text", "unit", "line", "words", "own"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_one_bad_unit_is_set_aside_and_the_rest_is_used(
    linkage: Linkage, text: str, unit: str, line: int, words: str, own: str
) -> None:
    table = read(text.encode(), linkage)
    assert table.column("value_text").to_pylist() == ["0.13", "0.13"]
    assert table.column("subject_id").null_count == 0
    aside = aside_of(table)
    assert aside is not None
    (found,) = aside.units
    assert (aside.unit, aside.unit_count, found.line) == (unit, 3, line)
    assert words in found.message
    assert "MRN-1" not in str(found.error("results"))
    assert own_file(aside).decode() == own
    with pytest.raises(MalformedFile):  # it is refused until it is mended
        read(own_file(aside), linkage)


def test_what_is_mended_is_read(linkage: Linkage) -> None:
    aside = aside_of(read((HEAD + ROW + ROW.replace("MRN-1", "").replace("1.3", "1.7")).encode(), linkage))
    assert aside is not None
    mended = own_file(aside).replace(b"\n,", b"\nMRN-1,")
    assert read(mended, linkage).column("value_text").to_pylist() == ["0.17"]


def test_a_row_of_parquet_becomes_one_of_a_csv(tmp_path: Path, linkage: Linkage) -> None:
    rows = [line.split(",") for line in (MEASURED + MEASURED.replace("MRN-1", "")).splitlines()]
    columns = dict(zip(OMOP.strip().split(","), map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), tmp_path / "m.parquet")
    table = read_labs(tmp_path / "m.parquet", linkage, load_map(), ZONE)
    aside = aside_of(table)
    assert (table.num_rows, aside is not None) == (1, True)
    assert aside is not None
    mended = own_file(aside).decode().replace("\n,", "\nMRN-1,", 1)
    assert read(mended.encode(), linkage).column("value_text").to_pylist() == ["0.13"]


# rows of the file, bad ones among them, what is allowed, and how many rows are used (0: the file is refused)
LIMITS = [
    (20, 10, Allowed(), 10),  # more than 5 %, not more than 10
    (30, 11, Allowed(), 0),  # more than both
    (220, 11, Allowed(), 209),  # 5 %, more than 10
    (219, 11, Allowed(), 0),  # one row less
    (2, 1, Allowed(), 1),
    (3, 3, Allowed(), 0),  # nothing is left
    (20, 2, Allowed(pct=5, count=1), 0),
    (30, 11, Allowed(pct=50, count=0), 19),
]


@pytest.mark.parametrize(("whole", "bad", "allowed", "used"), LIMITS)
@pytest.mark.parametrize(
    ("head", "good", "wrong"),
    [(HEAD, ROW, "short\n"), ("", MESSAGE, BROKEN), ("", LINE, LINE[:50] + "\n")],
    ids=["CSV", "HL7", "FHIR"],
)
def test_how_much_of_a_file_may_be_refused(
    linkage: Linkage, head: str, good: str, wrong: str, whole: int, bad: int, allowed: Allowed, used: int
) -> None:
    data = (head + good + wrong * bad + good * (whole - bad - 1) if whole > bad else head + wrong * bad).encode()
    if used:
        assert read(data, linkage, allowed).num_rows == used
    else:
        with pytest.raises(
            MalformedFile, match=f"{bad} of {whole} (rows|messages|lines) cannot be read, so the file|is no JSON"
        ):
            read(data, linkage, allowed)


def test_text_before_the_first_message_is_refused_as_what_it_is(linkage: Linkage) -> None:
    for title in ("# exported by an engine\r", "a,b,c\n1,2,3\n", "\ufeffTitle\r\n"):
        with pytest.raises(MalformedFile, match=r"line 1: text before the first message \(MSH\) of a file of HL7 v2"):
            read((title + MESSAGE).encode(), linkage)


def test_a_table_that_speaks_of_messages_stays_a_table(linkage: Linkage) -> None:
    assert read((HEAD + ROW.replace("A1", "MSH|")).encode(), linkage).num_rows == 1


def test_a_status_column_may_be_missing_where_the_site_says_what_blank_means(linkage: Linkage) -> None:
    data = (HEAD + ROW).replace("status,", "").replace("final,", "").encode()
    with pytest.raises(MalformedFile, match="no column for status"):
        read(data, linkage)
    said = replace(load_map(), blank_status="final")
    table = labs_from_bytes(data, "results", linkage, said, ZONE)
    assert table.select(["status", "value_text", "reason"]).to_pylist() == [
        {"status": "final", "value_text": "0.13", "reason": None}
    ]


def test_a_file_of_patients_alone_holds_no_results(linkage: Linkage) -> None:
    with pytest.raises(UnrecognisedFormat, match="holds no results"):
        read(b'{"resourceType": "Patient", "id": "9"}\n{"resourceType": "Patient", "id": "8"}\n', linkage)
