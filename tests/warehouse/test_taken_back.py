"""A result that its sender took back or replaced: by files as senders write them, whichever comes first.

P1 starts on 10 March at 10:00. CRP 99 mg/L (9.9 mg/dL, a point) was sent in error; 1.2 mg/L (0.12 mg/dL, none) is right.
"""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime
from itertools import permutations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical import read_labs, read_linkage
from pbis.labs import load_map
from warehouse import ClinicalLoad, load_clinical, open_published, publish

NOON = datetime(2026, 3, 1, 12)
ZONE = ZoneInfo("Europe/Berlin")
MARCH = "2026-03-"
WRONG, RIGHT = "99", "1.2"


def observation(
    value: str = WRONG, drawn: str | None = "08T07:30", issued: str = "08T11:00", **more: Any
) -> dict[str, Any]:
    """id and patient hold # where the case's number goes; drawn, issued: day of March and time."""
    found = {
        "resourceType": "Observation", "id": "crp-#", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "1988-5"}]}, "subject": {"reference": "Patient/M#"},
        "effectiveDateTime": drawn and f"{MARCH}{drawn}:00+01:00", "issued": issued and f"{MARCH}{issued}:00+01:00",
        "valueQuantity": {"value": float(value), "unit": "mg/L"} if value else None,
    }  # fmt: skip
    return {name: each for name, each in (found | more).items() if each is not None}


def version(number: str | None, value: str, updated: str | None = None, **more: Any) -> dict[str, Any]:
    meta = {"versionId": number, "lastUpdated": updated and f"{MARCH}{updated}:00+01:00"}
    return observation(value, meta={name: each for name, each in meta.items() if each}, **more)


def deleted(url: str = "Observation/crp-#", kind: str = "transaction", **response: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"request": {"method": "DELETE", "url": url}}
    return {"resourceType": "Bundle", "type": kind, "entry": [entry | ({"response": response} if response else {})]}


