"""The decision log for people who audit: every event as a table, and whether the log is the one that was entered."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

import warehouse
from pbis.config import Site
from pbis.core.decision import ERASE, FIRST, Decision, clock_behind, standing
from pbis.core.errors import IntegrityError, SiteBusy, UsageError
from pbis.core.site_time import shown
from pbis.core.words import nearest
from pbis.files.temporary import temporary_folder
from pbis.pipeline.decision_log import log_of, missing_triggers, read_log
from pbis.pipeline.faults import SiteFault
from pbis.pipeline.ledger import LedgerLine, read_ledger
from pbis.pipeline.sealing import contradiction, head_of, heads_of
from pbis.pipeline.verify_log import log_faults
from pbis.pipeline.verify_review import signature_faults, stale_signatures

_MAILED = re.compile(r"(?:event (\d+), )?([0-9a-f]{64})")
_LEAST = 8  # characters of a hash that name a plate
_NAMES = (
    "sequence", "stands", "decided_at", "clock", "author", "name", "role", "kind", "meaning", "plate", "plate_number", "about", "rule",
    "cause", "reason", "reverses", "told", "plate_content", "decision_id", "previous_id",
)  # fmt: skip


@dataclass(frozen=True)
class Audited:
    """What was found of the log. heads: places that know how it goes on, and agree or are among the faults; notes: what could not be looked
    at, and signatures that are stale, which is no fault."""

    events: int
    heads: int
    faults: tuple[SiteFault, ...]
    notes: tuple[str, ...]


def audit_table(site: Site, plate: str = "") -> pa.Table:
    """Every event in its order, or those about a plate: its name, or the first characters of its run_id or content. UsageError where
    no event is about it."""
    events = log_of(site)
    left, behind = {one.sequence for one in standing(events)}, clock_behind(events)
    wanted = [one for one in events if not plate or _is_about(one, plate)]
    if plate and not wanted:
        known = sorted({one.target.plate for one in events})
        raise UsageError(f"no decision is about a plate called {plate!r}{nearest(plate, known)}")
    rows = [_row(one, one.sequence in left, one.sequence in behind) for one in wanted]
    return pa.table({name: pa.array([row[name] for row in rows], _TYPES.get(name, pa.string())) for name in _NAMES})


_TYPES = dict.fromkeys(("sequence", "plate_number", "reverses"), pa.int64())


def audit_json(table: pa.Table) -> str:
    """The table as JSON, an object an event."""
    return json.dumps(table.to_pylist(), indent=2, ensure_ascii=False) + "\n"


def audit(site: Site, backups: Sequence[Path] = (), mailed: Sequence[str] = ()) -> Audited:
    """Chain, triggers and every place that knows a head of the log: ledger, warehouse, releases, pages, these backups, these words of messages;
    then the signatures. UsageError for a file that is no backup, and for words that are no head. Nothing is changed, and no lock is taken: where a night is at work, what it holds is not looked at, and a note says so."""
    notes: list[str] = []
    entries = read_ledger(site.path("state"))
    faults = [
        SiteFault("decisions", f"trigger {name}", "in the log", "none")
        for name in missing_triggers(site.path("decisions"))
    ]
    faults += _held_against(site, notes)
    try:
        events = log_of(site)
    except IntegrityError:  # told as a fault already
        events = ()
    for path in backups:
        fault = contradiction(events, head_of(_log_in(site, path)))
        if fault:
            faults.append(SiteFault("decisions", f"log, as backup {path.name} knows it", "the same events", fault))
    faults += [fault for words in mailed for fault in _as_mailed(words, events, entries)]
    heads = len(heads_of(entries)) + len(backups) + len(mailed)
    return Audited(len(events), heads, tuple(faults), tuple(notes))


def _as_mailed(words: str, events: tuple[Decision, ...], entries: tuple[LedgerLine, ...]) -> Iterator[SiteFault]:
    """`event 3, HASH` is a head of the decision log, `HASH` a line of the ledger, as the message of a night has them."""
    found = _MAILED.fullmatch(words.strip().casefold())
    if not found:
        raise UsageError(
            f"--mailed {words}: expected `event N, HASH` or `HASH` with 64 characters, as a message has them"
        )
    number, hashed = found.groups()
    if number is None:
        if hashed not in (FIRST, *(entry.entry_id for entry in entries)):
            yield SiteFault("state", "ledger, as a message knows it", f"a line {hashed[:12]}", "none")
        return
    fault = contradiction(events, {"sequence": int(number), "decision_id": hashed})
    if fault:
        yield SiteFault("decisions", "log, as a message knows it", "the same events", fault)


def _log_in(site: Site, backup: Path) -> tuple[Decision, ...]:
    """The log that a backup holds, copied out of it; no event where it holds none."""
    name = str(site.path("decisions").relative_to(site.root))
    try:
        with tarfile.open(backup) as tar, temporary_folder("audit") as folder:
            source = tar.extractfile(name) if name in tar.getnames() else None
            if source is None:
                return ()
            target = folder / site.path("decisions").name
            with source, target.open("xb") as file:
                shutil.copyfileobj(source, file)
            return read_log(target, site.time_zone)
    except (OSError, tarfile.TarError) as error:
        raise UsageError(f"{backup}: expected a backup of this site (pbis backup); {error}") from None


def _held_against(site: Site, notes: list[str]) -> Iterator[SiteFault]:
    entries, path = read_ledger(site.path("state")), site.path("warehouse")
    if not path.is_file():
        notes.append("no night has been here yet: there is no warehouse to hold the log against")
        yield from log_faults(site, entries, None)
        return
    try:
        con = warehouse.connect(path, read_only=True)
    except SiteBusy:
        notes.append("a night is at work: warehouse and signatures were not looked at")
        yield from log_faults(site, entries, None)
        return
    with closing(con):
        found = list(log_faults(site, entries, warehouse.decision_head(con)))
        yield from found
        if found or warehouse.is_of_an_earlier_build(con):
            return
        yield from signature_faults(site, con, log_of(site))
        notes += stale_signatures(con)


def _is_about(one: Decision, plate: str) -> bool:
    return one.target.plate == plate or (len(plate) >= _LEAST and one.target.plate_content.startswith(plate))


def _row(one: Decision, is_standing: bool, is_behind: bool) -> dict[str, Any]:
    own = ("sequence", "author", "kind", "rule", "cause", "reason", "reverses", "decision_id", "previous_id")
    facts = {} if one.kind == ERASE else one.facts
    words = {"stands": "yes" if is_standing else "", "clock": "clock_behind" if is_behind else ""}
    said = {name: facts.get(name) if isinstance(facts.get(name), str) else None for name in ("name", "role", "meaning")}
    target = {
        "plate": one.target.plate,
        "plate_number": one.target.plate_number,
        "plate_content": one.target.plate_content,
    }
    told = None if one.kind == ERASE else one.told  # hashes, by the thousand
    return (
        {name: getattr(one, name) for name in own}
        | words
        | said
        | target
        | {"decided_at": shown(one.moment, one.zone), "about": str(one.target), "told": told}
    )
