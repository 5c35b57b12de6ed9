"""After a night: what was released goes into the site's lake too, each release a snapshot, so that readers on other machines have it.

The releases of the site are what counts; the lake follows them. What it lacks, because PostgreSQL was away or a night was killed, the next
call brings, in the order of the nights; what a person took away, or a withdrawal, goes from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import warehouse
from pbis.config import Lake, Site
from pbis.core.decision import Decision
from pbis.core.errors import IntegrityError, PbisError, SiteTrouble, UsageError
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.faults import SiteFault
from pbis.pipeline.kept_releases import pruned
from pbis.pipeline.lake_folder import require_folder
from pbis.pipeline.ledger import NIGHT, LedgerLine, read_ledger
from pbis.pipeline.lock import site_lock
from pbis.pipeline.modes import shared
from pbis.pipeline.withdrawals import withdrawn_from


@dataclass(frozen=True)
class InLake:
    """release -> snapshot of it: what the lake holds now; brought: releases that came now; trouble: a sentence where it does not hold all,
    with the exit code that this is."""

    release: Mapping[str, int]
    brought: tuple[str, ...] = ()
    trouble: str = ""
    exit_code: int = 0


def require_lake(site: Site) -> None:
    """ConfigError, before anything begins, where a site has a lake and this machine not what opens one. PostgreSQL is not asked: a night
    without it publishes all the same."""
    if site.lake is not None:
        warehouse.lake_extensions()


def follow_releases(site: Site) -> InLake | None:
    """Bring the lake to what the site has released; None for a site without one. Who calls holds the site's lock. What keeps it from that is
    in the answer: the night is done, and the next one tries again."""
    if site.lake is None:
        return None
    try:
        with shared(site), warehouse.open_lake(site.lake, is_reader=False) as con:
            return _follow(site, site.lake, con)
    except (SiteTrouble, IntegrityError) as error:
        said = f"{error}; the release is whole in {site.path('releases').name}/, the next night or pbis release lake brings it to the lake"
        return InLake({}, trouble=said, exit_code=error.exit_code)


def bring_now(site: Site) -> InLake:
    """The same by hand, under the site's lock; what keeps it from that is raised. UsageError for a site without a lake."""
    if site.lake is None:
        raise UsageError(f"{site.where('warehouse', 'paths')}: this site has no lake (docs/lake.md)")
    with shared(site), site_lock(site.path("state")), warehouse.open_lake(site.lake, is_reader=False) as con:
        return _follow(site, site.lake, con)


def _follow(site: Site, lake: Lake, con: warehouse.Connection) -> InLake:
    entries, events = read_ledger(site.path("state")), log_of(site)
    sealed, gone = sealed_releases(entries), _gone(site, events)
    known = warehouse.snapshots(con)
    _require_own(lake, known, sealed)
    require_folder(lake, sealed, lambda: _has_files(con, known))
    try:
        brought = _bring(site, lake, con, known, sealed, gone)
    except IntegrityError:  # a release that is damaged keeps nothing in the lake that is to go from it
        _forget(con, lake, gone)
        raise
    return InLake(_forget(con, lake, gone), brought)


def _bring(
    site: Site,
    lake: Lake,
    con: warehouse.Connection,
    known: list[warehouse.LakeSnapshot],
    sealed: Mapping[str, str],
    gone: frozenset[str],
) -> tuple[str, ...]:
    """Every release behind the newest of the lake that is there still, in the order of the nights; those that came."""
    newest = next((each.release for each in reversed(known) if each.release), None)
    order = list(sealed)
    coming = order[order.index(newest) + 1 :] if newest is not None else order
    folder, brought = site.path("releases"), []
    for name in coming:
        path = folder / name / warehouse.MANIFEST
        if name in gone or not path.is_file():
            continue
        found = warehouse.sha256_of(path)
        if found != sealed[name]:
            raise IntegrityError(
                f"{path}: expected sha256 {sealed[name][:12]}, found {found[:12]}; nothing of it went into the lake"
            )
        warehouse.bring_release(con, lake, folder / name)
        brought.append(name)
    return tuple(brought)


