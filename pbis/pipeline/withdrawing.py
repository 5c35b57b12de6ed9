"""`pbis decide withdraw`: a subject withdraws consent. The event holds a keyed hash of the study id; the next night carries it out."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import warehouse
from pbis.clinical import read_linkage
from pbis.config import Site, load_site
from pbis.core.decision import WITHDRAW, Decision, Target
from pbis.core.errors import InputRefused
from pbis.core.kept import NamedBytes
from pbis.core.withdrawn import Renamer, Withdrawn, hash_of
from pbis.pipeline.archive import archived_path, fetch, is_emptied
from pbis.pipeline.lock import site_lock
from pbis.pipeline.sealing import enter_decision
from pbis.pipeline.settings import site_labs_map
from pbis.pipeline.withdrawals import made_key, releases_left, withdrawn_from

_NEAREST = 3  # ids that are named where none is meant


@dataclass(frozen=True)
class Withdrawal:
    """decision: as it stands in the log; is_new: it was entered now; releases: folders that hold the subject and are to be destroyed."""

    decision: Decision
    is_new: bool
    releases: tuple[Path, ...]


def withdraw(
    root: Path, subject_id: str, clock: Callable[[], datetime], *, author: str, reason: str, is_dry_run: bool = False
) -> Withdrawal:
    """Enter the withdrawal. A subject who has withdrawn already is said so, and nothing is done. InputRefused where the site knows no
    such subject, SiteBusy while a night runs."""
    site = load_site(root)
    with site_lock(site.path("state")):
        known = withdrawn_from(site)
        before = known.who(subject_id)
        if before is not None:
            return Withdrawal(before, False, releases_left(site, known))
        _require_known(site, subject_id)
        key = b"" if is_dry_run else made_key(site.path("state"))
        reason = Renamer(key, frozenset({subject_id}))(reason)  # the log keeps no study id
        target = Target(hash_of(key, subject_id), "subject")
        decision = Decision(0, clock(), author, WITHDRAW, target, "verified", reason)
        if not is_dry_run:
            decision = enter_decision(site, decision)
        return Withdrawal(decision, not is_dry_run, _holding(site, subject_id, known))


def _require_known(site: Site, subject_id: str) -> None:
    ids = _subjects(site)
    if subject_id in ids:
        return
    near = difflib.get_close_matches(subject_id, sorted(ids), n=_NEAREST, cutoff=0.0)
    raise InputRefused(
        f"no subject of {site.root} is called {subject_id!r}",
        file="decide withdraw",
        expected="a study id of the linkage table, the specimens or the results",
        found=f"nearest: {', '.join(near)}" if near else "no subject at all",
        hint="give the study id, never a record number",
    )


def _subjects(site: Site) -> frozenset[str]:
    path = site.path("warehouse")
    if not path.is_file():
        return frozenset()
    with closing(warehouse.connect(path, read_only=True)) as con:
        found = warehouse.subjects_of(con)
        linkages = [file_id for file_id, _, _ in warehouse.current_files(con, "linkage")]
    labs_map = site_labs_map(site)
    for file_id in linkages:
        archived = archived_path(site.path("archive"), "linkage", file_id)
        if not is_emptied(archived):
            found |= read_linkage(NamedBytes(archived.name, fetch(archived)), labs_map).subject_ids
    return found


def _holding(site: Site, subject_id: str, known: Withdrawn) -> tuple[Path, ...]:
    """Releases that hold this subject, and those that hold an earlier one."""
    finds = Renamer(b"", frozenset({subject_id})).finds
    return tuple(sorted({*releases_left(site, known), *releases_with(site, finds)}))


def releases_with(site: Site, finds: Callable[[str], bool]) -> tuple[Path, ...]:
    """Releases that hold a text with one of the names."""
    seen: dict[tuple[int, int], bool] = {}
    folders = warehouse.release_folders(site.path("releases"))
    return tuple(folder for folder in folders if warehouse.release_holds(folder, finds, seen))
