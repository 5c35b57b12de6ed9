"""When a night has ended, however it did: it is kept, logged, and told to whom site.toml names. No night fails because of a message.

The site's lock is free by then: who waits for a mail server keeps no desk waiting. A message that does not go is tried again twice, after
pauses, then by the next night; what was refused for good stays where `pbis status` and `pbis doctor` say it, until a later message went.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

import msgspec

from pbis.config import Site
from pbis.core.errors import PbisError
from pbis.core.site_time import shown
from pbis.pipeline.at_work import at_work, claim, claim_unless_at_work
from pbis.pipeline.channels import EMAIL, LATER, REFUSED, SENT, WEBHOOK, Attempt, host_of, send
from pbis.pipeline.context import NightOptions
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.events import tell
from pbis.pipeline.last_night import keep_night
from pbis.pipeline.ledger import read_ledger
from pbis.pipeline.outbox import MOST, Letter, put, read_outbox, sending, take_out, tidy
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.sealing import head_of
from pbis.pipeline.summary import STOPPED, WAITS, Summary, failed, killed, summary_of

PAUSES = (
    2.0,
    8.0,
)  # seconds before the second and the third try; own choice: a busy server wants some, and a night's end should not wait
_ALWAYS = "always"


@dataclass
class Ended:
    """Where the night puts what came out of it; None until it came to its end."""

    outcome: Outcome | None = None

    def __call__(self, outcome: Outcome) -> Outcome:
        self.outcome = outcome
        return outcome


@contextmanager
def noticing(
    site: Site,
    options: NightOptions,
    clock: Callable[[], datetime],
    cause: Callable[[BaseException], BaseException] = lambda error: error,
) -> Iterator[Ended]:
    """Around a night: says how it ended. clock: in UTC; cause: what is behind an error, where an engine puts its own in its place. What a
    person only tries, computes beside the nights or runs again tells nobody."""
    ended, begun_at = Ended(), clock()
    try:
        yield ended
    except BaseException as error:
        if options.is_told:
            after_night(site, failed(site, cause(error), begun_at, clock()), clock)
        raise
    if options.is_told and ended.outcome is not None:
        summary = summary_of(site, ended.outcome, begun_at, clock())
        after_night(site, msgspec.structs.replace(summary, is_partial=not options.takes_all), clock)


def after_night(site: Site, summary: Summary, clock: Callable[[], datetime]) -> None:
    """Nothing that goes wrong here may change how the night ended: it is logged by its kind."""
    _keep(site, summary, clock)
    is_told = site.file.notify.email is not None or site.file.notify.webhook is not None
    if is_told and summary.state != STOPPED:  # who stopped it does not wait for a mail server
        with _logged_alone():
            send_waiting(site, clock)


@contextmanager
def tonight(site: Site, options: NightOptions, clock: Callable[[], datetime]) -> Iterator[None]:
    """Around a night that has the site's lock: it is marked as at work, so that whoever comes after it knows where it was killed. Where the one
    before it was, that is kept, and its message goes with tonight's."""
    state = site.path("state")
    if not options.is_told:
        yield
        return
    left = claim(state)
    if left is not None:
        _keep(site, killed(site, left.begun_at, clock()), clock)
    with at_work(state, clock()):
        yield


def tell_left(site: Site, clock: Callable[[], datetime]) -> str:
    """Keep and send that the night which was at work here was killed, where nobody has told it: '' where there is none, or one is at work."""
    state = site.path("state")
    left = claim_unless_at_work(state)
    if left is None:
        return ""
    after_night(site, killed(site, left.begun_at, clock()), clock)
    begun = shown(left.begun_at, site.time_zone)
    return f"the night that began {begun} did not end: its process was killed, or the machine went down"


def _keep(site: Site, summary: Summary, clock: Callable[[], datetime]) -> None:
    """Into the log, beside the nights so far, and into the outbox."""
    level = logging.ERROR if not summary.is_done else logging.WARNING if summary.needs_a_person else logging.INFO
    tell("night_ended", level, **_logged(summary))
    with _logged_alone():
        if site.path("state").parent.is_dir():
            keep_night(site.path("state"), summary)
    with _logged_alone():
        _put_letters(site, summary, clock)


@contextmanager
def _logged_alone() -> Iterator[None]:
    """What fails here is logged by its kind and keeps nothing behind it from being done: of a full disk a mail can still tell."""
    try:
        yield
    except Exception as error:
        tell("message_failed", logging.ERROR, error=type(error).__name__)


def _put_letters(site: Site, summary: Summary, clock: Callable[[], datetime]) -> None:
    """Into the outbox; what cannot be kept there, on a full disk or one that takes no writing, is tried once as it is."""
    if not letters_of(site, summary):
        return
    for letter in letters_of(site, with_heads(site, summary)):
        try:
            put(site.path("state"), letter)
        except OSError:
            came = send(site, letter.channel, letter.to, letter.message_id, letter.summary, clock().astimezone(UTC))
            _tell_of(letter, came)


def _logged(summary: Summary) -> dict[str, object]:
    told: dict[str, object] = msgspec.to_builtins(summary)
    seconds = (summary.ended_at - summary.begun_at).total_seconds()
    return {name: value for name, value in told.items() if name != "seconds"} | {"seconds": seconds}


