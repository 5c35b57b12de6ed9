"""A site's night as a service: every day at its hour, and with `--watch` whenever something new lies still in the inbox.

Prefect schedules, runs each night in a process of its own, and keeps states; this process looks at the inbox, says what begins and ends,
and writes where it stands. It holds no data: killed at any moment, its next start makes up one night for all that were missed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from flows.asked import ASKED, Clock, Say, Serving
from flows.away import BEFORE, is_awaited
from flows.own_server import own_server
from flows.quiet import auth_word, prefect_home, require_auth, settle_environment, use_server
from flows.times import require_daily
from pbis.config import Site
from pbis.core.errors import SiteTrouble, UsageError
from pbis.core.site_time import shown
from pbis.pipeline.modes import private
from pbis.pipeline.room import require_room
from pbis.pipeline.service import QUIET, ServerKey, is_served, kept_key, looked_at, server_key, service_lock
from pbis.pipeline.settings import load_settings
from pbis.pipeline.stopping import answer


def serve(site: Site, asked: Serving, clock: Clock, say: Say) -> None:
    """Serve the site until SIGTERM or ctrl-C; then the night that runs ends after its step. Raises ConfigError for a time that does not
    exist once a day, SiteBusy where another service holds the site, SiteTrouble where the server does not start."""
    require_daily(asked.at, site.time_zone, clock())
    load_settings(site)
    require_auth(site)
    stop = threading.Event()
    state = site.path("state")
    with private(), service_lock(state):
        require_room(site)
        answer(stop.set)
        with _server(site) as mend:
            from flows.service_loop import Service

            Service(site, asked, clock, say, mend).run(stop)


@contextmanager
def _server(site: Site) -> Iterator[Callable[[], str]]:
    """The site's server, or one of the service's own, whose key other commands of the account find; what mends it where it ended."""
    settle_environment(prefect_home(site.path("state")), site.file.runner.prefect_api_url)
    if site.file.runner.prefect_api_url:
        yield lambda: ""
        return
    with own_server(prefect_home(site.path("state"))) as server:
        use_server(server.url)
        with kept_key(site.path("state"), ServerKey(server.url, auth_word())):
            yield server.mend


def health(site: Site, now: datetime) -> str:
    """A sentence where the service runs and asked its server a moment ago; else SiteTrouble."""
    seen = looked_at(site.path("state"))
    if seen is None:
        raise SiteTrouble(f"{site.root}: no service runs here")
    if (
        abs(now - seen) > QUIET
    ):  # also one that is to come: a clock was set back since, and a service that goes on would have looked anew
        raise SiteTrouble(
            f"{site.root}: the service has reached its server last at {shown(seen, site.time_zone)}; restart it"
        )
    return "the service runs"


def ask(site: Site, what: str) -> str:
    """Tell the service that runs: `pause`, `resume`, or `now` for a night at once; what was done, in a sentence. Raises UsageError where
    no service runs, SiteTrouble where its server does not answer within a minute."""
    state = site.path("state")
    if not is_served(state):
        raise UsageError(f"{site.root}: no service runs here; start one with `pbis serve --site {site.root}`")
    require_auth(site)
    key = server_key(state)
    settle_environment(prefect_home(state), site.file.runner.prefect_api_url)
    if key is not None:
        use_server(key.api_url, key.auth)
    api_url = key.api_url if key else site.file.runner.prefect_api_url
    starting = f"{site.root}: the service is just starting; ask again when it has said that it is ready"
    if not api_url:
        raise UsageError(starting)
    if not is_awaited(api_url, BEFORE):
        raise SiteTrouble(
            f"{site.root}: the service's Prefect server at {api_url} does not answer; ask again when it does"
        )
    from flows.deployed import deployed

    found = deployed(site)
    if found is None:
        raise UsageError(starting)
    if what == "pause":
        found.pause()
        return "paused: no night begins by the hour or by new files until `pbis serve --resume`"
    if what == "resume":
        found.resume()
        return "resumed"
    found.ask(ASKED)
    return "a night is asked for; it begins as soon as none is at work"
