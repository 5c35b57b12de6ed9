"""A trend alarm reaches whoever reads: index, page, terminal, SQL, exit code; a person can give back what it took."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from made_once import Once, copied

import warehouse
from pbis.cli import commands
from pbis.cli.night import outcome_lines
from pbis.config import Site, load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.demo import DRIFT, drift_lines
from pbis.pipeline.ledger import read_ledger
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query
from pbis.pipeline.verify_files import page_faults
from pbis.report.text import significant
from pbis.simulate import render_plate
from pbis.simulate.dialect import UNTOUCHED
from pbis.simulate.load import example_kit, example_plate

Make = Callable[..., Site]
Clock = Callable[[], datetime]
SEED, PLATES, SAMPLES, OFF = 5, 7, 12, "LOAD_0007"
KEEP = Request("keep", "A. Name", "verified", "another cohort", OFF, analyte="IL-2", rule="unit_sanity")
READINGS = "select qc_state, reportable, reasons from result_all where plate = 'LOAD_0007' and analyte = 'IL-2' and well_role = 'unknown'"


def exports() -> dict[str, bytes]:
    """Plates of one lot; on the last of them IL-2 lies about ten times higher than on all the others."""
    kit = example_kit(SEED)
    plates = [
        example_plate(SEED, n, kit, samples=SAMPLES, medians={"IL-2": 2000.0 if n == PLATES else 40.0})
        for n in range(1, PLATES + 1)
    ]
    return {f"{plate.header.batch}.csv": render_plate(plate, UNTOUCHED) for plate in plates}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return exports()


@pytest.fixture(scope="module")
def first(copy_site: Make, once: Once, files: dict[str, bytes]) -> tuple[Path, Outcome]:
    """A site of these plates after its first night, and what that said; to be read, or copied."""

    def make(folder: Path) -> None:
        site = copy_site(folder / "site", plates=(), has_clinic=False)
        drop(site, files)
        (folder / "outcome").write_bytes(pickle.dumps(go(site, lambda: datetime(2026, 1, 5, 3, 0))))

    folder = once("trend_alarm", make)
    return folder / "site", pickle.loads((folder / "outcome").read_bytes())


@pytest.fixture
def site(first: tuple[Path, Outcome], tmp_path: Path) -> Site:
    """That site, as this test's own."""
    return load_site(copied(first[0], tmp_path / "site"))


def drop(site: Site, files: dict[str, bytes], *names: str) -> None:
    for name in names or tuple(files):
        (site.path("inbox") / "plates" / name).write_bytes(files[name])


def go(site: Site, clock: Clock) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), clock)


