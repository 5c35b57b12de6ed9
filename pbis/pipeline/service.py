"""Where a site's service (`pbis serve`) stands: one a site, by a lock, and a file that says what it does, for whoever asks.

`state/serve.json` is written by the service whenever something of it changes and stays when it ends, so that its next start knows
whether a night was missed. Nothing in it is of a patient or names a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from pbis.core.errors import IntegrityError
from pbis.pipeline.alone import held_alone, is_held

Kind = TypeVar("Kind")

QUIET = timedelta(minutes=2)  # a service looks each three seconds; a machine at its limit lets it wait for a minute
_LOCK, _STANDING, _KEY, _TROUBLE = "serve.lock", "serve.json", "serve.key", "serve-trouble.txt"


class ServedNight(msgspec.Struct, frozen=True):
    """A night of the service. name, state: as Prefect shows them; ended_at: None while it runs."""

    name: str
    state: str
    begun_at: datetime | None = None
    ended_at: datetime | None = None


class ServiceStanding(msgspec.Struct, frozen=True):
    """What the service does. Moments are in UTC, with their zone.

    pid: its process, which runs where `service_of` says so; at, time_zone: when nights begin, HH:MM of that zone; first_served_at: when the
    site was served for the first time; next_run_at: None where it is paused; running: the night that is at work; last: the last that ended.
    """

    pid: int
    at: str
    time_zone: str
    is_watching: bool
    first_served_at: datetime
    started_at: datetime
    is_paused: bool = False
    next_run_at: datetime | None = None
    running: ServedNight | None = None
    last: ServedNight | None = None


class ServerKey(msgspec.Struct, frozen=True):
    """How to ask the service's own server: private to the account."""

    api_url: str
    auth: str


@contextmanager
def service_lock(state: Path) -> Iterator[None]:
    """Hold `state`/serve.lock for the duration. SiteBusy, with its process, where another service holds the site."""

    def busy(_: str, pid: int | None) -> str:
        return f"{state.parent}: another service holds this site (process {pid or 'unseen'}); end it before another is started"

    with held_alone(state / _LOCK, str(os.getpid()), busy):
        yield


def is_served(state: Path) -> bool:
    """Whether a service holds the site now."""
    return is_held(state / _LOCK)


def last_standing(state: Path) -> ServiceStanding | None:
    """What the service wrote last, whether it runs or not; None where the site was never served."""
    return _read(state / _STANDING, ServiceStanding)


def service_of(state: Path) -> ServiceStanding | None:
    """Where the service that runs stands; None where none runs."""
    return last_standing(state) if is_served(state) else None


def write_standing(state: Path, standing: ServiceStanding) -> None:
    """Put it in the place of what stood there, whole."""
    _write(state / _STANDING, msgspec.json.format(msgspec.json.encode(standing), indent=1))


def still_here(state: Path) -> None:
    """Say that the service looked around, where nothing of its standing changed."""
    os.utime(state / _STANDING)


def looked_at(state: Path) -> datetime | None:
    """When the service that runs looked around last, in UTC; None where none runs."""
    path = state / _STANDING
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if is_served(state) and path.exists() else None


def server_key(state: Path) -> ServerKey | None:
    """Of the service's own server; None where it has none."""
    return _read(state / _KEY, ServerKey)


@contextmanager
def kept_key(state: Path, key: ServerKey) -> Iterator[None]:
    """The key for other commands of the account, as long as the service runs."""
    _write(state / _KEY, msgspec.json.encode(key))
    try:
        yield
    finally:
        (state / _KEY).unlink(missing_ok=True)


def tell_trouble(state: Path, sentence: str) -> Path:
    """Keep the whole sentence of a night that failed where only the account reads it; it can name files."""
    _write(state / _TROUBLE, f"{sentence}\n".encode())
    return state / _TROUBLE


def _read(path: Path, kind: type[Kind]) -> Kind | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise IntegrityError(
            f"{path}: expected what the service writes, found other words ({error}); remove it"
        ) from None


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
