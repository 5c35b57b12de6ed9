"""Decisions of the log, copied into the warehouse so that SQL sees them; what was copied once must stay in the log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pbis.core.decision import ANNOTATE, FIRST, Decision
from pbis.core.errors import IntegrityError
from pbis.core.site_time import stored
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


def last_decision(con: Connection) -> str | None:
    """decision_id of the latest event that a night has seen: with it all before it, since each holds the one before."""
    row = con.execute("select arg_max(decision_id, sequence) from store.decision").fetchone()
    return row[0] if row else None


def decision_head(con: Connection) -> dict[str, Any]:
    """Number and decision_id of the latest event that a night has seen; 0 and zeros where there is none."""
    row = con.execute("select sequence, decision_id from store.decision order by sequence desc limit 1").fetchone()
    return {"sequence": row[0], "decision_id": row[1]} if row else {"sequence": 0, "decision_id": FIRST}


def decision_events(con: Connection) -> list[dict[str, Any]]:
    """Every event that a night has seen, in the order of the log, each with the number of the one that reversed it."""
    what = ("sequence", "decision_id", "decided_at", "author", "kind", "plate_content", "plate_number", "well")
    names = (*what, "replicate_group", "analyte", "rule", "cause", "reason", "reversed_by")
    rows = con.execute(f"select {', '.join(names)} from decision order by sequence").fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


def chart_notes(con: Connection) -> list[dict[str, Any]]:
    """Standing notes on charts of controls whose plate is known, in the order of the log; control: qc1 or qc2."""
    names = ("sequence", "run_id", "plate", "plate_number", "analyte", "author", "decided_at", "reason", "told")
    query = f"select {', '.join(names)} from decision where kind = $1 and is_standing and run_id is not null order by sequence"
    rows = [dict(zip(names, row, strict=True)) for row in con.execute(query, [ANNOTATE]).fetchall()]
    return [row | {"control": json.loads(row.pop("told"))["control"]} for row in rows]


def _row(event: Decision) -> dict[str, object]:
    row = asdict(event)
    del row["zone"]
    target: dict[str, object] = row.pop("target")
    return row | target | {"decided_at": stored(event.moment)}