def rows(site: Site, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run_query(site.root, query).to_pylist()
    return found


def annotated(site: Site, *words: str) -> Result:
    """A note on the chart of the low control of IL-2, at the plate that is off."""
    ask = ["decide", "annotate", "--site", str(site.root), "--plate", OFF, "--analyte", "IL-2", "--control", "qc1"]
    return CliRunner().invoke(commands, [*ask, "--reason", "a vial of the old box", "--author", "A. Name", *words])


def says_what_sql_says(site: Site, page: str) -> None:
    """The latest value of every control with the limits that the next plate meets and their plates, and each alarm with its page."""
    latest = "select distinct on (analyte, metric) analyte, plate, value from qc_history where metric in ('qc1', 'qc2') order by analyte, metric, started_at desc"
    for row in rows(site, latest):
        assert f"{row['plate']}: {significant(row['value'])}, " in page
    (lot,) = rows(site, "select count(distinct run_id) as n, min(plate_count) as least, max(plate_count) as most from qc_history join trend_baseline using (analyte, metric, lot) where metric = 'qc1'")  # fmt: skip
    counted = f"{lot['least']}" if lot["least"] == lot["most"] else f"{lot['least']} to {lot['most']}"
    assert f'<td class="n">{lot["n"]}<td>' in page
    assert f"{counted} accepted" in page
    for row in rows(site, "select message, plate from qc_trend where severity = 'fail'"):
        assert row["message"] in unescape(page)
        assert f'href="./plates/{row["plate"]}-' in page
    level = "select analyte, exp(avg(ln(fitted_mfi))) as pooled, arg_max(fitted_mfi, started_at) as own from lot_curve_level where is_accepted group by analyte, standard_level"  # fmt: skip
    ratios = {row["analyte"]: 0.0 for row in rows(site, level)}
    for row in rows(site, level):
        off = 100 * (row["own"] / row["pooled"] - 1)
        ratios[row["analyte"]] = max(ratios[row["analyte"]], off, -off)
    assert all(f"at most +{off:.0f} %" in page or f"at most -{off:.0f} %" in page for off in ratios.values())


def page_of(site: Site, index: str) -> str:
    """The page of the plate to which the index leads."""
    start = index.rindex('href="./plates/LOAD_0007') + len('href="')
    return (site.path("reports") / index[start : index.index('"', start)]).read_text()


def test_an_alarm_takes_the_analyte_and_everybody_says_so(site: Site, first: tuple[Path, Outcome]) -> None:
    outcome = first[1]
    alarm = next(one for one in outcome.alarms if one.analyte == "IL-2" and one.rule == "unit_sanity")
    assert (alarm.plate, alarm.takes, alarm.is_new) == (OFF, True, True)
    assert (outcome.state, outcome.waits_for_a_person) == ("done_with_alarms", True)
    states = rows(site, "select state, count(*) as n from analyte_plate group by state")
    counted = {row["state"]: row["n"] for row in states}
    assert counted.get("fail", 0) == outcome.analytes_failed >= 1
    assert counted.get("pass", 0) == outcome.analytes_passed
    found = rows(site, READINGS)
    assert {(row["qc_state"], row["reportable"]) for row in found} == {("fail", False)}
    assert all("unit_sanity" in row["reasons"] for row in found)
    (analyte,) = rows(site, "select analyte_plate.* from analyte_plate join plate using (run_id, plate_number) where plate = 'LOAD_0007' and analyte = 'IL-2'")  # fmt: skip
    assert (analyte["state"], analyte["reportable_count"]) == ("fail", 0)
    assert "do not report" in alarm.action
    (plate,) = rows(site, "select state, sentence from plate where plate = 'LOAD_0007'")
    assert plate["state"] == "warn"
    assert "failed: IL-2 (unit_sanity" in plate["sentence"]
    index = (site.path("reports") / "index.html").read_text()
    for said in ("Trend alarms", OFF, "unit_<wbr>sanity", f"K{SEED:04d}", alarm.action, "kept back", "new this night"):
        assert said in index
    page = page_of(site, index)
    assert plate["sentence"] in page
    assert "Kept out of results by a trend until a person decides: IL-2." in page
    told = "\n".join(outcome_lines(outcome))
    assert "a trend alarm waits for a person" in told
    assert f"{OFF}, lot K{SEED:04d}" in told
    assert alarm.message in told
    assert drift_lines(site.root) == []  # nothing was planted there
    planted = {"lot": f"K{SEED:04d}", "analyte": "IL-2", "from_plate": OFF, "step": 0.5, "plates": PLATES}
    (site.root / "truth").mkdir()
    (site.root / "truth" / DRIFT).write_text(json.dumps(planted))
    said = "\n".join(drift_lines(site.root))
    assert f"IL-2 from {OFF} on, 50 % a plate: found on {OFF} by unit_sanity" in said
    assert "alarms of other analytes           none" in said


def test_it_is_new_for_one_night_and_stands_until_somebody_decides(site: Site, clock: Clock) -> None:
    before = rows(site, "select * from reading_standing order by all")
    pages = {path: path.read_bytes() for path in (site.path("reports") / "plates").iterdir()}
    charts = site.path("reports") / "trends.html"
    first = charts.read_text()
    says_what_sql_says(site, first)
    second = go(site, clock)
    assert charts.read_text() == first  # nothing that it shows has changed
    assert (second.state, second.waits_for_a_person, len(second.alarms)) == ("nothing_new", True, 1)
    assert [item.blocks for item in second.open_items if item.kind == "trend_alarm"] == ["results"]
    assert "Trend alarms of earlier nights that still stand: 1" in "\n".join(outcome_lines(second))
    assert annotated(site, "--lot", f"K{SEED:04d}").exit_code == 0
    preview = decide(site.root, KEEP, clock)
    assert preview.findings
    third = go(site, clock)
    assert third.alarms == ()
    assert "trend_alarm" not in {item.kind for item in third.open_items}
    assert ("warn", True, "unit_sanity") in {tuple(row.values()) for row in rows(site, READINGS)}
    (finding,) = rows(site, "select effect, effect_of_rule, message from qc_trend where rule = 'unit_sanity'")
    assert (finding["effect"], finding["effect_of_rule"]) == ("flag", "fail_analyte")
    assert finding["message"].endswith("kept (verified)")  # a release names nobody
    assert "A. Name" not in str(rows(site, "select * from analyte_plate") + rows(site, "select * from plate"))
    index = (site.path("reports") / "index.html").read_text()
    assert "Trend alarms" not in index
    noted = charts.read_text()
    assert 'href="#alarms"' in first
    assert 'href="#alarms"' not in noted
    assert "a vial of the old box" in noted
    assert "a vial of the old box" in page_of(site, index)
    assert "old box" not in str(rows(site, "select * from decision"))  # a release names nobody, and quotes nobody
    page = page_of(site, index)
    for said in ("A. Name, 2026-01-05 03:00", "another cohort", "these results are computed with it"):
        assert said in page
    decide(site.root, Request("reverse", "B. Name", "entered_in_error", "no", reverses=2), clock)
    fourth = go(site, clock)
    assert [alarm.is_new for alarm in fourth.alarms] == [True]
    assert rows(site, "select * from reading_standing where assay_id in (select assay_id from current_assay) order by all") == before  # fmt: skip
    assert "reversed by decision 3 of B. Name" in page_of(site, (site.path("reports") / "index.html").read_text())
    assert all(path.read_bytes() == data for path, data in pages.items())  # a page is never written over
    for words, said in (
        (("--lot", "K9999"), "was read with lot"),
        (("--lot", "K0005", "--analyte", "IL2"), "nearest: IL-2"),
    ):
        assert said in str(annotated(site, *words).exception)
    entries = read_ledger(site.path("state"))
    assert list(page_faults(site, entries)) == []
    charts.write_text(noted)
    assert [fault.object for fault in page_faults(site, entries)] == ["trends.html"]


def test_an_exclusion_settles_it(site: Site, clock: Clock) -> None:
    decide(site.root, Request("exclude", "A. Name", "instrument", "it is wrong", OFF, analyte="IL-2"), clock)
    assert go(site, clock).alarms == ()
    assert {row["reportable"] for row in rows(site, READINGS)} == {False}
    assert "A. Name" not in str(rows(site, "select * from analyte_plate") + rows(site, "select * from plate"))


def test_what_stands_does_not_depend_on_the_nights_the_plates_came_in(
    make_site: Make, clock: Clock, files: dict[str, bytes], site: Site
) -> None:
    together, apart = site, make_site("apart", plates=(), has_clinic=False)
    for names in (("LOAD_0007.csv", "LOAD_0003.csv"), ("LOAD_0001.csv", "LOAD_0002.csv", "LOAD_0005.csv")):
        drop(apart, files, *names)
        assert go(apart, clock).alarms == ()  # too few earlier plates are known yet
    drop(apart, files, "LOAD_0004.csv", "LOAD_0006.csv")
    assert [alarm.is_new for alarm in go(apart, clock).alarms] == [True]  # on a plate of an earlier night
    hashes = []
    for site in (together, apart):
        with warehouse.opened(site.path("warehouse")) as con:
            found = warehouse.result_hashes(con)
            found["standing"] = str(con.execute("select * from reading_standing order by all").fetchall())
        hashes.append({name: value for name, value in found.items() if name != "run"})
    assert hashes[0] == hashes[1]


def test_the_command_exits_6_until_somebody_decides(make_site: Make, files: dict[str, bytes], tmp_path: Path) -> None:
    site = make_site(plates=(), has_clinic=False)
    drop(site, files)
    ask = ["night", "--site", str(site.root), "--engine", "plain", "--json"]
    first = CliRunner().invoke(commands, ask)
    assert first.exit_code == 6
    assert json.loads(first.output)["alarms"][0]["analyte"] == "IL-2"
    again = CliRunner().invoke(commands, ask)
    assert again.exit_code == 6
    assert "trend_alarm" in {item["kind"] for item in json.loads(again.output)["open_items"]}
