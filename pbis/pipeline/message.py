"""How a night ended in words for a mailbox, and as JSON for a program: the same summary, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from pbis.core.open_items import KINDS
from pbis.core.site_time import shown
from pbis.core.words import plural
from pbis.pipeline.summary import ANOTHERS, AWAY, FAILED, KILLED, STOPPED, Summary

HEADLINE = {
    "done": "done",
    "done_with_refusals": "done, but some input was refused",
    "done_with_alarms": "done, but a trend alarm waits for a person",
    "nothing_new": "nothing new; what is known was not done twice",
    "dry_run": "dry run; nothing was written or moved",
    "test": "a message that somebody asked for, to try the way",
    FAILED: "could not be done",
    STOPPED: "was asked to end before it was done",
}
_LAKE = {
    AWAY: "PostgreSQL or the folder is away; the release is not in the lake yet (exit code 8)",
    ANOTHERS: "another writer was at it; the release is not in the lake (exit code 7)",
}
_MOST = 20  # names by hash that a mail lists; more are a count, and `pbis status` has them
_VERSION = 1  # of the JSON: raised where a field changes its meaning


def subject_of(summary: Summary) -> str:
    """One line; whoever reads nothing else knows whether to look."""
    waits = f"; {plural(summary.blocking, 'thing')} to do" if summary.blocking else ""
    lacks = "; not in the lake" if summary.lake else ""
    return f"PBIS {summary.site}: {_night(summary)} {HEADLINE[summary.state]}{waits}{lacks}"


def text_of(summary: Summary, zone: ZoneInfo) -> str:
    """The message as plain text."""
    lines = [f"{_night(summary).capitalize()} of {summary.site}: {HEADLINE[summary.state]}.", ""]
    lines += [f"  {name:<11}{said}" for name, said in _figures(summary, zone) if said]
    lines += [
        "",
        "Files, plates and tubes are called by kind and hash here. Their names, and what to do, say `pbis status`",
    ]
    lines += ["and the morning's page on the machine of the nights.", ""]
    return "\n".join(lines)


def json_of(summary: Summary) -> dict[str, Any]:
    """The message for programs: every field, also those that are empty."""
    told = {name: getattr(summary, name) for name in summary.__struct_fields__}
    plain: dict[str, Any] = msgspec.to_builtins(told)
    return {"version": _VERSION, "needs_a_person": summary.needs_a_person} | plain


def _night(summary: Summary) -> str:
    return f"night {summary.night_id}" if summary.night_id else "night"


def _figures(summary: Summary, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    if summary.error == KILLED:
        yield "begun", shown(summary.begun_at, zone)
    yield "ended", shown(summary.ended_at, zone)
    if summary.is_partial:
        yield "inbox", "a part of it was taken, as somebody asked (--only or --since); the rest waits for a night"
    if summary.error == KILLED:
        yield "error", "its process was killed, or found no memory; the next night completes what it left"
    elif summary.error:
        yield "error", f"{summary.error}, exit code {summary.exit_code}; nothing was published by it"
    yield "plates", _listed(summary.plates)
    yield "patients", _listed(summary.patients)
    yield "refused", _refused(summary)
    yield "to do", _blocking(summary)
    yield "open", ", ".join(f"{KINDS[kind].title}: {count}" for kind, count in summary.open_items.items())
    yield "expected", _expected(summary)
    yield "alarms", _alarms(summary)
    yield "lake", _LAKE.get(summary.lake, "")
    if summary.head:
        yield "decisions", f"event {summary.head['sequence']}, {summary.head['decision_id']}"
    yield "ledger", summary.ledger


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())


def _blocking(summary: Summary) -> str:
    return f"{plural(summary.blocking, 'open item')} keep{'s' * (summary.blocking == 1)} results back" * bool(
        summary.blocking
    )


def _refused(summary: Summary) -> str:
    whole = f"{plural(len(summary.refused), 'file')}: {_names(summary.refused)}" if summary.refused else ""
    parts = ", ".join(f"parts of {count} {kind}" for kind, count in summary.refused_parts.items())
    return "; ".join(filter(None, (whole, parts)))


def _expected(summary: Summary) -> str:
    if not summary.expected:
        return ""
    return f"{summary.expected_count} planned and not there: {_names(summary.expected)}"


def _alarms(summary: Summary) -> str:
    new = ", ".join(f"{rule} ({count})" for rule, count in summary.alarms.items())
    said = f"{summary.alarms_standing} stand" if summary.alarms_standing else ""
    return f"{said}; new tonight: {new}" if new else said


def _names(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
