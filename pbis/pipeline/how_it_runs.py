"""When the last night ran and how it ended, and which messages did not go: for `pbis status`, without the working database."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from pbis.config import Site
from pbis.core.errors import IntegrityError, SiteTrouble
from pbis.core.site_time import shown
from pbis.core.words import plural
from pbis.pipeline.at_work import left_behind
from pbis.pipeline.last_night import read_nights
from pbis.pipeline.ledger import DECISION, NIGHT, PARTIAL, LedgerLine, moments_of, read_ledger
from pbis.pipeline.message import HEADLINE
from pbis.pipeline.outbox import Letter, read_outbox, unreadable
from pbis.pipeline.service import QUIET, is_served, looked_at
from pbis.pipeline.watching import lying

_STANDING = "serve.json"  # in state/, where the service says what it does


class _Served(msgspec.Struct, frozen=True):
    """What of the service's own standing is asked here; the rest of it is its own."""

    at: str
    time_zone: str
    is_paused: bool = False
    next_run_at: datetime | None = None


@dataclass(frozen=True)
class LastNight:
    """state: as of a summary; '' where only the ledger knows of the night; ended_at, done_at: in UTC, done_at when one that took all of the
    inbox came to its end last; error: what stopped it; is_partial: it was asked to take a part of the inbox."""

    night_id: str
    state: str
    ended_at: datetime
    done_at: datetime | None
    exit_code: int = 0
    error: str = ""
    is_partial: bool = False

    def as_json(self) -> dict[str, Any]:
        """For programs: moments as ISO 8601 in UTC."""
        moments = {"ended_at": self.ended_at, "done_at": self.done_at}
        return asdict(self) | {name: at.isoformat() if at else None for name, at in moments.items()}

    def lines(self, zone: ZoneInfo, now: datetime) -> list[str]:
        """One or two sentences."""
        name = f"night {self.night_id}" if self.night_id else "a night"
        became = HEADLINE.get(self.state, "came to its end")
        why = f" ({self.error}, exit code {self.exit_code})" if self.error else ""
        if not self.error and self.exit_code in (SiteTrouble.exit_code, IntegrityError.exit_code):
            why = f"; its release is not in the lake (exit code {self.exit_code}; pbis release lake says why)"
        part = "; it took a part of the inbox, as somebody asked" if self.is_partial else ""
        lines = [
            f"Last night: {name} ended {shown(self.ended_at, zone)}, {_ago(now - self.ended_at)} ago: {became}{why}{part}."
        ]
        if self.error or self.is_partial:
            done = f"ended {shown(self.done_at, zone)}, {_ago(now - self.done_at)} ago" if self.done_at else "none yet"
            whole = " and took all of the inbox" if self.is_partial else ""
            lines.append(f"The last night that came to its end{whole}: {done}.")
        return lines


def last_night(site: Site) -> LastNight | None:
    """As it was kept, or, of a site from a backup or an earlier build, as the ledger has it, which says no more than that it ended and has the
    desk's small nights too; None where none has ended."""
    kept = read_nights(site.path("state"))
    if kept is None:
        return _in_ledger(site)
    last = kept.last
    own = (last.night_id, last.state, last.ended_at, last_end(site), last.exit_code, last.error, last.is_partial)
    return LastNight(*own)


def last_end(site: Site) -> datetime | None:
    """When the last night came to its end that took all of the inbox, whoever began it, in UTC; None where none did. The ledger, which an earlier
    build told nothing of that and which has the desk's small nights too, is asked only where no end was kept, as of a site from a backup."""
    kept = read_nights(site.path("state"))
    if kept is not None and kept.done_at is not None:
        return kept.done_at
    lines = _lines(site)
    entries = [line for line in lines if line.kind == NIGHT and not line.facts.get(PARTIAL)]
    moments = moments_of(entries, site.time_zone)
    return moments[-1] if moments else None


def _lines(site: Site) -> tuple[LedgerLine, ...]:
    try:
        return read_ledger(site.path("state"))
    except IntegrityError:  # pbis verify and the next night say it
        return ()


