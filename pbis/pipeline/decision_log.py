"""The decision log: one SQLite file that is only ever added to, and that a rebuild of everything else starts from."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from pbis.config import Site
from pbis.core.decision import Decision, Target, chained, in_zone, verify
from pbis.core.errors import IntegrityError, SiteBusy
from pbis.files.trouble import trouble_of
from pbis.pipeline.read_once import ReadOnce, seen

_WAIT_SECONDS = 10.0
_TARGET = ("plate_content", "plate", "plate_number", "well", "replicate_group", "analyte")
_OWN = ("sequence", "decided_at", "author", "kind", "cause", "reason", "rule", "reverses", "previous_id", "decision_id")
_LATER = {"told": "text"}  # columns that logs of earlier builds lack
_SHAPE = """
create table if not exists decision (
    sequence integer primary key, decision_id text not null unique, previous_id text not null unique,
    decided_at text not null, author text not null, kind text not null, plate_content text not null, plate text not null,
    plate_number integer not null, well text, replicate_group text, analyte text, rule text, cause text not null,
    reason text not null, reverses integer unique references decision (sequence)
) strict;
create trigger if not exists decision_is_not_changed before update on decision
begin select raise(abort, 'decisions are never changed'); end;
create trigger if not exists decision_is_not_deleted before delete on decision
begin select raise(abort, 'decisions are never deleted'); end;
"""


_TRIGGER = re.compile(r"create trigger if not exists (\w+) .*?end;", re.DOTALL)


def log_of(site: Site) -> tuple[Decision, ...]:
    """All events of a site's log, as its people read them. IntegrityError where the chain is broken."""
    return read_log(site.path("decisions"), site.time_zone)


def read_log(path: Path, zone: tzinfo = UTC) -> tuple[Decision, ...]:
    """All events in their order; none where there is no log yet. IntegrityError where the chain is broken. zone: of people, and of
    events that say none."""
    before = seen(path)
    if (
        before is None or not before.size
    ):  # SQLite makes the file before the first transaction, which is somebody's right now
        return ()
    return _READ.of(path, zone, before, lambda: _read(path, zone))


def _read(path: Path, zone: tzinfo) -> tuple[Decision, ...]:
    with _opened(path) as con:
        return in_zone(_events(con), zone)


def append(path: Path, event: Decision, require: Callable[[tuple[Decision, ...]], None] | None = None) -> Decision:
    """Add an event at the end and return it as the log has it. UsageError where it makes no sense there. require: raises where it may
    not follow the events that are there."""
    return append_all(path, [event], require)[0]


def append_all(
    path: Path, asked: Sequence[Decision], require: Callable[[tuple[Decision, ...]], None] | None = None
) -> tuple[Decision, ...]:
    """Add events at the end, all of them or none, and return them as the log has them. UsageError where one makes no sense there.

    require: raises where they may not follow the events that are there, which nobody can add to meanwhile.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _opened(path) as con:
        _begin(con)  # nobody may add one between what this reads and what it writes
        before = in_zone(_events(con), asked[0].zone)
        if require is not None:
            require(before)
        events = before
        for event in asked:
            events = (*events, chained(events, event))
            row = _row(events[-1])
            marks = ", ".join(f":{name}" for name in row)
            con.execute(f"insert into decision ({', '.join(row)}) values ({marks})", row)
        con.commit()
    return events[len(before) :]


def redact_log(path: Path, events: Iterable[Decision], vouch: Callable[[], Decision]) -> Decision:
    """Put blanked words in the place of what these events said, and let `vouch` add the event that vouches for them.

    The vouching event is added first: a log whose words are still there reads as it did, and one without it would not read at all.
    What was overwritten is gone from the file."""
    entered = vouch()
    with _opened(path) as con:
        con.execute("pragma secure_delete = on")
        con.execute("begin immediate")
        con.execute("drop trigger if exists decision_is_not_changed")
        for event in events:
            row = _row(event)
            names = ", ".join(
                f"{name} = :{name}" for name in row if name not in ("sequence", "decision_id", "previous_id")
            )
            con.execute(f"update decision set {names} where sequence = :sequence", row)
        con.commit()
        con.executescript(_SHAPE)
        con.execute("vacuum")
        _events(con)
    return entered


def restore_log(path: Path, events: Iterable[Decision]) -> None:
    """The log of another site, event for event, in the place of none. IntegrityError where it is no unbroken chain."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _opened(path) as con:
        _begin(con)
        for event in events:
            row = _row(event)
            con.execute(
                f"insert into decision ({', '.join(row)}) values ({', '.join(f':{name}' for name in row)})", row
            )
        _events(con)
        con.commit()


def missing_triggers(path: Path) -> tuple[str, ...]:
    """Those of the log's guards against changes that are not in it as they were made; none of a log that is not there."""
    if not path.exists():
        return ()
    wanted = {found[1]: " ".join(found[0].split()) for found in _TRIGGER.finditer(_SHAPE)}
    with _opened(path) as con:
        rows = con.execute("select name, sql from sqlite_master where type = 'trigger'").fetchall()
    found = {row["name"]: " ".join(row["sql"].split()).casefold() for row in rows}
    made = {name: text.replace(" if not exists", "") for name, text in wanted.items()}
    return tuple(name for name, text in made.items() if found.get(name) != text.removesuffix(";"))


def copy_log(path: Path, target: Path) -> None:
    """A whole copy of the log, by SQLite itself, while others may add to it."""
    with _opened(path) as con, closing(sqlite3.connect(target)) as copy:
        con.backup(copy)


_READ: ReadOnce[tuple[Decision, ...]] = ReadOnce()


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS)) as con:
            con.row_factory = sqlite3.Row
            con.execute("pragma synchronous = full")
            yield con
    except sqlite3.OperationalError as error:
        trouble = trouble_of(error, (path,))
        if trouble is not None:
            raise trouble from None
        raise SiteBusy(f"{path}: the decision log cannot be used now: {error}") from None
    except sqlite3.DatabaseError as error:
        raise IntegrityError(f"{path}: the decision log is damaged: {error}") from None


def _begin(con: sqlite3.Connection) -> None:
    """Begin a transaction, alone, on a log that has today's shape: two who decide first on a site both find one without the later columns."""
    con.executescript(_SHAPE)
    con.execute("begin immediate")
    for name in _LATER.keys() - _columns(con):
        con.execute(f"alter table decision add column {name} {_LATER[name]}")


def _events(con: sqlite3.Connection) -> tuple[Decision, ...]:
    names = (*_TARGET, *_OWN, *sorted(_LATER.keys() & _columns(con)))
    rows = con.execute(f"select {', '.join(names)} from decision order by sequence").fetchall()
    return verify(_event(dict(row)) for row in rows)


def _columns(con: sqlite3.Connection) -> set[str]:
    return {row["name"] for row in con.execute("pragma table_info(decision)")}


def _row(event: Decision) -> dict[str, Any]:
    row: dict[str, Any] = asdict(event)
    del row["zone"]
    target: dict[str, Any] = row.pop("target")
    return row | target | {"decided_at": event.decided_at.isoformat()}


def _event(row: dict[str, Any]) -> Decision:
    target = Target(**{name: row.pop(name) for name in _TARGET})
    return Decision(**row | {"target": target, "decided_at": datetime.fromisoformat(row["decided_at"])})
