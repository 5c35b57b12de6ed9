"""Reviewing a plate through nights: what a release, a page and a score show of it, what makes it stale, and who may sign."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
import tarfile
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from small_site import plate_of, put_plate, write_small_site

import warehouse
from pbis.cli import commands
from pbis.cli.decide_review import review_lines
from pbis.config import Site, load_site
from pbis.core.errors import Conflict, UsageError
from pbis.core.open_items import OpenItem
from pbis.deliver import FINAL, PRELIMINARY, status_of
from pbis.pipeline import signing
from pbis.pipeline.auditing import audit
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide, list_decisions
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.delivering import deliver
from pbis.pipeline.due import tellable
from pbis.pipeline.night import open_night, run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.plate_page import page_of_plate
from pbis.pipeline.previewing import preview
from pbis.pipeline.published import run_query
from pbis.pipeline.released_plates import plates_of
from pbis.pipeline.review_pages import reviews
from pbis.pipeline.review_states import keep_reviews
from pbis.pipeline.reviewing import Reviewed, look, review
from pbis.pipeline.reviews_now import reviews_of
from pbis.pipeline.scoring import scores_now
from pbis.pipeline.todo import find
from pbis.pipeline.verify_review import signature_faults
from pbis.pipeline.withdrawals import withdrawn_from
from pbis.report.page_hash import page_hashes
from pbis.version import __version__

PLATE = "HCC7P_20250915_P01"
NOW = datetime(2026, 1, 5, 3, 0)
Row = dict[str, Any]


def clock() -> datetime:
    return NOW


@dataclass(frozen=True)
class Person:
    """Somebody who has just shown a password."""

    name: str
    role: str


def go(site: Site) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), clock)


def rows(site: Site, query: str) -> list[Row]:
    found: list[Row] = run_query(site.root, query).to_pylist()
    return found


@pytest.fixture
def site(good: Site, tmp_path: Path) -> Site:
    """A site of one plate and its patients after a night; for this test alone."""
    return load_site(Path(shutil.copytree(good.root, tmp_path / "site", symlinks=True)))


def ask(site: Site, kind: str, author: str = "A. Name", **more: Any) -> Reviewed:
    return review(site.root, Request(kind, author, "review", "looked at", PLATE, **more), clock)


def sign(site: Site, account: str, role: str, meaning: str) -> Reviewed:
    return ask(site, "sign", account, signer=Person(account.title(), role), meaning=meaning)


def state(site: Site) -> tuple[str, str]:
    (row,) = rows(site, "select review_state, signed from main.plate")
    return row["review_state"], row["signed"]


def page(site: Site) -> str:
    """The page to which the index leads."""
    seen = look(site.root, Request("accept", "A", "review", "x", PLATE))
    path = page_of_plate(site, PLATE, 1, seen.run_id, seen.facts["assay_id"])
    assert path is not None
    return path.read_text("utf-8")


def released(site: Site) -> str:
    """Every text of the views that tell of decisions and reviews."""
    return str([rows(site, f"from main.{view}") for view in ("plate", "signature", "decision", "qc_flag")])


def test_a_plate_is_accepted_signed_and_stale_by_its_own_results_alone(site: Site) -> None:
    seen = look(site.root, Request("accept", "A", "review", "x", PLATE))
    before = page_hashes(page(site))
    accepted = ask(site, "accept", expected_head=seen.head)
    assert (seen.review.state, accepted.before.state, accepted.after.state) == ("pending", "pending", "accepted")
    facts = accepted.decision.facts
    assert (facts["results"], facts["page"], facts["code"]) == (seen.results, before.plate, __version__)
    with pytest.raises(Conflict, match="decision 1, accept"):
        ask(site, "reject", expected_head=seen.head)
    with pytest.raises(Conflict, match="decision 1, accept"):
        decide(site.root, Request("exclude", "B", "bubble", "x", PLATE, expected_head=""), clock)
    signed = sign(site, "c.lead", "approver", "approval")
    assert signed.after.signed == "yes"
    assert go(site).plates_recomputed == 0
    assert state(site) == ("accepted", "yes")
    (told,) = rows(site, "from main.signature")
    assert (told["meaning"], told["role"], told["is_current"]) == ("approval", "approver", True)
    assert told["signature_id"] == signed.decision.facts["id"]
    assert "C.Lead" not in released(site)
    assert "c.lead" not in released(site)
    text = page(site)
    assert page_hashes(text).plate == before.plate
    assert page_hashes(text).whole != before.whole
    for said in (
        "<strong>accepted</strong>",
        "C.Lead",
        "approval",
        f"under version {__version__}",
        told["result_hash"][:12],
    ):
        assert said in text
    well = rows(site, "select well from result_all where well_role = 'unknown' and reportable order by well")[0]["well"]
    decide(site.root, Request("exclude", "B. Name", "bubble", "seen", PLATE, well=well), clock)
    with pytest.raises(UsageError, match=r"decision 3 \(exclude .*\) is not in the results of .* yet"):
        sign(site, "d.lead", "approver", "approval")
    outcome = go(site)
    assert state(site) == ("stale", "no")
    assert [item.is_blocking for item in outcome.open_items if item.kind == "awaiting_decision"] == [False]
    assert [row["is_current"] for row in rows(site, "from main.signature")] == [False]
    assert "stale: the plate" in page(site)
    changed = rows(
        site,
        "select before, after, cause_kind, cause_key from release_change where what = 'plate_review' order by sequence",
    )
    assert [tuple(row.values()) for row in changed] == [
        ("pending", "accepted", "decision", "1"),
        ("accepted", "stale", "decision", "3"),
    ]
    assert ask(site, "accept", "B. Name").after.state == "accepted_with_exclusions"
    with pytest.raises(UsageError, match=re.escape("b. name excluded")):
        sign(site, "b. name", "approver", "approval")
    half = sign(site, "b. name", "reviewer", "review")
    assert half.after.signed == "partly"
    assert "signed by one person; a second person's signature is missing" in review_lines(half, False)[-1]
    a_second_is_missing(site)
    assert sign(site, "c.lead", "approver", "approval").after.signed == "yes"
    found = audit(site)
    assert (found.faults, found.events) == ((), 6)
    assert found.notes == (
        f"signature of decision 2 on {PLATE} is stale: its results are others since, or it was decided about anew",
    )
    moved_and_told(site)


def test_a_release_shows_a_signature_as_current_only_for_the_decision_that_it_was_given_for(site: Site) -> None:
    ask(site, "accept")
    sign(site, "c.lead", "approver", "approval")
    request = Request("reverse", "B. Name", "entered_in_error", "not looked at", reverses=1)
    for event, expected in ((None, [(True, True)]), (request, [(True, False)]), ("accept", [(True, False)])):
        if isinstance(event, Request):
            decide(site.root, event, clock)
        elif event is not None:
            assert ask(site, event, "B. Name").after.signed == "no"
        with open_night(site, NightOptions(is_dry_run=True), Silent(), clock) as night:
            warehouse.hash_plates(night.con, night.night_id, 16)
            keep_reviews(night)
            assert night.con.execute("select is_standing, is_current from signature").fetchall() == expected


def test_a_release_tells_that_an_acceptance_went_on_to_another_export_of_the_plate(tmp_path: Path) -> None:
    site = write_small_site(tmp_path / "site", 1)
    go(site)
    review(site.root, Request("accept", "A. Name", "review", "seen", plate_of(1).header.batch), clock)
    put_plate(site.path("inbox"), 1, exported_again=2)
    go(site)
    assert [row["review_state"] for row in rows(site, "select review_state from main.plate")] == ["accepted"]
    told = rows(
        site,
        "select before, after, cause_kind in ('plate', 'decision') from release_change where what = 'plate_review'",
    )
    assert {tuple(row.values()) for row in told} == {(None, "accepted", True)}


def test_a_release_of_the_build_before_is_reviewed_as_ever_until_the_next_night(site: Site) -> None:
    """It has today's migrations, and a view that the desk asks lacks what it is asked for."""
    ask(site, "accept")
    with closing(warehouse.connect(site.path("releases") / "current" / warehouse.FILE_NAME)) as con:
        con.execute(
            "create or replace view internal.earlier_export as select run_id, run_id as earlier_run_id, run_id as earlier_content"
            " from internal.current_run where false"
        )
        con.execute("update store.warehouse_migration set sha256 = 'of then' where name = 'views'")
    assert [row["stands"] for row in list_decisions(site.root).to_pylist()] == ["yes"]
    assert [one.state for one in reviews_of(site.root, plates_of(site.root)).values()] == ["accepted"]
    assert sign(site, "c.lead", "approver", "approval").after.signed == "yes"
    said = "has_other_readings.*; an earlier build published this release \\(with other views\\): the next night publishes it anew"
    with pytest.raises(UsageError, match=said):
        run_query(site.root, "select has_other_readings from earlier_export")


