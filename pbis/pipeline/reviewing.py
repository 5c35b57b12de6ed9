"""Reviewing a plate as a whole: accept, reject, order its repeat, sign. What is looked at is the newest release, as a person sees it.

An acceptance and a signature keep what they were made from. They are refused where a decision about the plate is not in the results yet,
since nobody has seen those; and, at the moment of entering, where somebody else decided about the plate meanwhile.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pbis.config import Site, load_site
from pbis.core.decision import ACCEPT, REPEAT, SIGN, Decision, Target, chained
from pbis.core.errors import Conflict, UsageError
from pbis.core.review import (
    REJECTED,
    REPEAT_ORDERED,
    Review,
    about,
    head,
    require_allowed,
    require_head,
    review_of,
    unseen,
)
from pbis.core.words import called_plate, plural
from pbis.pipeline.account_store import printed_names
from pbis.pipeline.deciding import HELD, Request, target_of
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.plate_page import page_of_plate
from pbis.pipeline.published import run_query
from pbis.pipeline.reviews_now import earlier_events
from pbis.pipeline.sealing import enter_decision
from pbis.report.page_hash import page_hashes

Log = tuple[Decision, ...]
Row = dict[str, Any]
_BASIS = """
    select
        plate.state, plate.plate_content, plate.assay_id, plate.config_hash, plate.code_version, plate.result_hash,
        (select coalesce(max(sequence), 0) from decision) as known
    from plate
    where plate.run_id = '{}' and plate.plate_number = {}
"""
_SHARED = """
    select
        count(distinct mine.specimen_id) filter (other.plate_number = {3}) as shared, count(distinct mine.specimen_id) as own,
        coalesce(list_sort(list(distinct other.plate_number) filter (other.plate_number is not null)), []) as holding
    from store.well as mine left join store.well as other on other.specimen_id = mine.specimen_id and other.assay_id = '{2}'
    where mine.assay_id = '{0}' and mine.plate_number = {1} and mine.specimen_id is not null
"""
_NAMES = "select distinct plate from plate where plate is not null"
_LONGEST_NUMBER = 5  # digits of a plate within a batch: no batch has so many; own choice


@dataclass(frozen=True)
class PlateSeen:
    """A plate as its newest release and the log show it. head: decision_id of the last event about it, for `expected_head` of a request;
    waiting: events that the results do not have yet."""

    run_id: str
    target: Target
    review: Review
    head: str
    waiting: Log
    facts: Row

    @property
    def names(self) -> tuple[str, str]:
        """What decisions call the plate: its content, which a held twin shares, and its run."""
        return str(self.facts["plate_content"]), self.run_id

    @property
    def results(self) -> str:
        """Hash of its results, verdicts and limits."""
        return str(self.facts["result_hash"])


@dataclass(frozen=True)
class Reviewed:
    """The event as it would be or was entered, and the plate's review before and after it."""

    decision: Decision
    before: Review
    after: Review


def look(root: Path, request: Request) -> PlateSeen:
    """What stands about the plate that a request names. UsageError where no published plate, or more than one, is called so."""
    run_id, target = target_of(root, request)
    return _seen(load_site(root), root, run_id, target)


def review(root: Path, request: Request, clock: Callable[[], datetime], *, is_dry_run: bool = False) -> Reviewed:
    """Enter an acceptance, a rejection, an ordered repeat or a signature, or only say what it would be.

    request.expected_head, request.expected_results: what was the last event about the plate, and the hash of its results, when it was looked at;
    Conflict where they are others now. request.signer: of
    a signature, who has just shown the password. UsageError where the event means nothing in the plate's state, or its author may not enter it.
    """
    site = load_site(root)
    seen = look(root, request)
    told = _told(site, root, seen, request)
    words = None if told is None else json.dumps(told, sort_keys=True, ensure_ascii=False)
    event = Decision(
        0,
        clock(),
        request.author,
        request.kind,
        seen.target,
        request.cause,
        request.reason,
        told=words,
    )
    earlier = earlier_events(root, seen.run_id, seen.target.plate_number)
    printed = printed_names(site.path("state")) if request.kind == SIGN else {}
    before: list[Review] = []

    def require(events: Log) -> None:
        mine = about(events, seen.names, seen.target.plate_number)
        require_head(mine, request.expected_head, request.author)
        _require_looked_at(event, seen, request.expected_results)
        _require_seen(mine, event, seen)
        require_allowed(mine, event, seen.results, earlier, printed)
        before.append(review_of(mine, seen.results, earlier, seen.facts["known"]))

    if is_dry_run:
        log = log_of(site)
        require(log)
        after = _after(site, seen, replace(event, sequence=chained(log, event).sequence), earlier)
        return Reviewed(event, before[-1], after)
    entered = enter_decision(site, event, require)
    return Reviewed(entered, before[-1], _seen(site, root, seen.run_id, seen.target).review)


