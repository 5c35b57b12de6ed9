"""`pbis rebuild`: every night of a site is run again in an empty folder, from archive, configuration and decision log alone.

Each night gets back its name, its clock, the files that it found under their names, and the decisions that it saw; so that tables and
Parquet files come out equal by hash where nothing was changed behind the service's back. The old site is read and never written.
A night that was killed is run as far as loading. What each night computed with is today's: site.toml and program.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import warehouse
from pbis.config import Site, load_site
from pbis.core.decision import Decision
from pbis.core.errors import UsageError
from pbis.pipeline.account_store import accounts_path, copy_accounts
from pbis.pipeline.context import NightOptions, Silent, Teller
from pbis.pipeline.decision_log import log_of, restore_log
from pbis.pipeline.delivery_record import read_record
from pbis.pipeline.handing_over import anchor_record, delivery_files
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.lock import site_lock
from pbis.pipeline.modes import private, settle_new
from pbis.pipeline.night import close_night, open_night, plan
from pbis.pipeline.past_files import known_of, past_bytes, place_of
from pbis.pipeline.room import bytes_below, require_free
from pbis.pipeline.sealing import anchor
from pbis.pipeline.site_files import configuration_of, require_empty, require_inside
from pbis.pipeline.stages import Begun
from pbis.pipeline.walking import Plan, in_process, walk
from pbis.pipeline.withdrawals import key_path

_LAST_OF_KILLED = "plates"  # the shards, whose last step is loading
_LONG_AGO = 1_000_000_000  # seconds since 1970: a file of so long ago needs no wait until it is settled


@dataclass(frozen=True)
class Rebuilt:
    """What came out. equal: how many tables and Parquet files have the hash that they had; differs: a line for each of the others;
    notes: what could not be done again."""

    nights: int
    equal: int
    differs: tuple[str, ...]
    notes: tuple[str, ...]


@private()
def rebuild(old: Site, folder: Path, teller: Teller | None = None) -> Rebuilt:
    """Run the nights of a site again in `folder`, which must be empty or absent. UsageError where it is not, ConfigError or
    IntegrityError where the old site lacks what its nights were given."""
    with site_lock(old.path("state")), known_of(old) as known:
        nights, ways = _nights(old, known), warehouse.ways_of_past(known)
        events = log_of(old)
        new = _prepare(old, folder)
        teller = teller or Silent()
        teller.step("running nights again", len(nights))
        _enter(old, new, events)
        notes, seen = [], 0
        for night in nights:
            seen = max(seen, night.decisions)
            notes += _again(old, new, night, seen)
            teller.advance()
        if max(ways) > 1:
            notes.append(
                f"the nights ran under {ways[0]} configurations and {ways[1]} programs; today's was used for all"
            )
        equal, differs = _compared(old, new, known, is_one_way=max(ways) <= 1)
    return Rebuilt(len(nights), equal, tuple(differs), tuple(notes))


def _nights(old: Site, known: warehouse.Connection) -> list[warehouse.PastNight]:
    """The nights in their order. A release is written before its night ends, so it cannot say that this one did."""
    nights = warehouse.past_nights(known, old.time_zone)
    if nights and not old.path("warehouse").is_file():
        nights[-1] = replace(nights[-1], is_whole=True)
    return nights


def _prepare(old: Site, folder: Path) -> Site:
    """A site of the same configuration and nothing else."""
    require_empty(folder, "rebuilt")
    if folder.resolve().is_relative_to(old.root.resolve()):
        raise UsageError(f"{folder}: lies in the old site; name a folder outside of {old.root}")
    require_inside(old)
    require_free(folder, bytes_below(old.root))
    for name in configuration_of(old):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(old.root / name, folder / name)
    new = load_site(folder)
    for kind in KINDS:
        (new.path("inbox") / kind).mkdir(parents=True, exist_ok=True)
    settle_new(folder, new.path("inbox"))
    return new


def _enter(old: Site, new: Site, events: tuple[Decision, ...]) -> None:
    """The whole log, since what a later event says of an earlier one must be known to read it; each night sees what it saw."""
    if events:
        restore_log(new.path("decisions"), events)
        for event in events:
            anchor(new, event)
    if key_path(old.path("state")).is_file():
        new.path("state").mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(key_path(old.path("state")), key_path(new.path("state")))
    if accounts_path(old.path("state")).is_file():
        new.path("state").mkdir(parents=True, exist_ok=True, mode=0o700)
        copy_accounts(accounts_path(old.path("state")), accounts_path(new.path("state")))
    for path in delivery_files(old.path("state")):  # what was told to whom follows from no night
        place = new.path("state") / path.relative_to(old.path("state"))
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(path, place)
    record = read_record(new.path("state"))
    if record.entries:
        anchor_record(new, record, lambda: datetime.fromisoformat(record.entries[-1].at))


def _again(old: Site, new: Site, past: warehouse.PastNight, seen: int) -> list[str]:
    """Run one night again; what could not be given back to it."""
    notes, dropped = [], []
    for file in past.files:
        data = past_bytes(old, past.night_id, file)
        if data is None:
            notes.append(
                f"night {past.night_id}: {file.kind}/{file.name} was refused and is not to be found; it is left out"
            )
            continue
        path = place_of(new.path("inbox") / file.kind, file.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (_LONG_AGO, _LONG_AGO))
        dropped.append(path)
    options = NightOptions(replayed=past.night_id, decisions=seen)
    with open_night(new, options, Silent(), lambda: past.started_at) as night:
        if past.is_whole:
            close_night(night, walk(night, plan(), Begun(night.opening), in_process))
        else:
            walk(night, killed_plan(), Begun(night.opening), in_process)
    for path in dropped:
        _withdraw(path, new.path("inbox"))  # of a killed night: the next one would find it known
    return notes


def _withdraw(path: Path, inbox: Path) -> None:
    """Take a dropped file out of the inbox, with the folder that it came in."""
    kind, *inside = path.relative_to(inbox).parts
    if len(inside) > 1:
        shutil.rmtree(inbox / kind / inside[0], ignore_errors=True)
    path.unlink(missing_ok=True)


def killed_plan() -> Plan[Begun, object]:
    """What a night that was killed is run as: all steps as far as loading."""
    steps = plan().steps
    last = next(place for place, step in enumerate(steps) if step.name == _LAST_OF_KILLED)
    return Plan(steps[: last + 1])


def _compared(old: Site, new: Site, known: warehouse.Connection, *, is_one_way: bool) -> tuple[int, list[str]]:
    """How many hashes are equal, and a line for each that is not. is_one_way: all nights ran under today's configuration and program;
    otherwise releases changed by others than the nights that are run again."""
    with closing(warehouse.connect(new.path("warehouse"), read_only=True)) as con:
        pairs = _tables(old, known, con)
        was, now = warehouse.changes_hashes(known), warehouse.changes_hashes(con)
        if is_one_way and was.keys() == now.keys():  # an earlier build kept none
            pairs |= {f"changes of release {name}": (was[name], now[name]) for name in was}
    for folder in warehouse.release_folders(old.path("releases")):
        again = new.path("releases") / folder.name
        for file in _compared_files(folder, again):
            pairs[f"release {folder.name}/{file}"] = (
                warehouse.sha256_of(folder / file) if (folder / file).is_file() else "no file",
                warehouse.sha256_of(again / file) if (again / file).is_file() else "no file",
            )
    differs = [f"{what}: expected {was[:12]}, found {now[:12]}" for what, (was, now) in pairs.items() if was != now]
    return len(pairs) - len(differs), differs


def _compared_files(folder: Path, again: Path) -> list[str]:
    """Files of a release that a night writes alike whenever it runs: its views, and parts of tables that tell neither of a clock nor of an
    order. A table that was cut otherwise (after a killed night, or by a build before parts) is compared as a whole, among the tables."""
    views = [
        f"parquet/{view}.parquet" for view in warehouse.PARQUET if (folder / "parquet" / f"{view}.parquet").is_file()
    ]
    was, now = warehouse.read_manifest(folder), warehouse.read_manifest(again)
    if was is None or now is None:
        return views
    cuts = [{(part.file, part.span) for part in each.parts} for each in (was, now)]
    tables = [table for table in warehouse.TABLES_OF_RESULTS if _of(table, cuts[0]) == _of(table, cuts[1])]
    return [*views, *sorted(file for table in tables for file, _ in _of(table, cuts[0]))]


def _of(table: str, cut: set[tuple[str, Any]]) -> set[tuple[str, Any]]:
    return {each for each in cut if each[0].rpartition("-")[0] == f"parts/{table}"}


def _tables(old: Site, known: warehouse.Connection, con: warehouse.Connection) -> dict[str, tuple[str, str]]:
    """Hashes of the result tables, old and new; none where the old warehouse is gone."""
    if not old.path("warehouse").is_file():
        return {}
    was, now = warehouse.result_hashes(known), warehouse.result_hashes(con)
    return {f"table {name}": (was[name], now.get(name, "no table")) for name in sorted(was)}