def a_second_is_missing(site: Site) -> None:
    """To do, `pbis audit` and the page say so."""
    (item,) = (one for one in tonight(site)[2] if one.kind == "awaiting_decision")
    assert (item.is_blocking, item.what) == (
        False,
        f"{PLATE} is accepted with exclusions and signed by one person: a second person's signature is missing.",
    )
    told = CliRunner().invoke(commands, ["audit", "--site", str(site.root)])
    words = "has exclusions and is signed by one person; a second person's signature is missing (decision 5, b. name)"
    assert f"note: {PLATE} {words}" in told.stderr
    with open_night(site, NightOptions(is_dry_run=True), Silent(), clock) as night:
        (shown,) = reviews(night).values()
        assert shown.signed == "partly"


def moved_and_told(site: Site) -> None:
    """What verifying says of signatures that are not for what they name, of a log without its triggers, and of a page that was changed."""
    (signature, *_) = (one for one in log_of(site) if one.kind == "sign")
    of_another = replace(signature, target=replace(signature.target, plate_content="another", plate="P99"))
    no_page = replace(signature, told=json.dumps(signature.facts | {"page_file": "P99-0123abcd-0123abcd.html"}))
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        assert list(signature_faults(site, con, [signature])) == []
        (fault,) = signature_faults(site, con, [of_another])
        assert (
            fault.sentence
            == f"decisions: decision 2, signature on P99: expected results of P99; found those of {PLATE}"
        )
        faults = [fault.sentence for fault in signature_faults(site, con, [no_page])]
        assert faults == [
            f"decisions: decision 2, signature on {PLATE}: expected a page of {PLATE}; found P99-0123abcd-0123abcd.html"
        ]
        path = site.path("reports") / "plates" / signature.facts["page_file"]
        path.write_text(path.read_text().replace("Proposed verdict", "Proposed  verdict"))
        assert [fault.kind for fault in signature_faults(site, con, [signature])] == ["page"]
    with closing(sqlite3.connect(site.path("decisions"))) as log:
        log.execute("drop trigger decision_is_not_deleted")
    assert [fault.object for fault in audit(site).faults if fault.kind == "decisions"] == [
        "trigger decision_is_not_deleted"
    ]


