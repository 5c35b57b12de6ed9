"""What has arrived: every entry of the inbox is either an arrival with its hash, or a refusal with its reason.

Nothing is opened before it is known to be an ordinary file: a FIFO would block the night, a link could point anywhere.
A file that somebody still writes is recognised by its size or time changing over `settle_seconds`, and on Linux also by
asking the kernel for a read lease, which it denies while a writer has the file open.

What is looked at is what was opened: a link that takes a file's place is not followed, a pipe not waited for.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pbis.core.errors import InputRefused, UnrecognisedFormat, UnstableFile
from pbis.pipeline.ordinary import hash_of, is_being_written, opened
from pbis.pipeline.taking import PREFIX

KINDS = ("plates", "layouts", "lot_sheets", "specimens", "labs", "treatments", "linkage", "outcomes")
_RECENT_SECONDS = 120.0
_IGNORED = (".gitkeep", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Arrival:
    """An ordinary, settled file of the inbox. `file_id` is the sha256 of its bytes in hex."""

    kind: str
    path: Path
    name: str
    byte_count: int
    file_id: str


@dataclass(frozen=True)
class Refusal:
    """Something that was not accepted: where it lies, the error that says why, and what it was: the hash of its bytes where
    they were read, else how the file system described it (os.lstat)."""

    kind: str
    path: Path
    name: str
    error: InputRefused
    file_id: str | None = None
    seen: os.stat_result | None = None


@dataclass(frozen=True)
class Inbox:
    """All that was found, both parts sorted by kind and name."""

    arrivals: tuple[Arrival, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class InboxRules:
    """max_bytes: larger files are refused; settle_seconds: how long a fresh file must stay unchanged;
    since: older files are left alone; only: names to take, empty for all."""

    max_bytes: int
    settle_seconds: float
    since: datetime | None = None
    only: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Entry:
    kind: str
    path: Path
    seen: os.stat_result

    @property
    def name(self) -> str:
        return printable(self.path.name)


def printable(name: str) -> str:
    """A file name that can be stored and printed: undecodable bytes and control characters become replacement marks."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def discover(inbox: Path, rules: InboxRules, sleep: Callable[[float], None] = time.sleep) -> Inbox:
    """Look at every folder of the inbox once; wait `settle_seconds` once if any file is fresh."""
    entries = list(_entries(inbox, rules))
    if any(_is_fresh(entry) for entry in entries):
        sleep(rules.settle_seconds)
    arrivals: list[Arrival] = []
    refusals: list[Refusal] = []
    for entry in entries:
        try:
            arrivals.append(_accept(entry, rules))
        except InputRefused as error:
            refusals.append(Refusal(entry.kind, entry.path, entry.name, error, seen=entry.seen))
        except OSError as error:
            refusals.append(Refusal(entry.kind, entry.path, entry.name, _unreadable(entry, error), seen=entry.seen))
    return Inbox(tuple(arrivals), tuple(refusals))


def _entries(inbox: Path, rules: InboxRules) -> Iterable[_Entry]:
    for kind in KINDS:
        folder = inbox / kind
        if not folder.is_dir():
            continue
        for path in sorted(folder.iterdir(), key=lambda p: os.fsencode(p.name)):
            seen = path.lstat()
            if _is_wanted(path, seen, rules):
                yield _Entry(kind, path, seen)


def _is_wanted(path: Path, seen: os.stat_result, rules: InboxRules) -> bool:
    if path.name in _IGNORED or path.name.startswith(PREFIX):
        return False
    if rules.only and path.name not in rules.only:
        return False
    return rules.since is None or seen.st_mtime >= rules.since.timestamp()


def _is_fresh(entry: _Entry) -> bool:
    return stat.S_ISREG(entry.seen.st_mode) and abs(time.time() - entry.seen.st_mtime) < _RECENT_SECONDS


def _accept(entry: _Entry, rules: InboxRules) -> Arrival:
    _require_ordinary(entry)
    _require_settled(entry)
    _require_size(entry, rules.max_bytes)
    with opened(entry.path) as file:
        _require_same(entry, os.fstat(file.fileno()))
        digest = hash_of(file)
    _require_settled(entry)
    return Arrival(entry.kind, entry.path, entry.name, entry.seen.st_size, digest)


def _require_ordinary(entry: _Entry) -> None:
    mode = entry.seen.st_mode
    if stat.S_ISLNK(mode):
        state = "a link to a file" if entry.path.exists() else "a broken link"
        raise UnstableFile(
            "links are not followed",
            file=entry.name,
            expected="a file",
            found=state,
            hint="copy the file itself into the inbox",
        )
    if stat.S_ISDIR(mode):
        raise UnstableFile(
            "folders are not read",
            file=entry.name,
            expected="a file",
            found="a folder",
            hint="move the files in it into the inbox one by one",
        )
    if not stat.S_ISREG(mode):
        raise UnstableFile(
            "only ordinary files are read",
            file=entry.name,
            expected="a file",
            found="a pipe, socket or device",
            hint="remove it",
        )


def _require_settled(entry: _Entry) -> None:
    try:
        now = entry.path.lstat()
    except FileNotFoundError:
        raise UnstableFile(
            "the file vanished while it was looked at", file=entry.name, hint="drop it again if it is still needed"
        ) from None
    _require_same(entry, now)
    if is_being_written(entry.path):
        raise still_written(entry.name, "another program has it open for writing")


def _require_same(entry: _Entry, now: os.stat_result) -> None:
    if (now.st_size, now.st_mtime_ns, now.st_ino) != (entry.seen.st_size, entry.seen.st_mtime_ns, entry.seen.st_ino):
        raise still_written(entry.name, f"{entry.seen.st_size} bytes, then {now.st_size}")


def still_written(name: str, found: str) -> UnstableFile:
    return UnstableFile(
        "the file is still being written",
        file=name,
        expected="a file that stays as it is",
        found=found,
        hint="nothing to do: it returns to the inbox by itself as soon as it is complete",
    )


def _require_size(entry: _Entry, max_bytes: int) -> None:
    size = entry.seen.st_size
    if size == 0:
        raise UnrecognisedFormat(
            "the file is empty", file=entry.name, expected="an export", found="0 bytes", hint="export it again"
        )
    if size > max_bytes:
        raise UnstableFile(
            "the file is larger than any export",
            file=entry.name,
            expected=f"at most {max_bytes / 1e6:.0f} MB",
            found=f"{size / 1e6:.0f} MB",
            hint="raise [inbox] max_file_mb in site.toml if it is real",
        )


def _unreadable(entry: _Entry, error: OSError) -> UnstableFile:
    return UnstableFile(
        "the file cannot be opened",
        file=entry.name,
        expected="a file that the service may read",
        found=error.strerror or type(error).__name__,
        hint="check its permissions and the disk or share that it lies on",
    )