def letters_of(site: Site, summary: Summary) -> list[Letter]:
    """One for each recipient that site.toml names; none where nobody is to be told of such a night."""
    told = site.file.notify
    if told.when != _ALWAYS and not summary.needs_a_person:
        return []
    mails = [Letter(EMAIL, to, summary) for to in (told.email.to if told.email else ())]
    return mails + ([Letter(WEBHOOK, host_of(told.webhook.url), summary)] if told.webhook else [])


def with_heads(site: Site, summary: Summary) -> Summary:
    """The summary with the newest hashes of decision log and ledger: outside the machine they contradict whoever changes all that is on it."""
    head, ledger = {}, ""
    with suppress(PbisError):
        head = head_of(log_of(site))
    with suppress(PbisError):
        entries = read_ledger(site.path("state"))
        ledger = entries[-1].entry_id if entries else ""
    return msgspec.structs.replace(summary, head=head, ledger=ledger)


def send_waiting(
    site: Site,
    clock: Callable[[], datetime],
    *,
    sleep: Callable[[float], None] = time.sleep,
    is_all: bool = False,
) -> list[Letter]:
    """Try what waits, the oldest first, and return what is left. is_all: also what was refused for good. A way that is closed is tried three
    times in all, not three times for each message."""
    state = site.path("state")
    with sending(state) as is_ours:
        if not is_ours:
            return read_outbox(state)
        tidy(state)
        seen: set[str] = set()
        while waiting := [each for each in _kept(site) if each.name not in seen and (is_all or each.state == LATER)]:
            seen |= {each.name for each in waiting}  # what another night puts there meanwhile is taken in the next turn
            ordered = sorted(waiting, key=lambda each: (each.channel, each.to))
            for _, letters in groupby(ordered, lambda each: each.channel):
                _send_by(site, list(letters), clock, sleep)
    return read_outbox(state)


def send_test(site: Site, clock: Callable[[], datetime]) -> list[Letter]:
    """Try each way once with a message that says so; what did not go, which is kept nowhere."""
    now = clock()
    summary = with_heads(site, Summary(site.file.site.name, "test", now, now, exit_code=WAITS))
    left = []
    for letter in letters_of(site, summary):
        came = send(site, letter.channel, letter.to, letter.message_id, summary, now)
        if came.state != SENT:
            left.append(msgspec.structs.replace(letter, state=REFUSED, said=came.said, tries=1))
    return left


def _send_by(site: Site, letters: list[Letter], clock: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
    """Rounds over what waits for one way; a round ends where the way is closed. Behind a message that is put off, newer ones to the same recipient
    wait, so that they come in their order; in the last round they do not, since a server may put off one message for ever."""
    for pause in (0.0, *PAUSES):
        left: list[Letter] = []
        if pause:
            sleep(pause)
        for place, letter in enumerate(letters):
            if pause != PAUSES[-1] and any(each.to == letter.to for each in left):
                left.append(letter)
                continue
            came, tried = _try(site, letter, clock())
            if came.is_ours:
                return
            left += [tried] if came.state == LATER else []
            if came.is_closed:
                left += letters[place + 1 :]
                break
        letters = left
        if not letters:
            return


def _try(site: Site, letter: Letter, now: datetime) -> tuple[Attempt, Letter]:
    """One try; the outbox has what became of it."""
    state = site.path("state")
    came = send(site, letter.channel, letter.to, letter.message_id, letter.summary, now.astimezone(UTC))
    _tell_of(letter, came)
    if came.state == SENT:
        take_out(state, letter)
        _forget_refused(site, letter)
        return came, letter
    tried = msgspec.structs.replace(letter, state=came.state, said=came.said, tries=letter.tries + 1, tried_at=now)
    with _logged_alone():  # it lies there as it was: the next night tries it again
        put(state, tried)
    return came, tried


def _tell_of(letter: Letter, came: Attempt) -> None:
    level = logging.INFO if came.state == SENT else logging.WARNING
    night_id, tries = letter.summary.night_id, letter.tries + 1
    tell(f"message_{came.state}", level, night_id=night_id, channel=letter.channel, tries=tries)


def _forget_refused(site: Site, sent: Letter) -> None:
    """What was refused before is told by a later message that went: what waits still waits in it."""
    for letter in read_outbox(site.path("state")):
        is_older = letter.summary.ended_at < sent.summary.ended_at
        if letter.state == REFUSED and is_older and (letter.channel, letter.to) == (sent.channel, sent.to):
            take_out(site.path("state"), letter)


def _kept(site: Site) -> list[Letter]:
    """What is in the outbox, without what is for nobody any more, and without the oldest of too many."""
    state = site.path("state")
    told = site.file.notify
    wanted = {(EMAIL, to) for to in (told.email.to if told.email else ())}
    wanted |= {(WEBHOOK, host_of(told.webhook.url))} if told.webhook else set()
    kept: list[Letter] = []
    for letter in reversed(read_outbox(state)):
        same = sum((each.channel, each.to) == (letter.channel, letter.to) for each in kept)
        if (letter.channel, letter.to) in wanted and same < MOST:
            kept.append(letter)
        else:
            take_out(state, letter)
            tell("message_dropped", logging.WARNING, night_id=letter.summary.night_id, channel=letter.channel)
    return kept[::-1]