# Table, what is set in it, of which rows, and whether the plate's results, verdicts or limits are others then.
CHANGES = [
    ("result", "concentration = concentration * 1.000001", "concentration_op = '='", True),
    ("result", "concentration_bound = concentration_bound + 1", "concentration_op = '<'", True),
    ("result", "specimen_id = 'another'", "specimen_id is not null", True),
    ("result", "ci_high = ci_high * 2", "ci_high is not null", True),
    ("result", "method_version = '99'", "true", False),
    ("result", "source_line = source_line + 1", "true", False),
    ("reading_state", "reportable = not reportable", "reportable", True),
    ("reading_state", "reasons = 'another'", "true", True),
    ("curve", "lloq = lloq * 1.1", "lloq is not null", True),
    ("curve", "uloq = uloq * 1.1", "uloq is not null", True),
    ("curve", "method_version = '99'", "true", False),
    ("finding", "limit_value = limit_value + 1", "severity = 'warn' and limit_value is not null", True),
    ("finding", "effect = 'fail_plate'", "severity = 'warn'", True),
    (
        "finding",
        "message = 'in other words', action = 'x', suite_hash = 'x', source = 'x', limit_text = 'x'",
        "true",
        False,
    ),
    ("analyte_verdict", "state = 'fail'", "state = 'pass'", True),
    ("analyte_verdict", "sentence = 'x'", "true", False),
    ("plate_verdict", "state = 'fail'", "true", True),
    ("plate_verdict", "sentence = 'x', expected_false_alarms = 9", "true", False),
    ("assay", "code_version = '99', config_hash = 'x', suite_hash = 'x'", "true", False),
]


