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
