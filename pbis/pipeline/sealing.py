"""At the end of a night, and at each decision: a line in the ledger that says what the stores hold now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import warehouse
from pbis.config import Site
from pbis.core.decision import FIRST, Decision
from pbis.core.errors import IntegrityError
from pbis.core.site_time import in_utc
from pbis.pipeline.context import Night
from pbis.pipeline.decision_log import append_all
from pbis.pipeline.ledger import DECISION, NIGHT, PARTIAL, UPGRADE, LedgerLine, enter, read_ledger, shown_at
from pbis.pipeline.modes import private


def enter_decision(
    site: Site, event: Decision, require: Callable[[tuple[Decision, ...]], None] | None = None
) -> Decision:
    """Add a decision to the site's log, in UTC, and its hash to the ledger. IntegrityError where the log lacks what the ledger has seen.
    require: looks at the events that are there, between which and this one nobody adds another, and raises where it may not be."""
    return enter_decisions(site, [event], require)[0]


@private()
def enter_decisions(
    site: Site, asked: Sequence[Decision], require: Callable[[tuple[Decision, ...]], None] | None = None
) -> tuple[Decision, ...]:
    """The same of several at once, all of them or none."""
    events = [replace(one, decided_at=in_utc(one.decided_at, site.time_zone), zone=site.time_zone) for one in asked]
    entered = append_all(site.path("decisions"), events, require)
    for event in entered:
        anchor(site, event)
    return entered


def anchor(site: Site, event: Decision) -> None:
    """Add the hash of an event of the log to the ledger."""
    enter(site.path("state"), DECISION, event.moment, head_of([event]))


def head_of(events: list[Decision] | tuple[Decision, ...]) -> dict[str, Any]:
    """Number and hash of the latest decision: with it all before it, since each holds the one before."""
    last = events[-1] if events else None
    return (
        {"sequence": last.sequence, "decision_id": last.decision_id} if last else {"sequence": 0, "decision_id": FIRST}
    )


def require_anchored(events: tuple[Decision, ...], entries: tuple[LedgerLine, ...], zone: tzinfo) -> None:
    """IntegrityError where the log is not the one that the ledger saw at a decision or a night."""
    for entry, head in heads_of(entries):
        fault = contradiction(events, head)
        if fault:
            raise IntegrityError(
                f"decision log: {fault}, seen at {shown_at(entry, zone)}; nothing was published; put the log back"
            )


def heads_of(entries: tuple[LedgerLine, ...]) -> list[tuple[LedgerLine, Mapping[str, Any]]]:
    """Every head of the log that the ledger holds, with its line."""
    told = ((entry, entry.facts if entry.kind == DECISION else entry.facts.get("decisions")) for entry in entries)
    return [(entry, head) for entry, head in told if head]


def contradiction(events: tuple[Decision, ...], head: Mapping[str, Any]) -> str | None:
    """What is wrong where a log does not lead to this head; None where it does."""
    sequence = head["sequence"]
    if not sequence:
        return None
    found = events[sequence - 1].decision_id if sequence <= len(events) else "no such event"
    if found == head["decision_id"]:
        return None
    return f"event {sequence}: expected {head['decision_id'][:12]}, found {found[:14]}"


def seal_upgrade(site: Site, con: warehouse.Connection, at: datetime, applied: tuple[str, ...]) -> None:
    """After migrations, which may change rows of every night: all of them are sealed anew."""
    if any(name != "views" for name in applied) and read_ledger(site.path("state")):
        facts = {"migrations": list(applied), "version": warehouse.version_of_seals(con), "seals": warehouse.seals(con)}
        enter(site.path("state"), UPGRADE, at, facts)


def seal_night(night: Night) -> None:
    """The last thing that a night does: what it and killed nights before it wrote, the pages, the release, the decisions' head."""
    state = night.site.path("state")
    entries = read_ledger(state)
    version = warehouse.version_of_seals(night.con)
    sealed = {name for entry in entries if entry.facts.get("version") == version for name in entry.facts["seals"]}
    left = [name for name in warehouse.night_ids(night.con) if name not in sealed]
    facts = {
        "night_id": night.night_id,
        "version": version,
        "seals": warehouse.seals(night.con, left),
        "decisions": warehouse.decision_head(night.con),
        "release": release_of(night.site),
        "pages": _new_pages(night.site, entries),
    }
    enter(state, NIGHT, night.clock(), facts | ({} if night.options.takes_all else {PARTIAL: True}))


def release_of(site: Site) -> dict[str, str]:
    """Name of the newest release and the sha256 of its manifest; nothing where there is none, or one of before manifests."""
    current = site.path("releases") / "current"
    manifest = current / warehouse.MANIFEST
    return {current.readlink().name: warehouse.sha256_of(manifest)} if manifest.is_file() else {}


def pages_of(site: Site) -> dict[str, Path]:
    """Every page below reports/, by its path in there."""
    folder = site.path("reports")
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*.html")) if path.is_file()}


def _new_pages(site: Site, entries: tuple[LedgerLine, ...]) -> dict[str, str]:
    """Pages that the ledger does not have yet, and those that nights write over: index, cohort sheet, control charts."""
    known = {name for entry in entries if entry.kind == NIGHT for name in entry.facts["pages"]}
    own = pages_of(site)
    return {name: warehouse.sha256_of(path) for name, path in own.items() if name not in known or "/" not in name}
