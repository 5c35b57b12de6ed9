"""`pbis deliver`: what changed of the scores, as messages to a recipient, each once; and who holds an outdated score."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from pbis.config import Site, load_site
from pbis.core.errors import UsageError
from pbis.core.words import nearest
from pbis.deliver import FORMATS, ScoreMessage, message_id, report_id
from pbis.pipeline.delivery_record import (
    Delivered,
    DeliveryRecord,
    KeptMessage,
    add_to_record,
    closing_line,
    digest_of,
    forget,
    read_record,
    record_path,
)
from pbis.pipeline.due import DueMessage, Tellable, due, tellable
from pbis.pipeline.handing_over import (
    Parcel,
    anchor_record,
    hand_over,
    note_path,
    parcels_again,
    require_anchored,
    require_outside,
    settled,
    write_again,
)
from pbis.pipeline.lock import site_lock
from pbis.pipeline.modes import private
from pbis.pipeline.withdrawals import made_key, withdrawn_from

_RECIPIENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
DEFAULT = "default"


@dataclass(frozen=True)
class Outdated:
    """A recipient who was told something else than what is so now. subject: study id, or a surrogate; told: status and release of then."""

    recipient: str
    subject: str
    status: str
    release: str
    differs: tuple[str, ...]


@dataclass(frozen=True)
class SentMessage:
    """message_id: '' of a dry run, which enters nothing."""

    subject: str
    status: str
    message_id: str
    file: str
    changed: tuple[str, ...]


@dataclass(frozen=True)
class DeliveryDone:
    """finished: files of an earlier delivery that was killed, shown now; forgotten: messages of then that are kept no more."""

    sent: tuple[SentMessage, ...]
    files: tuple[str, ...]
    finished: tuple[str, ...] = ()
    forgotten: int = 0
    outdated: tuple[Outdated, ...] = ()


@private()
def deliver(
    root: Path,
    recipient: str,
    format_name: str,
    folder: Path,
    clock: Callable[[], datetime],
    *,
    is_new: bool = False,
) -> DeliveryDone:
    """Tell a recipient what changed since it was told last. is_new: begin one beside those that are known. UsageError for a name or folder that
    cannot be, for a name that nobody is known by or is_new contradicts, and where nothing is published; SiteBusy while a night is at work; IntegrityError where the record of deliveries is not what it was."""
    site = load_site(root)
    _require(site, recipient, folder)
    if format_name not in FORMATS:
        raise UsageError(f"--as {format_name}: expected one of {', '.join(FORMATS)}{nearest(format_name, FORMATS)}")
    state = site.path("state")
    with site_lock(state):
        record, finished = settled(site, folder, clock)
        _require_known(record, recipient, is_new=is_new)
        withdrawn = withdrawn_from(site)
        now = tellable(site, withdrawn)
        if not record.key:
            made_key(state)
            record = read_record(state)
        parcels, sent = _packed(record, now, recipient, format_name, list(due(state, record, now, recipient)))
        if parcels:
            hand_over(site, folder, parcels, clock)
        forget(state, withdrawn)
        left = _outdated(state, read_record(state), now)
    return DeliveryDone(tuple(sent), tuple(each.name for each in parcels), finished, outdated=left)


@private()
def deliver_again(root: Path, recipient: str, folder: Path, clock: Callable[[], datetime]) -> DeliveryDone:
    """Every file that the recipient was given, with the bytes that it had; what subjects who withdrew consent were told of is kept no more.
    Errors as above."""
    site = load_site(root)
    _require(site, recipient, folder)
    state = site.path("state")
    with site_lock(state):
        record, finished = settled(site, folder, clock)
        forget(state, withdrawn_from(site))
        lines = [line for line in record.messages if line.recipient == recipient]
        if not lines:
            raise _unknown(record, recipient)
        parcels = parcels_again(state, lines)
        write_again(folder, parcels)
    count = sum(len(each.messages) for each in parcels)
    return DeliveryDone((), tuple(each.name for each in parcels), finished, len(lines) - count)


@private()
def close_recipient(root: Path, recipient: str, clock: Callable[[], datetime]) -> None:
    """Enter that a recipient gets no more messages: nobody is told any longer that it holds an outdated score. UsageError where it gets none."""
    site = load_site(root)
    state = site.path("state")
    with site_lock(state):
        if note_path(state).exists():
            raise UsageError(f"{site.root}: a delivery was stopped; deliver once more, which finishes it, then close")
        record = read_record(state)
        require_anchored(site, record)
        if recipient not in record.recipients:
            raise _unknown(record, recipient)
        add_to_record(state, clock(), [closing_line(recipient, record.lines[-1].release)])
        anchor_record(site, read_record(state), clock)


def _require_known(record: DeliveryRecord, recipient: str, *, is_new: bool) -> None:
    """A name that is spelt otherwise than before would be told everything as if it never had been: it is asked for."""
    if is_new and recipient in record.known:
        raise UsageError(f"--to {recipient} --new: it was delivered to before; leave out --new, or take another name")
    if record.known and not is_new and recipient not in record.known:
        raise UsageError(
            f"--to {recipient}: nothing was delivered to it yet{nearest(recipient, record.known)}; known are {', '.join(record.known)}; "
            "with --new it begins as another recipient"
        )


def _unknown(record: DeliveryRecord, recipient: str) -> UsageError:
    known = f"; known are {', '.join(record.recipients)}" if record.recipients else ""
    return UsageError(f"--to {recipient}: nothing is delivered to it{nearest(recipient, record.recipients)}{known}")


def outdated_now(site: Site, recipient: str | None = None) -> tuple[Outdated, ...]:
    """Recipients who hold an outdated score, or the one alone; nothing is asked where nothing was ever delivered. Errors as above."""
    state = site.path("state")
    record = read_record(state) if record_path(state).exists() else DeliveryRecord()
    if recipient is not None and recipient not in record.known:
        raise _unknown(record, recipient)
    found = _outdated(state, record, tellable(site, withdrawn_from(site))) if record.lines else ()
    return tuple(each for each in found if recipient in (None, each.recipient))


def would_deliver(root: Path, recipient: str, *, is_new: bool = False) -> DeliveryDone:
    """What a delivery would send now; nothing is written or entered. Errors as above."""
    site = load_site(root)
    _require_name(recipient)
    state = site.path("state")
    record, now = read_record(state), tellable(site, withdrawn_from(site))
    if not note_path(state).exists():  # else the next delivery finishes one that was stopped, and anchors it
        require_anchored(site, record)
    _require_known(record, recipient, is_new=is_new)
    sent = [SentMessage(each.name, each.status, "", "", each.why) for each in due(state, record, now, recipient)]
    return DeliveryDone(tuple(sent), (), outdated=_outdated(state, record, now))


def _require(site: Site, recipient: str, folder: Path) -> None:
    _require_name(recipient)
    require_outside(site, folder)


def _require_name(recipient: str) -> None:
    if not _RECIPIENT.fullmatch(recipient):
        raise UsageError(
            f"--to {recipient}: expected up to 40 letters, figures, _ and -, the name of a system and not of a person"
        )


def _packed(
    record: DeliveryRecord, now: Tellable, recipient: str, format_name: str, found: list[DueMessage]
) -> tuple[list[Parcel], list[SentMessage]]:
    """Files with their messages and lines of the record."""
    form, first = FORMATS[format_name], len(record.lines) + 1
    names = [message_id(recipient, each.key, _number(each)) for each in found]
    files = [
        f"{recipient}_{first + (0 if form.is_joined else place):06d}_{names[0] if form.is_joined else name}.{form.ending}"
        for place, name in enumerate(names)
    ]
    pairs = [_written(now, recipient, format_name, *each) for each in zip(found, names, files, strict=True)]
    sent = [
        SentMessage(each.name, each.status, name, file, each.why)
        for each, name, file in zip(found, names, files, strict=True)
    ]
    grouped = groupby(pairs, lambda pair: pair[0].file)
    parcels = [Parcel(name, format_name, tuple(own)) for name, own in grouped]
    return parcels, sent


def _written(
    now: Tellable, recipient: str, format_name: str, each: DueMessage, name: str, file: str
) -> tuple[Delivered, KeptMessage]:
    number, replaces = _number(each), each.earlier.message_id if each.earlier else ""
    about = (recipient, each.name, number, each.status, name, report_id(each.key), replaces)
    text = FORMATS[format_name].write(ScoreMessage(*about, each.told, now.source, each.why))
    line = Delivered(
        recipient,
        each.key,
        number,
        each.status,
        format_name,
        now.source.release,
        each.basis,
        digest_of(text),
        name,
        file,
    )
    return line, KeptMessage(each.name if each.is_named else None, each.told, text)


def _number(each: DueMessage) -> int:
    return each.earlier.number + 1 if each.earlier else 1


def _outdated(state: Path, record: DeliveryRecord, now: Tellable) -> tuple[Outdated, ...]:
    return tuple(
        Outdated(recipient, each.name, each.earlier.status, each.earlier.release, each.why)
        for recipient in record.recipients
        for each in due(state, record, now, recipient)
        if each.earlier is not None
    )