def killed_line(site: Site) -> str:
    """A sentence where the process of a night was killed and no other has told of it yet; '' where none was."""
    left = left_behind(site.path("state"))
    if left is None:
        return ""
    began = shown(left.begun_at, site.time_zone)
    return f"The night that began {began} did not end: its process was killed, or the machine went down. The next one does what it left."


def _in_ledger(site: Site) -> LastNight | None:
    entries = _lines(site)
    moments = zip(moments_of(entries, site.time_zone), entries, strict=True)
    nights = [(at, entry.facts["night_id"]) for at, entry in moments if entry.kind == NIGHT]
    return LastNight(nights[-1][1], "", nights[-1][0], nights[-1][0]) if nights else None


@dataclass(frozen=True)
class NotTakenUp:
    """What came since the latest night: decisions that it did not see, and files that lie in the inbox."""

    decisions: int
    inbox_files: int

    @property
    def line(self) -> str:
        """A sentence; '' where nothing came."""
        came = [plural(self.decisions, "decision")] if self.decisions else []
        came += [f"{plural(self.inbox_files, 'file')} in the inbox"] if self.inbox_files else []
        if not came:
            return ""
        many = self.decisions + self.inbox_files > 1
        return (
            f"That is what the latest night found. Since then there {'are' if many else 'is'} {' and '.join(came)}: the next night takes {'them' if many else 'it'} up, "
            f"and what {'they settle' if many else 'it settles'} is listed until then."
        )


def not_taken_up(site: Site) -> NotTakenUp:
    """By the ledger, which has each decision and what each night saw of them, and by a look into the inbox."""
    seen = entered = 0
    for line in _lines(site):
        if line.kind == NIGHT:
            head = line.facts.get("decisions")  # an earlier build told nothing of it
            seen = head["sequence"] if head else entered
        elif line.kind == DECISION:
            entered = line.facts["sequence"]
    return NotTakenUp(max(entered - seen, 0), len(lying(site.path("inbox"))))


def unsent(site: Site) -> list[Letter]:
    """Messages that were tried and did not go."""
    return [letter for letter in read_outbox(site.path("state")) if letter.tries]


def damaged(site: Site) -> list[str]:
    """A sentence for each file of the outbox that cannot be read: nobody gets it."""
    return [
        f"{path}: no message that can be read, and nobody gets it; see with `pbis notify --show` that the last night was told, and remove it"
        for path in unreadable(site.path("state"))
    ]


def schedule_of(site: Site) -> dict[str, Any] | None:
    """What `pbis serve` plans: at, time_zone, is_paused, next_run_at, and is_running, without which it plans nothing any more; None where no
    service ever held the site."""
    try:
        told = msgspec.json.decode((site.path("state") / _STANDING).read_bytes(), type=_Served)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    planned = {name: getattr(told, name) for name in told.__struct_fields__}
    return planned | {"is_running": is_served(site.path("state"))}


def schedule_line(site: Site, now: datetime) -> str:
    """One sentence; of a night that cron or systemd starts nothing is known here. now: in UTC."""
    told = schedule_of(site)
    if told is None:
        return "Scheduled: nothing by pbis serve; a night of cron or of a systemd timer is not known here."
    if not told["is_running"]:
        return f"Scheduled: nothing, the service that planned nights at {told['at']} {told['time_zone']} does not run; start it again, unless cron or a systemd timer begins them now."
    seen = looked_at(site.path("state"))
    if seen is not None and abs(now - seen) > QUIET:
        since = shown(seen, site.time_zone)
        return f"Scheduled: nothing is sure, the service has not looked around since {since}; restart it (pbis serve --health)."
    if told["is_paused"]:
        return f"Scheduled: paused; else at {told['at']} {told['time_zone']}."
    at = told["next_run_at"]
    said = f"the next at {shown(at, site.time_zone)}" if at else f"at {told['at']} {told['time_zone']}"
    return f"Scheduled: {said}, by pbis serve."


def _ago(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.0f} days"
