"""Review of a plate: whether a person accepted it, whether that still holds, and who signed. It follows from the events of the decision log.

An acceptance and a signature hold for what they were made about: the hash of the plate's results, verdicts and limits that they keep. Where
that is another now, they are stale; where it is the same, they hold, whatever else changed, and say under which version they were made. Where
another export of an accepted plate came with other readings, nobody has decided about those: the acceptance is stale, too. A
rejection and an ordered repeat hold until they are reversed: what is kept back must not come back by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from pbis.core.decision import (
    ACCEPT,
    ANNOTATE,
    EXCLUDE,
    LATER,
    REJECT,
    REPEAT,
    REVERSE,
    REVIEWS,
    SIGN,
    Decision,
    is_answer,
    standing,
)
from pbis.core.errors import Conflict, UsageError
from pbis.core.words import nearest

PENDING, ACCEPTED, WITH_EXCLUSIONS = "pending", "accepted", "accepted_with_exclusions"
REJECTED, REPEAT_ORDERED, STALE = "rejected", "repeat_ordered", "stale"
STATES: Mapping[str, str] = {
    PENDING: "nobody has decided about the plate yet",
    ACCEPTED: "accepted as it is",
    WITH_EXCLUSIONS: "accepted without what people excluded",
    REJECTED: "rejected: none of its results is used",
    REPEAT_ORDERED: "to be run again: none of its results is used",
    STALE: "accepted, but its results, verdicts or limits are others since",
}
OTHER_EXPORT = "accepted, but another export of this plate with other readings came since"
ONE_SIGNED = "signed by one person; a second person's signature is missing"
TAKEN = (ACCEPTED, WITH_EXCLUSIONS)  # states in which a score may use the plate where only accepted ones count
SIGNERS: Mapping[str, tuple[str, ...]] = {  # 21 CFR 11.50 (a) (3): a signature says what it means; and who may say so
    "review": ("reviewer", "approver", "admin"),
    "approval": ("approver", "admin"),
    "responsibility": ("reviewer", "approver", "admin"),
}
APPROVAL = "approval"
NOBODY: Mapping[str, str] = MappingProxyType({})
_IDLE = (ANNOTATE, LATER, ACCEPT, SIGN)  # kinds that change no result


@dataclass(frozen=True)
class Signature:
    """A signature that stands. signature_id: random, all that a release says of who; account, name: of the person; results, page,
    configuration: hashes of what was signed; code: version of the program; is_current: the plate's results are still those, and what was
    decided about it before the signature still is."""

    event: Decision
    signature_id: str
    account: str
    name: str
    role: str
    meaning: str
    results: str
    page: str
    configuration: str
    code: str
    is_current: bool


@dataclass(frozen=True)
class Review:
    """State of a plate (one of STATES) and what it follows from: the event that decided, None while nobody has; exclusions that stand;
    signatures that stand; the event that names the plate which was run instead, None where none is named. is_other_export: the event accepted
    an export with other readings, which this one replaced."""

    state: str
    event: Decision | None = None
    exclusions: tuple[Decision, ...] = ()
    signatures: tuple[Signature, ...] = ()
    answer: Decision | None = field(default=None)
    is_other_export: bool = False

    @property
    def meaning(self) -> str:
        """The state in words, with why it is stale and whether a second person has yet to sign."""
        said = OTHER_EXPORT if self.is_other_export else STATES[self.state]
        return f"{said}; {ONE_SIGNED}" if self.signed == "partly" else said

    @property
    def title(self) -> str:
        """The same in a few words, for a list or a heading."""
        return _words(self.state) + (", second signature missing" if self.signed == "partly" else "")

    @property
    def current(self) -> tuple[Signature, ...]:
        """Signatures over what stands now."""
        return tuple(one for one in self.signatures if one.is_current)

    @property
    def signed(self) -> str:
        """`no`, `partly` where exclusions ask for a second person, or `yes`."""
        own = self.current
        if not own or self.state in (PENDING, STALE):
            return "no"
        two = any(_are_two(one, other) for one in own for other in own) and any(one.meaning == APPROVAL for one in own)
        return "yes" if two or not self.exclusions else "partly"


def about(events: Iterable[Decision], names: Iterable[str], plate_number: int) -> tuple[Decision, ...]:
    """Events about a plate, in the order of the log. names: what decisions call it, its content and its run."""
    own = set(names)
    return tuple(
        one
        for one in events
        if one.target.plate_content in own and one.target.plate_number == plate_number and one.kind != LATER
    )


def by_target(events: Iterable[Decision]) -> dict[tuple[str, int], tuple[Decision, ...]]:
    """The same for all plates at once: what decisions call a plate, and its number -> events, in their order."""
    found: dict[tuple[str, int], list[Decision]] = {}
    for one in events:
        if one.kind != LATER:
            found.setdefault((one.target.plate_content, one.target.plate_number), []).append(one)
    return {key: tuple(own) for key, own in found.items()}


def of_plate(
    found: Mapping[tuple[str, int], Sequence[Decision]], names: Iterable[str], plate_number: int
) -> tuple[Decision, ...]:
    """Those of `by_target` about a plate, in the order of the log. names: what decisions call it, its content and its run."""
    own = (one for name in dict.fromkeys(names) for one in found.get((name, plate_number), ()))
    return tuple(sorted(own, key=lambda one: one.sequence))


def head(events: Sequence[Decision]) -> str:
    """decision_id of the last of them; empty for none. Who asks for a change says which one was seen."""
    return events[-1].decision_id if events else ""


def review_of(
    events: Sequence[Decision], results: str, earlier: Sequence[Decision] = (), known: int | None = None
) -> Review:
    """events: about the plate, in order; results: hash of its results, verdicts and limits as they stand. earlier: events about exports with
    other readings that this one replaced. known: number of the latest event that the results were computed with, None for all: an exclusion that is
    entered or withdrawn after it is in no result yet, and nobody accepted the plate with, or without, it."""
    left = standing(events)
    decided = _deciding(left)
    last = decided[-1] if decided else None
    exclusions = _excluding(events if known is None else [one for one in events if one.sequence <= known])
    if last is None:
        replaced = standing(earlier)
        if any(one.kind == ACCEPT for one in _deciding(replaced)[-1:]):
            return _of_other_export(exclusions, replaced)
    state = _state(last, results, bool(exclusions))
    signed = last.sequence if last is not None and state != STALE else None
    signatures = tuple(_signature(one, results, signed) for one in left if one.kind == SIGN)
    answers = [one for one in left if is_answer(one) and last is not None and last.sequence < one.sequence]
    return Review(state, last, exclusions, signatures, answers[-1] if answers and state == REPEAT_ORDERED else None)


def _excluding(events: Sequence[Decision]) -> tuple[Decision, ...]:
    return tuple(one for one in standing(events) if one.kind == EXCLUDE)


def _of_other_export(exclusions: tuple[Decision, ...], replaced: Sequence[Decision]) -> Review:
    """The acceptance, and the signatures that were given for it, are of readings that do not stand any more."""
    signatures = tuple(_signature(one, "", None) for one in replaced if one.kind == SIGN)
    return Review(STALE, _deciding(replaced)[-1], exclusions, signatures, is_other_export=True)


def _deciding(left: Sequence[Decision]) -> list[Decision]:
    """Of events that stand those that say what becomes of the plate as a whole."""
    return [one for one in left if one.kind in (ACCEPT, REJECT, REPEAT) and not is_answer(one)]


def _state(last: Decision | None, results: str, has_exclusions: bool) -> str:
    if last is None:
        return PENDING
    if last.kind != ACCEPT:
        return REJECTED if last.kind == REJECT else REPEAT_ORDERED
    if last.facts.get("results") != results:
        return STALE
    return WITH_EXCLUSIONS if has_exclusions else ACCEPTED


def _signature(event: Decision, results: str, decided_by: int | None) -> Signature:
    """decided_by: number of the decision that would be signed; a signature is for the one before it, and for no later one."""
    told = {name: str(value) for name, value in event.facts.items()}
    names = ("name", "role", "meaning", "results", "page", "configuration", "code")
    own = {name: told.get(name, "") for name in names}
    is_current = own["results"] == results and decided_by is not None and decided_by < event.sequence
    return Signature(event, told.get("id", ""), event.author, is_current=is_current, **own)


def unseen(events: Sequence[Decision], known: int) -> tuple[Decision, ...]:
    """Those of the events that change results and are not in them yet. known: number of the latest event that the results were computed
    with."""
    kinds = {one.sequence: one.kind for one in events}
    return tuple(
        one
        for one in events
        if one.sequence > known and (kinds.get(one.reverses or 0) if one.kind == REVERSE else one.kind) not in _IDLE
    )


def require_head(events: Sequence[Decision], expected: str | None, author: str = "") -> None:
    """Conflict where the last event about the plate is not the one that was seen; None asks for nothing. author: who asks, who is told where
    all that is newer is their own."""
    if expected is None or head(events) == expected:
        return
    seen = next((place for place, one in enumerate(events, 1) if one.decision_id == expected), 0)
    newer = events[seen:]
    said = "; ".join(f"decision {one.sequence}, {one.kind} {one.target}, {one.words}" for one in newer) or "another log"
    words = f"{by_whom(newer, author)} decided about this plate meanwhile, and nothing {_more(newer, author)}was entered: {said}"
    raise Conflict(words, tuple(one.sequence for one in newer))


def by_whom(newer: Sequence[Decision], author: str) -> str:
    """Who decided meanwhile: whoever asks, as in another window, or somebody else."""
    return "you yourself, in another window or by pressing twice," if _is_own(newer, author) else "somebody else"


def _more(newer: Sequence[Decision], author: str) -> str:
    return "more " if _is_own(newer, author) else ""


def _is_own(newer: Sequence[Decision], author: str) -> bool:
    return bool(newer) and all(one.author == author for one in newer)


def require_allowed(
    events: Sequence[Decision],
    event: Decision,
    results: str,
    earlier: Sequence[Decision] = (),
    printed: Mapping[str, str] = NOBODY,
) -> None:
    """UsageError where a review event means nothing in the state in which the plate is, or its author may not enter it. printed: account -> its
    printed name, for a signature."""
    now = review_of(events, results, earlier)
    if event.kind == SIGN:
        _require_signable(now, _signature(event, results, None), printed)
        return
    last = now.event
    if is_answer(event):
        if now.state != REPEAT_ORDERED or last is None or now.answer is not None:
            raise UsageError(
                f"{event.target}: no repeat of it is waited for; `pbis decide repeat` without --answered-by orders one"
            )
        return
    if last is None or now.state == STALE:
        return
    if now.state == {ACCEPT: ACCEPTED, REJECT: REJECTED, REPEAT: REPEAT_ORDERED}[event.kind] or (
        event.kind == ACCEPT and now.state == WITH_EXCLUSIONS
    ):
        raise UsageError(f"{event.target} is {_words(now.state)} already: decision {last.sequence} {last.words}")
    if event.kind == ACCEPT:
        raise UsageError(
            f"{event.target} is {_words(now.state)} by decision {last.sequence} {last.words}; reverse it first (pbis decide reverse "
            f"{last.sequence}), so that its results are there to be accepted"
        )


def _require_signable(now: Review, asked: Signature, printed: Mapping[str, str]) -> None:
    plate = asked.event.target
    if asked.meaning not in SIGNERS:
        raise UsageError(
            f"no meaning of a signature is called {asked.meaning!r}{nearest(asked.meaning, SIGNERS)}; expected {', '.join(SIGNERS)}"
        )
    if asked.role not in SIGNERS[asked.meaning]:
        who = " or ".join(SIGNERS[asked.meaning])
        raise UsageError(
            f"{asked.account} is {asked.role or 'of no role'}; a signature that means {asked.meaning} needs {who}"
        )
    if now.event is None:
        raise UsageError(f"{plate} is pending: accept or reject it first, so that there is something to sign")
    if now.state == STALE:
        raise UsageError(
            f"{plate}: its {'readings' if now.is_other_export else 'results'} are others than decision {now.event.sequence} accepted; look at it and accept it anew"
        )
    mine = [one for one in now.current if not _are_two(one, asked)]
    if any(one.meaning == asked.meaning for one in mine):
        raise UsageError(f"{_who(mine[0], asked)} has signed {plate} already: decision {mine[0].event.sequence}")
    if not now.exclusions:
        return
    own = next((one for one in now.exclusions if _is_by(one, asked, printed)), None)
    if asked.meaning == APPROVAL and own is not None:
        raise UsageError(
            f"{asked.account} excluded {own.target} (decision {own.sequence}) and may not approve {plate}: another person has to"
        )
    if mine:
        raise UsageError(
            f"{_who(mine[0], asked)} has signed {plate} already (decision {mine[0].event.sequence}); it has exclusions, so a second person signs"
        )


def unsignable(now: Review, account: str, name: str, role: str, printed: Mapping[str, str] = NOBODY) -> dict[str, str]:
    """Meaning -> why the person may not sign the plate so as it is now, '' where nothing is in the way; none before somebody decided about it.
    printed: account -> its printed name."""
    if now.event is None:
        return {}
    return {
        meaning: _trouble(now, Signature(now.event, "", account, name, role, meaning, "", "", "", "", True), printed)
        for meaning in SIGNERS
    }


def _trouble(now: Review, asked: Signature, printed: Mapping[str, str]) -> str:
    try:
        _require_signable(now, asked, printed)
    except UsageError as error:
        return str(error)
    return ""


def _are_two(one: Signature, other: Signature) -> bool:
    """Whether two persons signed: neither the account nor the printed name is the other's. One person may have two accounts, of the desk and of
    a provider; who reads the page tells persons by their names."""
    return _person(one.account) != _person(other.account) and _person(one.name) != _person(other.name)


def _who(signed: Signature, asked: Signature) -> str:
    if _person(signed.account) == _person(asked.account):
        return asked.account
    return f"{asked.name} (as {signed.account}; whose printed name is the same counts as one person)"


def _is_by(event: Decision, asked: Signature, printed: Mapping[str, str]) -> bool:
    """Whether the account is, or bears the name of, who entered the event: `pbis decide` takes a name, the desk an account, of which another may
    print the same name."""
    own = _person(asked.account), _person(asked.name)
    return _person(event.author) in own or _person(printed.get(event.author, event.author)) in own


def _person(name: str) -> str:
    return " ".join(name.split()).casefold()


def _words(state: str) -> str:
    return state.replace("_", " ")


def is_review(event: Decision) -> bool:
    """Whether it is an acceptance, a rejection, an ordered repeat or a signature."""
    return event.kind in REVIEWS
