"""The loop of a service: the runner of Prefect in a thread of its own, and beside it what looks at the inbox, tells and writes."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import msgspec
from prefect.runner import Runner

from flows.asked import MISSED, WATCHED, Clock, Say, Serving
from flows.deployed import Deployed, deploy
from flows.server import children_of, command_of
from flows.service_words import changes, new_end, ready, tell_if_killed
from flows.times import last_due, missed, next_due
from pbis.config import Site
from pbis.core.errors import SiteTrouble
from pbis.core.site_time import shown
from pbis.pipeline.how_it_runs import last_end
from pbis.pipeline.notifying import tell_left
from pbis.pipeline.service import ServiceStanding, last_standing, still_here, write_standing
from pbis.pipeline.watching import Watch

_TICK = 1.0  # seconds between two looks at the inbox
_LOOK_TICKS = 3  # ticks between two looks at the server: what it costs while nothing happens
_POLL = 3.0  # seconds between two questions of the runner whether a night is due
_START_SECONDS = 180.0
# Until a night that was planned counts as not begun; own choice: a server plans and a runner asks in seconds.
_GRACE = timedelta(minutes=2)
_OF_A_NIGHT = b"prefect.engine"  # how the runner starts a night


class Nights:
    """Prefect's runner: takes each night that is due and runs it in a process, one at a time."""

    def __init__(self, site: Site, asked: Serving, is_paused: bool) -> None:
        self._site, self._asked, self._is_paused = site, asked, is_paused
        self._is_deployed, self._may_begin = threading.Event(), threading.Event()
        self._is_ending = False
        self._loop = asyncio.new_event_loop()
        self._runner: Runner | None = None
        self.error: BaseException | None = None
        self.deployment_id: UUID | None = None
        self._thread = threading.Thread(target=self._work, name="nights", daemon=True)

    def deploy(self) -> UUID:
        """Register the night; nothing is run before `begin`."""
        self._thread.start()
        self._is_deployed.wait(_START_SECONDS)
        if self.deployment_id is None:
            raise SiteTrouble(f"Prefect's server did not take the night: {self.error or 'no answer'}")
        return self.deployment_id

    def begin(self) -> None:
        """Run what is due from here on."""
        self._may_begin.set()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def end(self) -> None:
        """Let the night that runs come to the end of its step, and stop. A runner that is only starting is waited for: before it has started it
        cannot be told to stop."""
        self._is_ending = True
        self._may_begin.set()
        until = time.monotonic() + _START_SECONDS
        while self._thread.is_alive() and not self._has_started() and time.monotonic() < until:
            time.sleep(0.1)
        told: set[int] = set()
        while running := _nights():
            for pid in running - told:
                os.kill(pid, signal.SIGTERM)
            told |= running
            time.sleep(0.1)
        if self._runner is not None and self._has_started():
            asyncio.run_coroutine_threadsafe(self._runner.astop(), self._loop).result(_START_SECONDS)
        self._thread.join(_START_SECONDS)

    def _has_started(self) -> bool:
        return self._runner is not None and self._runner.started

    def _work(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self.error = error
        finally:
            self._is_deployed.set()

    async def _serve(self) -> None:
        self._runner = Runner(name="pbis", query_seconds=_POLL, prefetch_seconds=0, limit=1, pause_on_shutdown=False)
        self.deployment_id = await deploy(self._runner, self._site, self._asked.at, self._is_paused)
        self._is_deployed.set()
        await asyncio.to_thread(self._may_begin.wait)
        if not self._is_ending:
            await self._runner.start()


@dataclass
class Service:
    """A site that is served. mend: looks after its server, and says what it did."""

    site: Site
    asked: Serving
    clock: Clock
    say: Say
    mend: Callable[[], str]
    standing: ServiceStanding = field(init=False)
    _kept: ServiceStanding | None = None
    _has_said: bool = False
    _is_ending: bool = False
    # The last hour of which it is known that its night was begun; None before the service has begun.
    _sure_until: datetime | None = None

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set; SiteTrouble where the runner ends before."""
        before, started_at = last_standing(self.site.path("state")), self.clock()
        left = tell_left(self.site, self.clock)
        if left:
            self.say(left)
        nights = Nights(self.site, self.asked, before is not None and before.is_paused)
        deployed = Deployed(nights.deploy())
        deployed.tidy(started_at)
        self._begin(before, deployed, started_at)
        if not stop.is_set():
            nights.begin()
        watch, ticks = Watch(self.site), 0
        while not stop.wait(_TICK):
            if not nights.is_alive:
                raise SiteTrouble(
                    f"Prefect's runner ended: {nights.error or 'it said nothing'}; start the service again"
                )
            mended = self.mend()
            if mended:
                self.say(mended)
            ticks += 1
            is_due = self.asked.is_watching and not self.standing.is_paused and watch.look()
            if is_due or ticks % _LOOK_TICKS == 0:
                self._look(deployed, watch if is_due else None)
        self.say("asked to end; a night that runs ends after its step")
        self._is_ending = True
        nights.end()
        self._look(deployed, None)
        self.say("ended")

    def _begin(self, before: ServiceStanding | None, deployed: Deployed, now: datetime) -> None:
        """Ask for a night that was missed, and say that all is ready. now: the moment up to which what was planned is taken back; an hour that
        passes after it is the plan's, however long the start takes, so that no night is both planned and made up."""
        since = before.first_served_at if before else now
        standing = ServiceStanding(
            pid=os.getpid(),
            at=f"{self.asked.at:%H:%M}",
            time_zone=self.site.time_zone.key,
            is_watching=self.asked.is_watching,
            first_served_at=since,
            started_at=now,
        )
        self._write(self._seen(standing, deployed))
        due = missed(self.asked.at, self.site.time_zone, now, since, last_end(self.site))
        self._sure_until = now
        if due is not None and not self.standing.is_paused:
            self._make_up(deployed, due)
        self.say(ready(self.standing, self.site))

    def _make_up(self, deployed: Deployed, due: datetime) -> None:
        deployed.ask(MISSED)
        self.say(f"the night of {shown(due, self.site.time_zone)} was missed; it is made up now")

    def _make_sure(self, deployed: Deployed) -> None:
        """Once a day, a while after the hour: where the server began nothing since, as where it was started just then or did not plan, the
        night is made up."""
        now = self.clock()
        due = last_due(self.asked.at, self.site.time_zone, now)
        if self._sure_until is None or due <= self._sure_until or now - due < _GRACE:
            return
        if not self.standing.is_paused and not deployed.was_asked_since(due, now):
            self._make_up(deployed, due)
        self._sure_until = due

    def _look(self, deployed: Deployed, watch: Watch | None) -> None:
        """See what the server knows, tell what changed, and ask for a night by what came; a server that stumbles is asked again later."""
        try:
            if watch is not None and not deployed.is_busy(self.clock()):
                deployed.ask(WATCHED)
                watch.asked()  # behind it: where the server did not answer, the files are new still
            self._make_sure(deployed)
            seen = self._seen(self.standing, deployed)
        except httpx.HTTPError:
            return
        for line in changes(self.standing, seen):
            self.say(line)
        ended = new_end(self.standing, seen)
        if ended is not None and not self._is_ending:  # a mail server that is slow keeps nothing else waiting
            threading.Thread(target=tell_if_killed, args=(self.site, ended, self.clock), daemon=True).start()
        self._write(seen)

    def _write(self, seen: ServiceStanding) -> None:
        """Keep where the service stands. A disk that is full or takes no writing ends neither the service nor the night that runs, which says
        so itself: it is tried at each look, and `pbis serve --health` tells that it fails."""
        state = self.site.path("state")
        try:
            if seen == self._kept:
                still_here(state)
            else:
                write_standing(state, seen)
                self._kept = seen
            self._has_said = False
        except OSError as error:
            self._kept = None
            if not self._has_said:
                self.say(f"where the service stands could not be written into {state}: {error.strerror}; it goes on")
            self._has_said = True
        self.standing = seen

    def _seen(self, standing: ServiceStanding, deployed: Deployed) -> ServiceStanding:
        """The standing as the server knows it now."""
        is_paused = deployed.is_paused
        due = None if is_paused else next_due(self.asked.at, self.site.time_zone, self.clock())
        return msgspec.structs.replace(
            standing,
            is_paused=is_paused,
            next_run_at=due and (deployed.next_run_at() or due),  # a new plan is on the server some seconds later
            running=deployed.running(),
            last=deployed.last(),
        )


def _nights() -> set[int]:
    """Processes in which a night of this service runs."""
    return {pid for pid in children_of(os.getpid()) if _OF_A_NIGHT in command_of(pid)}
