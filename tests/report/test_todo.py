"""The sections To do and Notes: when their rows change, the page changes; what keeps a result back is not folded."""

from __future__ import annotations

import re
from dataclasses import replace

from page_parser import parsed
from report_factory import night

from pbis.core.open_items import KINDS
from pbis.report import NoteRow, TodoRow, night_index

BLOCKING = TodoRow(
    "plate_without_layout", "P07 has no layout.", "Drop it.", "2026-03-08-1", True, "", "plates/P07.html"
)
BESIDE = TodoRow("specimen_never_run", "1 tube is on no plate.", "Run it.", "2026-03-09-1", False, "pbis decide later")


def test_what_waits_comes_first_with_its_remedy_and_its_link() -> None:
    page = night_index(replace(night(), todo=(BLOCKING, BESIDE)))
    text = parsed(page).text
    assert text.index("P07 has no layout.") < text.index("Proposed verdict")
    assert all(
        said in text for said in ("Drop it.", "open since night 2026-03-08-1", KINDS["plate_without_layout"].title)
    )
    assert 'href="./plates/P07.html"' in page
    folded = re.search(r"<details>(.*?)</details>", page, re.DOTALL)
    assert folded
    assert "1 tube is on no plate." in folded[1]
    assert "P07 has no layout." not in folded[1]
    assert "Beside that, 1 thing to know" in folded[1]


def test_a_changed_row_changes_the_page_and_none_says_so() -> None:
    one, other = (
        night_index(replace(night(), todo=(replace(BLOCKING, what=what),))) for what in ("a waits.", "b waits.")
    )
    assert one != other
    assert "Nothing waits for a person." in parsed(night_index(night())).text
    assert "Nothing keeps a result back." in parsed(night_index(replace(night(), todo=(BESIDE,)))).text


def test_notes_of_the_night_lead_to_their_plates() -> None:
    page = night_index(
        replace(night(), notes=(NoteRow("P07.csv: other medians", "plates/P07.html"), NoteRow("so it is")))
    )
    assert '<a href="./plates/P07.html">P07.csv: other medians</a>' in page
    assert "so it is" in parsed(page).text
    assert "Notes of this night" not in parsed(night_index(night())).text


def test_of_very_many_those_of_the_latest_nights_stand_there_and_the_others_are_counted() -> None:
    rows = [replace(BLOCKING, what=f"P{n:04d} has no layout.", since=f"2026-03-08-{n}") for n in range(1, 131)]
    text = parsed(night_index(replace(night(), todo=tuple(rows)))).text
    assert f"{KINDS['plate_without_layout'].title} (130)" in text
    assert text.index("P0130 has no layout.") < text.index("P0031 has no layout.")
    assert "P0030 has no layout." not in text
    assert "30 more, found before them" in text
