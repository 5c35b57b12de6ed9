"""The morning page beside tonight: the strip of plates, months, what moved, earlier nights, what lies in quarantine, releases."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from browsing import probe
from page_parser import parsed
from report_factory import CYTOKINES, night

from pbis.report import NightReport, night_index
from pbis.report.morning import (
    STRIP,
    EarlierNight,
    KeptRelease,
    LeftLying,
    Morning,
    MovedScore,
    StripPlate,
    months,
    plate_list,
    strip,
)


def stand(count: int, analytes: tuple[str, ...] = CYTOKINES) -> tuple[StripPlate, ...]:
    """Plates of which every fifth fails and every seventh warns, thirty a month from 2012-01 on; only the last have analytes."""
    words = ["fail" if n % 5 == 0 else "warn" if n % 7 == 0 else "pass" for n in range(count)]
    return tuple(
        StripPlate(
            f"HCC7P_LIVER_STUDY_{n:05d}",
            f"{2012 + n // 360}-{n // 30 % 12 + 1:02d}-{n % 30 + 1:02d} 10:04",
            state,
            f"plates/HCC7P_LIVER_STUDY_{n:05d}-8594ba2d-f6411979-0a1b2c3d.html",
            dict.fromkeys(analytes, state) if n >= count - STRIP else {},
        )
        for n, state in enumerate(words)
    )


def told(plates: tuple[StripPlate, ...] = (), **changes: Any) -> Morning:
    data = Morning("Liver lab <1>", "Asia/Shanghai", "9.8.7", "2026-03-09-1", plates=plates)
    return replace(data, **changes)


def index(morning: Morning) -> str:
    return night_index(replace(night(), morning=morning, read_count=3))


def test_the_head_says_site_zone_version_and_release() -> None:
    text = parsed(index(told())).text
    assert "Site Liver lab <1>, times in Asia/Shanghai; program version 9.8.7; release 2026-03-09-1." in text
    assert "nothing is released yet" in parsed(index(told(release=""))).text


def test_the_strip_is_analyte_by_plate_in_signs_and_leads_to_each_plate() -> None:
    plates = (
        StripPlate("P1", "2026-03-01 10:00", "pass", "plates/p1.html", {"IL-2": "pass", "IL-6": "warn"}),
        StripPlate("P2", "", "held", "plates/p2.html", {"IL-2": "held"}),
        StripPlate("P3", "2026-03-03 10:00", "fail", "plates/p3.html", {"IL-2": "fail", "TNF": "pass"}),
    )
    grid = strip(plates)
    assert grid.lines == (
        ("IL-2", ("pass", "held", "fail")),
        ("IL-6", ("warn", "", "")),
        ("TNF", ("", "", "pass")),
    )
    part = index(told(plates)).split('class="strip"')[1].split("</table>")[0]
    assert re.findall(r'href="\./(plates/\w+\.html)"', part) == ["plates/p1.html", "plates/p2.html", "plates/p3.html"]
    assert '<th scope="row">IL-2<td class="pass">·<td class="held">?<td class="fail">✕' in part
    assert '<th scope="row">The plate<td class="pass">·<td class="held">?<td class="fail">✕' in part
    assert "P2, read at an unknown time: Held" in part


def test_plates_before_the_strip_are_counted_by_month_and_listed_on_a_page_of_their_own() -> None:
    plates = (replace(stand(1)[0], read=""), *stand(STRIP + 40)[: STRIP + 40])
    found = months(plates)
    assert sum(row.plates for row in found) == len(plates) - STRIP == 41
    assert [row.month for row in found] == ["2012-02", "2012-01", "without a date"]
    assert all(row.plates == sum(row.counts) for row in found)
    page, listed = index(told(plates)), plate_list(told(plates))
    links = re.findall(r'href="\./plates\.html#([\w-]+)"', page)
    assert links == ["m-2012-02", "m-2012-01", "m-without-a-date"]
    assert set(links) <= set(re.findall(r'id="([\w-]+)"', listed))
    assert listed.count("<li class=") == len(plates)
    assert f"{len(plates)} plates, latest reading first" in parsed(listed).text
    assert months(plates[:STRIP]) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "No patient's score or group is another than the night before."),
        ({"came": 2}, "2 patients scored that the night before did not score."),
        ({"went": 1}, "1 patient no longer scored."),
        (
            {"moved": (MovedScore("S7", "low (1 point)", "high (2 points)", ("CRP was 0.1 mg/dL, is 0.5 mg/dL (by x)", "b")),)},
            "S7 low (1 point) high (2 points) CRP was 0.1 mg/dL, is 0.5 mg/dL (by x); b",
        ),
        ({}, "This is the first night."),
        ({"nights": (EarlierNight("2026-03-08-1", "2026-03-08 22:00", "done_with_refusals", "3 plates loaded"),)},
         "2026-03-08-1 2026-03-08 22:00 done with refusals 3 plates loaded"),
        ({}, "What still lies in quarantine Nothing."),
        ({"lying": (LeftLying("bad.csv", "lot_sheets", "2026-03-01-1"),)}, "1 refused file, each beside a text that says why"),
        ({"lying": (LeftLying("bad.csv", "lot_sheets", "2026-03-01-1"),)}, "bad.csv lot sheets 2026-03-01-1"),
        ({}, "None is kept."),
        ({"releases": (KeptRelease("b", True), KeptRelease("a", False))}, "b (current), a."),
    ],
)  # fmt: skip
def test_the_page_says(changes: dict[str, Any], said: str) -> None:
    assert said in parsed(index(told(**changes))).text


def test_an_earlier_night_leads_to_its_own_page_where_it_lies_there() -> None:
    row = EarlierNight("2026-03-08-1", "2026-03-08 22:00", "done", "", "night-2026-03-08-1.html")
    assert '<a href="./night-2026-03-08-1.html">2026-03-08-1</a>' in index(told(nights=(row,)))


def crowded(count: int, patients: int) -> NightReport:
    """A site of so many plates and patients, made of rows: the patients of a small night under other names."""
    small = night(patients=200)
    tables = {}
    for name in ("score", "component"):
        table = getattr(small, name)
        parts = [
            table.set_column(
                table.schema.get_field_index("subject_id"), "subject_id",
                pa.array([f"{k:03d}-{one}" for one in table.column("subject_id").to_pylist()]),
            )
            for k in range(patients // 200)
        ]  # fmt: skip
        tables[name] = pa.concat_tables(parts)
    analytes = tuple(f"Analyte-{n:02d}" for n in range(41))
    nights = tuple(EarlierNight(f"2026-02-{n:02d}-1", "22:00", "done", "3 plates loaded") for n in range(1, 15))
    lying = tuple(LeftLying(f"refused_{n:05d}.csv", "plates", "2026-01-01-1") for n in range(1000))
    releases = tuple(KeptRelease(f"2026-02-{n:02d}-1", n == 14) for n in range(1, 15))
    return replace(small, morning=told(stand(count, analytes), nights=nights, lying=lying, releases=releases), **tables)


def test_the_index_of_5000_plates_is_small_and_opens_in_under_a_second(tmp_path: Path) -> None:
    page = night_index(crowded(5000, 2000))
    assert len(page.encode()) < 700_000
    assert "The first 400 of 2000" in parsed(page).text
    code = (
        "const [one] = performance.getEntriesByType('navigation'); return [one.domInteractive, document.links.length]"
    )
    milliseconds, links = probe(page, tmp_path, code)
    assert links > STRIP
    assert milliseconds < 1000
