"""Asked before a night: is there a disk, a right, a lock, a rename and room in every folder of the site?

A night that would find out half way leaves nothing broken, but costs its hours and tells of one folder at a time.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pbis.config import Site
from pbis.core.errors import SiteTrouble
from pbis.files.trouble import account, free_mb, owner_and_mode, sentence, standing_folder
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.modes import name_in
from warehouse.release_disk import linked

PROBE = ".pbis-probe-"  # a file of a moment; one that a killed night left is swept by the next
# What a night writes for a byte of the inbox, and for a site that is new. Measured on the demo: 1.1 MB of input made 24 MB of
# warehouse and 14 MB of release beyond empty ones, most of it blocks that a larger night fills; own choice above that.
_PER_BYTE = {"archive": 1, "warehouse": 8, "releases": 8}
_SERVER = 6_000_000  # what Prefect's own server writes on its first night: 6 MB
_AT_LEAST = {"warehouse": 12_000_000, "releases": 8_000_000, "reports": 1_000_000, "state": 2_000_000}


def require_room(site: Site) -> list[str]:
    """Notes about what a night can do without; SiteTrouble, which names the folder, about what it cannot. Makes folders that lack."""
    for knob, folder in site.folders.items():
        require_disk(site, knob, folder)
        if knob == "inbox":
            continue
        _make(folder)
        trouble = refusal_of(folder)
        if trouble is not None:
            raise SiteTrouble(trouble)
    for folder in _places(site):
        if not os.access(folder, os.R_OK | os.X_OK):
            raise SiteTrouble(sentence(errno.EACCES, folder))
    for short in shortages(site):
        raise SiteTrouble(short)
    return unwritable_inbox(site)


def refusal_of(folder: Path) -> str | None:
    """Why a night cannot work in the folder, tried with a file of its own: written, locked, renamed, removed; None where it can."""
    first, second = (folder / f"{PROBE}{os.getpid()}{end}" for end in ("", ".renamed"))
    try:
        with first.open("xb") as file:
            file.write(b"x")
            file.flush()
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        first.replace(second)
        second.unlink()
    except OSError as error:
        for path in (first, second):
            _forget(path)
        return sentence(error.errno or errno.EIO, folder)
    return None


def copied_parts(site: Site) -> str | None:
    """A sentence where a part of a release cannot be a file of two releases, tried with a file of its own; None where it can, or cannot be tried."""
    folder = site.path("releases")
    first, second = (folder / f"{PROBE}{os.getpid()}{end}" for end in ("", ".renamed"))
    try:
        first.touch(exist_ok=False)
        if linked(first, second):
            return None
    except OSError:
        return None  # a folder that may not be written is told of elsewhere
    finally:
        _forget(second)
        _forget(first)
    return (
        f"{name_in(site, folder)}: its file system has no hard links, so each release takes a whole copy of the parts that it shares with the one "
        "before; put releases on one that has them, or keep fewer with pbis release prune (docs/running.md under: Releases that are kept)"
    )


def unwritable_inbox(site: Site) -> list[str]:
    """A sentence where files of the inbox can be read but not taken out: they are loaded, and stay."""
    stuck = [folder for folder in _places(site) if not os.access(folder, os.W_OK | os.X_OK)]
    if not stuck:
        return []
    names = ", ".join(name_in(site, folder) for folder in stuck)
    said = f"account {account()} may not take files out of it ({owner_and_mode(stuck[0])})"
    return [f"{names}: {said}; what lies there is read, archived and stays, and the next night knows it by its hash"]


def shortages(site: Site) -> list[str]:
    """A sentence for each disk that has less room than a night needs for what lies in the inbox."""
    folders = site.folders
    return _short({folders[knob]: count for knob, count in needs(site).items()})


def needs(site: Site) -> dict[str, int]:
    """Bytes that a night may write, by knob of [paths]: for what lies in the inbox, and for a release as large as the newest."""
    arrived, newest = bytes_below(site.path("inbox")), bytes_below((site.path("releases") / "current").resolve())
    found = {knob: _PER_BYTE.get(knob, 0) * arrived + _AT_LEAST.get(knob, 0) for knob in (*_PER_BYTE, *_AT_LEAST)}
    server = _SERVER if site.file.runner.engine == "prefect" else 0
    return found | {"releases": found["releases"] + newest, "state": found["state"] + server}


def require_free(folder: Path, byte_count: int) -> None:
    """SiteTrouble where less is free than is about to be written there."""
    for short in _short({folder: byte_count}):
        raise SiteTrouble(short)


def bytes_below(folder: Path) -> int:
    """Bytes of all ordinary files in a folder and below it; 0 where there is none."""
    sizes = (path.lstat() for place, _, names in os.walk(folder) for path in _there(Path(place), names))
    return sum(seen.st_size for seen in sizes if stat.S_ISREG(seen.st_mode))


def _there(place: Path, names: Iterable[str]) -> Iterator[Path]:
    return (place / name for name in names if os.path.lexists(place / name))


def _short(wanted: Mapping[Path, int]) -> list[str]:
    """Sentences about disks: what several folders need of one disk is added up."""
    disks: dict[int, list[Path]] = defaultdict(list)
    for folder in wanted:
        disks[standing_folder(folder).stat().st_dev].append(folder)
    found = []
    for folders in disks.values():
        needed, free = sum(wanted[folder] for folder in folders) / 1e6, free_mb(standing_folder(folders[0]))
        if free < needed:
            names = ", ".join(folder.name for folder in folders)
            found.append(
                f"{standing_folder(folders[0])}: no room: {needed:.1f} MB are needed on this disk (for {names}), {free:.1f} MB are free; "
                "make room, then run it again; nothing was begun"
            )
    return found


def _places(site: Site) -> list[Path]:
    inbox = site.path("inbox")
    return [folder for folder in (inbox / kind for kind in KINDS) if folder.is_dir()]


def require_disk(site: Site, knob: str, folder: Path) -> None:
    """A folder outside of the site is on another disk, which may not be mounted: a folder of that name is not made elsewhere."""
    if not folder.is_relative_to(site.root) and not folder.is_dir() and not folder.parent.is_dir():
        raise SiteTrouble(
            f"{folder}: no such disk: {site.where(knob, 'paths')} names it, and not even {folder.parent} is there; mount the disk, or name another folder"
        )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (FileExistsError, NotADirectoryError):
        raise SiteTrouble(
            f"{folder}: expected a folder, found something else of that name there or above; move it away"
        ) from None
    except OSError as error:
        raise SiteTrouble(sentence(error.errno or errno.EIO, folder)) from None


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
