"""What reaches a recipient over nights: a score once, a change of it once, and what is taken back."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from made_once import Once
from small_site import LAB_HEADER, STARTED, results, subject, write_small_site, written

from pbis.cli import commands
from pbis.cli.night import told_otherwise
from pbis.config import Site, load_site
from pbis.core.errors import IntegrityError, UsageError
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.delivering import DeliveryDone, deliver, deliver_again, outdated_now, would_deliver
from pbis.pipeline.delivery_record import kept_folder, read_record, record_path
from pbis.pipeline.ledger import read_ledger
from pbis.pipeline.night import run_plain
from pbis.pipeline.published import run_query
from pbis.pipeline.verify_deliveries import delivery_faults
from pbis.pipeline.withdrawals import withdrawn_from
from pbis.pipeline.withdrawing import withdraw

CHANGED, RETRACTED, WITHDRAWN, SAME = (subject(1, sample) for sample in range(1, 5))


def at(day: int) -> Callable[[], datetime]:
    return lambda: datetime(2026, 1, day, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Story:
    """A site before and after the night that changed two scores, with what was delivered between them. first: folder of then."""

    root: Path
    folder: Path
    first: dict[str, bytes]

    @property
    def site(self) -> Site:
        return load_site(self.root)


@pytest.fixture(scope="module")
def told(once: Once, empty_warehouse: Path) -> Path:
    """A small site whose four complete scores a clinic was told, two of which another night then changed."""

    def make(folder: Path) -> None:
        site = write_small_site(folder / "site", 1)
        site.path("warehouse").parent.mkdir()
        shutil.copy(empty_warehouse, site.path("warehouse"))
        run_plain(site, NightOptions(), Silent(), at(5))
        deliver(site.root, "clinic", "hl7", folder / "out", at(5))
        first = results(1, 1, STARTED)[2].replace(",4.1,", ",0.9,").replace(",final,", ",corrected,")
        second = results(1, 2, STARTED + timedelta(days=1))[1].replace(",final,", ",entered in error,")
        written(site.path("inbox") / "labs" / "again.csv", LAB_HEADER, [first, second])
        run_plain(site, NightOptions(), Silent(), at(6))

    return once("told", make)


@pytest.fixture
def story(told: Path, tmp_path: Path) -> Story:
    shutil.copytree(told, tmp_path, symlinks=True, dirs_exist_ok=True)
    folder = tmp_path / "out"
    return Story(tmp_path / "site", folder, {path.name: path.read_bytes() for path in sorted(folder.iterdir())})


def said(done: DeliveryDone) -> dict[str, str]:
    return {each.subject: each.status for each in done.sent}


def test_a_changed_score_reaches_who_had_it_once_with_what_changed(story: Story) -> None:
    assert len(story.first) == 4
    done = deliver(story.root, "clinic", "hl7", story.folder, at(6))
    assert said(done) == {CHANGED: "corrected", RETRACTED: "corrected"}
    assert done.outdated == ()
    changed, retracted = done.sent
    assert changed.changed[:2] == ("group high -> low", "score 2 -> 1")
    assert "reasons none -> nlr: entered_in_error" in retracted.changed
    text = (story.folder / retracted.file).read_bytes().decode()
    assert "|C\r" in text
    assert "nlr: entered_in_error" in text
    after = {path.name: path.read_bytes() for path in sorted(story.folder.iterdir())}
    assert after.items() >= story.first.items()
    assert len(after) == 6
    assert deliver(story.root, "clinic", "hl7", story.folder, at(7)).sent == ()
    assert len(list(story.folder.iterdir())) == 6


def test_another_recipient_is_told_all_and_nobody_twice(story: Story) -> None:
    done = deliver(story.root, "registry", "csv", story.folder.parent / "csv", at(6), is_new=True)
    assert said(done) == {CHANGED: "final", RETRACTED: "preliminary", WITHDRAWN: "final", SAME: "final"}
    assert [(each.recipient, each.subject) for each in done.outdated] == [("clinic", CHANGED), ("clinic", RETRACTED)]
    assert deliver(story.root, "registry", "fhir", story.folder.parent / "csv", at(6)).sent == ()


def test_who_holds_an_outdated_score_is_said_by_status_and_ends_with_six(story: Story) -> None:
    runner = CliRunner()
    for words in (["deliver", "--outdated"], ["status"]):
        done = runner.invoke(commands, [*words, "--site", str(story.root)])
        assert done.exit_code == 6
        assert f"  clinic: {CHANGED} (final, release 2026-01-05-1): group high -> low; score 2 -> 1" in done.output
    found = json.loads(runner.invoke(commands, ["status", "--json", "--site", str(story.root)]).output)
    assert [each["subject"] for each in found["outdated"]] == [CHANGED, RETRACTED]
    sent = ["deliver", "--site", str(story.root), "--as", "fhir", "--to", "clinic", "-o", str(story.folder)]
    assert json.loads(runner.invoke(commands, [*sent, "--json"]).output)["sent"][0]["status"] == "corrected"
    done = runner.invoke(commands, ["deliver", "--outdated", "--site", str(story.root)])
    assert (done.exit_code, done.output) == (0, "Nobody holds an outdated score.\n")


def test_the_end_of_a_night_says_it_and_a_damaged_record_ends_no_night(story: Story) -> None:
    assert told_otherwise(story.site)[1].startswith(f"  clinic: {CHANGED} (final, release 2026-01-05-1): ")
    record_path(story.site.path("state")).write_text("{}\n")
    (said,) = told_otherwise(story.site)
    assert "delivery record was changed" in said
    shutil.rmtree(story.site.path("state"))
    assert told_otherwise(story.site) == []


def test_a_recipient_that_is_closed_is_outdated_no_longer_and_can_be_told_again(story: Story) -> None:
    runner = CliRunner()
    close = ["deliver", "--site", str(story.root), "--to", "clinic", "--close"]
    assert (runner.invoke(commands, close).exit_code, outdated_now(story.site)) == (0, ())
    done = runner.invoke(commands, close)
    assert isinstance(done.exception, UsageError)
    state = story.site.path("state")
    assert [*delivery_faults(story.site, read_ledger(state), withdrawn_from(story.site))] == []
    assert len(deliver_again(story.root, "clinic", story.folder, at(6)).files) == 4
    assert len(deliver(story.root, "clinic", "hl7", story.folder, at(6)).sent) == 2
    assert read_record(state).recipients == ("clinic",)


def test_a_dry_run_says_the_same_and_changes_no_file(story: Story) -> None:
    before = {path: path.stat().st_mtime_ns for path in story.root.rglob("*")}
    planned = would_deliver(story.root, "clinic")
    assert {path: path.stat().st_mtime_ns for path in story.root.rglob("*")} == before
    done = CliRunner().invoke(commands, ["deliver", "--site", str(story.root), "--to", "clinic", "--dry-run"])
    assert done.exit_code == 6
    assert "clinic: would be sent: 2 corrected" in done.output
    assert said(planned) == said(deliver(story.root, "clinic", "hl7", story.folder, at(6)))


def test_a_dry_run_beside_a_delivery_that_was_killed_counts_what_is_on_record(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pbis.pipeline.handing_over.anchor_record", killed)
    with pytest.raises(KeyboardInterrupt):
        deliver(story.root, "clinic", "hl7", story.folder, at(6))
    monkeypatch.undo()
    assert would_deliver(story.root, "clinic").sent == ()
    done = deliver(story.root, "clinic", "hl7", story.folder, at(6))
    assert (done.sent, len(done.finished), len([*story.folder.glob("*.hl7")])) == ((), 2, 6)


def test_a_subject_who_withdrew_is_taken_back_without_a_name_and_nothing_is_kept(story: Story) -> None:
    withdraw(story.root, WITHDRAWN, at(6), author="A. Name", reason="asked")
    done = deliver(story.root, "clinic", "hl7", story.folder, at(6))
    (taken,) = [each for each in done.sent if each.status == "withdrawn"]
    assert taken.subject.startswith("withdrawn-")
    text = (story.folder / taken.file).read_bytes().decode()
    assert WITHDRAWN not in text
    (report,) = {part.split("|")[3] for part in text.split("\r") if part.startswith("OBR")}
    assert [report in data.decode() and WITHDRAWN in data.decode() for data in story.first.values()].count(True) == 1
    state = story.site.path("state")
    kept = [path.read_text() for path in (*kept_folder(state).iterdir(), state / "delivery_record.jsonl")]
    assert not any(WITHDRAWN in text for text in kept)
    assert deliver(story.root, "clinic", "hl7", story.folder, at(6)).sent == ()
    assert [*delivery_faults(story.site, read_ledger(state), withdrawn_from(story.site))] == []
    again = deliver_again(story.root, "clinic", story.folder.parent / "again", at(7))
    assert (len(again.files), again.forgotten) == (6, 1)
    assert all(
        path.read_bytes() == (story.folder / path.name).read_bytes()
        for path in (story.folder.parent / "again").iterdir()
    )


def test_a_score_that_is_no_more_is_taken_back_once_and_told_again_when_it_is_back(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    import warehouse

    whole = warehouse.deliverable

    def without(path: Path) -> warehouse.Deliverable:
        found = whole(path)
        return warehouse.Deliverable(
            found.source, [r for r in found.scores if r["subject_id"] != SAME], found.components
        )

    monkeypatch.setattr(warehouse, "deliverable", without)
    done = deliver(story.root, "clinic", "hl7", story.folder, at(6))
    assert said(done)[SAME] == "withdrawn"
    assert SAME in (story.folder / done.sent[-1].file).read_text()
    assert deliver(story.root, "clinic", "hl7", story.folder, at(6)).sent == ()
    monkeypatch.undo()
    assert said(deliver(story.root, "clinic", "hl7", story.folder, at(6))) == {SAME: "corrected"}


def test_a_recipient_that_is_spelt_otherwise_is_asked_for_and_a_new_one_is_begun_by_name(story: Story) -> None:
    record = record_path(story.site.path("state")).read_bytes()
    asked = "--to clinc: nothing was delivered to it yet, nearest: clinic; known are clinic; with --new it begins"
    with pytest.raises(UsageError, match=asked):
        deliver(story.root, "clinc", "hl7", story.folder, at(6))
    with pytest.raises(UsageError, match=asked):
        would_deliver(story.root, "clinc")
    with pytest.raises(UsageError, match="--to clinic --new: it was delivered to before"):
        deliver(story.root, "clinic", "hl7", story.folder, at(6), is_new=True)
    assert record_path(story.site.path("state")).read_bytes() == record
    runner, site = CliRunner(), ["--site", str(story.root)]
    sent = ["deliver", *site, "--as", "csv", "--to", "ward", "--new", "-o", str(story.folder)]
    assert runner.invoke(commands, sent).exit_code == 6  # the clinic holds an outdated score
    done = runner.invoke(commands, ["deliver", *site, "--outdated", "--to", "ward"])
    assert (done.exit_code, "Nobody holds an outdated score." in done.output) == (0, True)
    assert runner.invoke(commands, ["deliver", *site, "--outdated", "--to", "clinic"]).exit_code == 6
    done = runner.invoke(commands, ["deliver", *site, "--outdated", "--to", "wart"])
    assert isinstance(done.exception, UsageError)
    assert "nearest: ward" in str(done.exception)


def test_status_says_what_is_open_where_the_record_of_deliveries_is_damaged(story: Story) -> None:
    path = record_path(story.site.path("state"))
    path.write_bytes(path.read_bytes().replace(b"clinic", b"clinik", 1))
    done = CliRunner().invoke(commands, ["status", "--site", str(story.root)])
    assert isinstance(done.exception, IntegrityError)
    assert "Nothing waits for a person." in done.output
    done = CliRunner().invoke(commands, ["status", "--json", "--site", str(story.root)])
    told = json.loads(done.output)
    assert (told["open_items"], told["outdated"]) == ([], None)


def test_a_delivery_says_what_it_needs(story: Story) -> None:
    with pytest.raises(UsageError, match="expected up to 40 letters"):
        deliver(story.root, "a b", "hl7", story.folder, at(6))
    with pytest.raises(UsageError, match="nothing is delivered to it; known are clinic"):
        deliver_again(story.root, "nobody", story.folder, at(6))
    runner = CliRunner()
    for words, wanted in (
        (["--as", "hl7"], "missing -o DIR"),
        (["-o", "x"], "missing --as"),
        (["--again", "--as", "hl7", "-o", "x"], "expected no --as"),
        (["--close", "--dry-run", "--to", "clinic"], "found --close and --dry-run"),
        (["--outdated", "--again", "-o", "x"], "found --outdated and --again"),
        (["--outdated", "--new"], "--new begins a recipient, which --outdated does not"),
    ):
        done = runner.invoke(commands, ["deliver", "--site", str(story.root), *words])
        assert (done.exit_code, wanted in done.output) == (2, True)


def test_a_folder_below_a_file_is_refused(story: Story, tmp_path: Path) -> None:
    (tmp_path / "note").touch()
    with pytest.raises(UsageError, match="note: expected a folder, found a file"):
        deliver(story.root, "clinic", "hl7", tmp_path / "note" / "outbox", at(6))


def test_files_that_are_written_again_are_outdated_all_the_same(story: Story) -> None:
    again = ["deliver", "--site", str(story.root), "--to", "clinic", "--again", "-o", str(story.folder)]
    done = CliRunner().invoke(commands, again)
    assert (done.exit_code, f"pbis deliver --site {story.root} --to clinic" in done.output) == (6, True)


def test_messages_say_what_the_release_holds(story: Story) -> None:
    (name,) = deliver(story.root, "registry", "csv", story.folder, at(6), is_new=True).files
    names = ("subject_id", "component", "value_op", "value_text", "unit", "cut_text", "point", "reason")
    query = f"""
        select {", ".join(names)} from store.score_component
        where night_id = (select night_id from score_night) and cutoff_set = 'pbis-2025-il2-pgml' order by all
    """
    held = [
        {n: "" if v is None else str(v) for n, v in row.items()} for row in run_query(story.root, query).to_pylist()
    ]
    rows = list(csv.DictReader(io.StringIO((story.folder / name).read_text())))
    assert sorted(({n: row[n] for n in names} for row in rows), key=lambda row: [*row.values()]) == held
    assert len(rows) == 16
    assert [row["component"] for row in rows[:4]] == ["nlr", "crp", "il12", "il2"]
    assert {(row["release"], row["issued"], row["study_day"]) for row in rows if row["value_text"]} == {
        ("2026-01-06-1", "2026-01-06T06:00:00Z", "0")
    }


def test_messages_name_no_record_number_and_no_day_of_the_calendar(story: Story) -> None:
    deliver(story.root, "registry", "csv", story.folder, at(6), is_new=True)
    deliver(story.root, "ward", "fhir", story.folder, at(6), is_new=True)
    text = b"".join(path.read_bytes() for path in sorted(story.folder.iterdir())).decode()
    assert "7100001" not in text
    assert "2025-09" not in text
    assert "202509" not in text
    assert "1900-01" not in text
    assert len({line.message_id for line in read_record(story.site.path("state")).lines}) == 12
