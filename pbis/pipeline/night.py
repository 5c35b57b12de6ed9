"""A night: its steps, their order, and what comes out. Engines walk the plan; this module knows none of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import warehouse
from pbis.config import Site
from pbis.pipeline import clinic, plates, publishing, reporting, scoring
from pbis.pipeline.archive import release
from pbis.pipeline.collecting import collect
from pbis.pipeline.context import Night, NightOptions, PlateJob, Teller
from pbis.pipeline.decisions import take_in
from pbis.pipeline.history import follow_plates
from pbis.pipeline.identity import settle_identities
from pbis.pipeline.inbox import Refusal
from pbis.pipeline.judging import check_plates
from pbis.pipeline.loading import load_plate
from pbis.pipeline.lock import site_lock
from pbis.pipeline.naming import next_night_id, note_clock
from pbis.pipeline.outcome import Outcome, summarise
from pbis.pipeline.pages import missing_pages
from pbis.pipeline.quarantine import put_aside
from pbis.pipeline.settings import load_settings
from pbis.pipeline.unfinished import strike_off
from pbis.pipeline.wholeness import record_withdrawn, require_warehouse, require_whole
from pbis.version import __version__


@dataclass(frozen=True)
class Part:
    """A piece of a step that can run and be shown on its own."""

    title: str
    run: Callable[[], None]


@dataclass(frozen=True)
class Step:
    """name: short, for programs; title: for people; parts: made when the step begins, because they depend on what came before."""

    name: str
    title: str
    parts: Callable[[Night], Sequence[Part]]
    can_be_retried: bool = False


def plan() -> tuple[Step, ...]:
    """The order of the steps; the only place that knows it."""
    return (
        Step("collect", "looking into the inbox", _whole(collect), can_be_retried=True),
        Step("clinical", "importing clinical files", _whole(clinic.import_files)),
        Step("read", "reading plates", _read_parts, can_be_retried=True),
        Step("assay", "fitting curves", _whole(_assay)),
        Step("check", "checking quality", _whole(_check)),
        Step("load", "loading plates", _load_parts),
        Step("trend", "comparing plates with earlier ones", _whole(follow_plates)),
        Step("score", "joining and scoring", _whole(scoring.score_subjects)),
        Step("publish", "publishing", _whole(publishing.publish), can_be_retried=True),
        Step("report", "writing reports", _report_parts),
    )


def run_plain(site: Site, options: NightOptions, teller: Teller, clock: Callable[[], datetime]) -> Outcome:
    """The whole night as plain functions in this process."""
    with open_night(site, options, teller, clock) as night:
        for step in plan():
            parts = step.parts(night)
            teller.step(step.title, len(parts))
            for part in parts:
                with night.timed(step.name):
                    part.run()
                teller.advance()
        return close_night(night)


@contextmanager
def open_night(site: Site, options: NightOptions, teller: Teller, clock: Callable[[], datetime]) -> Iterator[Night]:
    """Take the site's lock, open the warehouse, begin the night. Raises SiteBusy, ConfigError, IntegrityError."""
    with ExitStack() as stack:
        stack.enter_context(site_lock(site.path("state")))
        settings = load_settings(site)
        require_warehouse(site)
        con = stack.enter_context(warehouse.opened(_warehouse_file(site, options, stack)))
        warehouse.migrate(con)
        warehouse.remember_readings(con)
        holdings = warehouse.holdings(con)
        withdrawn = require_whole(site, holdings)
        night_id = next_night_id(site, holdings.nights, clock())
        night = Night(site, options, night_id, clock(), clock, teller, settings, con, loaded_before=holdings.loaded)
        note_clock(night)
        for earlier in warehouse.unfinished_nights(con, night_id):
            night.notes.append(f"night {earlier} did not come to its end; what it left undone is done now")
            warehouse.end_night(con, earlier, night.started_at, "interrupted", {})
        warehouse.begin_night(con, night_id, night.started_at, config_hash=site.config_hash, code_version=__version__)
        record_withdrawn(night, withdrawn)
        take_in(night)
        yield night


