"""A night without names: the one object that the message, the log, the metrics and `pbis status` are made of.

It holds counts, words of closed lists and hashes. Names of plates, tubes and files can hold names of people; they stay on the machine,
where the terminal, the pages and `pbis status` show them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from pbis.config import Site
from pbis.core.errors import PbisError, SiteTrouble
from pbis.core.open_items import OF_CELLS, OpenItem
from pbis.core.quoted import HASH_DIGITS, called
from pbis.files.trouble import is_stop
from pbis.pipeline.outcome import Outcome, RefusedFile

FAILED, STOPPED = "failed", "stopped"
KILLED = "Killed"  # in the place of the kind of an error
EXPECTED = "work_expected"
WAITS = 6  # exit code of a night that is done while something waits for a person
_KILLED = 137  # as a shell has it of a process that was killed
AWAY, ANOTHERS = "away", "another_writer"  # what keeps a release from the lake
_INTERRUPTED = 130  # exit code of a night that a person stopped


class Summary(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a night ended. state: Outcome's, or failed or stopped; begun_at, ended_at: in UTC; error: kind of what stopped it; plates: by what
    was done with them; patients: by group; refused, refused_parts: files by kind and hash; open_items: by kind; expected: planned work that
    has not come, by kind and hash; alarms: new ones by rule; seconds: by step; head: number and hash of the newest decision; ledger: hash of
    the newest line of the ledger; lake: AWAY or ANOTHERS where the night is done and its release is not in the site's lake; is_partial: it was
    asked to take a part of the inbox, so that it stands for no night of the plan."""

    site: str
    state: str
    begun_at: datetime
    ended_at: datetime
    exit_code: int = 0
    night_id: str = ""
    error: str = ""
    plates: Mapping[str, int] = {}
    patients: Mapping[str, int] = {}
    refused: tuple[str, ...] = ()
    refused_parts: Mapping[str, int] = {}
    open_items: Mapping[str, int] = {}
    blocking: int = 0
    expected: tuple[str, ...] = ()
    expected_count: int = 0
    alarms: Mapping[str, int] = {}
    alarms_standing: int = 0
    seconds: Mapping[str, float] = {}
    head: Mapping[str, str | int] = {}
    ledger: str = ""
    lake: str = ""
    is_partial: bool = False

    @property
    def is_done(self) -> bool:
        """Whether the night came to its end."""
        return self.state not in (FAILED, STOPPED)

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody should look: something waits, or the night could not be done."""
        return self.exit_code != 0


def summary_of(site: Site, outcome: Outcome, begun_at: datetime, ended_at: datetime) -> Summary:
    """A night that came to its end. Moments in UTC."""
    expected = [item for item in outcome.open_items if item.kind == EXPECTED]
    return Summary(
        site=site.file.site.name,
        night_id=outcome.night_id,
        state=outcome.state,
        begun_at=begun_at,
        ended_at=ended_at,
        exit_code=_of_lake(outcome) or (WAITS if outcome.waits_for_a_person else 0),
        plates=_plates(outcome),
        patients=outcome.groups,
        refused=tuple(_called(file) for file in outcome.refused),
        refused_parts=_counted(part.kind for part in outcome.refused_parts),
        open_items=_counted(item.kind for item in outcome.open_items),
        blocking=outcome.blocking_count,
        expected=tuple(_hashed(item) for item in expected),
        expected_count=sum(item.item_count for item in expected),
        alarms=_counted(alarm.rule for alarm in outcome.alarms if alarm.is_new),
        alarms_standing=len(outcome.alarms),
        seconds={name: round(value, 3) for name, value in outcome.seconds.items()},
        lake={0: "", SiteTrouble.exit_code: AWAY}.get(_of_lake(outcome), ANOTHERS),
    )


def _of_lake(outcome: Outcome) -> int:
    """With what `pbis night` exits for its lake; 0 where that holds all, or there is none."""
    return outcome.lake.exit_code if outcome.lake is not None else 0


def failed(site: Site, error: BaseException, begun_at: datetime, ended_at: datetime) -> Summary:
    """A night that could not be done, or that was asked to end. Its error is told by its kind: the words can name files."""
    is_stopped = is_stop(error) and not isinstance(error, PbisError)
    code = error.exit_code if isinstance(error, PbisError) else _INTERRUPTED if is_stopped else PbisError.exit_code
    state = STOPPED if is_stopped else FAILED
    kind = (KeyboardInterrupt if is_stopped else type(error)).__name__
    return Summary(site.file.site.name, state, begun_at, ended_at, exit_code=code, error=kind)


def killed(site: Site, begun_at: datetime, ended_at: datetime) -> Summary:
    """A night whose process ended without a word: killed, or out of memory."""
    return Summary(site.file.site.name, FAILED, begun_at, ended_at, exit_code=_KILLED, error=KILLED)


def _plates(outcome: Outcome) -> dict[str, int]:
    return {
        "loaded": outcome.plates_loaded,
        "computed_anew": outcome.plates_recomputed,
        "already_known": outcome.plates_known,
        "superseded": outcome.plates_superseded,
        "held": len(outcome.held),
    }


def _counted(words: Iterable[str]) -> dict[str, int]:
    counted = Counter(words)
    return dict(sorted(counted.items()))


def _called(file: RefusedFile) -> str:
    """`labs-3f2a91c04be7`, as a release calls it; the kind alone where its bytes were not read."""
    return f"{file.kind}-{file.file_id[:HASH_DIGITS]}" if file.file_id else file.kind


def _hashed(item: OpenItem) -> str:
    """`layout-3f2a91c04be7`: what is planned by the hash of its name, as a release calls it."""
    return item.object_key if item.object_kind in OF_CELLS else called(item.object_kind, item.object_key)
