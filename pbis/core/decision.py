"""Decisions of people about plates: events that are only ever added, each chained to the one before it by a hash.

A decision excludes a well, a replicate group, an analyte or a plate; or keeps what a rule would take; or releases a held well by
saying what it holds; or tells what a refused file does not say; or accepts that a release shows less than the one before it; or
puts an open item off until a day; or gives a release a word by which it is cited, or takes one away; or annotates a plate on a control chart, which changes no result; or
chooses the guide set of control charts (pbis.core.trends.chosen); or accepts,
rejects or signs a plate, or orders its repeat (pbis.core.review); or reverses an earlier one. Which of them stand follows from the events alone. What a standing one does is pbis.core.verdicts.decided.

A decision names its plate by the content of its readings, so that a plate exported again or under another name keeps it; of
plates that are held because they share their readings an exclusion names the run, so that it means one of them. A file that was
refused has no readings yet: what is told of it names its bytes. An accepted fall names the release that shows more.

A withdrawal of consent names a keyed hash of the subject and is never reversed. The night that carries it out enters an erasure, which
says what was blanked; where the words of an earlier event named the subject, it vouches for what is left of them.

The order of events is the order of the log, not of the clock: a clock that was set back is told beside the event (`clock_behind`).
Events are entered in UTC, and say so in the text that their hash is taken of; those of before that hold wall time of the site.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from pbis.core.errors import IntegrityError, UsageError
from pbis.core.site_time import in_order, in_utc, shown
from pbis.core.words import called_plate

EXCLUDE, KEEP, REVERSE = "exclude", "keep", "reverse"
RELEASE, TELL = "release", "tell"
ACCEPT_FALL = "accept_fall"
LATER = "later"
ANNOTATE = "annotate"
GUIDE = "guide"
WITHDRAW, ERASE = "withdraw", "erase"
NAME_RELEASE, PRUNE = "name_release", "prune"
ACCEPT, REJECT, REPEAT, SIGN = "accept", "reject", "repeat", "sign"
REVIEWS = (ACCEPT, REJECT, REPEAT, SIGN)  # about a plate as a whole (pbis.core.review)
CAUSES = {
    "pipetting": "a pipetting error",
    "bubble": "a bubble, a clot or an empty well",
    "swap": "wells, specimens or reagents in each other's place",
    "contamination": "carry-over or contamination",
    "beads": "too few or agglutinated beads",
    "outlier": "a reading that its replicates or its curve contradict",
    "instrument": "a fault of the instrument or of the run",
    "specimen": "a specimen that must not be used",
    "twin": "its readings are those of another plate, or its samples are named wrongly",
    "verified": "looked at and found right",
    "review": "a plate looked at as a whole",
    "put_off": "an open item that waits for a later day",
    "entered_in_error": "a decision that should not have been entered",
}
LONGEST = 500  # characters of a reason: some sentences, but no document; own choice
FIRST = "0" * 64  # what the first event is chained to


@dataclass(frozen=True)
class Target:
    """What a decision is about. plate_content: content hash of the readings, or the run's id where there are none or other
    plates share them; well, group and
    analyte as far as they are meant: none of them means the plate, an analyte alone the analyte on the plate."""

    plate_content: str
    plate: str
    plate_number: int = 1  # most exports hold one plate
    well: str | None = None
    replicate_group: str | None = None
    analyte: str | None = None

    @property
    def object(self) -> tuple[object, ...]:
        """What tells one target from another; the plate's name does not."""
        return (self.plate_content, self.plate_number, self.well, self.replicate_group, self.analyte)

    def __str__(self) -> str:
        inside = (self.well, self.replicate_group, self.analyte)
        return " ".join([called_plate(self.plate, self.plate_number), *(part for part in inside if part)])


