"""Messages into the recipient's folder, so that a kill at any moment neither loses nor doubles one.

Order: a note of what is begun, messages under hidden names, what is kept of them, the record, the ledger, then their names, then the note is
struck. What a kill left is finished by the next call: recorded messages get their names, others are removed and are due as before.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from pbis.config import Site
from pbis.core.errors import IntegrityError, UsageError
from pbis.deliver import FORMATS
from pbis.files.durable import sync
from pbis.files.table_out import replace_whole
from pbis.pipeline.delivery_record import (
    Delivered,
    DeliveryRecord,
    KeptMessage,
    add_to_record,
    keep,
    kept_folder,
    kept_path,
    read_kept,
    read_record,
    record_path,
    unanchored,
)
from pbis.pipeline.ledger import DELIVERY, enter, read_ledger
from pbis.pipeline.room import require_free

_NOTE = "delivery.json"


@dataclass(frozen=True)
class Parcel:
    """A file of messages: its name, and each message with its line of the record."""

    name: str
    format: str
    messages: tuple[tuple[Delivered, KeptMessage], ...]

    @property
    def data(self) -> bytes:
        return joined(self.format, [kept.text for _, kept in self.messages])


@dataclass(frozen=True)
class _Begun:
    """folder: where the messages were to go; files: name -> hashes of its messages."""

    folder: str
    files: dict[str, list[str]]


def joined(name: str, texts: Iterable[str]) -> bytes:
    """A file of messages in the format."""
    return (FORMATS[name].head() + "".join(texts)).encode()


def note_path(state: Path) -> Path:
    """Where a delivery that is at work says so."""
    return state / _NOTE


def delivery_files(state: Path) -> tuple[Path, ...]:
    """All that a copy of the site needs to know what was delivered, of a delivery that was killed as well; those that are there."""
    found = (record_path(state), note_path(state), *sorted(kept_folder(state).glob("*.json")))
    return tuple(path for path in found if path.is_file())


def require_outside(site: Site, folder: Path) -> None:
    """UsageError where the folder cannot be handed over: it lies in the site, or is a file."""
    if folder.resolve().is_relative_to(site.root.resolve()):
        raise UsageError(
            f"{folder}: lies in the site; name a folder outside of {site.root}, since all in it is handed over"
        )
    standing = next((each for each in (folder, *folder.absolute().parents) if os.path.lexists(each)), folder)
    if not standing.is_dir():
        raise UsageError(f"{standing}: expected a folder, found a file")


def hand_over(site: Site, folder: Path, parcels: Sequence[Parcel], clock: Callable[[], datetime]) -> None:
    """Write, record and show messages. SiteTrouble on a full disk: what is recorded by then is shown by the next call, the rest is due."""
    state = site.path("state")
    require_free(folder, sum(len(each.data) for each in parcels))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun = _Begun(str(folder.absolute()), {each.name: [line.message for line, _ in each.messages] for each in parcels})
    replace_whole(note_path(state), json.dumps(asdict(begun), sort_keys=True) + "\n", 0o600)
    try:
        for each in parcels:
            _write(partial_path(folder, each.name), each.data)
        for _, kept in (pair for each in parcels for pair in each.messages):
            keep(state, kept)
    except OSError:
        _undo(state, folder, begun)
        raise
    add_to_record(state, clock(), [line for each in parcels for line, _ in each.messages])
    anchor_record(site, read_record(state), clock)
    for each in parcels:
        partial_path(folder, each.name).rename(folder / each.name)
    sync(folder)
    note_path(state).unlink()


def settled(site: Site, folder: Path, clock: Callable[[], datetime]) -> tuple[DeliveryRecord, tuple[str, ...]]:
    """The record once what a killed delivery left is finished, and names of the files that this showed. folder: where they go if the folder
    of then is gone. IntegrityError where the record is not the one that the ledger saw."""
    state = site.path("state")
    record, path = read_record(state), note_path(state)
    if not path.exists():
        require_anchored(site, record)
        return record, ()
    begun = _Begun(**json.loads(path.read_text(encoding="utf-8")))
    was = Path(begun.folder)
    is_lost = not was.is_dir()
    target = folder if is_lost else was
    by_message = {line.message: line for line in record.lines}
    shown = [
        name
        for name, digests in begun.files.items()
        if _finish(state, by_message, partial_path(target, name), digests, is_lost)
    ]
    if any(digest in by_message for digests in begun.files.values() for digest in digests):
        anchor_record(site, record, clock)
    require_anchored(site, record)
    if target.is_dir():
        sync(target)
    path.unlink()
    return record, tuple(shown)


def require_anchored(site: Site, record: DeliveryRecord) -> None:
    """IntegrityError where the record is not the one that the ledger saw."""
    fault = unanchored(record, read_ledger(site.path("state")), site.time_zone)
    if fault:
        raise IntegrityError(f"delivery record: {fault}; nothing was delivered; put the record back from a backup")


def anchor_record(site: Site, record: DeliveryRecord, clock: Callable[[], datetime]) -> None:
    """Add the head of the record to the ledger, where it is not there yet."""
    state = site.path("state")
    if not any(entry.kind == DELIVERY and entry.facts == record.head for entry in read_ledger(state)):
        enter(state, DELIVERY, clock(), record.head)


def parcels_again(state: Path, lines: Iterable[Delivered]) -> list[Parcel]:
    """Files as they were handed over, without messages that are kept no more. lines: in the order of the record."""
    found = []
    for name, group in groupby(lines, lambda line: line.file):
        own = [(line, read_kept(state, line.message)) for line in group]
        whole = tuple((line, kept) for line, kept in own if kept is not None)
        if whole:
            found.append(Parcel(name, whole[0][0].format, whole))
    return found


def write_again(folder: Path, parcels: Sequence[Parcel]) -> None:
    """Files as they were, in the place of what bears their names."""
    require_free(folder, sum(len(each.data) for each in parcels))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for each in parcels:
        part = partial_path(folder, each.name)
        try:
            _write(part, each.data)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        part.rename(folder / each.name)
    sync(folder)


def partial_path(folder: Path, name: str) -> Path:
    """Where a message lies until it is recorded; receivers take no hidden files."""
    return folder / f".{name}.partial"


def _finish(state: Path, recorded: Mapping[str, Delivered], part: Path, digests: Sequence[str], is_lost: bool) -> bool:
    """One file of a killed delivery; whether it was shown just now. is_lost: the folder of then is gone. Where it is there, a file that is
    recorded and has neither name was taken by who it was for."""
    lines = [recorded[digest] for digest in digests if digest in recorded]
    for digest in digests:
        if digest not in recorded:
            kept_path(state, digest).unlink(missing_ok=True)
    if not lines or not (part.exists() or is_lost):
        part.unlink(missing_ok=True)
        return False
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for parcel in parcels_again(state, lines):
        _write(part, parcel.data)
        part.rename(part.with_name(parcel.name))
    return True


def _undo(state: Path, folder: Path, begun: _Begun) -> None:
    """Nothing was recorded: nothing is left."""
    for name, digests in begun.files.items():
        partial_path(folder, name).unlink(missing_ok=True)
        for digest in digests:
            kept_path(state, digest).unlink(missing_ok=True)
    note_path(state).unlink()


def _write(path: Path, data: bytes) -> None:
    """For this account alone; in a folder that hands its group on, for that group as well."""
    with path.open("wb") as file:
        os.fchmod(file.fileno(), 0o640 if path.parent.stat().st_mode & stat.S_ISGID else 0o600)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
