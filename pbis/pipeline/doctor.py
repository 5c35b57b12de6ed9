"""`pbis doctor`: what a night, its readers and strangers meet on this machine, looked at without running one.

Nothing is changed but a file of a moment in each folder, by which writing, locks and renames are tried. The warehouse is not opened: a
night that begins meanwhile would find it taken; what is asked of it stands in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import warehouse
from pbis.config import Site
from pbis.core.errors import ConfigError, IntegrityError, SiteTrouble
from pbis.core.site_time import in_utc, shown
from pbis.core.words import plural
from pbis.files.trouble import account, free_mb, name_of, standing_folder
from pbis.pipeline.how_it_runs import damaged, unsent
from pbis.pipeline.lake import sealed_releases
from pbis.pipeline.lake_reader import releases_in_lake
from pbis.pipeline.last_night import read_nights
from pbis.pipeline.ledger import DECISION, NIGHT, PARTIAL, LedgerLine, moments_of, read_ledger
from pbis.pipeline.leftovers import in_words, leftovers
from pbis.pipeline.lock import account_of, holder_of, lock_holder
from pbis.pipeline.modes import SHARED, group_of, name_in, wider
from pbis.pipeline.room import copied_parts, needs, refusal_of, require_disk, shortages, unwritable_inbox

OK, ATTENTION, TROUBLE = "ok", "attention", "trouble"
_LATE = timedelta(hours=26)  # a night a day, and two hours for one that runs long or the end of summer time
# File systems of other machines: DuckDB and SQLite advise against them, because their locks differ by server and mount.
_REMOTE = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs")


@dataclass(frozen=True)
class Looked:
    """One check. state: ok; attention, something waits for a person; trouble, a night cannot work. remedy: empty where all is well."""

    name: str
    state: str
    said: str
    remedy: str = ""

    @property
    def line(self) -> str:
        return f"{self.state:<10}{self.name:<13}{self.said}" + (f"; {self.remedy}" if self.remedy else "")


def look_at_site(site: Site, now: datetime) -> Iterator[Looked]:
    """Every check of the site itself. now: a moment; without a zone wall time of the site."""
    now = in_utc(now, site.time_zone)
    yield from (
        check(site) for check in (_modes, _owner, _group, _rights, _inbox, _room, _file_system, _lock, _leftovers)
    )
    try:
        entries = read_ledger(site.path("state"))
    except (IntegrityError, PermissionError) as error:
        yield Looked("ledger", ATTENTION, str(error), f"pbis verify --site {site.root}")
        return
    yield _clock(entries, now, site.time_zone)
    kept = read_nights(site.path("state"))
    yield _schedule(entries, now, site.time_zone, kept.done_at if kept else None)
    yield _zone(site, now)
    yield _migration(entries)
    yield _messages(site)
    if site.lake is not None:
        yield _lake(site, entries)


def _lake(site: Site, entries: tuple[LedgerLine, ...]) -> Looked:
    try:
        held = releases_in_lake(site)
    except (SiteTrouble, ConfigError) as error:
        return Looked(
            "lake", ATTENTION, str(error), "a night publishes without it all the same, and a later one brings it"
        )
    newest = [*sealed_releases(entries)][-1:]
    if newest and newest[0] not in held:
        return Looked(
            "lake", ATTENTION, f"release {newest[0]} is not in it yet", f"pbis release lake --site {site.root}"
        )
    return Looked("lake", OK, f"{plural(len(held), 'release')} in it")


def _modes(site: Site) -> Looked:
    found = [f"{name_in(site, path)} {now:04o}, expected {wanted:04o}" for path, now, wanted in wider(site)]
    if not found:
        return Looked("modes", OK, "nobody else may look into what is private")
    return Looked(
        "modes", ATTENTION, f"open to others: {', '.join(found)}", "the next night mends it, or chmod as its owner"
    )


def _owner(site: Site) -> Looked:
    folders = [folder for knob, folder in site.folders.items() if knob != "inbox" and folder.is_dir()]
    others = {name_in(site, each): name_of(each.stat().st_uid) for each in folders if each.owner() != account()}
    if not others:
        return Looked("owner", OK, f"all folders belong to {account()}, who asks")
    said = ", ".join(f"{name} belongs to {owner}" for name, owner in others.items())
    return Looked(
        "owner",
        ATTENTION,
        f"{said}, expected {account()}, who asks",
        "ask as the account that runs the nights, or chown",
    )


def _group(site: Site) -> Looked:
    try:
        group = group_of(site)
    except ConfigError as error:
        return Looked("group", ATTENTION, str(error), "add the group, or name another")
    if group is None:
        return Looked("group", OK, "no group is named: releases and reports are for the own account alone")
    folders = [site.path(knob) for knob in SHARED if site.path(knob).is_dir()]
    wrong = [name_in(site, each) for each in folders if each.stat().st_gid != group]
    if wrong:
        return Looked(
            "group", ATTENTION, f"not given to {site.file.paths.group} yet: {', '.join(wrong)}", "run the night"
        )
    return Looked("group", OK, f"{site.file.paths.group} may read releases and reports")


def _rights(site: Site) -> Looked:
    for knob, folder in site.folders.items():
        try:
            require_disk(site, knob, folder)
        except SiteTrouble as trouble:
            return Looked("rights", TROUBLE, str(trouble))
        refusal = refusal_of(folder) if knob != "inbox" and folder.is_dir() else None
        if refusal is not None:
            return Looked("rights", TROUBLE, refusal)
    return Looked("rights", OK, "every folder may be written, and files in it locked and renamed")


def _inbox(site: Site) -> Looked:
    found = unwritable_inbox(site)
    if found:
        return Looked("inbox", ATTENTION, found[0], "give the account the right to write there")
    return Looked("inbox", OK, "files can be taken out of it")


def _room(site: Site) -> Looked:
    short = shortages(site)
    if short:
        return Looked("room", TROUBLE, short[0])
    needed = sum(needs(site).values()) / 1e6
    return Looked(
        "room",
        OK,
        f"{free_mb(standing_folder(site.path('releases'))):.0f} MB free, {needed:.0f} MB needed by the next night",
    )


def _file_system(site: Site) -> Looked:
    kinds = {knob: kind_of_file_system(folder) for knob, folder in site.folders.items() if knob != "inbox"}
    remote = [f"{knob} on {kind}" for knob, kind in kinds.items() if kind in _REMOTE]
    if remote:
        return Looked(
            "file system",
            ATTENTION,
            f"on another machine: {', '.join(remote)}",
            "put warehouse, decisions and state on a local disk",
        )
    copied = copied_parts(site)
    if copied is not None:
        return Looked("file system", ATTENTION, *copied.split("; ", 1))
    return Looked(
        "file system",
        OK,
        ", ".join(sorted({kind for kind in kinds.values() if kind})) or "of a kind that cannot be told",
    )


def kind_of_file_system(folder: Path) -> str:
    """For example ext4; empty where the system does not tell."""
    try:
        rows = [line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return ""
    place = standing_folder(folder).resolve()
    above = [
        (len(row[1]), at, row[2]) for at, row in enumerate(rows) if place.is_relative_to(row[1].replace("\\040", " "))
    ]
    return max(above)[2] if above else ""


def _lock(site: Site) -> Looked:
    path = site.path("state") / "lock"
    holder = holder_of(path)
    owner = None if holder is None else account_of(holder)
    if holder is None:
        return Looked("lock", OK, "free")
    if owner in (0, path.parent.stat().st_uid):
        found = lock_holder(path.parent)
        return Looked("lock", OK, f"{found.who if found else 'a night'} is at work (process {holder})")
    said = f"held by process {holder} of account {'unknown' if owner is None else name_of(owner)}, which runs no nights here"
    return Looked("lock", ATTENTION, said, "the next night takes another lock; end the process")


def _leftovers(site: Site) -> Looked:
    if holder_of(site.path("state") / "lock") is not None:
        return Looked("leftovers", OK, "not looked for while a night is at work")
    found = leftovers(site)
    if not found:
        return Looked("leftovers", OK, "none")
    return Looked(
        "leftovers", ATTENTION, f"a night was killed and left {in_words(found)}", "the next night clears them away"
    )


def _clock(entries: tuple[LedgerLine, ...], now: datetime, zone: ZoneInfo) -> Looked:
    ahead = [(at, entry.kind) for at, entry in zip(moments_of(entries, zone), entries, strict=True) if at > now]
    if not ahead:
        return Looked("clock", OK, f"{shown(now, zone)}, behind no night and no decision")
    at, kind = max(ahead)
    return Looked(
        "clock",
        ATTENTION,
        f"it says {shown(now, zone)}, but a {kind} was entered at {shown(at, zone)}",
        "set the machine's clock",
    )


def _is_whole(entry: LedgerLine) -> bool:
    """Whether the line is of a night that left nothing of the inbox to a later one, as far as it says."""
    return entry.kind == NIGHT and not entry.facts.get(PARTIAL)


def _schedule(entries: tuple[LedgerLine, ...], now: datetime, zone: ZoneInfo, done_at: datetime | None) -> Looked:
    """done_at: when a night that took all of the inbox came to its end last; None where it is not kept."""
    lines = zip(moments_of(entries, zone), entries, strict=True)
    nights = [entry for at, entry in lines if _is_whole(entry) and (done_at is None or at <= done_at)]
    if not nights:
        return Looked(
            "schedule",
            ATTENTION,
            "no night has come to its end here yet",
            "docs/running.md says how to run it every night",
        )
    place = entries.index(nights[-1])
    ended = moments_of(entries, zone)[place]
    ago = now - ended
    decided = sum(entry.kind == DECISION for entry in entries[place:])
    said = f"night {nights[-1].facts['night_id']} ended {shown(ended, zone)}, {ago / timedelta(hours=1):.1f} hours ago"
    said += f"; {plural(decided, 'decision')} since" if decided else ""
    return (
        Looked("schedule", OK, said)
        if ago <= _LATE
        else Looked("schedule", ATTENTION, said, "look whether cron or the server still runs it")
    )


def _messages(site: Site) -> Looked:
    told = site.file.notify
    if told.email is None and told.webhook is None:
        return Looked("messages", OK, "nobody is told how a night ended; docs/notify.md says how")
    left = unsent(site)
    if left:
        more = f", and {len(left) - 1} more" if len(left) > 1 else ""
        return Looked("messages", ATTENTION, f"{left[-1].line}{more}", "mend it, then pbis notify --retry")
    for said in damaged(site):
        return Looked("messages", ATTENTION, said, "remove the file")
    return Looked("messages", OK, "all went")


def _zone(site: Site, now: datetime) -> Looked:
    here = [(now + timedelta(days=day)).astimezone(site.time_zone) for day in range(366)]
    change = next((later for day, later in pairwise(here) if later.utcoffset() != day.utcoffset()), None)
    said = f"{site.file.site.time_zone}, UTC{here[0]:%z}"
    return Looked(
        "zone", OK, said + (f", the clocks change on {change:%Y-%m-%d}" if change else ", without summer time")
    )


def _migration(entries: tuple[LedgerLine, ...]) -> Looked:
    own = [path.name for path in warehouse.migrations()]
    seen = [str(entry.facts["version"]).rpartition(", ")[2] for entry in entries if "version" in entry.facts]
    if not seen:
        return Looked("warehouse", OK, "made by the first night")
    if seen[-1] not in own:
        return Looked(
            "warehouse",
            ATTENTION,
            f"made by a newer program: {seen[-1]}, this one ends at {own[-1]}",
            "install the newer program",
        )
    left = len(own) - 1 - own.index(seen[-1])
    return Looked(
        "warehouse",
        OK,
        f"{seen[-1]}" + (f"; {left} migrations are applied by the next night" if left else ", the newest"),
    )


def exit_code(found: list[Looked]) -> int:
    """0 all is well, 6 something waits for a person, 8 no room or no right."""
    states = {each.state for each in found}
    return SiteTrouble.exit_code if TROUBLE in states else 6 if ATTENTION in states else 0