@dataclass(frozen=True)
class Decision:
    """One event. decided_at: in UTC; without a zone wall time of the site, as events of earlier builds have it. rule: of a kept
    finding; reverses: the sequence of the reversed event; told: what a release, a telling or an annotation says, as JSON. decision_id: sha256 over
    everything else, the event before included, so that no event can be changed, dropped or moved unnoticed. zone: of the people who
    read it; no part of the event."""

    sequence: int
    decided_at: datetime
    author: str
    kind: str
    target: Target
    cause: str
    reason: str
    rule: str | None = None
    reverses: int | None = None
    previous_id: str = FIRST
    decision_id: str = ""
    told: str | None = None
    zone: tzinfo = field(default=UTC, compare=False, repr=False)

    @property
    def moment(self) -> datetime:
        """When it was entered, in UTC."""
        return in_utc(self.decided_at, self.zone)

    @property
    def facts(self) -> dict[str, Any]:
        """What it tells: specimen and dilution of a well; label (well -> name), date_order and panel of a file; control and lot of a chart; plates (by content) and names of a guide set, or first;
        at_most of a fall; label of a release; results, page, configuration and code that a plate was accepted or signed with; kind, key and until of an open item that is put off;
        subjects, names, files, redacted and releases of an erasure."""
        return dict(json.loads(self.told)) if self.told else {}

    @property
    def words(self) -> str:
        """Who, when and why."""
        return f"by {self.author} on {shown(self.moment, self.zone)} ({self.cause}: {self.reason})"


_SAID = tuple(
    each.name for each in fields(Decision) if each.name != "zone"
)  # of an event, all that its digest is taken of


def chained(events: Sequence[Decision], event: Decision) -> Decision:
    """The event as the next of the log. UsageError where it cannot be."""
    _require_sense(events, event)
    last = events[-1].decision_id if events else FIRST
    event = replace(event, sequence=len(events) + 1, previous_id=last)
    return replace(event, decision_id=content_digest(event))


def verify(events: Iterable[Decision]) -> tuple[Decision, ...]:
    """The events, if they are an unbroken chain from the first; else IntegrityError that names the first that is not."""
    last = FIRST
    checked = []
    events = tuple(events)
    vouched = _vouched(events)
    for count, event in enumerate(events, 1):
        said = content_digest(event)
        is_own = event.decision_id == said or (event.kind != ERASE and (count, said) in vouched)
        if (event.sequence, event.previous_id) != (count, last) or not is_own:
            raise IntegrityError(
                f"decision log, event {count}: it is not what was entered, or one before it is missing"
            )
        last = event.decision_id
        checked.append(event)
    return tuple(checked)


def _vouched(events: Sequence[Decision]) -> set[tuple[int, str]]:
    """Number of an event whose words were blanked, and digest of what is left, as later erasures say; these stand in the chain
    themselves."""
    found: set[tuple[int, str]] = set()
    for event in events:
        if event.kind == ERASE:
            with suppress(ValueError, AttributeError):  # an erasure that was changed breaks the chain by itself
                found |= {(int(number), digest) for number, digest in event.facts.get("redacted", {}).items()}
    return found


def is_answer(event: Decision) -> bool:
    """Whether it names the plate that was run instead of one whose repeat was ordered; it takes nothing away by itself."""
    return event.kind == REPEAT and "answered_by" in event.facts


def in_zone(events: Iterable[Decision], zone: tzinfo) -> tuple[Decision, ...]:
    """The events for people of the zone; of a wall time that came twice the order of the log says which one it is."""
    events = tuple(events)
    moments = in_order((event.decided_at for event in events), zone)
    return tuple(_read(event, at, zone) for event, at in zip(events, moments, strict=True))


def _read(event: Decision, moment: datetime, zone: tzinfo) -> Decision:
    """The text of its moment stays what its hash is taken of, which has no fold."""
    at = event.decided_at
    return replace(event, zone=zone, decided_at=at if at.tzinfo else at.replace(fold=int(in_utc(at, zone) != moment)))


def clock_behind(events: Iterable[Decision]) -> frozenset[int]:
    """Numbers of the events that were entered while the clock showed an earlier moment than at an event before."""
    latest: datetime | None = None
    found = set()
    for event in events:
        if latest is not None and event.moment < latest:
            found.add(event.sequence)
        else:
            latest = event.moment
    return frozenset(found)


