"""Which night is at work, a file in `state/` while it is: what a killed one leaves of it tells who comes after that nobody told of it yet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import msgspec

from pbis.files.durable import sync

_NAME = "night_at_work.json"


class NightAtWork(msgspec.Struct, frozen=True):
    """begun_at: in UTC; pid: its process."""

    begun_at: datetime
    pid: int


@contextmanager
def at_work(state: Path, begun_at: datetime) -> Iterator[None]:
    """For the duration of a night, by who holds the site's lock. begun_at: in UTC. A disk that takes no writing ends no night here."""
    path = state / _NAME
    with suppress(OSError):
        aside = path.with_name(f"{_NAME}.new")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(NightAtWork(begun_at, os.getpid())))
        sync(aside)
        aside.replace(path)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def is_alive(state: Path) -> bool:
    """Whether there is a process of the number of the night's: then it may be at work still."""
    left = _read(state / _NAME)
    return left is not None and Path(f"/proc/{left.pid}").exists()


def claim(state: Path) -> NightAtWork | None:
    """The night that was killed, for the one who tells of it: nobody else is given it again. None where none was. Only for who holds the
    site's lock, or has seen that no night is at work."""
    left = _read(state / _NAME)
    try:
        (state / _NAME).unlink()
    except OSError:  # also where another took it meanwhile
        return None
    return left


def _read(path: Path) -> NightAtWork | None:
    """None where there is none, or a power cut left it empty."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=NightAtWork)
    except (OSError, msgspec.DecodeError):
        return None
