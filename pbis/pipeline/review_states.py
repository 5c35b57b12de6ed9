"""Review of plates in a night: what each plate's results are called by, and the state that follows from what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import warehouse
from pbis.core.decision import Decision
from pbis.core.review import Review, Signature, by_target, of_plate, review_of
from pbis.core.site_time import stored
from pbis.pipeline.context import Night
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.stages import Followed

Row = dict[str, Any]
_TOLD = ("state", "decided_by", "exclusion_count", "signed", "answered_by_run_id")


def review_plates(night: Night, before: Followed) -> Followed:
    """Keep the state of each plate where it is another than the stored one, and signatures that are new. The stage is as it was."""
    warehouse.hash_plates(night.con, night.night_id, night.site.file.runner.shard_size)
    keep_reviews(night)
    warehouse.let_go(night.con)  # what was read to follow trends
    return before


def keep_reviews(night: Night) -> None:
    """Append what is another than the store has it; nothing is asked where nobody has decided about a plate as a whole."""
    if not warehouse.has_reviews(night.con):
        return
    events, rows = EventsSeen(night), warehouse.plate_reviews(night.con)
    runs = {row["plate_content"]: row["run_id"] for row in rows} | {row["run_id"]: row["run_id"] for row in rows}
    states, signatures = [], []
    for row in rows:
        now = review_of(events.about(row), row["result_hash"], events.about_earlier(row))
        told = _state(row, now, runs)
        if any(told[name] != row["review_state" if name == "state" else name] for name in _TOLD):
            states.append(told)
        signatures += [_signature(row, one) for one in now.signatures]
    warehouse.load_reviews(night.con, night.night_id, states, signatures)


class EventsSeen:
    """Events of the log as far as the night has taken them in, by plate."""

    def __init__(self, night: Night) -> None:
        known = warehouse.decision_head(night.con)["sequence"]
        events = log_of(night.site) if night.supposed is None else night.supposed
        self._by_target = by_target(events[:known])

    def about(self, row: Row) -> Sequence[Decision]:
        """Those about the plate of a row of warehouse.plate_reviews, in their order."""
        return of_plate(self._by_target, (row["plate_content"], row["run_id"]), row["plate_number"])

    def about_earlier(self, row: Row) -> Sequence[Decision]:
        """Those about exports with other readings that the row's export replaced."""
        return of_plate(self._by_target, row["earlier"], row["plate_number"])


def _state(row: Row, now: Review, runs: dict[str, str]) -> Row:
    event = now.event
    facts = event.facts if event is not None else {}
    return {
        "run_id": row["run_id"],
        "plate_number": row["plate_number"],
        "state": now.state,
        "decided_by": None if event is None else event.sequence,
        "reviewed_at": None if event is None else stored(event.moment),
        "exclusion_count": len(now.exclusions),
        "signed": now.signed,
        "accepted_hash": facts.get("results"),
        "accepted_version": facts.get("code"),
        "answered_by_run_id": None if now.answer is None else runs.get(now.answer.facts["answered_by"]),
    }


def _signature(row: Row, one: Signature) -> Row:
    return {
        "sequence": one.event.sequence,
        "signature_id": one.signature_id,
        "run_id": row["run_id"],
        "plate_number": row["plate_number"],
        "meaning": one.meaning,
        "role": one.role,
        "signed_at": stored(one.event.moment),
        "result_hash": one.results,
        "page_hash": one.page,
        "config_hash": one.configuration,
        "code_version": one.code,
    }
