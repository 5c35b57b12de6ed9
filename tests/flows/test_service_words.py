"""What a service does beside Prefect: which nights count, whom it tells of a killed one, and that neither a server that stumbles nor a full
disk ends it."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time as time_to
from datetime import UTC, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from receivers import mail_server

from flows.asked import Serving
from flows.runner import run_night
from flows.service_loop import Service
from flows.service_words import changes, tell_if_killed
from flows.serving import health
from flows.times import missed
from pbis.cli.status import run_lines, runs_json
from pbis.config import Site, load_site
from pbis.core.errors import SiteTrouble
from pbis.pipeline.at_work import at_work
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.how_it_runs import last_end
from pbis.pipeline.last_night import keep_night, read_nights
from pbis.pipeline.ledger import NIGHT, PARTIAL, enter
from pbis.pipeline.lock import OF_A_NIGHT, site_lock
from pbis.pipeline.new_site import write_site
from pbis.pipeline.notifying import tell_left, tonight
from pbis.pipeline.service import ServedNight, ServiceStanding, last_standing, service_lock, write_standing
from pbis.pipeline.summary import Summary, failed
from pbis.pipeline.watching import Watch

NOW = datetime(2026, 1, 5, 3, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
STANDING = ServiceStanding(1, "03:00", "UTC", is_watching=True, first_served_at=NOW, started_at=NOW)
MAIL = '\n[notify.email]\nhost = "127.0.0.1"\nport = {}\ntls = "none"\nfrom = "a@b.example"\nto = ["c@b.example"]\n'


class Server:
    """Says what a server says of a night that was killed or of none; the first questions for a night find it stumbling."""

    def __init__(self, stumbles: int = 0, last: ServedNight | None = None) -> None:
        self.left, self.asked, self._last = stumbles, 0, last
        self.is_paused = self.has_planned = False

    def is_busy(self, now: datetime) -> bool:
        return False

    def ask(self, tag: str) -> None:
        if self.left:
            self.left -= 1
            raise httpx.ConnectError("no answer")
        self.asked += 1

    def was_asked_since(self, due: datetime, now: datetime) -> bool:
        return self.has_planned

    def next_run_at(self) -> datetime | None:
        return None

    def running(self) -> ServedNight | None:
        return None

    def last(self) -> ServedNight | None:
        return self._last


def site_of(root: Path, more: str = "") -> Site:
    write_site(root, name="north", time_zone="UTC", cutoff_set="pbis-2025-il2-pgml")
    with (root / "site.toml").open("a") as file:
        file.write(more)
    return load_site(root)


def service_of(site: Site, said: list[str]) -> Any:
    service: Any = Service(site, Serving(time(3), is_watching=True), lambda: LATER, said.append, mend=str)
    service.standing = STANDING
    return service


def killed_night(site: Site) -> None:
    """One that is killed in the middle, in a process of its own."""
    child = os.fork()
    if child == 0:
        with tonight(site, NightOptions(), lambda: NOW):
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def night_of(site: Site) -> None:
    moments = count(1)
    run_night(site, NightOptions(), Silent(), lambda: LATER + timedelta(seconds=next(moments)), "plain")


def test_a_small_night_of_the_desk_hides_no_night_that_was_missed(tmp_path: Path) -> None:
    """It enters the ledger as a night does, and takes nothing of the inbox."""
    site = site_of(tmp_path / "s")
    assert last_end(site) is None
    keep_night(site.path("state"), Summary("north", "done", NOW, NOW))
    enter(site.path("state"), NIGHT, NOW, {"night_id": "2026-01-05-1"})
    enter(site.path("state"), NIGHT, LATER, {"night_id": "2026-01-05-2"})
    assert last_end(site) == NOW
    keep_night(site.path("state"), failed(site, OSError(), LATER, LATER))
    assert last_end(site) == NOW
    (site.path("state") / "last_night.json").unlink()  # a site from a backup
    assert last_end(site) == LATER
    enter(site.path("state"), NIGHT, LATER + timedelta(hours=1), {"night_id": "2026-01-05-3", PARTIAL: True})
    assert last_end(site) == LATER


def test_a_night_that_takes_a_part_of_the_inbox_is_not_the_night_of_the_plan(tmp_path: Path) -> None:
    """`pbis night --only FILE` by hand at 02:50: the night of 03:00 is missed all the same where the machine goes off."""
    site = site_of(tmp_path / "s")
    run_night(site, NightOptions(), Silent(), lambda: NOW, "plain")
    for part in (NightOptions(only=frozenset({"a.csv"})), NightOptions(since=LATER)):
        run_night(site, part, Silent(), lambda: LATER, "plain")
        kept = read_nights(site.path("state"))
        assert kept is not None
        assert (kept.last.is_partial, kept.last.ended_at, kept.done_at) == (True, LATER, NOW)
    assert last_end(site) == NOW
    assert missed(time(3, 4), site.time_zone, LATER, NOW - timedelta(days=9), last_end(site)) is not None
    (site.path("state") / "last_night.json").unlink()
    assert last_end(site) == NOW


def test_an_hour_that_passes_while_the_service_starts_is_left_to_the_plan_and_made_up_once_where_nothing_began(
    tmp_path: Path,
) -> None:
    """It was asked to start at 02:59:59; to register the night took seconds."""
    site, said, server = site_of(tmp_path / "s"), [], Server()
    hands = [NOW - timedelta(seconds=1)]
    service: Any = Service(site, Serving(time(3)), lambda: hands[0], said.append, mend=str)
    before = msgspec.structs.replace(STANDING, first_served_at=NOW - timedelta(days=9))
    keep_night(site.path("state"), Summary("north", "done", NOW - timedelta(hours=23), NOW - timedelta(hours=23)))
    service._begin(before, server, hands[0])
    for seconds, asked in ((0, 0), (119, 0), (121, 1), (125, 1)):
        hands[0] = NOW + timedelta(seconds=seconds)
        service._look(server, None)
        assert server.asked == asked, seconds
    server.has_planned = True
    hands[0] += timedelta(days=1)
    service._look(server, None)
    assert server.asked == 1
    assert [line for line in said if "made up" in line] == [
        "the night of 2026-01-05 03:00 was missed; it is made up now"
    ]


def test_a_clock_that_was_set_back_does_not_make_a_service_that_stands_still_look_well(tmp_path: Path) -> None:
    site = site_of(tmp_path / "s")
    write_standing(site.path("state"), STANDING)
    looked = datetime.fromtimestamp((site.path("state") / "serve.json").stat().st_mtime, UTC)
    with service_lock(site.path("state")):
        assert health(site, looked + timedelta(seconds=1)) == "the service runs"
        for later in (timedelta(hours=1), timedelta(hours=-1)):
            with pytest.raises(SiteTrouble, match="restart it"):
                health(site, looked + later)


def test_a_night_of_a_timer_whose_process_was_killed_is_told_by_the_service_that_starts_or_by_the_next_night(
    tmp_path: Path,
) -> None:
    """Once, and not while it is at work."""
    with mail_server() as server:
        site = site_of(tmp_path / "s", MAIL.format(server.port))
        state = site.path("state")
        state.mkdir(exist_ok=True)
        with site_lock(state, OF_A_NIGHT), at_work(state, NOW):
            assert tell_left(site, lambda: LATER) == ""
            assert run_lines(site) == []
        assert tell_left(site, lambda: LATER) == ""
        killed_night(site)
        assert run_lines(site) == run_lines(site) == [runs_json(site)["killed_night"]]  # who looks takes nothing away
        assert run_lines(site)[0].startswith(
            "The night that began 2026-01-05 03:00 did not end: its process was killed"
        )
        assert tell_left(site, lambda: LATER) == (
            "the night that began 2026-01-05 03:00 did not end: its process was killed, or the machine went down"
        )
        killed_night(site)
        assert run_lines(site)[0].startswith("The night that began 2026-01-05 03:00 did not end")
        assert run_lines(site)[1].startswith("Last night: a night ended ")
        night_of(site)
        assert runs_json(site)["killed_night"] is None
        assert tell_left(site, lambda: LATER) == ""
    texts = [mail.get_content() for _, mail in server.mails]
    assert ["its process was killed" in text for text in texts] == [True, True, False]
    assert all("begun      2026-01-05 03:00" in text for text in texts[:2])
    kept = read_nights(state)
    assert kept is not None
    assert dict(kept.counts) == {"done": 1, "failed": 2}


def test_a_night_that_begins_between_the_look_and_the_taking_is_not_told_as_killed(tmp_path: Path) -> None:
    """Who tells comes while the file is in another's hands; when it is this one's turn, a night is at work."""
    site = site_of(tmp_path / "s")
    state, said = site.path("state"), list[str]()
    state.mkdir()
    killed_night(site)
    left = (state / "night_at_work.json").read_bytes()
    teller = threading.Thread(target=lambda: said.append(tell_left(site, lambda: LATER)))
    turn = os.open(state, os.O_RDONLY)
    fcntl.flock(turn, fcntl.LOCK_EX)
    teller.start()
    while not any("->" in line and f":{os.fstat(turn).st_ino} " in line for line in locks()):
        assert teller.is_alive(), said
        time_to.sleep(0.01)
    with site_lock(state, OF_A_NIGHT):
        os.close(turn)
        teller.join()
        assert said == [""]
        assert (state / "night_at_work.json").read_bytes() == left
    assert "did not end" in tell_left(site, lambda: LATER)


def locks() -> list[str]:
    return Path("/proc/locks").read_text().splitlines()


def test_files_are_new_still_where_the_server_took_no_night_for_them(tmp_path: Path) -> None:
    site, said, server = site_of(tmp_path / "s"), [], Server(stumbles=1)
    hands = [0.0]
    watch = Watch(site, lambda: hands[0])
    (site.path("inbox") / "plates" / "a.csv").write_text("a")
    watch.look()
    hands[0] = 60.0
    service = service_of(site, said)
    for asked in (0, 1):
        assert watch.look()
        service._look(server, watch)
        assert server.asked == asked
    assert not watch.look()


def test_a_disk_that_takes_no_writing_ends_no_service_and_is_said_once(tmp_path: Path) -> None:
    site, said = site_of(tmp_path / "s"), []
    service = service_of(site, said)
    (site.path("state") / "serve.json.new").mkdir(parents=True)
    service._look(Server(), None)
    service._look(Server(), None)
    assert [line for line in said if "could not be written" in line] == said[:1] == said
    (site.path("state") / "serve.json.new").rmdir()
    service._look(Server(), None)
    written = last_standing(site.path("state"))
    assert written == service.standing
    (site.path("state") / "serve.json").unlink()  # by somebody: it is written again
    service._look(Server(), None)
    service._look(Server(), None)
    assert last_standing(site.path("state")) == written


def test_a_night_whose_process_was_killed_is_told_once_and_one_that_told_itself_is_not(tmp_path: Path) -> None:
    night = ServedNight("night of north", "Crashed", NOW + timedelta(seconds=0.5), LATER)
    with mail_server() as server:
        site = site_of(tmp_path / "s", MAIL.format(server.port))
        for _ in range(2):
            tell_if_killed(site, night, lambda: LATER)
        tell_if_killed(site, ServedNight("n", "Completed", LATER, LATER), lambda: LATER)
    [(_, mail)] = server.mails
    assert "could not be done" in mail["Subject"]
    assert "its process was killed, or found no memory; the next night completes what it left" in mail.get_content()
    kept = read_nights(site.path("state"))
    assert kept is not None
    assert (kept.last.error, kept.last.exit_code, dict(kept.counts)) == ("Killed", 137, {"failed": 1})


def test_a_night_that_was_shorter_than_a_look_is_said_to_have_begun(tmp_path: Path) -> None:
    ended = ServedNight("n", "Completed", NOW, LATER)
    now = msgspec.structs.replace(STANDING, last=ended)
    assert changes(STANDING, now) == ["n: begun", "n: Completed"]
    seen = msgspec.structs.replace(STANDING, running=ServedNight("n", "Running", NOW))
    assert changes(STANDING, seen) == ["n: begun"]
    assert changes(seen, now) == ["n: Completed"]
    assert changes(now, now) == []