def test_an_upgrade_that_changes_no_result_verdict_or_limit_keeps_what_results_are_called_by(site: Site) -> None:
    with closing(warehouse.connect(site.path("warehouse"))) as con:

        def named(names: int = 1) -> str:
            con.execute("delete from store.plate_hash")
            con.execute("delete from store.trend_hash")
            assert warehouse.hash_plates(con, "n", 16) == names
            (row,) = warehouse.plate_reviews(con)
            return str(row["result_hash"])

        first = named()
        assert (
            first == rows(site, "select result_hash from main.plate")[0]["result_hash"]
        )  # a release calls them the same
        found = []
        for table, changed, where, _ in CHANGES:
            con.execute(f"create or replace temp table kept as from store.{table}")
            (count,) = con.execute(f"select count(*) from store.{table} where {where}").fetchone() or (0,)
            con.execute(f"update store.{table} set {changed} where {where}")
            found.append((count > 0, named() != first))
            con.execute(f"delete from store.{table}")
            con.execute(f"insert into store.{table} from kept")
        assert found == [(True, is_another) for *_, is_another in CHANGES]
        assert named() == first
        informing = "select * replace ('info' as severity, 'another' as rule) from store.finding limit 1"
        con.execute(f"insert into store.finding {informing}")
        assert named() == first
        trend = "select arg_max(night_id, sequence) from store.trend_check"
        con.execute(
            f"insert into store.trend_judgement by name select ({trend}) as night_id, assay_id, run_id, 'j' as judgement_id from store.assay"
        )
        con.execute(
            "insert into store.trend_plate_verdict by name"
            " select * replace ('fail' as state), 'j' as judgement_id from store.plate_verdict"
        )
        by_trends = named(2)
        assert by_trends != first  # a verdict that trends find is a verdict of the plate
        con.execute("update store.trend_plate_verdict set judgement_id = 'other'")
        con.execute("update store.trend_judgement set judgement_id = 'other'")
        assert named(2) == by_trends  # whatever the judgement is called
        con.execute("delete from store.trend_hash")
        (row,) = warehouse.plate_reviews(con)
        assert row["result_hash"] is None  # one that nothing was kept for is not called by its own rules


def test_a_repeat_is_answered_by_the_plate_of_a_batch_that_holds_its_specimens(tmp_path: Path) -> None:
    """The second file is a batch of two: what was column 4 is its second plate, on which a specimen of the first file was run again."""
    place = write_small_site(tmp_path / "site", 2)
    first, batch = (plate_of(number).header.batch for number in (1, 2))
    export, layout = (place.path("inbox") / folder / f"{batch}.csv" for folder in ("plates", "layouts"))
    export.write_text(re.sub(r"\(1,([A-H])4\)", r"(2,\g<1>4)", export.read_text()))
    head, *lines = layout.read_text().replace("SR002003", "SR001001").splitlines()
    numbered = [f"{line},{2 if re.match(r'[^,]*,[A-H]4,', line) else 1}" for line in lines]
    layout.write_text("\n".join([f"{head},plate_number", *numbered, ""]))
    go(place)
    assert {(row["plate"], row["plate_number"]) for row in rows(place, "from main.plate")} == {
        (first, 1), (batch, 1), (batch, 2),
    }  # fmt: skip

    def asked(plate: str, number: int, answered_by: str = "") -> Reviewed:
        request = Request("repeat", "A", "review", "again", plate, number, answered_by=answered_by)
        return review(place.root, request, clock)

    assert str(asked(batch, 2).decision.target) == f"{batch}/2"
    with pytest.raises(UsageError, match=f"{batch}/2 cannot answer for itself"):
        asked(batch, 2, f"{batch}/2")
    with pytest.raises(UsageError, match=f"^{batch} holds none of the 2 specimens of {batch}/2, so that"):
        asked(batch, 2, batch)
    assert asked(batch, 2, first).after.answer is not None
    for sequence in (2, 1):
        decide(place.root, Request("reverse", "A", "entered_in_error", "undone", reverses=sequence), clock)
    asked(first, 1)
    with pytest.raises(UsageError, match=f"{first} is repeat ordered itself, and none of its results is used"):
        asked(batch, 2, first)
    with pytest.raises(UsageError, match=f"holds none of the 4 specimens of {first}, .*; {batch}/2 does$"):
        asked(first, 1, batch)
    with pytest.raises(UsageError, match="no published plate is called"):
        asked(first, 1, f"{batch}/3")
    answer = asked(first, 1, f"{batch}/2").after.answer
    assert answer is not None
    assert answer.facts["answered_plate"] == f"{batch}/2"


