"""A well of which the dilution is unknown, through a night: page, tables and score say why, and a layout releases it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pbis.cli.night import outcome_lines
from pbis.config import Site, load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query
from pbis.simulate import example_plate, render_plate

Make = Callable[..., Site]
P01 = "HCC7P_20250915_P01.csv"
LAYOUT = P01.replace(".csv", "_layout.csv")


def go(site: Site) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))


def asked(site: Site, query: str) -> list[dict[str, Any]]:
    return run_query(site.root, query).to_pylist()


def nan_dilution(path: Path, wells: tuple[str, ...]) -> None:
    """The export with NaN for the wells' dilution, as instruments write it where a protocol gives none."""
    head, mark, tail = path.read_bytes().partition(b'"Dilution Factor"')
    for well in wells:
        tail, count = re.subn(rf'(,{well}\)","[^"]*",)"[^"]*"'.encode(), rb'\1"NaN"', tail, count=1)
        assert count == 1
    path.write_bytes(head + mark + tail)


def without_dilution(text: str, wells: tuple[str, ...]) -> str:
    """The layout with the wells' last cell, the dilution, left empty."""
    lines = text.splitlines()
    assert lines[0].split(",")[-1] == "dilution"
    cut = [line.rsplit(",", 1)[0] + "," if line.split(",")[1] in wells else line for line in lines]
    return "\n".join(cut) + "\n"


@pytest.fixture(scope="module")
def specimens(good: Site) -> tuple[dict[str, Any], ...]:
    """Two specimens of the plate that the score uses, with a number for IL-2: wells and score."""
    query = (
        "select r.specimen_id, r.subject_id, list(distinct r.well order by r.well) as wells from result as r"
        " join score_input as i on i.specimen_id = r.specimen_id and i.measure = 'il2' and i.reason is null"
        " where r.analyte = 'IL-2' group by all having count(*) = 2 order by 1 limit 2"
    )
    rows = asked(good, query)
    assert len(rows) == 2
    return tuple(rows)


@pytest.fixture
def held(good: Site, copy_site: Make, specimens: Any, tmp_path: Path) -> tuple[Site, tuple[str, ...], str, str]:
    """A site whose plate lost the dilution of one well of the first specimen and of both wells of the second."""
    alone, lost = specimens
    wells = (alone["wells"][0], *lost["wells"])
    site = copy_site(tmp_path / "site", (P01,))
    nan_dilution(site.path("inbox") / "plates" / P01, wells)
    layout = site.path("inbox") / "layouts" / LAYOUT
    whole = layout.read_text()
    layout.write_text(without_dilution(whole, wells))
    go(site)
    return site, wells, alone["subject_id"], lost["subject_id"]


def test_the_well_is_held_and_everything_says_why(
    held: tuple[Site, tuple[str, ...], str, str], good: Site, specimens: Any, tmp_path: Path
) -> None:
    site, wells, alone, lost = held
    again = go(site)  # each night, until a person says what is missing
    assert (again.state, again.waits_for_a_person) == ("nothing_new", True)
    assert sum(each.well_count for each in again.held_wells) == len(wells)
    told = "\n".join(outcome_lines(again))
    assert "wells wait for a person" in told
    assert again.held_wells[0].reason in told  # in full once, the wells of the same words by name
    assert [well for well in wells if not re.search(rf"\b{well}\b", told)] == []
    assert not go(load_site(Path(shutil.copytree(good.root, tmp_path / "good", symlinks=True)))).waits_for_a_person
    rows = asked(
        site,
        "select well, status, qc_state, reasons, value_num, value_reported, lloq from result_all where status = 'HELD'",
    )
    assert {row["well"] for row in rows} == set(wells)
    assert {(r["qc_state"], r["reasons"], r["value_num"], r["value_reported"], r["lloq"]) for r in rows} == {
        ("held", "dilution_unknown; held", None, None, None)
    }
    names = ", ".join(f"'{well}'" for well in wells)
    assert asked(site, f"select * from result where well in ({names})") == []
    said = asked(site, "select well, message, action from qc_flag where rule = 'dilution_unknown' order by well")
    assert {row["well"] for row in said} == set(wells)
    assert all("line " in row["message"] and "its cell" in row["message"] and P01 in row["message"] for row in said)
    assert asked(site, "select distinct code from store.assay_warning") == [{"code": "dilution_unknown"}]
    assert asked(site, "select count(*) as n from store.well where doubt = 'dilution'") == [{"n": len(wells)}]
    assert asked(site, "select state from plate")[0]["state"] in ("warn", "fail")
    page = next((site.path("reports") / "plates").glob("*.html")).read_text()
    assert page.count('class="w held"') == len(wells)
    assert "dilution unknown for wells" in page
    assert "dilution_unknown" in page.replace("<wbr>", "")

    query = "select value_text, reason, detail from score_input where measure = 'il2' and subject_id = '{}'"
    (whole,), (single,) = asked(site, query.format(lost)), asked(site, query.format(alone))
    assert (whole["value_text"], whole["reason"]) == (None, "awaiting_decision")
    assert "wait for a person: dilution_unknown; held" in whole["detail"]
    assert single["reason"] is None
    assert single["value_text"] is not None
    assert "1 of 2 readings" in single["detail"]
    assert "1 kept out: dilution_unknown; held" in single["detail"]
    component = f"select reason from score_component where component = 'il2' and subject_id = '{lost}'"
    assert {row["reason"] for row in asked(site, component)} == {"awaiting_decision"}
    assert asked(site, f"select count(*) as n from score_limit where measure = 'il2' and subject_id = '{lost}'") == [
        {"n": 0}
    ]

    others = f"select well, analyte, value_reported, status from result where well not in ({names}) order by all"
    assert asked(site, others) == asked(good, others)
    share = "select reportable_pct from plate"
    assert asked(site, share)[0]["reportable_pct"] < asked(good, share)[0]["reportable_pct"]


def test_a_layout_with_the_dilution_releases_it(
    held: tuple[Site, tuple[str, ...], str, str], good: Site, simulated: Path
) -> None:
    site = held[0]
    shutil.copy(simulated / "inbox" / "layouts" / LAYOUT, site.path("inbox") / "layouts" / LAYOUT)
    assert go(site).plates_recomputed == 1
    query = "select well, analyte, value_reported, status, qc_state, reasons from result order by all"
    assert asked(site, query) == asked(good, query)
    assert asked(site, "select count(*) as n from qc_flag where rule = 'dilution_unknown'") == [{"n": 0}]


def test_a_plate_whose_background_nobody_knows_fails_until_a_layout_names_it(make_site: Make) -> None:
    plate = example_plate(7, samples=6)
    wells = [name for name, role in zip(plate.wells.name, plate.wells.role, strict=True) if role == "background"]
    rows = [row for row in render_plate(plate).split(b"\r\n") if not any(f",{well})".encode() in row for well in wells)]
    site = make_site(plates=(), has_clinic=False)
    (site.path("inbox") / "plates" / "cut.csv").write_bytes(b"\r\n".join(rows))
    assert go(site).plates_loaded == 1
    state = asked(site, "select state, sentence, reportable_pct from plate")[0]
    assert (state["state"], state["reportable_pct"]) == ("fail", 0.0)
    assert "give a layout that names the background wells" in state["sentence"]
    assert asked(site, "select count(*) as n from result") == [{"n": 0}]
    assert asked(site, "select distinct effect, unit_of_judgement from qc_flag where rule = 'background_unknown'") == [
        {"effect": "fail_plate", "unit_of_judgement": "plate"}
    ]
