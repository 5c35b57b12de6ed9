"""Which night is at work, a file in `state/` while it is: what a killed one leaves of it tells who comes after that nobody told of it yet.

The file is written and taken in turns, under a lock of the folder that is held for no longer than that: so nobody takes the file of a night
that begins between a look and the taking. The folder itself is locked, which a full disk does not prevent.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec

from pbis.files.durable import sync
from pbis.pipeline.lock import lock_holder

_NAME = "night_at_work.json"


class NightAtWork(msgspec.Struct, frozen=True):
    """begun_at: in UTC."""

    begun_at: datetime


@contextmanager
def at_work(state: Path, begun_at: datetime) -> Iterator[None]:
    """For the duration of a night, by who holds the site's lock. begun_at: in UTC. A disk that takes no writing ends no night here."""
    path = state / _NAME
    with suppress(OSError), _turn(state):
        aside = path.with_name(f"{_NAME}.new")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(NightAtWork(begun_at)))
        sync(aside)
        aside.replace(path)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def claim(state: Path) -> NightAtWork | None:
    """The night that was killed, for the one who tells of it: nobody else is given it again. None where none was. Only for who holds the
    site's lock."""
    with suppress(OSError), _turn(state):
        return _taken(state / _NAME)
    return None


def claim_unless_at_work(state: Path) -> NightAtWork | None:
    """The same for who does not hold the site's lock: None also where anybody holds it, whose night the file may be of."""
    with suppress(OSError), _turn(state):
        # a night has the site's lock before it writes the file and until it has removed it: one that is here while nobody has the lock was left
        return None if lock_holder(state) is not None else _taken(state / _NAME)
    return None


def left_behind(state: Path) -> NightAtWork | None:
    """The night that was killed and that nobody told of yet, for who only looks: it is told of all the same. None where none was, or anybody holds
    the site's lock."""
    with suppress(OSError), _turn(state):
        return None if lock_holder(state) is not None else _read(state / _NAME)
    return None


@contextmanager
def _turn(state: Path) -> Iterator[None]:
    folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _taken(path: Path) -> NightAtWork | None:
    """None where there is none, or a power cut left it empty or damaged."""
    left = _read(path)
    with suppress(OSError):
        path.unlink()
        return left
    return None


def _read(path: Path) -> NightAtWork | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=NightAtWork)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