def only_accepted(site: Site) -> Site:
    file = site.root / "site.toml"
    file.write_text(file.read_text().replace("only_accepted = false", "only_accepted = true"))
    return load_site(site.root)


def tonight(site: Site) -> tuple[list[Row], list[Row], list[OpenItem]]:
    """Components of the site's set, scores, and open items, as a night of the site would find them; it is not run to its end."""
    with open_night(site, NightOptions(is_dry_run=True), Silent(), clock) as night:
        warehouse.hash_plates(night.con, night.night_id, 16)
        keep_reviews(night)
        frames = scores_now(night).frames
        own = [row for row in frames.component.to_pylist() if row["cutoff_set"] == site.file.score.cutoff_set]
        return own, [row for row in frames.score.to_pylist() if row["is_site_set"]], find(night)


def test_a_site_that_scores_accepted_plates_alone_waits_for_each(site: Site) -> None:
    before, _, items = tonight(site)
    il12 = {row["subject_id"]: row for row in before if row["component"] == "il12"}
    assert any(row["point"] is not None for row in il12.values())
    assert not [item for item in items if item.kind == "awaiting_decision"]
    site = only_accepted(site)
    waiting, scores, items = tonight(site)
    for row in (row for row in waiting if row["component"] in ("il12", "il2")):
        was = next(
            each for each in before if (each["subject_id"], each["component"]) == (row["subject_id"], row["component"])
        )
        on_plate = was["reason"] in (None, "failed_qc", "awaiting_decision")
        assert row["point"] is None
        assert not on_plate or row["reason"] == "awaiting_decision"
    assert {
        row["score"] for row in scores if row["subject_id"] in {s for s, r in il12.items() if r["point"] is not None}
    } == {None}
    assert all(
        row["score_max"] - row["score_min"] >= 1 for row in scores if il12[row["subject_id"]]["point"] is not None
    )
    (item,) = [item for item in items if item.kind == "awaiting_decision"]
    assert (item.plate, item.blocks) == (PLATE, "results")
    assert f"{PLATE} waits for a person to accept it; no score uses it." == item.what
    assert item.command is not None
    assert item.command.startswith("pbis decide accept --plate ")
    dry = ("--plate", PLATE, "--reason", "seen", "--author", "A. Name", "--dry-run")
    said = pbis(site, "decide", "accept", *dry).output.splitlines()
    assert said[:2] == [f"would accept {PLATE}", "review: pending before, accepted now"]
    assert re.match(r"would change: \d+ patients", said[2])
    assert any(line.startswith("  patient ") and "(awaiting_decision) -> " in line for line in said)
    assert log_of(site) == ()
    ask(site, "accept")
    after, _, items = tonight(site)
    assert after == before
    assert not [item for item in items if item.kind == "awaiting_decision"]
    undone = preview(site.root, [Request("reverse", "A. Name", "review", "not yet", reverses=1)], clock)
    assert {row["reason_after"] for row in undone.components.to_pylist()} == {"awaiting_decision"}


