"""Decisions of the log, copied into the warehouse so that SQL sees them; what was copied once must stay in the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from pbis.core.decision import Decision
from pbis.core.errors import IntegrityError
from warehouse.append import Connection, append_row
from warehouse.connect import transaction


def load_decisions(con: Connection, events: Sequence[Decision], night_id: str) -> int:
    """Append the events that are new; how many. IntegrityError where the log lacks, or tells otherwise, what a night has seen."""
    known = con.execute("select sequence, decision_id from store.decision order by sequence").fetchall()
    for (sequence, decision_id), event in zip(known, events, strict=False):
        if event.decision_id != decision_id:
            raise IntegrityError(f"decision log, event {sequence}: it is not the one that an earlier night has seen")
    if len(events) < len(known):
        raise IntegrityError(
            f"decision log: it ends at event {len(events)}, but an earlier night has seen {len(known)}; put the log back"
        )
    with transaction(con):
        for event in events[len(known) :]:
            append_row(con, "decision", _row(event) | {"night_id": night_id})
    return len(events) - len(known)


def _row(event: Decision) -> dict[str, object]:
    row = asdict(event)
    return row | row.pop("target")
