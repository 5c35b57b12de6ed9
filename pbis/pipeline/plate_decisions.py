"""Decisions about one plate from what a person saw of it: several at once, and none where somebody else decided meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pbis.config import load_site
from pbis.core.decision import REVERSE, Decision
from pbis.core.errors import UsageError
from pbis.core.review import about, require_head
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.sealing import enter_decisions

Row = Mapping[str, Any]  # of queries/desk_plates.sql


def events_about(root: Path, plate: Row) -> tuple[Decision, ...]:
    """Everything that was ever decided about the plate, in the order of the log."""
    return _about(log_of(load_site(root)), plate)


def decide_all(
    root: Path, plate: Row, requests: Sequence[Request], clock: Callable[[], datetime], seen: str
) -> tuple[Decision, ...]:
    """Enter decisions about the plate, all of them or none. seen: core.review.head of its events as the person saw it. Conflict, with what is newer, where it is
    another now; UsageError where one means nothing there."""
    _require_about(root, plate, requests)
    author = next((one.author for one in requests), "")
    require_head(events_about(root, plate), seen, author)
    asked = [decide(root, one, clock, is_dry_run=True).decision for one in requests]
    return enter_decisions(load_site(root), asked, lambda events: require_head(_about(events, plate), seen, author))


def _about(events: Sequence[Decision], plate: Row) -> tuple[Decision, ...]:
    return about(events, (plate["plate_content"], plate["run_id"]), plate["plate_number"])


def _require_about(root: Path, plate: Row, requests: Sequence[Request]) -> None:
    """A reversal names a decision by its number alone: it must be one about this plate."""
    own = {one.sequence for one in events_about(root, plate)}
    for one in requests:
        if one.kind == REVERSE and one.reverses not in own:
            raise UsageError(f"decision {one.reverses} is none about {plate['plate']}")
