"""One night whose files, plates and tubes are named after people: what leaves the machine has numbers and hashes, and no name."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families
from receivers import Call, closed_port, mail_server, webhook
from small_site import put_plate, record, subject, write_small_site, written

from flows.runner import run_night
from pbis.cli.notify import notify
from pbis.cli.status import status, todo_lines
from pbis.config import Site, load_site
from pbis.core.errors import UsageError
from pbis.pipeline.auditing import audit
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.events import json_lines
from pbis.pipeline.how_it_runs import last_night, schedule_line
from pbis.pipeline.last_night import keep_night, read_nights
from pbis.pipeline.ledger import NIGHT, enter
from pbis.pipeline.metrics import prometheus_text
from pbis.pipeline.night import utc_clock
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.sealing import head_of
from pbis.pipeline.service import service_lock
from pbis.pipeline.summary import Summary, failed

NAME = "Quagga-Canary"
BAD = f"mrn,accession\n{NAME},1\n"
BEGUN = datetime(2026, 1, 5, 3, tzinfo=UTC)
NOTIFY = """
[notify.email]
host = "127.0.0.1"
port = {mail}
tls = "none"
from = "pbis@lab.example"
to = ["head@lab.example"]

[notify.webhook]
url = "http://127.0.0.1:{hook}/"
"""


@dataclass(frozen=True)
class Told:
    """A night and all that it sent. log: its lines of JSON."""

    site: Site
    outcome: Outcome
    mail: str
    call: Call
    log: str


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Told:
    site = write_small_site(tmp_path_factory.mktemp("told") / "site", 1)
    site.path("warehouse").parent.mkdir()
    shutil.copy(empty_warehouse, site.path("warehouse"))
    inbox = site.path("inbox")
    (inbox / "labs" / f"{NAME}.csv").write_text(BAD)
    export = next((inbox / "plates").iterdir())
    export.rename(export.with_name(f"{NAME} plate.csv"))
    put_plate(inbox, 2).unlink()  # a layout whose plate has not come
    rows = [f"{NAME} plate to come,,,2026-01-02", f",{NAME}-tube,,2026-01-02", f",,{NAME}-subject,2026-01-02"]
    written(inbox / "worklists" / "plan.csv", "plate,barcode,subject,due_on", rows)
    with pytest.MonkeyPatch.context() as patch, mail_server() as mail, webhook() as hook:
        patch.setenv("PBIS_NOTIFY_SECRET", "word")
        with (site.root / "site.toml").open("a") as file:
            file.write(NOTIFY.format(mail=mail.port, hook=hook.port))
        site, log = load_site(site.root), io.StringIO()
        moments = (BEGUN + timedelta(seconds=n) for n in range(10_000))
        with json_lines(log):
            outcome = run_night(site, NightOptions(), Silent(), lambda: next(moments), engine="plain")
        [(_, message)], [call] = mail.mails, hook.calls
    headers = "\n".join(f"{name}: {value}" for name, value in message.items())
    return Told(site, outcome, f"{headers}\n\n{message.get_content()}", call, log.getvalue())


def test_nothing_that_leaves_the_machine_names_anything(told: Told) -> None:
    kept = (told.site.path("state") / "last_night.json").read_text()
    metrics = prometheus_text(told.site, BEGUN)
    people = (NAME, NAME.lower(), subject(1, 1), record(1, 1), "SR001001", "LOAD_0001", "plan.csv")
    for text in (told.mail, told.call.body.decode(), told.log, kept, metrics):
        assert [word for word in people if word in text] == []


def test_mail_webhook_and_log_tell_one_night(told: Told) -> None:
    body = json.loads(told.call.body)
    bad = f"labs-{hashlib.sha256(BAD.encode()).hexdigest()[:12]}"
    assert (body["night_id"], body["state"], body["refused"]) == ("2026-01-05-1", "done_with_refusals", [bad])
    assert (body["expected_count"], len(body["expected"])) == (3, 3)
    assert body["plates"]["loaded"] == told.outcome.plates_loaded == 1
    assert body["patients"] == told.outcome.groups
    assert body["blocking"] == told.outcome.blocking_count > 0
    assert body["head"] == head_of(())
    assert body["ledger"] in (told.site.path("state") / "ledger.jsonl").read_text()
    assert f"1 file: {bad}" in told.mail
    assert "3 planned and not there" in told.mail
    assert "PBIS small: night 2026-01-05-1 done, but some input was refused" in told.mail
    *_, ended = [line for line in map(json.loads, told.log.splitlines()) if line["event"] == "night_ended"]
    same = ("night_id", "state", "refused", "expected", "plates", "blocking", "open_items")
    assert {name: ended[name] for name in same} == {name: body[name] for name in same}
    kept = read_nights(told.site.path("state"))
    assert kept is not None
    assert kept.last.seconds == body["seconds"] == {name: round(took, 3) for name, took in told.outcome.seconds.items()}


def test_a_log_has_a_line_an_event(told: Told) -> None:
    lines = [json.loads(line) for line in told.log.splitlines()]
    events = [line["event"] for line in lines]
    steps = [line["step"] for line in lines if line["event"] == "step_done"]
    assert events[0] == "night_begun"
    assert events[-3:] == ["night_ended", "message_sent", "message_sent"]
    assert steps == list(told.outcome.seconds)
    for line in lines:
        assert line["night_id"] == "2026-01-05-1"
        assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)
        assert line["level"] in ("info", "warning")


def test_prometheus_reads_what_status_writes(told: Told, tmp_path: Path) -> None:
    file = tmp_path / "pbis.prom"
    done = CliRunner().invoke(status, ["--site", str(told.site.root), "--prometheus", "-o", str(file)])
    assert (done.exit_code, done.output) == (0, "")
    assert file.stat().st_mode & 0o777 == 0o644  # another account collects it
    assert [each.name for each in tmp_path.iterdir()] == ["pbis.prom"]
    now = BEGUN + timedelta(hours=5)
    found = {
        (sample.name.removeprefix("pbis_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(prometheus_text(told.site, now))
        for sample in family.samples
    }
    kept = read_nights(told.site.path("state"))
    assert kept is not None
    wanted = {
        ("nights_total", "done_with_refusals"): 1,
        ("last_night_done_timestamp_seconds",): kept.last.ended_at.timestamp(),
        ("last_night_exit_code",): 6,
        ("last_night_refused_files",): 1,
        ("last_night_expected_missing",): 3,
        ("last_night_plates", "loaded"): 1,
        ("plates", "pass"): 1,
        ("open_items", "true", "file_in_quarantine"): 1,
        ("open_items", "false", "work_expected"): 3,
        ("release_readable",): 1,
        ("messages_unsent", "later"): 0,
    }
    assert {name: found.get(name) for name in wanted} == wanted
    assert 5 * 3600 - 60 < found["oldest_open_item_age_seconds",] <= 5 * 3600
    assert found["last_night_step_seconds", "publish"] == pytest.approx(told.outcome.seconds["publish"], abs=0.001)
    assert 0 < found["disk_free_bytes", "warehouse"] < found["disk_size_bytes", "warehouse"]


def test_status_says_when_the_last_night_ran_how_it_ended_and_what_is_planned(told: Told, tmp_path: Path) -> None:
    said = CliRunner().invoke(status, ["--site", str(told.site.root)])
    assert said.exit_code == 6
    assert "Last night: night 2026-01-05-1 ended 2026-01-05 04:00" in said.output
    assert "done, but some input was refused.\nScheduled: nothing by pbis serve" in said.output
    site = load_site(shutil.copytree(told.site.root, tmp_path / "site", symlinks=True))
    later = BEGUN + timedelta(days=1)
    enter(site.path("state"), NIGHT, later, {"night_id": "2026-01-06-1"})  # as a small night of the desk does
    night = last_night(site)
    assert night is not None
    assert (night.night_id, night.state) == ("2026-01-05-1", "done_with_refusals")
    keep_night(site.path("state"), failed(site, MemoryError("of Quagga"), later, later))
    last = last_night(site)
    assert last is not None
    assert last.lines(site.time_zone, later + timedelta(days=3)) == [
        "Last night: a night ended 2026-01-06 04:00, 3 days ago: could not be done (MemoryError, exit code 1).",
        "The last night that came to its end: ended 2026-01-05 04:00, 4 days ago.",
    ]
    by_day = later + timedelta(hours=6)
    keep_night(site.path("state"), Summary("north", "done", by_day, by_day, night_id="2026-01-06-2", is_partial=True))
    partial = last_night(site)
    assert partial is not None
    assert partial.lines(
        site.time_zone, by_day
    ) == [  # a small night at day does not hide that the night before it failed
        "Last night: night 2026-01-06-2 ended 2026-01-06 10:00, 0.0 hours ago: done; it took a part of the inbox, as somebody asked.",
        "The last night that came to its end and took all of the inbox: ended 2026-01-05 04:00, 30.0 hours ago.",
    ]
    plan = {"pid": 1, "at": "03:00", "time_zone": "Europe/Berlin", "next_run_at": "2026-01-07T02:00:00Z"}
    (site.path("state") / "serve.json").write_text(json.dumps(plan))
    now = utc_clock()
    said_of_none = "Scheduled: nothing, the service that planned nights at 03:00 Europe/Berlin"
    assert schedule_line(site, now).startswith(said_of_none)
    with service_lock(site.path("state")):
        assert schedule_line(site, now) == "Scheduled: the next at 2026-01-07 03:00, by pbis serve."
        hung = schedule_line(site, now + timedelta(minutes=5))  # its lock is held, and it plans nothing
        assert hung.startswith("Scheduled: nothing is sure, the service has not looked around since ")
    (site.path("state") / "last_night.json").unlink()  # a site from a backup: the ledger knows of the night
    told_by = CliRunner().invoke(status, ["--site", str(site.root), "--json"])
    assert json.loads(told_by.output)["last_night"]["night_id"] == "2026-01-06-1"
    keep_night(site.path("state"), failed(site, MemoryError("of Quagga"), by_day, by_day))
    restored = last_night(site)  # its nights of before the backup are the ledger's
    assert restored is not None
    assert (restored.state, restored.done_at) == ("failed", later)
    [done] = re.findall("^pbis_last_night_done_timestamp_seconds (.*)$", prometheus_text(site, now), re.MULTILINE)
    assert float(done) == later.timestamp()


def test_status_calls_nothing_done_behind_a_night_that_was_not() -> None:
    assert todo_lines(()) == ["Nothing waits for a person.", ""]
    assert todo_lines((), is_behind=True) == [
        "Nothing of an earlier night waits for a person; the last one could not be done:",
        "",
    ]


def test_the_command_shows_the_last_message_and_says_what_did_not_go(told: Told, tmp_path: Path) -> None:
    shown = CliRunner().invoke(notify, ["--site", str(told.site.root), "--show", "--json"])
    assert json.loads(shown.output)["ledger"] == json.loads(told.call.body)["ledger"]
    nothing = CliRunner().invoke(notify, ["--site", str(told.site.root)])
    assert (nothing.exit_code, nothing.output) == (0, "nothing waits to be sent\n")
    text = (told.site.root / "site.toml").read_text().partition("\n[notify.email]")[0]
    with closed_port() as port:
        (tmp_path / "site.toml").write_text(text + NOTIFY.format(mail=port, hook=port))
        closed = CliRunner().invoke(notify, ["--site", str(tmp_path), "--test"])
    assert closed.exit_code == 6
    assert closed.output.count("did not go") == 2


def test_what_was_mailed_contradicts_a_log_that_was_written_anew(told: Told) -> None:
    body = json.loads(told.call.body)
    heads = f"event 0, {body['head']['decision_id']}", body["ledger"]
    assert audit(told.site, mailed=heads).faults == ()
    assert all(words in told.mail for words in heads)
    lost = [fault.sentence for fault in audit(told.site, mailed=(f"event 2, {'a' * 64}", "b" * 64)).faults]
    assert ["event 2: expected aaaaaaaaaaaa, found no such eve" in lost[0], "a line bbbbbbbbbbbb" in lost[1]] == [
        True,
        True,
    ]
    with pytest.raises(UsageError, match="expected `event N, HASH`"):
        audit(told.site, mailed=("3f2a",))
