"""A night: its steps, their order, and what comes out. Engines walk the plan; this module knows none of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import warehouse
from pbis.config import SITE_FILE, Site
from pbis.core.site_time import in_utc
from pbis.core.words import plural
from pbis.files.temporary import temporary_folder
from pbis.pipeline.archive import release
from pbis.pipeline.clinic import import_files
from pbis.pipeline.cluster import crew_for
from pbis.pipeline.collecting import collecting
from pbis.pipeline.context import Night, NightOptions, Teller
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.decisions import take_in
from pbis.pipeline.erasing import carry_out, rewrite_where_due, seal_erasure, sweep_tonight
from pbis.pipeline.events import tell
from pbis.pipeline.falls import enter_accepted
from pbis.pipeline.history import follow_plates
from pbis.pipeline.inbox import Refusal
from pbis.pipeline.inbox_folder import clear
from pbis.pipeline.lake import follow_releases, require_lake
from pbis.pipeline.ledger import read_ledger
from pbis.pipeline.leftovers import sweep
from pbis.pipeline.lock import site_lock
from pbis.pipeline.modes import mend_modes, private
from pbis.pipeline.naming import clock_notes, next_night_id
from pbis.pipeline.notifying import tonight
from pbis.pipeline.outcome import Closing, Outcome, summarise, told_of_lake
from pbis.pipeline.publishing import publishing
from pbis.pipeline.quarantine import put_aside
from pbis.pipeline.reading import reading
from pbis.pipeline.reading_again import look_again
from pbis.pipeline.reporting import write_reports
from pbis.pipeline.review_states import review_plates
from pbis.pipeline.room import copied_parts, require_room
from pbis.pipeline.saying import say_in_todays_words
from pbis.pipeline.scoring import score_subjects
from pbis.pipeline.sealing import seal_night, seal_upgrade
from pbis.pipeline.settings import load_settings
from pbis.pipeline.shards import sharded
from pbis.pipeline.stages import Begun, Reported, Told
from pbis.pipeline.todo import list_open_items, record_notes, record_refusal
from pbis.pipeline.unfinished import strike_off
from pbis.pipeline.walking import Plan, Step, Walked, in_process, walk, whole
from pbis.pipeline.wholeness import record_withdrawn, require_warehouse, require_whole
from pbis.pipeline.withdrawals import withdrawn_from
from pbis.version import __version__
from warehouse.open_items import was_noted


def plan() -> Plan[Begun, Reported]:
    """The order of the steps; the only place that knows it. Each takes the stage that the one before it made."""
    return (
        Plan.of(Step("collect", "looking into the inbox", collecting, can_be_retried=True))
        .then(Step("withdraw", "taking out subjects who withdrew", whole(carry_out)))
        .then(Step("clinical", "importing clinical files", whole(import_files)))
        .then(Step("read", "reading plates", reading, can_be_retried=True))
        .then(sharded())
        .then(Step("say", "saying findings in today's words", whole(say_in_todays_words)))
        .then(Step("trend", "comparing plates with earlier ones", whole(follow_plates)))
        .then(Step("review", "finding which plates people accepted", whole(review_plates)))
        .then(Step("look_again", "reading a sample of the archive again", whole(look_again)))
        .then(Step("score", "joining and scoring", whole(score_subjects)))
        .then(Step("todo", "listing what waits for a person", whole(list_open_items)))
        .then(Step("publish", "publishing", publishing, can_be_retried=True))
        .then(Step("report", "writing reports", write_reports))
    )


def run_plain(site: Site, options: NightOptions, teller: Teller, clock: Callable[[], datetime]) -> Outcome:
    """The whole night as plain functions in this process."""
    with open_night(site, options, teller, clock) as night:
        return close_night(night, walk(night, plan(), Begun(night.opening), in_process))


@contextmanager
def open_night(site: Site, options: NightOptions, teller: Teller, clock: Callable[[], datetime]) -> Iterator[Night]:
    """Take the site's lock, open the warehouse, begin the night. clock: tells moments; without a zone wall times of the site. Raises
    SiteBusy, ConfigError, IntegrityError, SiteTrouble."""
    clock = in_utc_by(clock, site)
    with ExitStack() as stack:
        if options.replayed is None:  # what is run again goes into no lake
            require_lake(site)
        told = _enter(site, options, stack)
        stack.enter_context(tonight(site, options, clock))
        settings = load_settings(site)
        withdrawn = withdrawn_from(site)
        con = _open_warehouse(site, options, stack, clock)
        holdings = warehouse.holdings(con)
        left_out = require_whole(site, holdings)
        night_id, started_at = options.replayed or next_night_id(site, holdings.nights, clock()), clock()
        told += [] if options.is_dry_run else sweep(site)
        notes = told + _begin(site, options, con, night_id, started_at)
        tell("night_begun", night_id=night_id, code_version=__version__)
        notes += record_withdrawn(con, night_id, clock(), left_out)
        if options.accept_fall is not None and not options.is_dry_run:
            enter_accepted(site, options.accept_fall, clock)
        yield Night(
            site=site,
            options=options,
            night_id=night_id,
            started_at=started_at,
            clock=clock,
            teller=teller,
            settings=settings,
            con=con,
            loaded_before=holdings.loaded,
            decisions=take_in(con, site, night_id, read_ledger(site.path("state")), options.decisions),
            opening=Told(tuple(notes)),
            withdrawn=withdrawn,
            crew=stack.enter_context(crew_for(site)),
        )


def _enter(site: Site, options: NightOptions, stack: ExitStack) -> list[str]:
    """Take the lock of a site that has room and rights for a night, and mend its modes; what is to be said of that."""
    stack.enter_context(private())
    told = [] if options.is_dry_run else require_room(site)
    stack.enter_context(site_lock(site.path("state"), options.turn))
    return told if options.is_dry_run else told + mend_modes(site)


def _open_warehouse(
    site: Site, options: NightOptions, stack: ExitStack, clock: Callable[[], datetime]
) -> warehouse.Connection:
    """The working file at today's migration, its upgrade sealed."""
    require_warehouse(site)
    if not options.is_dry_run:
        stack.callback(rewrite_where_due, site)  # once the file is closed
    con = stack.enter_context(warehouse.opened(_warehouse_file(site, options, stack)))
    applied = warehouse.migrate(con, zone=site.time_zone)
    warehouse.remember_readings(con)
    if not options.is_dry_run:
        seal_upgrade(site, con, clock(), applied)
    return con


