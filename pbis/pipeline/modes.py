"""Who may look into a site: its own account everywhere, the laboratory into the inbox, one group into releases and reports.

What a night writes is private by the process's umask; where `[paths] group` names a group, releases and reports are written for it:
their folders hand their group on to what is made in them (setgid), so that no file is ever open to others for a moment.
"""

from __future__ import annotations

import grp
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from pbis.config import SITE_FILE, Site
from pbis.core.errors import ConfigError, SiteTrouble
from pbis.files.trouble import account, owner_and_mode
from pbis.pipeline.inbox import KINDS

PRIVATE = ("archive", "quarantine", "warehouse", "state", "decisions")
SHARED = ("releases", "reports")
_OWNER_ONLY, _INBOX, _GROUP_FOLDER, _GROUP_FILE = 0o700, 0o770, 0o2750, 0o640
_ROOT = 0o711  # others may pass through to the inbox or a release, and list nothing


class _Umask:
    """The process has one umask for all its threads: it is put back when the last of those leaves who wanted it private."""

    def __init__(self) -> None:
        self._turn, self._inside, self._before = Lock(), 0, 0

    def enter(self) -> None:
        with self._turn:
            if self._inside == 0:
                self._before = os.umask(0o077)
            self._inside += 1

    def leave(self) -> None:
        with self._turn:
            self._inside -= 1
            if self._inside == 0:
                os.umask(self._before)


_UMASK = _Umask()


@contextmanager
def private() -> Iterator[None]:
    """What is made meanwhile is for this account alone, also by other threads."""
    _UMASK.enter()
    try:
        yield
    finally:
        _UMASK.leave()


@contextmanager
def shared(site: Site) -> Iterator[None]:
    """What is made meanwhile in a folder of releases or reports may be read by the site's group, where it names one."""
    before = os.umask(0o027 if site.file.paths.group else 0o077)
    try:
        yield
    finally:
        os.umask(before)


def group_of(site: Site) -> int | None:
    """Number of the group that [paths] group names; None where it names none. ConfigError where there is no such group."""
    name = site.file.paths.group
    if not name:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise ConfigError(
            f"{site.where('group', 'paths')}: [paths] group: expected a group of this machine, found {name!r}, which it has not; "
            "`getent group` lists them"
        ) from None


def settle_new(root: Path, inbox: Path, *, is_root_new: bool = True) -> None:
    """Modes of a site that was made just now; a folder that was there before stays as open as it was."""
    if is_root_new:
        root.chmod(_ROOT)
    (root / SITE_FILE).chmod(0o600)
    for folder in inbox_folders(inbox):
        folder.chmod(_INBOX)


def mend_modes(site: Site) -> list[str]:
    """Take from folders of the site what others may do there, and give releases and reports to the group; a note where that was needed.

    SiteTrouble where the account is not in the group.
    """
    group = group_of(site)
    mended, stuck = [], []
    for path, found, wanted in wider(site):
        try:
            path.chmod(wanted)
            mended.append(f"{name_in(site, path)} {found:04o} -> {wanted:04o}")
        except PermissionError:
            stuck.append(f"{name_in(site, path)} ({owner_and_mode(path)})")
    if group is not None:
        _give_to_group(site, group)
    notes = (
        [f"open to others and mended: {', '.join(mended)} (docs/running.md under: Who may look into it)"]
        if mended
        else []
    )
    if stuck:
        notes.append(
            f"open to others, and account {account()} may not change that, expected its owner to: {', '.join(stuck)}"
        )
    return notes


def wider(site: Site) -> list[tuple[Path, int, int]]:
    """(path, mode, mode that it should have) of what of the site gives others more than it should; nothing is asked of what is not there."""
    has_group, folders = bool(site.file.paths.group), site.folders
    most = [(folders[knob], _OWNER_ONLY) for knob in PRIVATE if not _holds_more(site, folders[knob])]
    most += [(folders[knob], 0o750 if has_group else _OWNER_ONLY) for knob in SHARED]
    most += [(folder, _INBOX) for folder in inbox_folders(site.path("inbox"))]
    most += [(site.path(knob), 0o600) for knob in ("warehouse", "decisions")]
    most += [
        (site.path("state") / name, 0o600)
        for name in ("lock", "desk.lock", "accounts.sqlite", "ledger.jsonl", "delivery_record.jsonl")
    ]
    found = [(path, path.stat().st_mode & 0o7777, mode) for path, mode in most if path.exists()]
    return [(path, now, now & (0o7000 | mode)) for path, now, mode in found if now & 0o777 & ~mode]


def inbox_folders(inbox: Path) -> list[Path]:
    """The inbox and its folders, those that are there."""
    return [folder for folder in (inbox, *(inbox / kind for kind in KINDS)) if folder.is_dir()]


def name_in(site: Site, path: Path) -> str:
    """A path as people call it: from the site's folder on, where it lies in it."""
    return str(path.relative_to(site.root)) if path.is_relative_to(site.root) else str(path)


def _holds_more(site: Site, folder: Path) -> bool:
    """Whether a private file lies in a folder with what others need: then the file alone is private."""
    others = [site.root, site.path("inbox"), *(site.path(knob) for knob in SHARED)]
    return any(each.is_relative_to(folder) for each in others)


def _give_to_group(site: Site, group: int) -> None:
    paths = [site.root / SITE_FILE, *(path for knob in SHARED for path in _all_below(site.path(knob)))]
    for path in paths:
        seen = path.stat()
        mode = _GROUP_FOLDER if path.is_dir() else _GROUP_FILE & (seen.st_mode | ~0o200)  # a part stays read-only
        try:
            if seen.st_gid != group:
                os.chown(path, -1, group)
            if seen.st_gid != group or seen.st_mode & 0o7777 != mode:
                path.chmod(mode)
        except PermissionError:
            raise SiteTrouble(
                f"{path}: no right: account {account()} may not give it to group {site.file.paths.group} ({owner_and_mode(path)}); "
                f"make the account a member of the group, and owner of the folder"
            ) from None


def _all_below(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield folder
        yield from (path for path in sorted(folder.rglob("*")) if not path.is_symlink())
