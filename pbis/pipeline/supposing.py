"""What a night would make of a site: its own steps, walked on a copy of the warehouse that is thrown away. The site is read and never written.

The copy is of one moment: it is taken under the site's lock, which is let go before anything is computed, so that no night waits for
more than a file being copied; where the file system can, the copy shares the blocks of the working file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import warehouse
from pbis.config import Site
from pbis.core.decision import Decision
from pbis.core.errors import UsageError
from pbis.core.site_time import in_utc
from pbis.files.temporary import temporary_folder
from pbis.pipeline.context import Night, NightOptions, Settings, Silent
from pbis.pipeline.decisions import by_plate
from pbis.pipeline.inbox import Inbox
from pbis.pipeline.lock import DESK, Turn, site_lock
from pbis.pipeline.modes import private
from pbis.pipeline.naming import next_night_id
from pbis.pipeline.night import plan
from pbis.pipeline.publishing import published_basis
from pbis.pipeline.scoring import basis
from pbis.pipeline.stages import Collected, Told
from pbis.pipeline.walking import Plan, Shards, Step, in_process, walk
from pbis.pipeline.withdrawals import withdrawn_from
from pbis.version import __version__

SHORT = Turn(DESK)
_SCORE = "score"
# What looks into the inbox or speaks to people; scores are computed by themselves.
_LEFT_OUT = ("collect", "look_again", _SCORE, "todo", "publish", "report")


@contextmanager
def copied(site: Site, turn: Turn = SHORT) -> Iterator[Path]:
    """A copy of the working file in a private folder, gone at the end. turn: at the lock, which is held as long as a file is
    copied, so that others wait for it as for the desk. UsageError where no night was here yet, SiteBusy while one is at work."""
    path = site.path("warehouse")
    if not path.is_file():
        raise UsageError(f"{site.root}: no night has been here yet; run: pbis night --site {site.root}")
    with private(), temporary_folder("preview") as folder:
        with site_lock(site.path("state"), turn):
            for file in (path, path.with_name(path.name + ".wal")):
                if file.exists():
                    warehouse.clone(file, folder / file.name)
        if (folder / f"{path.name}.wal").exists():
            warehouse.settle_file(folder / path.name)  # what a killed night left, so that the file alone is the copy
        yield folder / path.name


def beside(file: Path, name: str) -> Path:
    """Another copy of the copy, which nobody has open."""
    target = file.with_name(name)
    warehouse.clone(file, target)
    return target


def settle(site: Site, file: Path) -> bool:
    """Bring a copy to today's form: what an earlier build left is migrated, and nothing is computed. Whether it was of another form."""
    with warehouse.opened(file) as con:
        applied = warehouse.migrate(con, zone=site.time_zone)
        warehouse.remember_readings(con)
    return bool(applied)


def suppose(
    site: Site,
    settings: Settings,
    file: Path,
    events: Sequence[Decision],
    clock: Callable[[], datetime],
) -> tuple[str, ...]:
    """Do in the copy what the next night would do with what is archived, the site's configuration and these events; nothing of the inbox is
    taken. What it says. IntegrityError where that night would stop."""
    with warehouse.opened(file) as con:
        warehouse.migrate(con, zone=site.time_zone)
        warehouse.remember_readings(con)
        night = _night(site, settings, con, tuple(events), clock)
        first = Collected(Told(), Inbox((), ()))
        stage: Any = walk(night, Plan(_steps()), first, in_process).stage
        if published_basis(site.path("releases")) != basis(night):
            stage = walk(night, Plan(_scoring()), stage, in_process).stage
        warehouse.end_night(con, night.night_id, night.clock(), "done", {})
        notes: tuple[str, ...] = stage.told.notes
        return notes


def _steps() -> tuple[Step[Any, Any] | Shards[Any, Any], ...]:
    return tuple(step for step in plan().steps if step.name not in _LEFT_OUT)


def _scoring() -> tuple[Step[Any, Any] | Shards[Any, Any], ...]:
    return tuple(step for step in plan().steps if step.name == _SCORE)


def _night(
    site: Site,
    settings: Settings,
    con: warehouse.Connection,
    events: tuple[Decision, ...],
    clock: Callable[[], datetime],
) -> Night:
    at = in_utc(clock(), site.time_zone)
    holdings = warehouse.holdings(con)
    night_id = next_night_id(site, holdings.nights, at)
    warehouse.begin_night(con, night_id, at, config_hash=site.config_hash, code_version=__version__)
    warehouse.load_decisions(con, events, night_id)
    return Night(
        site=site,
        options=NightOptions(is_dry_run=True),
        night_id=night_id,
        started_at=at,
        clock=lambda: at,
        teller=Silent(),
        settings=settings,
        con=con,
        loaded_before=holdings.loaded,
        decisions=by_plate(events),
        opening=Told(),
        withdrawn=withdrawn_from(site),
        supposed=events,
    )
