"""A clinical file without a subject who withdrew: theirs is gone, everybody else's is where it was, line for line."""

from __future__ import annotations

import gzip
import io
import json
from datetime import date
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pbis.clinical import Linkage, labs_from_bytes, read_linkage, without_subjects
from pbis.core.kept import NamedBytes
from pbis.labs import load_map

ZONE, MAP = ZoneInfo("Europe/Berlin"), load_map("default")
NAMES = frozenset({"MRN-77001", "SUBJ-77"})
LINKAGE = b"site,mrn,subject\na,MRN-77001,SUBJ-77\na,MRN-10001,SUBJ-10\n"
TABLE = (
    "mrn,accession,test,value,unit,status,collected_at,comment\n"
    "MRN-10001,ACC-100,CRP,3.1,mg/L,final,2026-01-03 08:00,\n"
    'MRN-77001,ACC-770,CRP,4.1,mg/L,final,2026-01-03 08:00,"two\nlines"\n'
    "MRN-10001,ACC-101,CRP,5.1,mg/L,final,2026-01-04 08:00,\n"
)
HL7 = "\r".join(
    part
    for mrn, accession, value in (("MRN-10001", "ACC-100", "3.1"), ("MRN-77001", "ACC-770", "4.1"), ("MRN-10001", "ACC-101", "5.1"))
    for part in (
        f"MSH|^~\\&|LAB|A|PBIS|B|20260103||ORU^R01|{accession}|P|2.5",
        f"PID|1||{mrn}^^^A||DOE^JO",
        f"OBR|1||{accession}^L|1988-5^CRP^LN|||20260103080000",
        f"OBX|1|NM|1988-5^CRP^LN||{value}|mg/L|||||F|||20260103080000",
    )
)  # fmt: skip


def observation(number: int, patient: str, value: float) -> dict[str, object]:
    return {
        "resourceType": "Observation", "id": f"o{number}", "status": "final", "subject": {"reference": f"Patient/{patient}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "1988-5"}]}, "effectiveDateTime": "2026-01-03T08:00:00+01:00",
        "valueQuantity": {"value": value, "unit": "mg/L", "code": "mg/L", "system": "http://unitsofmeasure.org"},
    }  # fmt: skip


def patient(key: str, mrn: str) -> dict[str, object]:
    return {"resourceType": "Patient", "id": key, "identifier": [{"value": mrn}]}


RESOURCES = [
    patient("p1", "MRN-10001"), patient("p7", "MRN-77001"),
    observation(1, "p1", 3.10), observation(2, "p7", 4.1), observation(3, "p1", 5.1),
]  # fmt: skip
NDJSON = "".join(json.dumps(each) + "\n" for each in RESOURCES)
BUNDLE = json.dumps(
    {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in RESOURCES]}
)
OMOP = (
    "person_id,measurement_concept_id,measurement_date,value_as_number,unit_source_value\n"
    "MRN-10001,3020460,2026-01-03,3.1,mg/L\nMRN-77001,3020460,2026-01-03,4.1,mg/L\nMRN-10001,3020460,2026-01-04,5.1,mg/L\n"
)


def workbook(text: str) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for line in text.replace('"two\nlines"', "two").splitlines():
        book.active.append(line.split(","))
    book.save(out)
    return out.getvalue()


def parquet(text: str) -> bytes:
    head, *rows = [line.split(",") for line in text.splitlines()]
    out = io.BytesIO()
    pq.write_table(pa.table({name: [row[at] for row in rows] for at, name in enumerate(head)}), out)
    return out.getvalue()


FILES = {
    "csv": TABLE.encode(), "utf-16": TABLE.encode("utf-16"), "xlsx": workbook(TABLE), "hl7": HL7.encode(),
    "ndjson": NDJSON.encode(), "bundle": BUNDLE.encode(), "gz": gzip.compress(NDJSON.encode()), "omop": OMOP.encode(),
    "parquet": parquet(OMOP),
}  # fmt: skip


def rows(data: bytes, linkage: Linkage) -> list[dict[str, object]]:
    table = labs_from_bytes(data, "labs", linkage, MAP, ZONE)
    return [{name: value for name, value in row.items() if name != "file_id"} for row in table.to_pylist()]


@pytest.mark.parametrize("form", FILES)
def test_theirs_is_gone_and_all_others_are_on_their_lines(form: str) -> None:
    linkage = read_linkage(NamedBytes("linkage.csv", LINKAGE), MAP)
    before = rows(FILES[form], linkage)
    done = without_subjects("labs", FILES[form], "labs", NAMES, MAP)
    assert done is not None
    assert {row["subject_id"] for row in before} == {"SUBJ-10", "SUBJ-77"}
    assert rows(done.data, linkage) == [row for row in before if row["subject_id"] == "SUBJ-10"]
    assert (done.count > 0, done.is_all) == (True, False)
    if form in ("csv", "hl7", "xlsx", "utf-16"):
        assert "ACC-770" in done.learnt
        assert "ACC-100" not in done.learnt


@pytest.mark.parametrize("form", FILES)
def test_a_file_in_which_only_they_stand_says_so_and_one_without_them_stays(form: str) -> None:
    everybody = NAMES | {"MRN-10001", "SUBJ-10"}
    done = without_subjects("labs", FILES[form], "labs", everybody, MAP)
    assert done is not None
    assert done.is_all
    other = without_subjects("labs", FILES[form], "labs", frozenset({"MRN-99999"}), MAP)
    assert other is not None
    assert (other.data, other.count) == (FILES[form], 0)


def test_a_linkage_loses_the_line_and_tells_the_numbers_of_this_subject_alone() -> None:
    shared = LINKAGE + b"b,MRN-77002,SUBJ-77\nb,MRN-77002,SUBJ-10\n"
    done = without_subjects("linkage", shared, "linkage.csv", frozenset({"SUBJ-77"}), MAP)
    assert done is not None
    assert done.learnt == {"SUBJ-77", "MRN-77001"}
    left = read_linkage(NamedBytes("linkage.csv", done.data), MAP)
    assert left.resolve("MRN-10001", date(2026, 1, 3)).subject_id == "SUBJ-10"
    assert not left.knows("MRN-77001")


def test_a_file_that_no_reader_takes_loses_every_line_with_a_name() -> None:
    broken = b"mrn,what\nMRN-77001,x\nMRN-770019,y\n"
    done = without_subjects("labs", broken, "labs.csv", NAMES, MAP)
    assert done is not None
    assert done.data == b"mrn,what\n\nMRN-770019,y\n"
