"""What was delivered to whom: a chained line a message in `state/delivery_record.jsonl`, and its text in `state/delivered/`.

A line names nobody: subjects stand there by their keyed hash, as in the log of withdrawals (ADR 14), so that it can stay for ever. Study id,
what was told and the bytes of the message lie beside it, a file a message, and go when the subject withdraws consent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from pbis.core.decision import FIRST
from pbis.core.errors import IntegrityError
from pbis.core.withdrawn import Withdrawn, hash_of
from pbis.deliver import ToldScore, as_plain, from_plain
from pbis.files.table_out import replace_whole
from pbis.pipeline.ledger import DELIVERY, LedgerLine, add_lines, read_lines, shown_at
from pbis.pipeline.withdrawals import key_path

_NAME, _KEPT = "delivery_record.jsonl", "delivered"
# Bases of messages that take back what was told: there is no score any more, consent was withdrawn.
GONE, CONSENT = "gone", "consent"
CLOSED = "closed"  # status of a line without a message: the recipient gets no more, until it is told something again


@dataclass(frozen=True)
class Delivered:
    """subject: keyed hash of the study id; number: of the recipient's messages about the subject; basis: keyed hash of what was told that
    counts (pbis.deliver.basis), or why it was taken back; message: sha256 of its text; file: that it was handed over in."""

    recipient: str
    subject: str
    number: int
    status: str
    format: str
    release: str
    basis: str
    message: str
    message_id: str
    file: str


@dataclass(frozen=True)
class DeliveryRecord:
    """lines and entries: the same lines, as they say and as they are chained; key: that names are hashed with, b'' where there is none."""

    lines: tuple[Delivered, ...] = ()
    entries: tuple[LedgerLine, ...] = ()
    key: bytes = b""

    @property
    def head(self) -> dict[str, Any]:
        """Number and hash of the latest line: with it all before it."""
        return {"sequence": len(self.lines), "entry_id": self.entries[-1].entry_id if self.entries else FIRST}

    @property
    def recipients(self) -> tuple[str, ...]:
        """Those who get messages still."""
        latest = {line.recipient: line for line in self.lines}
        return tuple(sorted(name for name, line in latest.items() if line.status != CLOSED))

    @property
    def known(self) -> tuple[str, ...]:
        """Everybody to whom anything was ever delivered."""
        return tuple(sorted({line.recipient for line in self.lines}))

    @property
    def messages(self) -> tuple[Delivered, ...]:
        """The lines that stand for a message."""
        return tuple(line for line in self.lines if line.status != CLOSED)

    def last(self, recipient: str) -> dict[str, Delivered]:
        """The latest message to the recipient about each subject, by the subject's hash."""
        return {line.subject: line for line in self.messages if line.recipient == recipient}

    def hashed(self, text: str) -> str:
        return hash_of(self.key, text)


def record_path(state: Path) -> Path:
    """Where a site's record lies."""
    return state / _NAME


def kept_folder(state: Path) -> Path:
    """Where the texts of messages lie."""
    return state / _KEPT


def read_record(state: Path) -> DeliveryRecord:
    """The record; an empty one where nothing was delivered yet. IntegrityError where its chain is broken, or the key of its names is gone."""
    entries, path = read_lines(record_path(state)), key_path(state)
    if entries and not path.exists():
        raise IntegrityError(
            f"{path}: expected the key by which the delivery record knows its subjects, found no file; nothing was delivered, since all "
            "would be told twice; put it back from a backup"
        )
    key = bytes.fromhex(path.read_text(encoding="ascii").strip()) if path.exists() else b""
    return DeliveryRecord(tuple(Delivered(**entry.facts) for entry in entries), entries, key)


def add_to_record(state: Path, at: datetime, lines: Sequence[Delivered]) -> None:
    """Add lines; durable when this returns."""
    add_lines(record_path(state), DELIVERY, at, [asdict(line) for line in lines])


def closing_line(recipient: str, release: str) -> Delivered:
    """The line by which a recipient gets no more messages."""
    return Delivered(recipient, "", 0, CLOSED, "", release, CLOSED, "", "", "")


def unanchored(record: DeliveryRecord, ledger: Iterable[LedgerLine], zone: tzinfo) -> str | None:
    """What is wrong where the record is not the one that the ledger saw; None where it is."""
    seen = [entry for entry in ledger if entry.kind == DELIVERY]
    for entry in seen:
        number, expected = int(entry.facts["sequence"]), entry.facts["entry_id"]
        found = record.entries[number - 1].entry_id if number <= len(record.entries) else "no such line"
        if found != expected:
            return f"line {number}: expected {expected[:12]}, found {found[:12]}, seen at {shown_at(entry, zone)}"
    known = max((int(entry.facts["sequence"]) for entry in seen), default=0)
    if len(record.lines) > known:
        return f"line {known + 1}: expected no line that the ledger does not know, found {len(record.lines)} lines"
    return None


@dataclass(frozen=True)
class KeptMessage:
    """subject_id: null in a message that names nobody; told: null where it takes back what was told."""

    subject_id: str | None
    told: ToldScore | None
    text: str


def digest_of(text: str) -> str:
    """sha256 of a message."""
    return hashlib.sha256(text.encode()).hexdigest()


def kept_path(state: Path, digest: str) -> Path:
    return kept_folder(state) / f"{digest}.json"


def keep(state: Path, message: KeptMessage) -> None:
    """Lay a message beside the record; durable when this returns."""
    plain = None if message.told is None else as_plain(message.told)
    row = {"subject_id": message.subject_id, "told": plain, "text": message.text}
    kept_folder(state).mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps(row, sort_keys=True, ensure_ascii=True) + "\n"
    replace_whole(kept_path(state, digest_of(message.text)), text, 0o600)


def read_kept(state: Path, digest: str) -> KeptMessage | None:
    """A message as it was delivered; None where it is kept no more. IntegrityError where it is another."""
    path = kept_path(state, digest)
    if not path.exists():
        return None
    try:
        row: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        told = None if row["told"] is None else from_plain(row["told"])
        message = KeptMessage(row["subject_id"], told, row["text"])
    except (ValueError, KeyError, TypeError):
        raise IntegrityError(f"{path}: expected a message that was delivered, found something else") from None
    if digest_of(message.text) != digest:
        raise IntegrityError(
            f"{path}: expected the message with sha256 {digest[:12]}, found {digest_of(message.text)[:12]}; put it back from a backup"
        )
    return message


def forget(state: Path, withdrawn: Withdrawn) -> int:
    """Remove what is kept of messages that name subjects who withdrew consent; how many there were. The record keeps its lines."""
    if not withdrawn.subjects or not record_path(state).exists():
        return 0
    told = read_record(state).messages
    mine = [line for line in told if line.subject in withdrawn.subjects and line.basis != CONSENT]
    found = [path for line in mine if (path := kept_path(state, line.message)).exists()]
    for path in found:
        path.unlink()
    return len(found)
