"""The service as a process: ready, alone, a night by new files, ended with 0, and its trail; a day of it by `make prove serve_day`."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from processes import children_of, command_of

from flows.artifact import artifact_key
from pbis.cli import commands
from pbis.core.errors import SiteBusy, UsageError
from pbis.pipeline.new_site import write_site
from pbis.pipeline.service import is_served, last_standing, service_of

LINKAGE = "site,mrn,subject,valid_from,valid_to\n,MRN-{0},P{0},,\n"
_PATIENCE = 280.0  # seconds: the server takes 25 on a busy machine, a night 10; on one that is ten times overloaded both take as often as long


pytestmark = pytest.mark.timeout(
    900
)  # start, night and end have a patience each; together they may take longer than a test of the suite


@dataclass
class Served:
    """A service that ran: its site, what it said, its exit code, and how a second one was refused meanwhile."""

    root: Path
    said: str
    exit_code: int
    second: SiteBusy | None


ZONE = ZoneInfo("Asia/Kolkata")  # no change of clock
AT = datetime.now(ZONE) + timedelta(hours=12)  # no night begins by the hour while the tests run


def _site(root: Path, prefect_store: Path) -> Path:
    write_site(root, name="Ward 7", time_zone=ZONE.key, cutoff_set="pbis-2025-il2-pgml")
    text = (root / "site.toml").read_text()
    (root / "site.toml").write_text(text.replace("settle_seconds = 1.0", "settle_seconds = 0.1"))
    (root / "inbox" / "linkage" / "first.csv").write_text(LINKAGE.format(1))
    shutil.copytree(prefect_store, root / "state" / "prefect")
    return root


@contextmanager
def _serving(root: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    log = root.parent / "said.txt"
    words = [sys.executable, "-u", "-m", "pbis", "serve", "--site", root, "--watch", "--at", f"{AT:%H:%M}"]
    with log.open("w") as out, subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process, log
        finally:
            process.terminate()  # and not killed: it would leave its server behind
            process.wait(_PATIENCE)


@pytest.fixture
def hangup_ends() -> Iterator[None]:
    """A process that is started hears of a closed terminal, also where the suite runs under nohup, which no service of a person's would be."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangup_ends")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_service_that_has_just_begun_is_ended_at_once(prefect_store: Path, tmp_path: Path, name: str) -> None:
    """Its runner, which is only starting then, cannot be told to stop before it has started."""
    root = _site(tmp_path / "site", prefect_store)
    (root / "inbox" / "linkage" / "first.csv").unlink(missing_ok=True)
    with _serving(root) as (process, log):
        _until(process, log, lambda said: "Ready." in said)
        process.send_signal(getattr(signal, name))
        assert process.wait(60) == 0, log.read_text()
        assert log.read_text().splitlines()[-1] == "ended"


@pytest.fixture(scope="module")
def served(prefect_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """A file lies in the inbox: its night comes to its end, then the service is asked to end."""
    root = _site(tmp_path_factory.mktemp("served") / "site", prefect_store)
    second = None
    with _serving(root) as (process, log):
        _until(process, log, lambda said: "Ready." in said)
        assert service_of(root / "state") is not None
        try:
            commands.main(["serve", "--site", str(root)], standalone_mode=False)
        except SiteBusy as busy:
            second = busy
        _until(process, log, lambda said: "by new files: Completed" in said)
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE)
        return Served(root, log.read_text(), process.returncode, second)


