"""The ledger of a site: a line a night, a decision, an accepted fall and a page beside the nights, each chained to the one before it by a hash.

It says what stores held when they were left, so that a change between two nights has something to be held against. It holds
counts, hashes and names of nights: nothing of a patient. Whoever changes a store and the ledger with it is still contradicted by
the heads in releases and pages; whoever changes all of them, by a head that was printed or mailed elsewhere.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from pbis.core.decision import FIRST
from pbis.core.errors import IntegrityError
from pbis.core.site_time import in_order, shown

NIGHT, DECISION, UPGRADE, ERASURE, DELIVERY = "night", "decision", "upgrade", "erasure", "delivery"
PAGE = "page"  # one that a command wrote beside the nights
PAGED = (NIGHT, ERASURE, PAGE)  # lines that say of pages what they held
PARTIAL = "is_partial"  # among the facts of a night that left files of the inbox to a later one
_NAME = "ledger.jsonl"


@dataclass(frozen=True)
class LedgerLine:
    """A line: what it is of, when it was written (UTC, and says so; without an offset site wall time, as earlier
    builds wrote it), what it says, and the hashes of the line before and of itself."""

    kind: str
    at: str
    facts: Mapping[str, Any]
    previous: str
    entry_id: str


def ledger_path(state: Path) -> Path:
    """Where a site's ledger lies."""
    return state / _NAME


def read_ledger(state: Path) -> tuple[LedgerLine, ...]:
    """All lines; none where there is no ledger yet. IntegrityError names the first that does not follow from the one before."""
    return read_lines(ledger_path(state))


def read_lines(path: Path) -> tuple[LedgerLine, ...]:
    """The same of any record that is chained as the ledger is."""
    return _chain(path, path.read_bytes()) if path.exists() else ()


def moments_of(entries: Sequence[LedgerLine], zone: tzinfo) -> list[datetime]:
    """When each line was written, in UTC. zone: of lines that say none."""
    return in_order((datetime.fromisoformat(entry.at) for entry in entries), zone)


def shown_at(entry: LedgerLine, zone: tzinfo) -> str:
    """When the line was written, for people of the site."""
    return shown(datetime.fromisoformat(entry.at), zone)


def enter(state: Path, kind: str, at: datetime, facts: Mapping[str, Any]) -> LedgerLine:
    """Add a line; durable when this returns. What a kill left of a half line is cut off first. at: with its zone. IntegrityError as
    above."""
    return add_lines(ledger_path(state), kind, at, [facts])[0]


def add_lines(path: Path, kind: str, at: datetime, rows: Sequence[Mapping[str, Any]]) -> tuple[LedgerLine, ...]:
    """Add lines to the ledger, or to a record that is chained as it is; all of them durable when this returns, the first of them where it is
    killed. Raises as above."""
    if at.tzinfo is None:
        raise ValueError(f"a line of the ledger needs a moment with its zone, found {at}")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    added: list[LedgerLine] = []
    with path.open("ab+") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)  # a decision may be entered while a night runs
        file.seek(0)
        data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        entries = _chain(path, whole)
        previous = entries[-1].entry_id if entries else FIRST
        for facts in rows:
            added.append(_entry(kind, at.astimezone(UTC).isoformat(" "), facts, previous))
            previous = added[-1].entry_id
        file.truncate(len(whole))
        file.write(b"".join(map(_line, added)))
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o600)
    return tuple(added)


def _chain(path: Path, data: bytes) -> tuple[LedgerLine, ...]:
    found: list[LedgerLine] = []
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), 1):
        previous = found[-1].entry_id if found else FIRST
        try:
            row = json.loads(line)
            entry = LedgerLine(row["kind"], row["at"], row["facts"], row["previous"], row["entry_id"])
            is_next = entry == _entry(entry.kind, entry.at, entry.facts, previous)
        except (ValueError, KeyError, TypeError):
            is_next = False
        if not is_next:
            raise IntegrityError(
                f"{path}, line {number}: expected the line that follows from the one before it, found another; "
                f"the {path.stem.replace('_', ' ')} was changed: put it back from a backup"
            )
        found.append(entry)
    return tuple(found)


def _entry(kind: str, at: str, facts: Mapping[str, Any], previous: str) -> LedgerLine:
    content = {"kind": kind, "at": at, "facts": facts, "previous": previous}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
    return LedgerLine(kind, at, facts, previous, digest)


def _line(entry: LedgerLine) -> bytes:
    row = {"kind": entry.kind, "at": entry.at, "facts": entry.facts, "previous": entry.previous}
    return (json.dumps(row | {"entry_id": entry.entry_id}, sort_keys=True, ensure_ascii=True) + "\n").encode()