def _forget(con: warehouse.Connection, lake: Lake, gone: frozenset[str]) -> dict[str, int]:
    """Take out what no reader is to find, all but the newest snapshot, which a lake keeps; release -> snapshot of what is left."""
    known = warehouse.snapshots(con)
    left = [each for each in known[:-1] if each.release in gone]
    warehouse.forget_snapshots(con, lake, left, gone)
    return {each.release: each.number for each in known if each.release and each not in left}


def _has_files(con: warehouse.Connection, known: list[warehouse.LakeSnapshot]) -> bool:
    """Whether the folder has a file of the newest snapshot, if that has any."""
    files = warehouse.files_of(con, known[-1].number)
    return not files or any(file.path.is_file() for file in files)


def sealed_releases(entries: tuple[LedgerLine, ...]) -> dict[str, str]:
    """Release -> sha256 of its manifest, as nights sealed them, in the order of the nights; one that a later night names again once."""
    nights = (entry for entry in entries if entry.kind == NIGHT)
    return {name: digest for entry in nights for name, digest in entry.facts["release"].items()}


def _gone(site: Site, events: tuple[Decision, ...]) -> frozenset[str]:
    """Releases that no reader is to find: a person took them away, or they hold a subject who withdrew."""
    return pruned(events) | frozenset(withdrawn_from(site).releases)


def _require_own(lake: Lake, known: list[warehouse.LakeSnapshot], sealed: Mapping[str, str]) -> None:
    """IntegrityError where another writer was at the lake, or it is another site's: nothing may be mixed, and nothing guessed."""
    for each in warehouse.foreign_snapshots(known):
        raise IntegrityError(
            f"lake {warehouse.lake_name(lake)}, snapshot {each.number}: expected a release of this site, found what another writer changed; "
            "give the site a database and a folder of its own, into which all releases go anew (docs/lake.md)"
        )
    for each in known:
        if each.release and sealed.get(each.release) != each.manifest:
            raise IntegrityError(
                f"lake {warehouse.lake_name(lake)}, snapshot {each.number}: expected a release of this site's ledger, found release "
                f"{each.release} of another; give the site a database and a folder of its own (docs/lake.md)"
            )


def lake_faults(site: Site, entries: tuple[LedgerLine, ...]) -> tuple[list[SiteFault], list[str]]:
    """What of the lake is otherwise than the releases of the site, every file of every snapshot read; and what is to come, as notes."""
    if site.lake is None:
        return [], []
    faults: list[SiteFault] = []
    folder, sealed = site.path("releases"), sealed_releases(entries)
    seen: dict[Path, str] = {}
    try:
        with warehouse.open_lake(site.lake, is_reader=True) as con:
            known = warehouse.snapshots(con)
            for each in warehouse.foreign_snapshots(known):
                faults.append(SiteFault("lake", f"snapshot {each.number}", "a release", "what another writer changed"))
            for each in (one for one in known if one.release):
                if sealed.get(each.release) != each.manifest:
                    was, now = sealed.get(each.release, "no such release")[:12], each.manifest[:12]
                    faults.append(SiteFault("lake", f"{each.release}/{warehouse.MANIFEST}", was, now, each.release))
                    continue
                manifest = warehouse.read_manifest(folder / each.release)
                if manifest is not None:
                    found = warehouse.snapshot_faults(con, site.lake, each, manifest, seen)
                    faults += [
                        SiteFault("lake", f"{each.release}/{what}", was, now, each.release) for what, was, now in found
                    ]
    except PbisError as error:
        return [*faults, SiteFault("lake", warehouse.lake_name(site.lake), "a lake that can be read", str(error))], []
    current = list(sealed)[-1:]
    late = [name for name in current if name not in {each.release for each in known}]
    return faults, [
        f"release {name} is not in the lake yet; the next night or pbis release lake brings it" for name in late
    ]
