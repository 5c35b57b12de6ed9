"""Corrections that move a result's collection time: they find what they replace in another file, whichever came first."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical import read_labs, read_linkage
from pbis.labs import load_map
from warehouse import ClinicalLoad, load_clinical

NOON = datetime(2026, 3, 1, 12)
HEAD = "subject | analyte | specimen | drawn | value | status | issued | order\n"
DAYS = {"in": "2026-03-08 08:00", "early": "2026-02-01 08:00"}

# The versions of one CRP, each in a file of its own; P1 starts on 10 March. Every order of the files gives the answer.
CASES = [
    ("moved into the window", ["L1 | early | 0.5 | final | 2026-03-08 10:00 | F1", "L1 | in | 0.5 | corrected | 2026-03-09 10:00 | F1"], "=0.5"),
    ("moved out of it", ["L1 | in | 0.5 | final | 2026-03-08 10:00 | F1", "L1 | early | 0.5 | corrected | 2026-03-09 10:00 | F1"], "outside_window"),
    ("value and time at once, and no specimen number", ["L1 | early | 0.5 | final | 2026-03-08 10:00 | F1", "F1 | in | 0.7 | corrected | 2026-03-09 10:00 | F1"], "=0.7"),
    ("without an order number the accession says it", ["L1 | in | 0.5 | final | 2026-03-08 10:00 |", "L1 | early | 0.7 | corrected | 2026-03-09 10:00 |"], "outside_window"),
    ("with neither, two draws", [" | in | 0.5 | final | 2026-03-08 10:00 |", " | early | 0.7 | corrected | 2026-03-09 10:00 |"], "=0.5"),
    ("two finals of one accession are two draws", ["L1 | in | 0.5 | final | 2026-03-08 10:00 |", "L1 | early | 0.7 | final | 2026-03-09 10:00 |"], "=0.5"),
    ("another order is another result", ["L1 | in | 0.5 | final | 2026-03-08 10:00 | F1", "L2 | early | 0.7 | corrected | 2026-03-09 10:00 | F2"], "=0.5"),
    ("two finals of one order are versions", ["L1 | in | 0.5 | final | 2026-03-08 10:00 | F1", "L1 | early | 0.7 | final | 2026-03-09 10:00 | F1"], "outside_window"),
    ("and the newer moves the older into the window", ["L1 | early | 0.5 | final | 2026-03-08 10:00 | F1", "L1 | in | 0.7 | final | 2026-03-09 10:00 | F1"], "=0.7"),
    ("and need an order of issue", ["L1 | 2026-03-08 07:00 | 0.5 | final | | F1", "L1 | in | 0.7 | final | | F1"], "duplicate_conflict"),
    ("two specimens of one order are two draws", ["L1 | in | 0.5 | final | 2026-03-08 10:00 | F1", "L2 | early | 0.7 | final | 2026-03-09 10:00 | F1"], "=0.5"),
    ("a correction in place moves nothing", ["L1 | in | 0.5 | final | 2026-03-08 10:00 | F1", "L2 | early | 0.6 | final | 2026-02-01 10:00 | F1",
     "L2 | early | 0.7 | corrected | 2026-03-09 10:00 | F1"], "=0.5"),
    ("one order on two draws does not say which was corrected", ["L1 | in | 0.5 | final | 2026-03-08 10:00 | F1",
     "L2 | early | 0.6 | final | 2026-02-01 10:00 | F1", "L3 | 2026-03-20 08:00 | 0.7 | corrected | 2026-03-21 10:00 | F1"], "=0.5"),
    ("moved, and then its value corrected", ["L1 | early | 0.5 | final | 2026-03-08 10:00 | F1", "L1 | in | 0.5 | corrected | 2026-03-09 10:00 | F1",
     "L1 | in | 0.8 | corrected | 2026-03-09 11:00 | F1"], "=0.8"),
    ("moved there and back", ["L1 | in | 0.5 | final | 2026-03-08 10:00 | F1", "L1 | early | 0.5 | corrected | 2026-03-09 10:00 | F1",
     "L1 | in | 0.5 | corrected | 2026-03-09 11:00 | F1"], "=0.5"),
    ("cancelled without a time", ["L1 | in | 0.5 | final | 2026-03-08 10:00 | F1", "L1 | | | cancelled | 2026-03-09 10:00 | F1"], "cancelled"),
    ("moved, and then cancelled by the old time", ["L1 | early | 0.5 | final | 2026-03-08 10:00 | F1", "L1 | in | 0.5 | corrected | 2026-03-09 10:00 | F1",
     "L1 | early | | cancelled | 2026-03-09 12:00 | F1"], "cancelled"),
    ("a day beside a time of one accession is one draw", ["L1 | in | 0.5 | final | 2026-03-08 10:00 |", "L1 | 2026-03-08 | 0.7 | final | 2026-03-08 10:00 |"],
     "duplicate_conflict"),
    ("whose later issue stands", ["L1 | 2026-03-08 | 0.5 | final | 2026-03-08 10:00 |", "L1 | in | 0.7 | final | 2026-03-09 10:00 |"], "=0.7"),
    ("a correction with the day alone leaves it after the first dose", ["L1 | 2026-03-10 11:00 | 0.5 | final | 2026-03-10 12:00 |",
     "L1 | 2026-03-10 | 0.7 | corrected | 2026-03-11 10:00 |"], "outside_window"),
    ("another day is another draw", ["L1 | in | 0.5 | final | 2026-03-08 10:00 |", "L1 | 2026-02-01 | 0.7 | final | 2026-03-09 10:00 |"], "=0.5"),
]  # fmt: skip


def at(text: str) -> str:
    for word, day in DAYS.items():
        text = text.replace(f"| {word} |", f"| {day} |")
    return text


def test_in_every_order_of_the_files(cases) -> None:
    expected, files = {}, {}
    for name, versions, answer in CASES:
        for order in permutations(versions):
            label = f"{name} {[versions.index(each) + 1 for each in order]}"
            subject = cases.add(label)
            expected[label] = answer
            for place, text in enumerate(order):
                files.setdefault(place, []).append(f"{subject} | crp | {at(text)}")
    cases.lab.treatments(
        "subject | started\n" + "\n".join(f"P{n + 1} | 2026-03-10 09:00" for n in range(len(cases.names)))
    )
    for lines in files.values():
        cases.lab.labs(HEAD + "\n".join(lines))
    assert cases.answers("crp") == expected


def message(drawn: str, issued: str, status: str, value: str) -> str:
    return "\r".join((
        f"MSH|^~\\&|LIS|N|PBIS|C|{issued}||ORU^R01^ORU_R01|{issued}|P|2.5.1",
        "PID|1||MRN-1^^^^MR||A^B",
        f"OBR|1|P9|F77|CRP^^L|||{drawn}|||||||||||||||{issued}",
        f"OBX|1|NM|1988-5^CRP^LN||{value}|mg/dL|<0.5|N|||{status}",
        "",
    ))  # fmt: skip


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_hl7_messages_in_two_files(lab, tmp_path, order) -> None:
    """The final says 8 February, the correction of the next file 8 March; a third result is left alone."""
    link = tmp_path / "link.csv"
    link.write_text("site,mrn,subject,valid_from,valid_to\n,MRN-1,P1,,\n")
    lab.treatments("subject | started\nP1 | 2026-03-10 09:00")
    messages = (
        message("20260208080000", "20260308100000", "F", "0.5"),
        message("20260308080000", "20260309100000", "C", "0.6"),
    )
    for number in order:
        path = tmp_path / f"{number}.hl7"
        path.write_text(messages[number])
        frame = read_labs(path, read_linkage(link), load_map(), ZoneInfo("Europe/Berlin"))
        file_id = frame.column("file_id")[0].as_py()
        load_clinical(lab.con, ClinicalLoad(file_id, file_id, "labs", path.name, "s", "1", "n", NOON, lab=frame))
    lab.known = {}
    assert lab.answer("crp") == "=0.6"
    row = lab.inputs()["P1", "crp"]
    assert row["days_before_start"] == 2
    assert "corrected, one of 2 versions; a correction moved its collection" in row["detail"]