def _begin(
    site: Site, options: NightOptions, con: warehouse.Connection, night_id: str, started_at: datetime
) -> list[str]:
    """Record that the night begins, and that nights which were killed have ended; what is to be said of both."""
    notes = clock_notes(con, site.time_zone, started_at, log_of(site)[: options.decisions])
    copied = None if options.is_dry_run else copied_parts(site)
    if copied is not None and not was_noted(con, copied):  # said once; pbis doctor says it whenever it is asked
        notes.append(copied)
    for earlier in warehouse.unfinished_nights(con, night_id):
        notes.append(f"night {earlier} did not come to its end; what it left undone is done now")
        warehouse.end_night(con, earlier, started_at, "interrupted", {})
    warehouse.begin_night(con, night_id, started_at, config_hash=site.config_hash, code_version=__version__)
    return notes


def _warehouse_file(site: Site, options: NightOptions, stack: ExitStack) -> Path:
    """The working file; for a dry run a copy of it that is thrown away, so that the run can do all that a night does."""
    path = site.path("warehouse")
    if not options.is_dry_run:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path
    copy = stack.enter_context(temporary_folder("dry-run")) / path.name
    for file in (path, path.with_name(path.name + ".wal")):
        if file.exists():
            shutil.copy2(file, copy.with_name(file.name))
    return copy


def utc_clock() -> datetime:
    """The machine's clock, in UTC, to the second: the one clock of the service. People are shown the site's zone."""
    return datetime.now(UTC).replace(microsecond=0)


def in_utc_by(clock: Callable[[], datetime], site: Site) -> Callable[[], datetime]:
    """The clock in UTC, also one that tells wall times of the site."""
    return lambda: in_utc(clock(), site.time_zone)


def close_night(night: Night, walked: Walked[Reported]) -> Outcome:
    """Put the refused aside, empty the inbox of what is safe, write the night's end, and say what came out."""
    outcome = summarise(night, walked, _close(night, walked.stage))
    warehouse.end_night(night.con, night.night_id, night.clock(), outcome.state, outcome.counts())
    if not night.options.is_dry_run:
        sweep_tonight(night)
        seal_erasure(night)
        seal_night(night)
        outcome = told_of_lake(outcome, None if night.options.replayed else follow_releases(night.site))
    return outcome


def _close(night: Night, came: Reported) -> Closing:
    moved, stuck, notes = set(), set(), _told_of_crew(night)
    for refusal in came.told.refusals:
        record_refusal(night, refusal)
        if not night.options.is_dry_run:
            name = f"{refusal.kind}/{refusal.name}"
            try:
                notes += _put_aside(night, refusal)
                moved.add(name)
            except OSError as error:
                stuck.add(name)
                notes.append(
                    f"{refusal.name}: could not be moved to quarantine and stays in the inbox: {error.strerror}"
                )
    if not night.options.is_dry_run:
        strike_off(night.site.path("state"), None if night.options.takes_all else came.inbox.arrivals)
        notes += _empty_inbox(night, came)
    record_notes(night, Told(tuple(notes)))
    return Closing(frozenset(moved - stuck), tuple(notes))


def _told_of_crew(night: Night) -> list[str]:
    said = list(night.crew.said)
    if not night.crew.lost:
        return said
    ended = f"{plural(night.crew.lost, 'worker')} of this night ended before it did (killed, or out of memory)"
    way_out = f"where it happens again, write workers = 1 under [runner] into {SITE_FILE}"
    return [*said, f"{ended}; the night did that work itself, with the same results; {way_out}"]


def _put_aside(night: Night, refusal: Refusal) -> list[str]:
    put_aside(night.site.path("quarantine"), night.night_id, refusal, night.archive)
    if not os.path.lexists(refusal.path):
        return []
    return [
        f"{refusal.name}: another file lay under its name when it was to be moved to quarantine, and stays in the inbox for the next night"
    ]


def _empty_inbox(night: Night, came: Reported) -> list[str]:
    refused = {refusal.path for refusal in came.told.refusals}
    taken = [arrival for arrival in came.inbox.arrivals if arrival.path not in refused]
    told = [(arrival, release(night.archive, arrival)) for arrival in taken]
    for folder in sorted({arrival.folder for arrival in came.inbox.arrivals if arrival.folder}):
        clear(folder)
    # of a folder that may not be written the opening of the night has told
    return [f"{a.name}: {trouble}" for a, trouble in told if trouble is not None and os.access(a.path.parent, os.W_OK)]
