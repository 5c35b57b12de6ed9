"""Start a night with the engine that the site names."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from flows.away import BEFORE, is_awaited, went_away, without_it
from flows.quiet import prefect_home, require_auth, settle_environment
from flows.server import end_orphan
from pbis.config import Site
from pbis.core.errors import PbisError, SiteTrouble
from pbis.pipeline.context import NightOptions, Teller
from pbis.pipeline.events import tell
from pbis.pipeline.modes import private
from pbis.pipeline.night import in_utc_by, run_plain, utc_clock
from pbis.pipeline.notifying import noticing
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.room import require_room, shortages
from pbis.pipeline.settings import load_settings
from pbis.pipeline.stopping import stop_if_asked


def run_night(
    site: Site,
    options: NightOptions,
    teller: Teller,
    clock: Callable[[], datetime] | None = None,
    engine: str | None = None,
) -> Outcome:
    """Run the night, and tell whom the site names how it ended. engine: prefect or plain; None takes the site's. Both give the same results.

    Raises ConfigError before any engine is started where the site names what does not exist.
    """
    with noticing(site, options, in_utc_by(clock or utc_clock, site)) as ended:
        load_settings(site)
        if (engine or site.file.runner.engine) == "plain":
            return ended(run_plain(site, options, teller, clock or utc_clock))
        with private():
            return ended(_run_with_prefect(site, options, teller, clock))


def _full(site: Site) -> SiteTrouble | None:
    """Where Prefect itself stumbled, it does not say over what: a disk without room is asked."""
    return next((SiteTrouble(short) for short in shortages(site)), None)


def _run_with_prefect(
    site: Site, options: NightOptions, teller: Teller, clock: Callable[[], datetime] | None
) -> Outcome:
    require_auth(site)
    if not options.is_dry_run:
        require_room(site)  # before a server is started for nothing, which could not say what it lacks
    teller.step("starting Prefect", 1)
    api_url = site.file.runner.prefect_api_url
    if api_url and not is_awaited(api_url, BEFORE):
        return _without_server(site, options, teller, clock)
    home = prefect_home(site.path("state"))
    end_orphan(home)
    settle_environment(home, api_url)
    from flows.lost import forget_events, is_of_server
    from flows.night import CALLER, Caller, night

    caller = Caller(teller, options, clock)
    token = CALLER.set(caller)
    try:
        night(str(site.root))
    except Exception as error:
        is_away = is_of_server(error)
        if is_away:
            forget_events()
        if is_away and caller.outcome is not None:
            return _noted(caller.outcome, went_away(api_url))
        if is_away and caller.error is None:
            stop_if_asked()  # a ctrl-C at a terminal ends the night's own server, too
            return _without_server(site, options, teller, clock)
        known = caller.error or (error if isinstance(error, PbisError) else _full(site))
        raise known or error from None
    finally:
        CALLER.reset(token)
    assert caller.outcome is not None  # the flow either filled it in or raised
    return caller.outcome


def _without_server(site: Site, options: NightOptions, teller: Teller, clock: Callable[[], datetime] | None) -> Outcome:
    """The night without Prefect; what it had begun with it, a night that did not come to its end, is completed as after any such."""
    outcome = run_plain(site, options, teller, clock or utc_clock)
    return _noted(outcome, without_it(site.file.runner.prefect_api_url))


def _noted(outcome: Outcome, sentence: str) -> Outcome:
    tell("prefect_away", logging.WARNING, night_id=outcome.night_id)
    return replace(outcome, notes=(*outcome.notes, sentence))
