"""Messages that are to be sent, a file each in `state/outbox/`: one that did not go is there for the next night.

A message is written before it is tried, and taken away when it went: a machine that goes down between the two sends it twice, under one
name, and loses none.
"""

from __future__ import annotations

import fcntl
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from pbis.files.durable import sync
from pbis.pipeline.channels import LATER
from pbis.pipeline.modes import private
from pbis.pipeline.summary import Summary

_FOLDER, _LOCK = "outbox", "outbox.lock"
MOST = (
    30  # messages that wait for one recipient: a month of nights; of an older one the newer ones tell what still waits
)
_ASIDE_SECONDS = 3600.0  # a message is written in a moment; own choice, far beyond any pause of a disk


class Letter(msgspec.Struct, frozen=True):
    """A message to one recipient. state: later, or refused for good; said: why, at the last of so many tries; tried_at: in UTC."""

    channel: str
    to: str
    summary: Summary
    state: str = LATER
    tries: int = 0
    said: str = ""
    tried_at: datetime | None = None

    @property
    def message_id(self) -> str:
        """The same for one night and recipient, however often it is tried."""
        told = msgspec.json.encode((self.channel, self.to, self.summary))
        return f"pbis-{hashlib.sha256(told).hexdigest()[:32]}"

    @property
    def name(self) -> str:
        """Of its file; in their order the files are as old as their nights."""
        return f"{self.summary.ended_at:%Y%m%dT%H%M%S}-{self.message_id}.json"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        told = {name: getattr(self, name) for name in ("channel", "to", "state", "tries", "said")}
        return {"night_id": self.summary.night_id} | told

    @property
    def line(self) -> str:
        """For people of the machine."""
        if self.summary.state == "test":
            return f"test message by {self.channel} to {self.to} did not go: {self.said}"
        of = (
            f"of night {self.summary.night_id}"
            if self.summary.night_id
            else f"of {self.summary.ended_at:%Y-%m-%d %H:%M} UTC"
        )
        became = "goes with the next night" if self.state == LATER else "was refused and is not sent again by itself"
        why = f": {self.said}" if self.said else ""
        return f"message {of} by {self.channel} to {self.to} {became}{why}"


def read_outbox(state: Path) -> list[Letter]:
    """What is there, the oldest first; a file that cannot be read is left out."""
    return [letter for _, letter in _letters(state) if letter is not None]


def unreadable(state: Path) -> list[Path]:
    """Files of the outbox that are no message: damaged, of another build, or of another account."""
    return [path for path, letter in _letters(state) if letter is None]


def tidy(state: Path) -> None:
    """Give a message that lies under another name its own (a copy, or one of another build), since by it it is taken out when it went; take
    away what a kill left while a message was written; one that is written now is younger. Only for who sends."""
    for path, letter in _letters(state):
        if letter is not None and path.name != letter.name:
            path.replace(path.with_name(letter.name))
    for path in (state / _FOLDER).glob(".*.json"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _ASIDE_SECONDS:
                path.unlink()


def put(state: Path, letter: Letter) -> None:
    """Write the letter, or what became of it; it is on the disk when this returns."""
    folder = state / _FOLDER
    with private():
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f".{letter.name}"
        aside.write_bytes(msgspec.json.encode(letter))
        sync(aside)
        aside.replace(folder / letter.name)
        sync(folder)


def take_out(state: Path, letter: Letter) -> None:
    """It went, or nobody waits for it."""
    (state / _FOLDER / letter.name).unlink(missing_ok=True)


@contextmanager
def sending(state: Path) -> Iterator[bool]:
    """Whether nobody else sends meanwhile; who does takes what is there."""
    with private():
        state.mkdir(parents=True, exist_ok=True)
        with (state / _LOCK).open("ab") as file:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True


def _letters(state: Path) -> Iterator[tuple[Path, Letter | None]]:
    """Each with its file; not those that are still being written, or were when a kill came: they bear hidden names."""
    for path in sorted(path for path in (state / _FOLDER).glob("*.json") if not path.name.startswith(".")):
        try:
            yield path, msgspec.json.decode(path.read_bytes(), type=Letter)
        except FileNotFoundError:
            continue
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            yield path, None