def test_what_is_said_of_a_plate_that_answers_for_nobody_is_what_can_be_done_about_it(tmp_path: Path) -> None:
    """Two plates share a specimen; a rejected one is not accepted by any command, and one whose repeat came is waited for no more."""
    place = write_small_site(tmp_path / "site", 2)
    first, second = (plate_of(number).header.batch for number in (1, 2))
    layout = place.path("inbox") / "layouts" / f"{second}.csv"
    layout.write_text(layout.read_text().replace("SR002001", "SR001001"))
    go(place)
    place = only_accepted(place)

    def decided(kind: str, plate: str, **more: Any) -> tuple[dict[str, Row], list[str]]:
        """IL-12 by subject, and the command of each plate that waits."""
        review(place.root, Request(kind, "A", "review", "seen", plate, **more), clock)
        with open_night(place, NightOptions(is_dry_run=True), Silent(), clock) as night:
            warehouse.hash_plates(night.con, night.night_id, 16)
            keep_reviews(night)
            scores_now(night)
            asked = "select subject_id, reason, detail from assay_input where measure = 'il12'"
            own = night.con.execute(asked).to_arrow_table().to_pylist()
            commands = [item.command or "" for item in find(night) if item.kind == "awaiting_decision"]
            return {row["subject_id"]: row for row in own}, commands

    found, commands = decided("accept", second)
    assert [command.split(" --")[0] for command in commands] == ["pbis decide accept"]
    assert (found["P1001"]["reason"], found["P1002"]["reason"]) == (None, "awaiting_decision")
    assert found["P1001"]["detail"].endswith(
        f"on {first}, {second}, not asked before a person accepts it: {first} (pending)"
    )
    found, [command] = decided("reject", first)
    assert re.match(r"pbis decide repeat --plate [0-9a-f]{12} --reason", command)
    assert f"{first} (rejected): a plate answers once a person has accepted it" in found["P1002"]["detail"]
    _, [command] = decided("repeat", first)
    assert "--answered-by PLATE" in command
    found, commands = decided("repeat", first, answered_by=second)
    assert commands == []
    assert (found["P1001"]["reason"], found["P1002"]["reason"]) == (None, "failed_qc")


def test_a_score_is_final_once_no_other_plate_of_the_draw_waits_for_a_person(tmp_path: Path) -> None:
    place = write_small_site(tmp_path / "site", 2)
    first, second = (plate_of(number).header.batch for number in (1, 2))
    layout = place.path("inbox") / "layouts" / f"{second}.csv"
    layout.write_text(layout.read_text().replace("SR002001", "SR001001"))
    place = only_accepted(place)
    go(place)

    def told(kind: str, plate: str) -> tuple[str, str]:
        """Group and status of a patient whose tube is on both plates, as a first message would tell them after the next night."""
        review(place.root, Request(kind, "A", "review", "seen", plate), clock)
        go(place)
        score = tellable(place, withdrawn_from(place)).scores["P1001"]
        return score.group, status_of(score, is_known=False)

    group, status = told("accept", second)
    assert group in ("high", "low"), "the plate that was accepted answers"
    assert status == PRELIMINARY
    out = tmp_path / "out"
    assert sent(place, "clinic", out) == PRELIMINARY
    assert sent(place, "clinic", out) is None
    assert told("reject", first) == (group, FINAL)
    assert sent(place, "clinic", out) == FINAL, "the same score, of which nothing waits any more"
    assert told("repeat", first) == (group, PRELIMINARY)
    assert sent(place, "clinic", out) is None, "what was final is no longer preliminary"


def sent(place: Site, recipient: str, folder: Path) -> str | None:
    """Status of the message about P1001 that the recipient gets now; None for none."""
    folder.mkdir(exist_ok=True)
    is_new = not any(folder.iterdir())
    done = deliver(place.root, recipient, "fhir", folder, lambda: datetime(2026, 1, 9, tzinfo=UTC), is_new=is_new)
    return next((each.status for each in done.sent if each.subject == "P1001"), None)


def pbis(site: Site, *words: str, password: str = "") -> Result:
    return CliRunner().invoke(commands, [*words, "--site", str(site.root)], input=password, catch_exceptions=False)


def test_status_says_what_came_since_the_night_whose_list_it_prints(site: Site) -> None:
    go(site)
    assert "Since then" not in pbis(site, "status").output
    assert json.loads(pbis(site, "status", "--json").output)["not_taken_up"] == {"decisions": 0, "inbox_files": 0}
    ask(site, "accept")
    said = pbis(site, "status").output
    assert (
        "That is what the latest night found. Since then there is 1 decision: the next night takes it up, and what it settles is listed until then."
        in said
    )
    put_plate(site.path("inbox"), 9)
    assert "there are 1 decision and 2 files in the inbox: the next night takes them up" in pbis(site, "status").output
    assert json.loads(pbis(site, "status", "--json").output)["not_taken_up"] == {"decisions": 1, "inbox_files": 2}
    go(site)
    assert "Since then" not in pbis(site, "status").output