def _until(process: subprocess.Popen[str], log: Path, is_so: Callable[[str], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not is_so(log.read_text()):
        assert process.poll() is None, log.read_text()
        if time.monotonic() > until:
            process.kill()
            pytest.fail(log.read_text())
        time.sleep(0.1)


def test_a_service_says_that_it_is_ready_and_when_its_nights_begin(served: Served) -> None:
    assert re.search(
        rf"^The nights of Ward 7 begin every day at {AT:%H:%M} \(Asia/Kolkata\) and when new files lie still in the inbox; "
        rf"next {AT:%Y-%m-%d %H:%M}\. Ready\.$",
        served.said,
        flags=re.M,
    )


def test_a_site_has_one_service(served: Served) -> None:
    assert served.second is not None
    assert served.second.exit_code == 5
    assert re.search(r"another service holds this site \(process \d+\)", str(served.second))
    assert not is_served(served.root / "state")


def test_new_files_begin_one_night_that_people_recognise_and_sigterm_ends_the_service_with_0(served: Served) -> None:
    assert served.exit_code == 0, served.said
    said = re.sub(r"20\d\d-\d\d-\d\d", "DAY", served.said).splitlines()
    assert said[1] == "night of Ward 7, DAY, by new files: begun"
    assert said[2].startswith("night of Ward 7, DAY, by new files: Completed")
    assert said[3:] == ["asked to end; a night that runs ends after its step", "ended"]
    assert (served.root / "releases" / "current" / "pbis.duckdb").exists()
    assert not (served.root / "inbox" / "linkage" / "first.csv").exists()


def test_where_the_service_stands_is_told_when_it_is_gone(served: Served) -> None:
    standing = last_standing(served.root / "state")
    assert standing is not None
    assert (standing.at, standing.time_zone) == (f"{AT:%H:%M}", ZONE.key)
    assert (standing.is_watching, standing.is_paused) == (True, False)
    assert standing.next_run_at is not None
    assert standing.last is not None
    assert standing.last.name.endswith("by new files")
    assert standing.running is None
    assert {path.stat().st_mode & 0o077 for path in (served.root / "state").glob("serve*")} == {0}
    assert not (served.root / "state" / "serve.key").exists()


@pytest.fixture(scope="module")
def trail(served: Served) -> sqlite3.Connection:
    return sqlite3.connect(served.root / "state" / "prefect" / "prefect.db")


def test_one_night_a_site_is_a_limit_that_exists_on_the_server(trail: sqlite3.Connection) -> None:
    rows = trail.execute(
        'select "limit", active from concurrency_limit_v2 join deployment on concurrency_limit_id = concurrency_limit_v2.id'
    ).fetchall()
    assert rows == [(1, 1)]


def test_what_was_left_of_a_night_is_on_the_page_in_counts(trail: sqlite3.Connection, served: Served) -> None:
    rows = trail.execute("select data from artifact where key = ?", (artifact_key("Ward 7"),)).fetchall()
    assert rows
    assert "| plates loaded | 0 |" in rows[0][0]
    dump = "\n".join(trail.iterdump())
    assert not re.search(r"MRN-\d|first\.csv|second\.csv", dump)


def test_nothing_is_planned_twice_and_the_plan_is_the_site_s_hour(trail: sqlite3.Connection) -> None:
    planned = [at for (at,) in trail.execute("select expected_start_time from flow_run where state_name = 'Scheduled'")]
    assert len(planned) == len(set(planned)) > 0
    assert {at[11:16] for at in planned} == {f"{AT.astimezone(UTC):%H:%M}"}


_WAS_ASKED = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from flows.deployed import deployed
from pbis.config import load_site
found, now, hour = deployed(load_site(Path(sys.argv[1]))), datetime.now(UTC), timedelta(hours=1)
print(found.was_asked_since(now - hour, now), found.was_asked_since(now - 9 * hour, now - 8 * hour))
"""


def test_a_server_knows_whether_a_night_was_to_begin_between_two_moments(served: Served) -> None:
    """Else a night is made up: one by new files began just now, and none hours ago."""
    told = {"PREFECT_HOME": str(served.root / "state" / "prefect"), "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true"}
    words = [sys.executable, "-c", _WAS_ASKED, str(served.root)]
    found = subprocess.run(words, env=os.environ | told, text=True, capture_output=True, check=False, timeout=_PATIENCE)
    assert found.stdout.splitlines()[-1:] == ["True False"], found.stderr


def test_a_question_to_a_service_that_does_not_run_is_a_usage_error(tmp_path: Path) -> None:
    from flows.serving import ask
    from pbis.config import load_site

    write_site(tmp_path / "s", name="a", cutoff_set="pbis-2025-il2-pgml")
    for what in ("pause", "resume", "now"):
        with pytest.raises(UsageError, match="no service runs here; start one with `pbis serve"):
            ask(load_site(tmp_path / "s"), what)


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_serve_day(prefect_store: Path, tmp_path: Path) -> None:
    """Killed for a week: one night is made up. Two nights that are asked for at once run one after the other. Paused, files begin none.
    SIGTERM ends a night after its step, and the next start makes it up."""
    root = _site(tmp_path / "site", prefect_store)
    state = root / "state"
    earlier = {"pid": 1, "at": "03:00", "time_zone": "UTC", "is_watching": False}
    moments = dict.fromkeys(("first_served_at", "started_at"), "2025-11-01T00:00:00Z")
    (state / "serve.json").write_text(json.dumps(earlier | moments))
    with _serving(root) as (process, log):
        _until(process, log, lambda said: "made up: Completed" in said)
        for _ in range(2):
            assert _asked(root, "--now").returncode == 0
        _until(process, log, lambda said: said.count("asked for: Completed") == 2)
        assert _asked(root, "--pause").returncode == 0
        _until(process, log, lambda said: "\npaused" in said)
        (root / "inbox" / "linkage" / "second.csv").write_text(LINKAGE.format(2))
        time.sleep(10)
        assert "by new files" not in log.read_text().partition("Ready.")[2]
        assert _asked(root, "--resume").returncode == 0
        _until(process, log, lambda said: "by new files: begun" in said)
        process.send_signal(signal.SIGTERM)
        assert process.wait(_PATIENCE) == 0
        assert log.read_text().count("was missed; it is made up now") == 1
    with sqlite3.connect(state / "prefect" / "prefect.db") as con:
        rows = con.execute(
            "select start_time, end_time, state_name from flow_run where start_time is not null order by 1"
        ).fetchall()
    assert [row[2] for row in rows[:3]] == ["Completed"] * 3
    assert rows[3][2] in ("StoppedAfterStep", "Crashed", "Completed")
    assert all(before[1] <= after[0] for before, after in pairwise(rows))
    with _serving(root) as (process, log):  # killed: whatever it was at, the next start goes on
        _until(
            process,
            log,
            lambda said: "by new files: begun" in said or not (root / "inbox" / "linkage" / "second.csv").exists(),
        )
        process.kill()
    with _serving(root) as (process, log):
        _until(process, log, lambda said: "Ready." in said)
        _until(process, log, lambda said: not (root / "inbox" / "linkage" / "second.csv").exists())
        process.send_signal(signal.SIGTERM)
        assert process.wait(_PATIENCE) == 0


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_service_whose_server_ends_as_files_come_and_in_their_night_goes_on(
    prefect_store: Path, tmp_path: Path
) -> None:
    """It says so, and no more; the night comes to its end, its state is on the server, and its slot is free."""
    root = _site(tmp_path / "site", prefect_store)
    with _serving(root) as (process, log):
        _until(process, log, lambda said: "Ready." in said)
        _end_server(process.pid, signal.SIGKILL)
        _until(process, log, lambda said: "by new files: begun" in said)
        _end_server(process.pid, signal.SIGTERM)
        _until(process, log, lambda said: "by new files: Completed" in said and said.count("started again") == 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(_PATIENCE) == 0
    said = re.sub(r"20\d\d-\d\d-\d\d", "DAY", log.read_text()).splitlines()[1:]
    mended = "Prefect's server of this service ended (code -{}); it is started again, and a night that runs goes on"
    night = "night of Ward 7, DAY, by new files"
    wanted = {mended.format(9), mended.format(15), f"{night}: begun", f"{night}: Completed"}
    assert set(said) == wanted | {"asked to end; a night that runs ends after its step", "ended"}
    assert len(said) == 6
    with sqlite3.connect(root / "state" / "prefect" / "prefect.db") as con:
        assert con.execute("select active_slots from concurrency_limit_v2").fetchall() == [(0,)]
        assert con.execute("select state_name from flow_run where start_time is not null").fetchall() == [
            ("Completed",)
        ]


def _end_server(service: int, by: signal.Signals) -> None:
    (server,) = (pid for pid in children_of(service) if b"prefect.server.api.server" in command_of(pid))
    os.kill(server, by)


def _asked(root: Path, word: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "pbis", "serve", "--site", root, word]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=_PATIENCE)
