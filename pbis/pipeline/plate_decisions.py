"""Decisions about one plate from what a person saw of it: several at once, and none where somebody else decided meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pbis.config import load_site
from pbis.core.decision import LATER, REVERSE, Decision
from pbis.core.errors import Conflict, UsageError
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.sealing import enter_decisions

Row = Mapping[str, Any]  # of queries/desk_plates.sql


def events_about(root: Path, plate: Row) -> tuple[Decision, ...]:
    """Everything that was ever decided about the plate, in the order of the log."""
    return _about(log_of(load_site(root)), plate)


def head_of_plate(events: Sequence[Decision]) -> str:
    """What names the state of the decisions that a person sees: the last of them; empty for none."""
    return events[-1].decision_id if events else ""


def decide_all(
    root: Path, plate: Row, requests: Sequence[Request], clock: Callable[[], datetime], seen: str
) -> tuple[Decision, ...]:
    """Enter decisions about the plate, all of them or none. seen: head_of_plate as the person saw it. Conflict, with what is newer, where it is
    another now; UsageError where one means nothing there."""
    _require_about(root, plate, requests)
    require_seen(events_about(root, plate), seen)
    asked = [decide(root, one, clock, is_dry_run=True).decision for one in requests]
    return enter_decisions(load_site(root), asked, lambda events: require_seen(_about(events, plate), seen))


def require_seen(events: Sequence[Decision], seen: str) -> None:
    """Conflict where the last event about the plate is not the one that was seen."""
    if head_of_plate(events) == seen:
        return
    at = next((place for place, one in enumerate(events, 1) if one.decision_id == seen), 0)
    newer = "; ".join(f"decision {one.sequence}: {one.kind} {one.target}, {one.words}" for one in events[at:])
    raise Conflict(
        f"somebody else decided about this plate since you opened it, and nothing of yours was entered. New: {newer or 'another log'}"
    )


def _about(events: Sequence[Decision], plate: Row) -> tuple[Decision, ...]:
    names = {plate["plate_content"], plate["run_id"]}
    number = plate["plate_number"]
    return tuple(
        one
        for one in events
        if one.target.plate_content in names and one.target.plate_number == number and one.kind != LATER
    )


def _require_about(root: Path, plate: Row, requests: Sequence[Request]) -> None:
    """A reversal names a decision by its number alone: it must be one about this plate."""
    own = {one.sequence for one in events_about(root, plate)}
    for one in requests:
        if one.kind == REVERSE and one.reverses not in own:
            raise UsageError(f"decision {one.reverses} is none about {plate['plate']}")