def test_the_command_line_reviews_signs_and_exports_the_log(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[str, str]] = []

    def person(_: Site, account: str, password: str) -> Person:
        asked.append((account, password))
        return Person("Chen Lead", "approver")

    monkeypatch.setattr(signing, "authenticator", lambda: person)
    why = ("--plate", PLATE, "--reason", "=looked()", "--author", "A. Name")
    assert (
        pbis(site, "decide", "accept", *why, "--dry-run").output
        == f"would accept {PLATE}\nreview: pending before, accepted now\nnothing would change\n"
    )
    assert pbis(site, "decide", "accept", *why).output.startswith(f"decision 1: accept {PLATE}, by A. Name on ")
    own = (*why[:-1], " Chen ", "--meaning", "approval")
    said = pbis(site, "decide", "sign", *own, password="right horse\n").output
    assert said.splitlines()[1:] == ["review: accepted", "signed"]
    assert asked == [("chen", "right horse")]
    assert log_of(site)[-1].author == "chen"
    with pytest.raises(UsageError, match="has signed"):
        pbis(site, "decide", "sign", *own, password="right horse\n")
    with pytest.raises(UsageError, match="cannot answer for itself"):
        pbis(site, "decide", "repeat", *why, "--answered-by", PLATE)
    assert pbis(site, "decide", "reject", *why).output.splitlines()[1] == "review: accepted before, rejected now"
    assert (
        pbis(site, "audit", "--verify").output
        == "decision log: no faults (3 events, held against 4 heads of ledger and backups, and those of warehouse, releases and pages)\n"
    )
    assert pbis(site, "audit", "--plate", PLATE).output.count("Chen Lead") == 1
    target = tmp_path / "log.csv"
    assert pbis(site, "audit", "--as", "csv", "-o", str(target)).exit_code == 0
    with target.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["kind"], line["name"], line["meaning"]) for line in lines] == [
        ("accept", "", ""), ("sign", "Chen Lead", "approval"), ("reject", "", ""),
    ]  # fmt: skip
    assert {line["reason"] for line in lines} == {"'=looked()"}
    told = json.loads(pbis(site, "audit", "--as", "json").output)
    assert [row["reason"] for row in told] == ["=looked()"] * 3
    with pytest.raises(UsageError, match="no decision is about a plate called 'nobody'"):
        pbis(site, "audit", "--plate", "nobody")
    backup = tmp_path / "kept.tar"
    with tarfile.open(backup, "w") as tar:
        tar.add(site.path("decisions"), "decisions/decisions.sqlite")
    assert "held against 5 heads" in pbis(site, "audit", "--verify", "--backup", str(backup)).output
    with closing(sqlite3.connect(site.path("decisions"))) as log:
        log.executescript("drop trigger decision_is_not_deleted; delete from decision where sequence = 3")
    faults = {fault.object for fault in audit(site, [backup]).faults}
    assert {"trigger decision_is_not_deleted", "log, as backup kept.tar knows it"} < faults  # the ledger knows it, too
    with pytest.raises(UsageError, match="expected a backup of this site"):
        audit(site, [site.root / "site.toml"])


def test_a_trend_on_the_plate_beside_it_in_the_batch_makes_no_review_stale(site: Site) -> None:
    """All plates of an assay are judged anew where trends find something on one: those that come out as they were are unchanged."""

    def called() -> list[tuple[str]]:
        con.execute("delete from store.trend_hash")
        warehouse.hash_plates(con, "n", 16)
        return list(con.execute("select result_hash from plate_basis").fetchall())

    with closing(warehouse.connect(site.path("warehouse"))) as con:
        before = called()
        # As a plate is stored beside one on which trends found something.
        con.execute(
            "insert into store.trend_judgement (night_id, assay_id, run_id, judgement_id)"
            " select trend_night.night_id, assay_id, run_id, 'j' from trend_night, current_assay"
        )
        for table in ("analyte_verdict", "plate_verdict"):
            con.execute(f"insert into store.trend_{table} by name select *, 'j' as judgement_id from store.{table}")
        assert con.execute("select count(*) > 1 from trend_analyte_verdict").fetchone() == (True,)
        assert called() == before
        con.execute("update store.trend_analyte_verdict set state = 'warn' where analyte = 'IL-6'")
        assert called() != before
