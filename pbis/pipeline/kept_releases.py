"""Releases that a site keeps: which there are, by which words they are cited, and which may go.

Words and removals are events of the decision log, so that a backup, a rebuilt site and verify know them. The newest release stays, as does
one that has a word or that a signature names.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import warehouse
from pbis.config import Site, load_site
from pbis.core.decision import NAME_RELEASE, PRUNE, SIGN, Decision, Target, standing
from pbis.core.errors import UsageError
from pbis.core.site_time import shown
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.lake_reader import require_own_releases
from pbis.pipeline.ledger import NIGHT, read_ledger
from pbis.pipeline.lock import site_lock
from pbis.pipeline.published import named_folder
from pbis.pipeline.sealing import enter_decision
from pbis.pipeline.withdrawals import require_nobody_withdrawn

CAUSE = "verified"
_LONGEST_LABEL = 60


@dataclass(frozen=True)
class KeptFolder:
    """A release. made_at: when its night ended, in words of the site; empty where the ledger does not say; rests_on: hash of what its scores
    rest on; nights: how many its database knows; own_bytes: what goes with it; labels: words by which it is cited."""

    name: str
    made_at: str
    rests_on: str
    nights: int
    own_bytes: int
    byte_count: int
    labels: tuple[str, ...]
    is_current: bool
    is_signed: bool
    has_parts: bool

    @property
    def stays(self) -> str:
        """Why it may not go; empty where it may."""
        if self.is_current:
            return "people are led to it"
        return "it is named" if self.labels else "a signature names it" if self.is_signed else ""

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def kept_releases(root: Path) -> tuple[KeptFolder, ...]:
    """All that are there, in the order of their nights."""
    site = load_site(root)
    events, entries = log_of(site), read_ledger(site.path("state"))
    folder = site.path("releases")
    link = folder / warehouse.CURRENT
    current = link.readlink().name if link.is_symlink() else ""
    made = {name: entry for entry in entries if entry.kind == NIGHT for name in entry.facts["release"]}
    order = [name for entry in entries if entry.kind == NIGHT for name in [entry.facts["night_id"]]]
    found = []
    for path in warehouse.release_folders(folder):
        manifest = warehouse.read_manifest(path)
        noted = path / "basis.sha256"
        at = shown(datetime.fromisoformat(made[path.name].at), site.time_zone) if path.name in made else ""
        own, whole = _sizes(path)
        found.append(
            KeptFolder(
                path.name,
                at,
                manifest.rests_on["basis"] if manifest else noted.read_text().strip() if noted.is_file() else "",
                order.index(path.name) + 1 if path.name in order else 0,
                own,
                whole,
                labels_of(events, path.name),
                path.name == current,
                path.name in signed(events),
                manifest is not None,
            )
        )
    return tuple(sorted(found, key=lambda each: each.nights))


def labels_of(events: Iterable[Decision], release: str) -> tuple[str, ...]:
    """Words by which it is cited."""
    own = (one for one in standing(events) if one.kind == NAME_RELEASE and one.target.plate_content == release)
    return tuple(str(one.facts["label"]) for one in own)


def signed(events: Iterable[Decision]) -> frozenset[str]:
    """Releases that a signature names."""
    own = (one for one in standing(events) if one.kind == SIGN)
    return frozenset(str(one.facts.get("release", one.target.plate_content)) for one in own)


def pruned(events: Iterable[Decision]) -> frozenset[str]:
    """Releases that a person took away."""
    return frozenset(one.target.plate_content for one in standing(events) if one.kind == PRUNE)


def name_release(root: Path, release: str, label: str, author: str, clock: Callable[[], datetime]) -> Decision:
    """Give it a word by which a paper cites it, and which keeps it. UsageError where there is no such release, or another bears the word."""
    site = load_site(root)
    named_folder(root, release)
    if not label.strip() or len(label) > _LONGEST_LABEL or not label.isprintable():
        raise UsageError(f"LABEL: expected one line of 1 to {_LONGEST_LABEL} characters; found {label!r}")
    for one in standing(log_of(site)):
        if one.kind == NAME_RELEASE and one.facts["label"] == label and one.target.plate_content != release:
            raise UsageError(f"{label!r} is the name of release {one.target.plate_content} already; give another")
    told = json.dumps({"label": label})
    event = Decision(0, clock(), author, NAME_RELEASE, Target(release, release), CAUSE, "cited by this name", told=told)
    return enter_decision(site, event)


def prune(
    root: Path, keep: int, author: str, clock: Callable[[], datetime], *, is_dry_run: bool
) -> tuple[KeptFolder, ...]:
    """Take away all but the newest `keep` releases and those that stay whatever their age; those that went, or would. SiteBusy while a night
    runs. The event is entered before a folder goes: what a kill leaves of it goes with the next one, or the next night."""
    site = load_site(root)
    with site_lock(site.path("state")):
        going = tuple(each for each in kept_releases(root)[:-keep] if not each.stays)
        known = pruned(log_of(site))
        for each in () if is_dry_run else going:
            if each.name not in known:
                reason = f"all but the newest {keep} were taken away"
                target = Target(each.name, each.name)
                enter_decision(site, Decision(0, clock(), author, PRUNE, target, CAUSE, reason))
            _remove(site, each.name)
    return going


def _remove(site: Site, name: str) -> None:
    """By a name of what is half written first, which the next night clears away where this is killed."""
    folder = site.path("releases")
    half = folder / f".{name}.partial"
    shutil.rmtree(half, ignore_errors=True)
    (folder / name).rename(half)
    shutil.rmtree(half)


def _sizes(folder: Path) -> tuple[int, int]:
    """Bytes that go with the folder, and all of it: a part that another release has too does not go."""
    files = [path.stat() for path in folder.rglob("*") if path.is_file()]
    return sum(each.st_size for each in files if each.st_nlink == 1), sum(each.st_size for each in files)


def write_database(root: Path, release: str, target: Path) -> Path:
    """The database of a release as a file of its own. UsageError where the file is there, there is no such release or it holds a subject who
    withdrew, IntegrityError where a part is not what was published."""
    site = load_site(root)
    require_own_releases(site, release)
    require_nobody_withdrawn(site, release)
    folder = named_folder(root, release)
    if not target.parent.is_dir():
        raise UsageError(f"{target}: the folder {target.parent} does not exist")
    if warehouse.read_manifest(folder) is not None:
        return warehouse.open_parts(folder, target)
    if target.exists():
        raise UsageError(f"{target}: is there already, expected a new name; nothing is written over")
    shutil.copyfile(folder / warehouse.FILE_NAME, target)  # of an earlier build, which kept it whole
    return target