def bundle(*resources: dict[str, Any], kind: str = "history") -> dict[str, Any]:
    entries = [each["entry"][0] if each["resourceType"] == "Bundle" else {"resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def lines(*resources: dict[str, Any]) -> str:
    return "\n".join(json.dumps(each) for each in resources) + "\n"


HEAD = "mrn,accession,test,value,unit,status,collected_at,resulted_at\n"


def row(value: str, status: str, drawn: str = "08 07:30", issued: str = "08 11:00", accession: str = "A#") -> str:
    drawn, issued = (f"{MARCH}{each}" if each else "" for each in (drawn, issued))
    return f"M#,{accession},CRP,{value},{'mg/L' if value else ''},{status},{drawn},{issued}\n"


def table(*rows: str) -> str:
    return HEAD + "".join(rows)


def message(
    value: str, status: str, drawn: str = "080730", issued: str = "081100", number: str = "", own: str = ""
) -> str:
    """number: filler order number; the specimen has one anyway. own: OBX-14."""
    obr, obx = (f"202603{each}" if each else "" for each in (drawn, own))
    return "\r".join((
        f"MSH|^~\\&|LIS|N|PBIS|C|202603{issued}||ORU^R01^ORU_R01|{issued}{status}|P|2.5.1",
        "PID|1||M#^^^^MR||A^B",
        f"OBR|1||{number}|CRP^^L|||{obr}|||||||||||||||202603{issued}",
        f"OBX|1|NM|1988-5^CRP^LN||{value}|mg/L|<5|N|||{status}|||{obx}",
        "SPM|1|^SP#||119297000^BLD^SCT",
        "",
    ))  # fmt: skip


def emptied(issued: str, number: str = "F#") -> str:
    """An order that is cancelled and holds no results (OBR-25 X)."""
    text = message("", "X", issued=issued, number=number)
    return "\r".join(
        f"{each}|||X" if each.startswith("OBR") else each for each in text.split("\r") if each[:3] != "OBX"
    )


GONE, FIXED, STANDS = "entered_in_error", "=0.12", "=9.9"
LATER = {"drawn": "08T07:25", "issued": "09T11:00"}

# Files that come one after the other, in every order; the answer is the same.
CASES: list[tuple[str, list[str], str]] = [
    ("a: history bundle with a deletion", [lines(bundle(deleted(lastModified="2026-03-09T12:00:00Z"), observation()))], GONE),
    ("a: a deletion with the resource beside it", [lines(bundle(observation(), kind="collection")),
     lines({"resourceType": "Bundle", "entry": [{"resource": observation(), "request": {"method": "DELETE"}}]})], GONE),
    ("a: created, deleted, created anew", [lines(bundle(version("3", RIGHT), deleted(etag='W/"2"'), version("1", WRONG)))], FIXED),
    ("a: a later version says nothing to an older deletion", [lines(version("2", WRONG)), lines(deleted(etag='W/"2"'))], GONE),
    ("a: by the address of the server", [lines(observation()), lines(deleted("https://ehr/fhir/Observation/crp-#/_history/2"))], GONE),
    ("a: by identifier", [lines(observation(identifier=[{"system": "urn:lis", "value": "R#"}])),
     lines(deleted("Observation?identifier=urn:lis|R#"))], GONE),
    ("a: of another result", [lines(observation()), lines(deleted("Observation/other"))], STANDS),
    ("a: of a component's Observation", [lines(observation("", component=[{"code": observation()["code"],
     "valueQuantity": {"value": 99, "unit": "mg/L"}}])), lines(deleted())], GONE),
    ("b: a deleted file of Bulk Data", [lines(observation(), observation(id="other-#", drawn="01T07:30")), lines(deleted(), deleted("Patient/1"))], GONE),
    ("b: the right one beside it", [lines(observation(), observation(RIGHT, id="new-#", drawn="08T07:25")), lines(deleted())], FIXED),
    ("c: version 2 moves the time", [lines(version("1", WRONG)), lines(version("2", RIGHT, **LATER))], FIXED),
    ("c: version 10 is newer than 9", [lines(version("9", WRONG)), lines(version("10", RIGHT, issued="08T11:00"))], FIXED),
    ("c: by last update", [lines(version(None, WRONG, "08T12:00")), lines(version(None, RIGHT, "09T12:00", drawn="08T07:25"))], FIXED),
    ("c: by time of issue", [lines(observation()), lines(observation(RIGHT, **LATER))], FIXED),
    ("c: by version, whatever the update says", [lines(version("1", WRONG, "09T12:00")), lines(version("2", RIGHT, "08T12:00"))], FIXED),
    ("c: by version, though one has none", [lines(version("1", WRONG, "10T12:00")), lines(version("2", RIGHT, "09T12:00")),
     lines(version(None, "98", "08T12:00"))], FIXED),
    ("c: one version, twice, unlike", [lines(version("1", WRONG, "09T12:00")), lines(version("1", RIGHT, "09T12:00"))], "duplicate_conflict"),
    ("c: copied, so updated later", [lines(version("1", RIGHT, "09T12:00")), lines(version("1", RIGHT, "10T12:00"))], FIXED),
    ("c: nothing orders them", [lines(observation()), lines(observation(RIGHT, drawn="08T07:25"))], "duplicate_conflict"),
    ("c: version 2 is preliminary", [lines(version("1", WRONG)), lines(version("2", RIGHT, status="preliminary", **LATER))], "preliminary_only"),
    ("c: version 2 is of another test", [lines(version("1", WRONG)),
     lines(version("2", "7", code={"coding": [{"system": "http://loinc.org", "code": "2951-2"}]}))], GONE),
    ("c: version 2 moves it out of the window", [lines(version("1", WRONG)), lines(version("2", RIGHT, drawn="01T07:30"))], "outside_window"),
    ("c: three versions", [lines(version("1", WRONG)), lines(version("2", "98", drawn="08T07:00")), lines(version("3", RIGHT, **LATER))], FIXED),
    ("c: two ids are two results", [lines(observation(RIGHT, drawn="09T07:30", id="x-#")), lines(observation(drawn="05T07:30"))], FIXED),
    ("d: a correction moves the time", [table(row(WRONG, "final")), table(row(RIGHT, "corrected", "08 07:25", "09 11:00"))], FIXED),
    ("d: in one file", [table(row(WRONG, "final"), row(RIGHT, "corrected", "08 07:25", "09 11:00"))], FIXED),
    ("d: two finals are two draws", [table(row(WRONG, "final", "05 07:30")), table(row(RIGHT, "final", "09 07:30", "09 11:00"))], FIXED),
    ("d: another accession is another result", [table(row(WRONG, "final")), table(row(RIGHT, "corrected", "01 07:25", accession="B#"))], STANDS),
    ("d: the only result of its test", [table(row(RIGHT, "corrected"))], FIXED),
    ("d: only a correction, and another day", [table(row(RIGHT, "corrected", accession="B#")), table(row(WRONG, "final", "05 07:30"))], FIXED),
    ("d: fits no version, of the day", [table(row(WRONG, "final")), table(row(RIGHT, "corrected", "08 09:25", "09 11:00", "B#"))], "duplicate_conflict"),
    ("d: fits none, of the same value", [table(row(RIGHT, "final")), table(row(RIGHT, "corrected", "08 09:25", "09 11:00", "B#"))], FIXED),
    ("d: fits none, beside what was taken back", [table(row(WRONG, "final")), table(row("", "deleted", "", "")),
     table(row(RIGHT, "corrected", "08 09:25", "09 11:00", "B#"))], FIXED),
    ("d: two corrections are two results", [table(row(WRONG, "corrected", "08 05:25")), table(row(RIGHT, "corrected", "08 09:25", accession="B#"))], FIXED),
    ("d: fits none, of the specimen", [message(WRONG, "F", number="F#"), message(RIGHT, "C", "070725", "091100", "G#")], "duplicate_conflict"),
    ("e: two finals of one order number", [message(WRONG, "F", number="F#"), message(RIGHT, "F", "080725", "091100", "F#")], FIXED),
    ("e: by specimen", [message(WRONG, "F"), message(RIGHT, "C", "080725", "091100")], FIXED),
    ("e: by OBX-14", [message(WRONG, "F", "", own="080730"), message(RIGHT, "C", "", "091100", own="080725")], FIXED),
    ("e: by filler order number", [message(WRONG, "F", number="F#"), message(RIGHT, "C", "080725", "091100", "F#")], FIXED),
    ("f: HL7 W without a time", [message(WRONG, "F"), message("", "W", "", "091100")], GONE),
    ("f: HL7 D without a time", [message(WRONG, "F"), message("", "D", "", "091100")], GONE),
    ("f: HL7 X without a time", [message(WRONG, "F"), message("", "X", "", "091100")], "cancelled"),
    ("f: HL7 W by filler order number", [message(WRONG, "F", number="F#"), message("", "W", "", "091100", "F#")], GONE),
    ("f: HL7 W for several draws of one number", [message(WRONG, "F"), message("98", "F", "060730"), message("", "W", "", "091100")], GONE),
    ("f: HL7 W with the time of one of them", [message(WRONG, "F"), message(RIGHT, "F", "060730"), message("", "W", "080730", "091100")], FIXED),
    ("f: CSV entered in error", [table(row(WRONG, "final")), table(row("", "entered in error", "", "09 11:00"))], GONE),
    ("f: CSV deleted, undated", [table(row(WRONG, "final")), table(row("", "deleted", "", ""))], GONE),
    ("f: CSV cancelled", [table(row(WRONG, "final")), table(row("", "cancelled", "", "09 11:00"))], "cancelled"),
    ("f: CSV cancelled, whatever the time says", [table(row("", "cancelled", "", "08 09:00")), table(row(RIGHT, "final"))], "cancelled"),
    ("f: HL7 W by an older clock", [message(WRONG, "F"), message("", "W", "", "071100")], GONE),
    ("f: HL7 W, then a correction", [message(WRONG, "F"), message("", "W", issued="091100"), message(RIGHT, "C", issued="091200")], FIXED),
    ("f: HL7 X of another order on the same tube", [message(RIGHT, "F", number="F#"), message("", "X", issued="091100", number="G#")], FIXED),
    ("f: HL7 order cancelled", [message(WRONG, "F", number="F#"), emptied("091100")], "cancelled"),
    ("f: HL7 order cancelled, by an older clock", [message(WRONG, "F", issued="081100", number="F#"), emptied("081100")], "cancelled"),
    ("f: HL7 order cancelled before there were results", [emptied("080900"), message(RIGHT, "F", number="F#")], FIXED),
    ("f: HL7 order cancelled and taken up again", [message(WRONG, "F", number="F#"), emptied("081200"), message(RIGHT, "F", issued="081300", number="F#")], FIXED),
    ("f: HL7 order cancelled, and the result sent again", [message(WRONG, "F", number="F#"), emptied("081200"), message(WRONG, "F", issued="081300", number="F#")],
     "cancelled"),
    ("f: HL7 order cancelled twice", [emptied("080900"), message(RIGHT, "F", number="F#"), emptied("081200")], "cancelled"),
    ("f: HL7 order cancelled on the day alone", [emptied("08"), message(RIGHT, "F", number="F#")], "cancelled"),
    ("f: HL7 order taken up again, preliminary", [emptied("080900"), message(RIGHT, "P", number="F#")], "preliminary_only"),
    ("f: FHIR deleted before it was copied", [lines(version(None, WRONG, "10T12:00")), lines(deleted(lastModified="2026-03-09T12:00:00Z"))], GONE),
    ("f: CSV under another accession", [table(row(WRONG, "final")), table(row("", "cancelled", "", "09 11:00", "B#"))], STANDS),
    ("f: FHIR entered in error", [lines(observation()), lines(observation("", None, "09T11:00", status="entered-in-error"))], GONE),
    ("f: FHIR without time, issue, test and patient", [lines(observation()),
     lines(observation("", None, "", status="entered-in-error", subject=None, code=None))], GONE),
    ("f: FHIR, of another id on the same draw", [lines(observation(RIGHT)), lines(observation("", id="new-#", issued="09T11:00", status="entered-in-error"))], FIXED),
    ("f: HL7 takes back what FHIR sent for the draw", [lines(observation(specimen={"reference": "Specimen/SP#"})), message("", "W", issued="091100")], GONE),
    ("f: FHIR takes back what HL7 sent for the draw", [message(WRONG, "F"),
     lines(observation("", issued="09T11:00", status="entered-in-error", specimen={"reference": "Specimen/SP#"}))], GONE),
    ("f: FHIR cancelled", [lines(observation()), lines(observation("", None, "09T11:00", status="cancelled"))], "cancelled"),
    ("f: FHIR entered in error, then mended", [lines(version("1", WRONG)), lines(version("2", "", drawn=None, status="entered-in-error")),
     lines(version("3", RIGHT))], FIXED),
    ("h: final by U in another file", [message(RIGHT, "P", number="F#"), message("", "U", issued="091100", number="F#")], FIXED),
    ("h: U in the file of the P", [message(RIGHT, "P", number="F#") + message("", "U", issued="091100", number="F#")], FIXED),
    ("h: U without its P", [message("", "U", issued="091100", number="F#")], "preliminary_only"),
    ("h: U of the last P before it", [message(WRONG, "P", number="F#"), message(RIGHT, "P", issued="081200", number="F#"),
     message("", "U", issued="091100", number="F#")], FIXED),
    ("h: a P after the U waits for its own", [message(RIGHT, "P", number="F#"), message(WRONG, "P", issued="091200", number="F#"),
     message("", "U", issued="091100", number="F#")], FIXED),
    ("h: only a P after the U", [message(WRONG, "P", issued="091200", number="F#"), message("", "U", issued="091100", number="F#")], "preliminary_only"),
    ("h: U of another order", [message(WRONG, "P", number="F#"), message("", "U", issued="091100", number="G#")], "preliminary_only"),
    ("h: U of another draw", [message(WRONG, "P", number="F#"), message("", "U", "070730", "091100", "F#")], "preliminary_only"),
    ("h: U without an order number", [message(WRONG, "P"), message("", "U", issued="091100")], "preliminary_only"),
    ("h: a final one after the P", [message(WRONG, "P", number="F#"), message(RIGHT, "F", issued="081200", number="F#"),
     message("", "U", issued="091100", number="F#")], FIXED),
    ("h: corrected after the U", [message(WRONG, "P", number="F#"), message("", "U", issued="091100", number="F#"),
     message(RIGHT, "C", issued="091200", number="F#")], FIXED),
    ("h: taken back after the U", [message(WRONG, "P", number="F#"), message("", "U", issued="091100", number="F#"),
     message("", "W", issued="091200", number="F#")], GONE),
    ("h: what P could not say is said by no U", [message("1,2", "P", number="F#"), message("", "U", issued="091100", number="F#")], "preliminary_only"),
    ("h: of a specimen that is no blood", [message(RIGHT, "P", number="F#").replace("119297000^BLD^SCT", "CSF"), message("", "U", issued="091100", number="F#")],
     "preliminary_only"),
    ("g: a later line deletes", [lines(observation(), deleted())], GONE),
    ("g: an earlier one too", [lines(deleted(), observation())], GONE),
]  # fmt: skip


def load(lab: Any, path: Path, link: Path) -> None:
    frame = read_labs(path, read_linkage(link), load_map(), ZONE)
    file_id = frame.column("file_id")[0].as_py()
    load_clinical(lab.con, ClinicalLoad(file_id, file_id, "labs", path.name, "s", "1", "n", NOON, lab=frame))
    lab.known = {}


@pytest.fixture
def ordered(cases: Any, tmp_path: Path) -> dict[str, tuple[str, str]]:
    """Label of a case in one order of its files -> its answer and the right one."""
    expected, files = {}, []
    for name, versions, answer in CASES:
        for order in permutations(range(len(versions))):
            label = f"{name} {[place + 1 for place in order]}"
            number = cases.add(label).removeprefix("P")
            expected[label] = answer
            for place in order:
                files.append(tmp_path / f"{number}-{len(files)}.txt")
                files[-1].write_text(versions[place].replace("#", number))
    numbers = range(1, len(cases.names) + 1)
    link = tmp_path / "link.csv"
    link.write_text("site,mrn,subject,valid_from,valid_to\n" + "".join(f",M{n},P{n},,\n" for n in numbers))
    cases.lab.treatments("subject | started\n" + "\n".join(f"P{n} | 2026-03-10 10:00" for n in numbers))
    for path in files:
        load(cases.lab, path, link)
    found = cases.answers("crp")
    return {label: (found[label], expected[label]) for label in expected}


def test_in_every_order_of_the_files(ordered: dict[str, tuple[str, str]]) -> None:
    assert {label: found for label, (found, _) in ordered.items()} == {
        label: right for label, (_, right) in ordered.items()
    }


@pytest.fixture
def p1(lab: Any, tmp_path: Path) -> Any:
    """take(text, ...) loads each text as a file of its own; P1 and P2 are known as M1 and M2."""
    link = tmp_path / "link.csv"
    link.write_text("site,mrn,subject,valid_from,valid_to\n,M1,P1,,\n,M2,P2,,\n,M3,P3,,\n")
    lab.treatments("subject | started\nP1 | 2026-03-10 10:00\nP2 | 2026-03-10 10:00")
    count = iter(range(100))

    def take(*texts: str) -> Any:
        for text in texts:
            path = tmp_path / f"file{next(count)}.txt"
            path.write_text(text.replace("#", "1"))
            load(lab, path, link)
        return lab

    return take


def test_the_view_says_which_row_replaced_which(p1: Any) -> None:
    lab = p1(lines(version("1", WRONG)), lines(version("2", RIGHT, **LATER)), lines(deleted("Observation/late")))
    told = lab.con.execute(
        "select how, value_text, file_name, source_line, by_value_text, by_file_name, by_source_line from replaced_lab order by how"
    ).fetchall()
    assert told == [
        ("newer version", "9.9", "file0.txt", 1, "0.12", "file1.txt", 1),
        ("waits for its result", None, None, None, None, "file2.txt", 1),
    ]


def test_a_row_that_another_made_final_says_by_which(p1: Any) -> None:
    lab = p1(message(RIGHT, "P", number="F#"), message("", "U", issued="091100", number="F#"))
    (by,) = lab.con.execute("select file_id from store.clinical_file where name = 'file1.txt'").fetchone()
    rows = lab.con.execute("select status, is_used, reason, detail from clinical_lab order by source_line, file_name")
    assert rows.fetchall() == [
        ("preliminary", True, None, f"made final by line 4 of file {by[:12]}"),
        ("now_final", False, "preliminary_only", "status U: what was sent as preliminary is final, its value is not sent again"),
    ]  # fmt: skip
    assert lab.con.execute("from replaced_lab").fetchall() == []


def test_a_deletion_says_in_the_answer_where_it_stands(p1: Any) -> None:
    lab = p1(lines(observation()), lines(deleted()))
    assert lab.answer("crp") == GONE
    file_id = lab.con.execute("select file_id from store.clinical_file where name = 'file1.txt'").fetchone()[0]
    assert lab.inputs()["P1", "crp"]["detail"] == f"the result was entered in error, by line 1 of file {file_id[:12]}"


def test_a_deletion_of_an_id_that_two_patients_have_is_a_conflict_of_both(p1: Any) -> None:
    lab = p1(lines(observation()), lines(observation(subject={"reference": "Patient/M2"})), lines(deleted()))
    assert (lab.answer("crp"), lab.answer("crp", "P2")) == ("identity_conflict", "identity_conflict")
    assert "several patients" in lab.inputs()["P1", "crp"]["detail"]


OTHER = {"reference": "Patient/M2"}
# Rows of P1 and of P2 in two files, and what each patient has then. Record numbers are of no site.
OF_TWO = [
    ("a newer version names another patient", lines(version("1", WRONG)), lines(version("2", RIGHT, subject=OTHER)), ("identity_conflict", FIXED)),
    ("one whom nobody knows", lines(version("1", WRONG)), lines(version("2", RIGHT, subject={"reference": "Patient/M9"})), ("identity_conflict", "not_ordered")),
    ("nothing says which is newer", lines(observation()), lines(observation(RIGHT, subject=OTHER)), ("identity_conflict", "identity_conflict")),
    ("ids that count from 1, of two draws", lines(version("1", WRONG, id="7")), lines(version("2", RIGHT, id="7", drawn="07T07:30", subject=OTHER)), (STANDS, FIXED)),
    ("ids that count from 1, of one draw", lines(version("1", WRONG, id="7")), lines(version("2", RIGHT, id="7", subject=OTHER)), ("identity_conflict", FIXED)),
    ("a correction under another record number", table(row(WRONG, "final")), table(row(WRONG, "corrected").replace("M#", "M2")), ("identity_conflict", STANDS)),
    ("a correction of its own patient's result", table(row(WRONG, "final")), table(row(WRONG, "final").replace("M#", "M2"), row(RIGHT, "corrected").replace("M#", "M2")),
     (STANDS, FIXED)),
    ("under a number that several patients have", table(row(WRONG, "final"), row(WRONG, "final").replace("M#", "M3")),
     table(row(RIGHT, "corrected").replace("M#", "M2")), (STANDS, FIXED)),
]  # fmt: skip


def of_one(text: str, number: int) -> str:
    """The text with the patients, ids and accessions of one case, so that one warehouse holds all: three patients a case."""
    patients = {"M#": 3 * number + 1, "M2": 3 * number + 2, "M3": 3 * number + 3}
    for name, patient in patients.items():
        text = text.replace(name, f"M@{patient}")
    return text.replace("M@", "M").replace("#", str(number)).replace('"id": "7"', f'"id": "{number}"')


@pytest.fixture
def claimed(lab: Any, tmp_path: Path) -> dict[tuple[str, bool], tuple[str, str]]:
    """Name of the case, and whether its files came turned -> the answers of its two patients."""
    cases = [(each, is_turned) for each in OF_TWO for is_turned in (False, True)]
    patients = range(1, 3 * len(cases) + 1)
    link = tmp_path / "link.csv"
    link.write_text("site,mrn,subject,valid_from,valid_to\n" + "".join(f",M{n},P{n},,\n" for n in patients))
    starts = (f"P{3 * number + place} | 2026-03-10 10:00" for number in range(len(cases)) for place in (1, 2))
    lab.treatments("subject | started\n" + "\n".join(starts))
    for number, ((_, older, newer, _), is_turned) in enumerate(cases):
        for place, text in enumerate((newer, older) if is_turned else (older, newer)):
            path = tmp_path / f"{number}-{place}.txt"
            path.write_text(of_one(text, number))
            load(lab, path, link)
    return {
        (each[0], is_turned): (lab.answer("crp", f"P{3 * number + 1}"), lab.answer("crp", f"P{3 * number + 2}"))
        for number, (each, is_turned) in enumerate(cases)
    }


def test_a_result_that_two_patients_claim(claimed: dict[tuple[str, bool], tuple[str, str]]) -> None:
    assert claimed == {(each[0], is_turned): each[3] for each in OF_TWO for is_turned in (False, True)}


def test_the_reason_names_the_row_of_the_other_patient(p1: Any) -> None:
    lab = p1(table(row(WRONG, "final"), row(RIGHT, "corrected", "07 07:30").replace("M#", "M2")))
    assert lab.inputs()["P1", "crp"]["detail"] == "a correction under its number, in line 3, names another patient"
    assert lab.answer("crp", "P2") == FIXED


def test_a_correction_that_fits_nothing_says_so_on_both_sides(p1: Any) -> None:
    lab = p1(table(row(WRONG, "final"), row(RIGHT, "corrected", "08 09:25", "09 11:00", "B#")))
    said = {text for (text,) in lab.con.execute("select detail from lab_current").fetchall()}
    assert any("fits no result that was sent, beside another result of the day in line 2" in text for text in said)
    assert any("a correction of the day in line 3" in text and "may mean this one" in text for text in said)


def test_a_retraction_of_a_patient_whom_nobody_knows_takes_nothing_back(p1: Any) -> None:
    unknown = observation("", None, status="entered-in-error", subject={"reference": "Patient/M9"})
    assert p1(lines(observation()), lines(unknown)).answer("crp") == STANDS


def test_a_release_tells_who_gave_a_result_away(lab: Any, warehouse: Path, tmp_path: Path) -> None:
    """A release moves the dates of two patients by different days, so it cannot ask which of their rows is newer."""
    link = tmp_path / "link.csv"
    link.write_text("site,mrn,subject,valid_from,valid_to\n,M1,P1,,\n,M2,P2,,\n")
    lab.treatments("subject | started\nP1 | 2026-03-10 10:00\nP2 | 2026-06-10 10:00")
    versions = (version(None, WRONG, "08T12:00"), version(None, RIGHT, "09T12:00", subject=OTHER))
    for number, each in enumerate(versions):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(each).replace("#", "1"))
        load(lab, path, link)
    query = "select subject_id, reason, detail from lab_current order by all"
    here = lab.con.execute(query).fetchall()
    assert [row[:2] for row in here] == [("P1", "identity_conflict"), ("P2", None)]
    lab.con.close()
    with closing(open_published(publish(warehouse, tmp_path / "releases", "r"))) as release:
        assert release.execute(query).fetchall() == here
        said = "select comment from duckdb_tables() where table_name = 'given_away_lab'"
        assert release.execute(said).fetchone()[0].startswith("one row per laboratory row")