def standing(events: Iterable[Decision]) -> tuple[Decision, ...]:
    """All but reversals that nobody reversed, in the order of the log."""
    events = tuple(events)
    gone = {event.reverses for event in events if event.kind == REVERSE}
    return tuple(event for event in events if event.kind != REVERSE and event.sequence not in gone)


def digest(decisions: Sequence[Decision]) -> str:
    """Name of a set of standing decisions; empty for none, so that a plate whose decisions are reversed is what it was before."""
    names = sorted(decision.decision_id for decision in decisions)
    return hashlib.sha256("\n".join(names).encode()).hexdigest() if names else ""


def content_digest(event: Decision) -> str:
    """sha256 over all that an event says."""
    content: dict[str, Any] = {name: getattr(event, name) for name in _SAID}
    content |= {"decided_at": event.decided_at.isoformat(), "decision_id": "", "target": vars(event.target)}
    if event.told is None:  # events of before something could be told keep their names
        del content["told"]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _require_sense(events: Sequence[Decision], event: Decision) -> None:
    for name, text in (("author", event.author), ("reason", event.reason)):
        if not text.strip() or len(text) > LONGEST or not text.isprintable():
            raise UsageError(f"a decision needs {name}: one line of 1 to {LONGEST} printable characters")
    if event.cause not in CAUSES:
        raise UsageError(f"no such cause: {event.cause}; expected one of {', '.join(CAUSES)}")
    if event.kind == REVERSE:
        _require_reversible(events, event)
    else:
        _require_new(events, event)


def _require_reversible(events: Sequence[Decision], event: Decision) -> None:
    final = next(
        (one for one in events if one.sequence == event.reverses and one.kind in (WITHDRAW, ERASE, PRUNE)), None
    )
    if final is not None:
        raise UsageError(
            f"decision {final.sequence} is a {final.kind}: what it took out is gone, and it cannot be reversed"
        )
    if event.reverses not in {one.sequence for one in standing(events)}:
        raise UsageError(f"decision {event.reverses} is none that stands; `pbis decide list` shows those that do")


def _require_new(events: Sequence[Decision], event: Decision) -> None:
    if event.target.well and event.target.replicate_group:
        raise UsageError("name a well or a replicate group, not both")
    if event.kind == ERASE or event.kind in REVIEWS:  # what may follow on what in a review, pbis.core.review says
        return
    if event.kind in (RELEASE, TELL):
        _require_untold(events, event)
        return
    for other in _may_say_so(standing(events), event):
        if _said(other) == _said(event):
            raise UsageError(f"decision {other.sequence} {other.words} says so already")


def _may_say_so(left: Sequence[Decision], event: Decision) -> Sequence[Decision]:
    """Of guide sets the newest of a chart speaks, so that an earlier one may be chosen again."""
    return [one for one in left if chart_of(one) == chart_of(event)][-1:] if event.kind == GUIDE else left


def chart_of(event: Decision) -> tuple[object, ...] | None:
    """Of which charts an event chooses the guide set: analyte (None for all), control and lot; None where it is about something else."""
    if event.kind != GUIDE:
        return None
    facts = event.facts
    return event.target.analyte, facts["control"], facts["lot"]


def _said(event: Decision) -> tuple[object, ...]:
    return (event.kind, event.rule, event.told, event.target.object)


def _require_untold(events: Sequence[Decision], event: Decision) -> None:
    """The same thing about the same object is told once, until that is reversed."""
    for other in standing(events):
        if (other.kind, other.target.object) == (event.kind, event.target.object):
            twice = sorted(_things(other) & _things(event))
            if twice:
                raise UsageError(
                    f"decision {other.sequence} {other.words} tells {', '.join(twice)} already: {other.told}; reverse it first"
                )


def _things(event: Decision) -> set[str]:
    """What an event tells, each label by its well."""
    facts = event.facts
    return {name for name in facts if name != "label"} | {f"label of {well}" for well in facts.get("label", {})}
