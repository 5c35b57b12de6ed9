"""What the system says where a disk or a right is missing, as one sentence with folder, need and what is free.

A full disk or a folder without rights is no defect of this program and no fault of a file: whoever runs the machine mends it.
Python says it by a number; DuckDB and SQLite say the system's own words, which are the same as that number's.
"""

from __future__ import annotations

import errno
import os
import pwd
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from pbis.core.errors import PbisError, SiteTrouble

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_DISK = {errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOTCONN, errno.EREMOTEIO, errno.EHOSTDOWN}
_CANNOT = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV}
_CODES = (*_NO_ROOM, *_NO_RIGHT, *_NO_DISK, *_CANNOT)
_SAID_BY = ("duckdb", "_duckdb", "sqlite3", "pyarrow")  # libraries whose errors quote the system's words
_QUOTED = re.compile(r'"(/[^"\n]+)"')  # how DuckDB names its file
_OWN_WORDS = {
    "database or disk is full": errno.ENOSPC,
    "readonly database": errno.EACCES,
    "unable to open database file": errno.EACCES,
    "disk i/o error": errno.EIO,
}


def trouble_of(error: BaseException, folders: Iterable[Path] = ()) -> SiteTrouble | None:
    """The trouble that an error, or one that it was raised from, is; None where it is something else.

    folders: what the command was at work on, asked where the system names no file; the one with the least room is told.
    """
    for one in _chain(error):
        if isinstance(one, SiteTrouble):
            return one
        if isinstance(one, PbisError):
            return None
        code = _code(one)
        if code is not None:
            return SiteTrouble(sentence(code, _place(one, folders)))
    return None


def is_no_room(error: BaseException) -> bool:
    """Whether the disk is full, or the account's share of it."""
    return _code(error) in _NO_ROOM


def is_stop(error: BaseException | None) -> bool:
    """Whether a KeyboardInterrupt is, or is behind, the error: DuckDB makes a RuntimeError of one that comes in the middle of a question, which
    whoever takes an error for a defect of one file would take for one."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def is_passing(error: BaseException) -> bool:
    """Whether it may be over in a moment: a share or a disk that stumbled."""
    return _code(error) in _NO_DISK


def sentence(code: int, path: Path) -> str:
    """What is wrong with a path, by the system's number: the folder, what is needed, what is found, what to do."""
    folder, said = standing_folder(path), os.strerror(code)
    if code in _NO_ROOM:
        return (
            f"{folder}: no room: {path.name} needs more than the {free_mb(folder):.1f} MB that are free there for account "
            f"{account()} ({said}); make room, then run it again: what was whole before is whole still"
        )
    if code in _NO_RIGHT:
        way = (
            "mount it for writing"
            if code == errno.EROFS
            else "give it the right, or run as the account that owns the folder"
        )
        return (
            f"{folder}: no right: expected that account {account()} may write and read {path}, found: {said} "
            f"({owner_and_mode(folder)}); {way}"
        )
    if code in _NO_DISK:
        return f"{folder}: the disk or share cannot be used: {said} at {path.name}; look whether it is mounted and sound, then run it again"
    return (
        f"{folder}: its file system cannot do what is needed here, locks and renames: {said} at {path.name}; "
        "put the site on a local disk, and all folders of [paths] on file systems with locks"
    )


def standing_folder(path: Path) -> Path:
    """The path where it is a folder, else the nearest above it that exists and that this account may see."""
    return next((each for each in (path, *path.absolute().parents) if _is_folder(each)), Path("/"))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def free_mb(folder: Path) -> float:
    """Megabytes that an ordinary account may still write there; 0 where the disk does not say."""
    try:
        return shutil.disk_usage(folder).free / 1e6
    except OSError:
        return 0.0


def account() -> str:
    """The account that this process runs as, by name where it has one."""
    return name_of(os.geteuid())


def name_of(uid: int) -> str:
    """Name of an account; its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def owner_and_mode(folder: Path) -> str:
    """For example: owned by pbis, mode 0700."""
    try:
        seen = folder.stat()
    except OSError:
        return "which this account may not look at"
    return f"owned by {name_of(seen.st_uid)}, mode {seen.st_mode & 0o7777:04o}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__


def _code(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno if error.errno in _CODES else None
    if type(error).__module__.partition(".")[0] not in _SAID_BY:
        return None
    text = str(error)
    said = [code for code in _CODES if os.strerror(code) in text]
    said += [code for words, code in _OWN_WORDS.items() if words in text.casefold()]
    return said[0] if said else None


def _place(error: BaseException, folders: Iterable[Path]) -> Path:
    """The file that the system names; else the folder with the least room."""
    named = getattr(error, "filename2", None) or getattr(error, "filename", None)
    if isinstance(named, str | bytes | os.PathLike):
        return Path(os.fsdecode(named))
    quoted = _QUOTED.search(str(error))
    if quoted:
        return Path(quoted.group(1))
    known = [standing_folder(each) for each in folders]
    return min(known, key=free_mb, default=Path.cwd())
