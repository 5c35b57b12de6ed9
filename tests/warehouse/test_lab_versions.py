"""The same files in twenty orders give the same answer; tests/pipeline/test_versions.py has them come on several nights."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lab_versions import ANSWERS, FILES, NUMBER, orders

from pbis.clinical import labs_from_bytes, read_linkage
from pbis.labs import load_map
from warehouse import ClinicalLoad, load_clinical

NOON = datetime(2026, 3, 1, 12)
ORDERS = 20


def test_twenty_orders_of_the_files(lab: Any, tmp_path: Path) -> None:
    """Each order is a patient of its own, so that one warehouse holds all."""
    link = tmp_path / "link.csv"
    patients = range(1, ORDERS + 1)
    link.write_text("site,mrn,subject,valid_from,valid_to\n" + "".join(f",M{n},P{n},,\n" for n in patients))
    lab.treatments("subject | started\n" + "\n".join(f"P{n} | 2026-03-10 10:00" for n in patients))
    linkage, labs_map, zone = read_linkage(link), load_map(), ZoneInfo("Europe/Berlin")
    chosen = list(orders(1, ORDERS))
    for place in range(len(FILES)):
        for number, order in zip(patients, chosen, strict=True):
            data = FILES[order[place]].replace(NUMBER, str(number)).encode()
            frame = labs_from_bytes(data, "f", linkage, labs_map, zone)
            name = frame.column("file_id")[0].as_py()
            load_clinical(lab.con, ClinicalLoad(name, name, "labs", "f", "s", "1", "n", NOON, lab=frame))
    lab.known = {}
    found = {n: {measure: lab.answer(measure, f"P{n}") for measure in ANSWERS} for n in patients}
    assert found == dict.fromkeys(patients, ANSWERS)


def test_a_bound_of_one_test_beside_a_number_of_another_says_the_same(lab: Any, tmp_path: Path) -> None:
    """CRP and high sensitivity CRP of one specimen, issued one after the other in either order."""
    link = tmp_path / "link.csv"
    link.write_text("site,mrn,subject,valid_from,valid_to\n,M1,P1,,\n,M2,P2,,\n,M3,P3,,\n")
    lab.treatments("subject | started\n" + "\n".join(f"P{n} | 2026-03-10 10:00" for n in (1, 2, 3)))
    row = "M{},A{},{},{},mg/L,final,2026-03-08 07:30,2026-03-08 {}:00"
    rows = [
        *(row.format(1, 1, "1988-5", "<5", 10), row.format(1, 1, "30522-7", "1.3", 11)),
        *(row.format(2, 2, "1988-5", "<5", 11), row.format(2, 2, "30522-7", "1.3", 10)),
        *(row.format(3, 3, "1988-5", "<1", 11), row.format(3, 3, "30522-7", "1.3", 11)),
    ]
    text = "\n".join(["mrn,accession,test,value,unit,status,collected_at,resulted_at", *rows, ""])
    frame = labs_from_bytes(text.encode(), "f", read_linkage(link), load_map(), ZoneInfo("Europe/Berlin"))
    load_clinical(lab.con, ClinicalLoad("f", "f", "labs", "f", "s", "1", "n", NOON, lab=frame))
    lab.known = {}
    assert [lab.answer("crp", f"P{n}") for n in (1, 2, 3)] == ["=0.13", "=0.13", "duplicate_conflict"]
    told = lab.con.sql("select is_used, reason, detail from clinical_lab order by source_line").fetchall()
    assert [used for used, _, _ in told] == [True, True, True, True, False, False]
    assert [reason for _, reason, _ in told[:4]] == [None] * 4
    assert [detail for _, _, detail in told if "says it exactly" in (detail or "")] == [
        f"line {line} of file {frame.column('file_id')[0].as_py()[:12]} says it exactly" for line in (3, 5)
    ]


def test_of_two_tests_of_one_draw_the_one_issued_later_is_no_version_of_the_other(lab: Any, tmp_path: Path) -> None:
    """CRP and high sensitivity CRP that differ: which of them counts is not said by the order in which they were issued."""
    link = tmp_path / "link.csv"
    link.write_text("site,mrn,subject,valid_from,valid_to\n" + "".join(f",M{n},P{n},,\n" for n in range(1, 15)))
    lab.treatments("subject | started\n" + "\n".join(f"P{n} | 2026-03-10 10:00" for n in range(1, 15)))
    two = {
        1: [("1988-5", "5.1", "final", 10), ("30522-7", "0.2", "final", 11)],
        2: [("1988-5", "5.1", "final", 11), ("30522-7", "0.2", "final", 10)],
        3: [("1988-5", "5.1", "final", 10), ("30522-7", "0.2", "final", 10), ("30522-7", "5.1", "corrected", 11)],
        4: [("1988-5", "5.1", "final", 10), ("30522-7", "5.1", "final", 11)],
        5: [("1988-5", "5.1", "final", 10), ("1988-5", "0.2", "final", 11)],  # versions of one test
        6: [("1988-5", "5.1", "final", 10), ("CRP", "0.2", "final", 11)],  # a name may mean either
        7: [("1988-5", "5.1", "final", 10), ("30522-7", "", "cancelled", 11)],  # nor does one take the other back
        8: [("1988-5", "5.1", "final", 10), ("CRP", "", "cancelled", 11)],
        9: [("1988-5", "5.1", "final", 10), ("30522-7", "QNS", "final", 11)],  # nor does one without a value
        10: [("1988-5", "5.1", "final", 10), ("30522-7", "", "corrected", 11)],
        11: [("1988-5", "5.1", "final", 10), ("1988-5", "QNS", "final", 11)],  # a later word of the same test
        12: [("1988-5", "5.1", "final", 9), ("30522-7", "0.2", "final", 10), ("30522-7", "QNS", "final", 11)],
        13: [("1988-5", "5.1", "final", 10), ("30522-7", "hemolyzed", "final", 11)],  # of the tube, not of the test
        14: [("1988-5", "not performed", "final", 10), ("30522-7", "QNS", "final", 11)],
    }
    lines = [
        f"M{n},A{n},{code},{value},mg/L,{status},2026-03-08 07:30,2026-03-08 {issued}:00"
        for n, rows in two.items()
        for code, value, status, issued in rows
    ]
    text = "\n".join(["mrn,accession,test,value,unit,status,collected_at,resulted_at", *lines, ""])
    frame = labs_from_bytes(text.encode(), "f", read_linkage(link), load_map(), ZoneInfo("Europe/Berlin"))
    name = frame.column("file_id")[0].as_py()
    load_clinical(lab.con, ClinicalLoad(name, name, "labs", "f", "s", "1", "n", NOON, lab=frame))
    lab.known = {}
    assert [lab.answer("crp", f"P{n}") for n in two] == [
        "duplicate_conflict", "duplicate_conflict", "=0.51", "=0.51", "=0.02", "=0.02", "=0.51", "cancelled",
        "=0.51", "=0.51", "qns", "=0.51", "failed_qc", "qns",
    ]  # fmt: skip
    replaced = lab.con.sql("select subject_id, how from replaced_lab where how <> 'taken back' order by all").fetchall()
    assert replaced == [
        ("P11", "issued again"),
        ("P3", "corrected"),
        ("P5", "issued again"),
        ("P6", "issued again"),
        ("P7", "waits for its result"),
    ]
    detail = lab.inputs()["P1", "crp"]["detail"]
    assert detail == "two tests of the draw, 1988-5 and 30522-7, give different values"