def _seen(site: Site, root: Path, run_id: str, target: Target) -> PlateSeen:
    (facts,) = run_query(root, _BASIS.format(run_id, target.plate_number)).to_pylist()
    mine = about(log_of(site), (facts["plate_content"], run_id), target.plate_number)
    earlier = earlier_events(root, run_id, target.plate_number)
    own = review_of(mine, facts["result_hash"], earlier, facts["known"])
    return PlateSeen(run_id, target, own, head(mine), unseen(mine, facts["known"]), facts)


def _after(site: Site, seen: PlateSeen, event: Decision, earlier: Log) -> Review:
    mine = about(log_of(site), seen.names, seen.target.plate_number)
    return review_of((*mine, event), seen.results, earlier)


def _require_seen(mine: Log, event: Decision, seen: PlateSeen) -> None:
    if event.kind not in (ACCEPT, SIGN):
        return
    if seen.facts["state"] == HELD:
        raise UsageError(
            f"{event.target} is held until a person decides which of its twins is right: `pbis decide release` first"
        )
    left = unseen(mine, seen.facts["known"])
    if left:
        raise UsageError(
            f"decision {left[0].sequence} ({left[0].kind} {left[0].target}) is not in the results of {event.target} yet, and nobody has seen "
            "those: look again after the next night"
        )


def _require_looked_at(event: Decision, seen: PlateSeen, expected: str | None) -> None:
    """No event tells of a corrected layout or another file: what a person looked at is known by the hash of the results alone."""
    if event.kind in (ACCEPT, SIGN) and expected not in (None, seen.results):
        raise Conflict(
            f"the results, verdicts or limits of {event.target} are others than those that were looked at, and nothing was entered: they were "
            "computed anew meanwhile"
        )


def _told(site: Site, root: Path, seen: PlateSeen, request: Request) -> Row | None:
    """What the event keeps beside its words."""
    if request.kind == REPEAT:
        return _answer(site, root, seen, request) if request.answered_by else None
    if request.kind not in (ACCEPT, SIGN):
        return None
    facts = seen.facts
    page = page_of_plate(site, seen.target.plate, seen.target.plate_number, seen.run_id, facts["assay_id"])
    basis = {"results": seen.results, "configuration": facts["config_hash"], "code": facts["code_version"]}
    basis |= {} if page is None else {"page": page_hashes(page.read_text("utf-8")).plate, "page_file": page.name}
    return basis if request.kind == ACCEPT else basis | _signed(seen, request, page)


def _signed(seen: PlateSeen, request: Request, page: Path | None) -> Row:
    person = request.signer
    if person is None:
        raise UsageError("a signature needs the password of its author's account")
    if page is None:
        raise UsageError(
            f"{seen.target} has no page yet, and what nobody can look at is not signed: look again after the next night"
        )
    told = {"name": person.name, "role": str(person.role), "meaning": request.meaning or ""}
    return told | {"id": secrets.token_hex(16)}  # all that a release says of who


def _answer(site: Site, root: Path, seen: PlateSeen, request: Request) -> Row:
    """The plate that was run instead, which holds at least one of the specimens, and whose results are used."""
    run_id, target = target_of(root, replace(request, **_named(root, request.answered_by)))
    name = called_plate(target.plate, target.plate_number)
    if (run_id, target.plate_number) == (seen.run_id, seen.target.plate_number):
        raise UsageError(f"{seen.target} cannot answer for itself: name the plate that was run instead")
    state = _seen(site, root, run_id, target).review.state
    if state in (REJECTED, REPEAT_ORDERED):
        raise UsageError(
            f"{name} is {state.replace('_', ' ')} itself, and none of its results is used: it answers for nothing"
        )
    (other,) = run_query(root, _BASIS.format(run_id, target.plate_number)).to_pylist()
    asked = seen.facts["assay_id"], seen.target.plate_number, other["assay_id"], target.plate_number
    (count,) = run_query(root, _SHARED.format(*asked)).to_pylist()
    if count["own"] and not count["shared"]:
        holding = " or ".join(called_plate(target.plate, number) for number in count["holding"])
        raise UsageError(
            f"{name} holds none of the {plural(count['own'], 'specimen')} of {seen.target}, so that it is no repeat of it"
            + (f"; {holding} does" if holding else "")
        )
    return {"answered_by": target.plate_content, "answered_plate": name}


def _named(root: Path, name: str) -> Row:
    """Name and number of a plate as people call it: `P09`, or `P09/2` of a batch of several; a plate may be called so itself."""
    whole, _, number = name.rpartition("/")
    is_numbered = bool(whole) and number.isdecimal() and len(number) < _LONGEST_NUMBER
    if is_numbered and name not in run_query(root, _NAMES).column(0).to_pylist():
        return {"plate": whole, "plate_number": int(number)}
    return {"plate": name, "plate_number": 1}
