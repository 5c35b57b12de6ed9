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
from pbis.pipeline.inbox_folder import IGNORED, WAITS, is_quiet, is_recent, is_taken_whole, seen_in, state_of
from pbis.pipeline.opening import hash_of, is_being_written, opened, refused, require_ordinary
from pbis.pipeline.taking import PREFIX

KINDS = ("plates", "layouts", "lot_sheets", "specimens", "labs", "treatments", "linkage", "outcomes", "worklists")
REPLACED = "\N{REPLACEMENT CHARACTER}"  # in a stored name, of whatever cannot be printed
_RECENT_SECONDS = 120.0


@dataclass(frozen=True)
class Arrival:
    """An ordinary, settled file of the inbox. `file_id` is the sha256 of its bytes in hex. folder: of the export that it came in; left:
    the sha256 of its bytes, where they are what is left of an earlier file, which it then is."""

    kind: str
    path: Path
    name: str
    byte_count: int
    file_id: str
    folder: Path | None = None
    left: str = ""

    @property
    def bytes_id(self) -> str:
        """sha256 of its bytes as they lie in the inbox."""
        return self.left or self.file_id


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
class RefusedPart:
    """What of a file was refused. count: `1 of 201 messages`; own: where its own file lies, relative to the site; '' where it could not
    be written (trouble says why), and in a dry run; is_owed: a night that was killed refused it, and may have told of it."""

    kind: str
    name: str
    count: str
    error: InputRefused
    own: str = ""
    trouble: str = ""
    is_owed: bool = False

    @property
    def sentence(self) -> str:
        """`1 of 201 messages refused, the rest of the file is used; labs.hl7, line 5: ...`."""
        return f"{self.count} refused, the rest of the file is used; {self.error}"


@dataclass(frozen=True)
class Inbox:
    """All that was found, both parts sorted by kind and name. waiting: sentences about what is left in place for the next night."""

    arrivals: tuple[Arrival, ...]
    refusals: tuple[Refusal, ...]
    waiting: tuple[str, ...] = ()


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
    folder: Path | None = None

    @property
    def name(self) -> str:
        """Its file name; of a file in an export, with the folders from the export's own on."""
        return printable(str(self.path.relative_to(self.folder.parent)) if self.folder else self.path.name)


def printable(name: str) -> str:
    """A file name that can be stored and printed: undecodable bytes and control characters become replacement marks."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else REPLACED for c in text)


def discover(inbox: Path, rules: InboxRules, sleep: Callable[[float], None] = time.sleep) -> Inbox:
    """Look at every folder of the inbox once; wait `settle_seconds` once if any file is fresh."""
    refusals: list[Refusal] = []
    entries = list(_entries(inbox, rules, refusals))
    folders = {entry.folder: state_of(entry.folder) for entry in entries if entry.folder}
    if any(_is_fresh(entry) for entry in entries) or any(is_recent(each, _RECENT_SECONDS) for each in folders):
        sleep(rules.settle_seconds)
    restless = {folder for folder, before in folders.items() if not is_quiet(folder, before)}
    arrivals: list[Arrival] = []
    for entry in (each for each in entries if each.folder not in restless):
        try:
            if entry.folder is None or entry.seen.st_size or not stat.S_ISREG(entry.seen.st_mode):
                arrivals.append(_accept(entry, rules))
        except InputRefused as error:
            if entry.folder and is_unfinished(error):
                restless.add(entry.folder)
            else:
                refusals.append(Refusal(entry.kind, entry.path, entry.name, error, seen=entry.seen))
        except OSError as error:
            refusals.append(Refusal(entry.kind, entry.path, entry.name, refused(entry.name, error), seen=entry.seen))
    return _settled(arrivals, refusals, restless)


def _settled(arrivals: list[Arrival], refusals: list[Refusal], restless: set[Path]) -> Inbox:
    """Without exports of which anything still changes: they come whole."""
    came = tuple(arrival for arrival in arrivals if arrival.folder not in restless)
    told = [refusal for refusal in refusals if not any(folder in refusal.path.parents for folder in restless)]
    waiting = tuple(f"{printable(folder.name)}: {WAITS}" for folder in sorted(restless))
    return Inbox(came, tuple(sorted(told, key=_kind_and_name)), waiting)


def _kind_and_name(refusal: Refusal) -> tuple[int, bytes]:
    return KINDS.index(refusal.kind), os.fsencode(refusal.path.name)


def _entries(inbox: Path, rules: InboxRules, refusals: list[Refusal]) -> Iterable[_Entry]:
    """What lies in the folders; an entry that goes while they are listed becomes a refusal."""
    for kind in KINDS:
        folder = inbox / kind
        if not folder.is_dir():
            continue
        for path in sorted(folder.iterdir(), key=lambda p: os.fsencode(p.name)):
            if not _is_named(path, rules):
                continue
            try:
                seen = path.lstat()
            except OSError as error:
                name = printable(path.name)
                refusals.append(Refusal(kind, path, name, refused(name, error)))
                continue
            if is_taken_whole(kind, path, seen.st_mode):
                yield from _inside(kind, path, rules)
            elif _is_since(seen, rules):
                yield _Entry(kind, path, seen)


def _inside(kind: str, folder: Path, rules: InboxRules) -> Iterable[_Entry]:
    """The files of an export; all of them where one of them is new enough."""
    entries = [_Entry(kind, path, seen, folder) for path, seen in seen_in(folder)]
    return entries if any(_is_since(entry.seen, rules) for entry in entries) else ()


def _is_since(seen: os.stat_result, rules: InboxRules) -> bool:
    return rules.since is None or seen.st_mtime >= rules.since.timestamp()


def _is_named(path: Path, rules: InboxRules) -> bool:
    if path.name in IGNORED or path.name.startswith(PREFIX):
        return False
    return not rules.only or path.name in rules.only


def _is_fresh(entry: _Entry) -> bool:
    return stat.S_ISREG(entry.seen.st_mode) and abs(time.time() - entry.seen.st_mtime) < _RECENT_SECONDS


def _accept(entry: _Entry, rules: InboxRules) -> Arrival:
    require_ordinary(entry.path, entry.name, entry.seen.st_mode)
    _require_settled(entry)
    _require_size(entry, rules.max_bytes)
    with opened(entry.path) as file:
        _require_same(entry, os.fstat(file.fileno()))
        digest = hash_of(file)
    _require_settled(entry)
    return Arrival(entry.kind, entry.path, entry.name, entry.seen.st_size, digest, entry.folder)


def _require_settled(entry: _Entry) -> None:
    now = entry.path.lstat()
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


def is_unfinished(error: InputRefused) -> bool:
    """Whether it is refused only because somebody still writes it."""
    return isinstance(error, UnstableFile) and "still being written" in error.message


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