def _warehouse_file(site: Site, options: NightOptions, stack: ExitStack) -> Path:
    """The working file; for a dry run a copy of it that is thrown away, so that the run can do all that a night does."""
    path = site.path("warehouse")
    if not options.is_dry_run:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path
    copy = Path(stack.enter_context(TemporaryDirectory(prefix="pbis-dry-run-"))) / path.name
    for file in (path, path.with_name(path.name + ".wal")):
        if file.exists():
            shutil.copy2(file, copy.with_name(file.name))
    return copy


def site_clock(site: Site) -> Callable[[], datetime]:
    """The wall clock of the site's time zone, without the zone: all times of a site are told in it."""
    return lambda: datetime.now(site.time_zone).replace(tzinfo=None, microsecond=0)


def close_night(night: Night) -> Outcome:
    """Put the refused aside, empty the inbox of what is safe, write the night's end, and say what came out."""
    for refusal in night.refusals:
        _record_refusal(night, refusal)
        if not night.options.is_dry_run:
            _put_aside(night, refusal)
    if not night.options.is_dry_run:
        strike_off(night.site.path("state"))
        _empty_inbox(night)
    outcome = summarise(night)
    warehouse.end_night(night.con, night.night_id, night.clock(), outcome.state, outcome.counts())
    return outcome


def _put_aside(night: Night, refusal: Refusal) -> None:
    try:
        put_aside(night.site.path("quarantine"), night.night_id, refusal, night.archive)
    except OSError as error:
        night.not_moved.append(f"{refusal.kind}/{refusal.name}")
        night.notes.append(f"{refusal.name}: could not be moved to quarantine and stays in the inbox: {error.strerror}")
        return
    if os.path.lexists(refusal.path):
        night.notes.append(
            f"{refusal.name}: another file lay under its name when it was to be moved to quarantine, "
            "and stays in the inbox for the next night"
        )


def _record_refusal(night: Night, refusal: Refusal) -> None:
    warehouse.record_refusal(
        night.con,
        night.night_id,
        refusal.error,
        night.clock(),
        kind=refusal.kind,
        name=refusal.name,
        sha256=refusal.file_id,
    )


def _whole(work: Callable[[Night], None]) -> Callable[[Night], Sequence[Part]]:
    return lambda night: [Part(work.__name__.strip("_").replace("_", " "), partial(work, night))]


def _read_parts(night: Night) -> Sequence[Part]:
    jobs = plates.due_jobs(night)
    size = night.site.file.runner.shard_size
    shards = [jobs[i : i + size] for i in range(0, len(jobs), size)]
    return [Part(f"read plates {_span(n, size, jobs)}", _reader(night, shard)) for n, shard in enumerate(shards)]


def _reader(night: Night, shard: Sequence[PlateJob]) -> Callable[[], None]:
    def read() -> None:
        done = {plate.job.run_id for plate in night.plates}  # a retried part does not read twice
        plates.read_jobs(night, [job for job in shard if job.run_id not in done])

    return read


def _assay(night: Night) -> None:
    settle_identities(night)
    plates.assay_plates(night)


def _check(night: Night) -> None:
    check_plates(night)


def _load_parts(night: Night) -> Sequence[Part]:
    return [Part(f"load plate {_short(p.job.run_id)}", partial(load_plate, night, p)) for p in night.plates]


def _report_parts(night: Night) -> Sequence[Part]:
    if night.options.is_dry_run:
        return []
    missing = missing_pages(night)
    pages = [Part(f"report {_short(page.run_id)}", partial(reporting.write_page, night, page)) for page in missing]
    return [*pages, Part("report index", partial(reporting.write_index, night))]


def _short(run_id: str) -> str:
    """A plate is called by its run here: names of batches and files can hold names of people (see flows)."""
    return run_id[:12]


def _span(number: int, size: int, jobs: Sequence[Any]) -> str:
    return f"{number * size + 1}-{min((number + 1) * size, len(jobs))}"


def _empty_inbox(night: Night) -> None:
    refused = {refusal.path for refusal in night.refusals}
    for arrival in night.inbox.arrivals:
        if arrival.path not in refused and arrival.path not in night.left_behind:
            trouble = release(night.archive, arrival)
            if trouble is not None:
                night.notes.append(f"{arrival.name}: {trouble}")
