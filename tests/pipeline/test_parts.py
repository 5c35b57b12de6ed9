"""A night with rows that are refused alone: the rest is used, and what was refused waits for a person as a file of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from click.testing import CliRunner

import warehouse
from pbis.cli.night import night
from pbis.config import Site, load_site
from pbis.core.errors import MalformedFile
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.inbox import Arrival
from pbis.pipeline.night import open_night, run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query
from pbis.pipeline.todo import find, record_again

Make = Callable[..., Site]
Clock = Callable[[], datetime]
HEAD = "mrn,accession,test,value,unit,status,collected_at,resulted_at\n"
GOOD = "M1,A1,neutrophils,4.2,10*9/L,final,2026-03-08 07:30,\nM1,A1,lymphocytes,1.2,10*9/L,final,2026-03-08 07:30,\n"
BAD = ",A1,CRP,1.3,mg/L,final,2026-03-08 07:30,\n"
OUTCOMES = "subject,os_months,dead,best_response\nP1,5,1,Partial response\nP2,6,0,splendid\n"


@pytest.fixture
def site(make_site: Make) -> Site:
    made = make_site(plates=(), has_clinic=False)
    drop(made, "linkage", "l.csv", "site,mrn,subject,valid_from,valid_to\nNORTH,M1,P1,,\nNORTH,M2,P2,,\n")
    drop(
        made, "treatments", "t.csv", "mrn,cohort,regimen,started_at\nM1,d,r,2026-03-10 10:00\nM2,d,r,2026-03-10 10:00\n"
    )
    return made


def drop(site: Site, kind: str, name: str, content: str) -> None:
    (site.root / "inbox" / kind / name).write_text(content)


def go(site: Site, clock: Clock, **options: bool) -> Outcome:
    return run_plain(site, NightOptions(**options), Silent(), clock)


def inputs(site: Site) -> dict[str, str]:
    query = "select measure, value_text, reason from score_input where subject_id = 'P1'"
    return {row["measure"]: row["value_text"] or row["reason"] for row in run_query(site.root, query).to_pylist()}


def test_a_bad_row_is_put_aside_mended_and_dropped_again(site: Site, clock: Clock) -> None:
    drop(site, "labs", "week 10.csv", HEAD + GOOD + BAD)
    drop(site, "outcomes", "o.csv", OUTCOMES)
    outcome = go(site, clock)
    assert (outcome.state, outcome.refused, outcome.waits_for_a_person) == ("done_with_refusals", (), True)
    assert {part.kind: part.own for part in outcome.refused_parts} == {
        "labs": f"quarantine/{outcome.night_id}/labs/week 10.refused.csv",
        "outcomes": f"quarantine/{outcome.night_id}/outcomes/o.refused.csv",
    }
    assert (inputs(site)["neutrophils"], inputs(site)["crp"]) == ("4.2", "not_ordered")
    assert run_query(site.root, "select subject_id, best_response from outcome").to_pylist() == [
        {"subject_id": "P1", "best_response": "PR"}
    ]
    own = site.root / f"quarantine/{outcome.night_id}/labs/week 10.refused.csv"
    assert own.read_text() == HEAD + BAD
    why = own.with_name(own.name + ".why.txt").read_text()
    for words in ("1 of 3 rows of week 10.csv refused", "line      4", "expected  mrn on every row", "ill them down"):
        assert words in why
    (seen,) = run_query(site.root, "select kind, name, line, message from refused_file where kind = 'labs'").to_pylist()
    assert (seen["line"], "1 of 3 rows refused, the rest is used" in seen["message"]) == (4, True)
    assert "week" not in seen["name"] + seen["message"]  # names of such files stay in the laboratory
    drop(site, "labs", own.name, own.read_text().replace("\n,", "\nM1,"))
    drop(
        site, "labs", "week 10.csv", HEAD + GOOD + BAD
    )  # what was told is not told again, under another linkage neither
    drop(site, "linkage", "more.csv", "site,mrn,subject,valid_from,valid_to\nNORTH,M3,P3,,\n")
    later = go(site, clock)
    assert (later.refused_parts, later.imported["labs"]) == ((), 2)
    waiting = {item.object_key for item in later.open_items if item.kind == "file_in_quarantine"}
    assert waiting == {"outcomes/o.csv"}  # of the other file the part came back mended
    assert inputs(site)["crp"] == "0.13"


def test_good_bytes_that_come_again_end_a_broken_copy_of_the_name(site: Site, clock: Clock) -> None:
    content = HEAD + GOOD
    drop(site, "labs", "labs.csv", content)
    first = go(site, clock)
    with open_night(site, NightOptions(is_dry_run=True), Silent(), clock) as night:
        error = MalformedFile("is cut off", file="labs.csv", line=2)
        warehouse.record_refusal(
            night.con, first.night_id, error, clock(), kind="labs", name="labs.csv", sha256="b" * 64
        )
        digest = hashlib.sha256(content.encode()).hexdigest()
        came = Arrival("labs", site.path("inbox") / "labs" / "labs.csv", "labs.csv", len(content), digest)
        for arrival, is_open in (
            (replace(came, name="other.csv"), True),
            (replace(came, file_id="c" * 64), True),
            (came, False),
        ):
            record_again(night, (arrival,))
            assert (("file_in_quarantine", "labs/labs.csv") in {item.name for item in find(night)}) == is_open


def test_page_and_terminal_name_the_rows(site: Site) -> None:
    drop(site, "labs", "labs.csv", HEAD + GOOD + BAD)
    command = CliRunner().invoke(night, ["--site", str(site.root), "--engine", "plain"])
    assert command.exit_code == 6
    assert "Refused in part, the rest of the file is used" in command.output
    assert "1 of 3 rows refused, the rest of the file is used; labs.csv, line 4: the row has no mrn" in command.output
    assert "labs/labs.refused.csv" in command.output
    page = (site.root / "reports" / "index.html").read_text()
    assert "1 of 3 rows refused" in page
    assert "file refused in part" in page
    assert "Nothing of these files was used" not in page


def test_a_dry_run_says_it_and_writes_nothing(site: Site, clock: Clock) -> None:
    drop(site, "labs", "labs.csv", HEAD + GOOD + BAD)
    (part,) = go(site, clock, is_dry_run=True).refused_parts
    assert (part.own, "line 4" in part.message) == ("", True)
    assert not list((site.root / "quarantine").rglob("*.csv"))


def test_a_site_says_how_much_may_be_refused(site: Site, clock: Clock) -> None:
    toml = site.root / "site.toml"
    text = (
        toml.read_text()
        .replace("refused_pct = 5.0 ", "refused_pct = 20 ")
        .replace("refused_count = 10 ", "refused_count = 0 ")
    )
    toml.write_text(text)
    drop(site, "labs", "labs.csv", HEAD + GOOD + BAD)
    outcome = go(load_site(site.root), clock)
    assert (len(outcome.refused_parts), len(outcome.refused)) == (0, 1)
