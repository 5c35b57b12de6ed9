"""One night at a time: the site's lock, held by the operating system so that a killed process never leaves it behind.

The lock lies in a private folder, so that no other account can hold it. Where one does all the same (it opened the file while the
folder was open to all), the file is replaced: a lock that is no night's does not stop nights.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from pbis.core.errors import SiteBusy
from pbis.files.trouble import name_of

_NAME = "lock"
_TURN = "lock.turn"  # held while a lock is replaced; it is made in the private folder, so nobody else ever opened it
_TRIES = 3  # a lock is replaced once, by whoever comes first; the others find the new one


@contextmanager
def site_lock(state: Path) -> Iterator[None]:
    """Hold `state`/lock for the duration. Raises SiteBusy, naming the holder's process if it lives, if another process has it."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _taken(state / _NAME) as file:
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def holder_of(path: Path) -> int | None:
    """Process that holds the file's lock, as the kernel tells (Linux); None where nobody does or it cannot be seen."""
    try:
        seen, lines = path.stat(), Path("/proc/locks").read_text().splitlines()
    except OSError:
        return None
    wanted = f"{os.major(seen.st_dev):02x}:{os.minor(seen.st_dev):02x}:{seen.st_ino}"
    found = (line.split() for line in lines if " FLOCK " in line and " -> " not in line)
    return next((int(words[4]) for words in found if words[5] == wanted and int(words[4]) > 0), None)


def account_of(pid: int) -> int | None:
    """Number of the account that runs a process; None where there is no such process."""
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return None


@contextmanager
def _taken(path: Path) -> Iterator[TextIOWrapper]:
    for _ in range(_TRIES):
        with _opened(path) as file:
            is_locked = _lock(file, path)
            if is_locked and path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                yield file
                return
        if not is_locked and not _replace_foreign(path):
            break
    raise SiteBusy(_busy(path))


def _opened(path: Path) -> TextIOWrapper:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")


def _lock(file: TextIOWrapper, path: Path) -> bool:
    """Whether this process holds it now."""
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    return True


def _replace_foreign(path: Path) -> bool:
    """Put the lock aside where another account holds it; True where it is worth to try again."""
    if not _is_foreign(path):
        return False
    path.parent.chmod(0o700)
    with _opened(path.with_name(_TURN)) as turn:
        fcntl.flock(turn.fileno(), fcntl.LOCK_EX)
        if _is_foreign(path):
            path.unlink()
    return True


def _is_foreign(path: Path) -> bool:
    """Whether the holder is known, and is neither this account, nor the one that owns the folder, nor the machine's."""
    holder = holder_of(path)
    owner = None if holder is None else account_of(holder)
    return owner is not None and owner not in (0, os.geteuid(), path.parent.stat().st_uid)


def _busy(path: Path) -> str:
    holder = holder_of(path)
    owner = None if holder is None else account_of(holder)
    said = (
        f"a process that cannot be seen from here; wait for it to end, or find it with `fuser {path}`"
        if owner is None
        else f"process {holder} of account {name_of(owner)}; wait for it to end"
    )
    return f"{path.parent.parent}: another night is at work here ({said})"
