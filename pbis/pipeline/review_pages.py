"""What pages say of the review of plates: the state, whose it is, and the signatures with their names, which stay in the laboratory."""

from __future__ import annotations

import warehouse
from pbis.core.decision import SIGN, Decision
from pbis.core.review import OTHER_EXPORT, PENDING, STALE, STATES, Review, Signature, review_of
from pbis.core.site_time import shown
from pbis.pipeline.context import Night
from pbis.pipeline.review_states import EventsSeen
from pbis.report import PlateReview, SignatureLine


def reviews(night: Night) -> dict[tuple[str, int], PlateReview]:
    """Run and plate number -> the review of the plate, of every plate that somebody has decided about as a whole."""
    if not warehouse.has_reviews(night.con):
        return {}
    events, found = EventsSeen(night), {}
    for row in warehouse.plate_reviews(night.con):
        own = events.about(row)
        now = review_of(own, row["result_hash"], events.about_earlier(row))
        if now.state != PENDING or any(event.kind == SIGN for event in own):
            found[row["run_id"], row["plate_number"]] = plate_review(now)
    return found


def plate_review(now: Review) -> PlateReview:
    """The same in words."""
    return PlateReview(now.state, _sentence(now), now.signed, tuple(map(_line, now.signatures)))


def _sentence(now: Review) -> str:
    if now.event is None:
        return f"{STATES[PENDING].capitalize()}."
    said = f"Decision {now.event.sequence} {now.event.words}{_version(now.event)}."
    if now.answer is not None:
        said += f" It was run again as {now.answer.facts['answered_plate']}."
    if now.is_other_export:
        return f"{OTHER_EXPORT.capitalize()}: look at it again. {said}"
    return said + (" Its results, verdicts or limits are others since: look at it again." if now.state == STALE else "")


def _version(event: Decision) -> str:
    code = event.facts.get("code")
    return f", under version {code} of the program" if code else ""


def _line(one: Signature) -> SignatureLine:
    at = shown(one.event.moment, one.event.zone)
    own = (one.signature_id, one.name, one.account, one.role, one.meaning)
    return SignatureLine(*own, at, one.code, one.results, one.page, one.is_current)
