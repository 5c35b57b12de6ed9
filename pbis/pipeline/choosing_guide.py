"""Choosing the guide set of control charts: which plates are meant, whether they can be one, and the line in the log.

What is looked at is the newest release, as a person sees it; the next night follows all plates with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import expectations
from pbis.config import Site, load_site
from pbis.core.decision import FIRST, GUIDE, REVERSE, Decision, Target, chained, chart_of, standing
from pbis.core.errors import Conflict, UsageError
from pbis.core.review import by_whom, head
from pbis.core.words import nearest, plural
from pbis.pipeline.annotating import lot_numbers
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.published import run_query
from pbis.pipeline.sealing import enter_decision

Row = dict[str, Any]
ALL, CAUSE = "*", "verified"  # somebody has looked; what was seen is the reason
_POINTS = """
    select
        history.run_id, history.plate, history.plate_number, history.run_day, history.analyte, history.metric, history.lot,
        history.instrument, history.method, history.value, history.is_accepted, plate.plate_content
    from main.qc_history as history
    join (select run_id, plate_number, plate_content from plate) as plate using (run_id, plate_number)
    where history.metric = '{}'
    order by history.run_day, history.plate, history.run_id, history.analyte
"""


@dataclass(frozen=True)
class GuideAsked:
    """analyte: of the chart, or ALL; control: qc1 or qc2; lot: of the chart, or one lot number of it; plates: by name or the first
    characters of the run_id, none where is_first: the first plates of the lot again. expected_head: as Request has it, of the events
    about these charts."""

    analyte: str
    control: str
    lot: str
    plates: tuple[str, ...]
    author: str
    reason: str
    cause: str = CAUSE
    is_first: bool = False
    expected_head: str | None = None


@dataclass(frozen=True)
class GuideChosen:
    """The decision as it would be or was entered; warnings: what a person should know of it."""

    decision: Decision
    warnings: tuple[str, ...] = ()


def choose_guide(
    root: Path, asked: GuideAsked, clock: Callable[[], datetime], *, is_dry_run: bool = False
) -> GuideChosen:
    """Enter the choice into the site's log, or only say what it would be. UsageError where the plates can be no guide set; Conflict where
    somebody else chose one for these charts since asked.expected_head."""
    site = load_site(root)
    facts, warnings = _told(root, site, asked)
    told = json.dumps(facts, sort_keys=True, ensure_ascii=False)
    target = Target(FIRST, f"guide set of {asked.control}", analyte=None if asked.analyte == ALL else asked.analyte)
    event = Decision(0, clock(), asked.author, GUIDE, target, asked.cause, asked.reason, told=told, zone=site.time_zone)

    def require(events: tuple[Decision, ...]) -> None:
        _require_seen(events_of_chart(events, chart_of(event)), asked.expected_head, asked.author)

    if not is_dry_run:
        return GuideChosen(enter_decision(site, event, require), warnings)
    events = log_of(site)
    require(events)
    chained(events, event)
    return GuideChosen(event, warnings)


def withdraw_guide(
    root: Path,
    sequence: int,
    author: str,
    cause: str,
    reason: str,
    clock: Callable[[], datetime],
    *,
    expected_head: str | None = None,
    is_dry_run: bool = False,
) -> Decision:
    """Reverse the choice of that number, or only say what the event would be. UsageError where it is no choice that stands; Conflict where
    somebody else chose for these charts, or withdrew, since expected_head."""
    site = load_site(root)
    known = log_of(site)
    found = next((one for one in standing(known) if one.sequence == sequence and one.kind == GUIDE), None)
    if found is None:
        raise UsageError(f"no guide set of decision {sequence} stands; it may have been withdrawn meanwhile")
    chart = chart_of(found)
    event = Decision(0, clock(), author, REVERSE, found.target, cause, reason, reverses=sequence, zone=site.time_zone)

    def require(events: tuple[Decision, ...]) -> None:
        _require_seen(events_of_chart(events, chart), expected_head, author)

    if not is_dry_run:
        return enter_decision(site, event, require)
    require(known)
    chained(known, event)
    return event


def _told(root: Path, site: Site, asked: GuideAsked) -> tuple[Row, tuple[str, ...]]:
    """What the event says, and what a person should know of it."""
    lot, mine = _charts(points_of_control(root, asked.control), asked)
    facts: Row = {"control": asked.control, "lot": lot}
    if asked.is_first:
        _require_no_plates(asked)
        return facts | {"first": True}, ()
    plates = _meant(mine, asked.plates)
    settings = expectations.trend_settings(expectations.load_suite(site.file.assay.profile, site.suite_override))
    warnings = _require_enough(plates, settings.least_plates, settings.guide_plates)
    named = {row["run_id"]: row for row in plates}.values()
    return facts | {
        "plates": [row["plate_content"] for row in named],
        "names": [row["plate"].partition("/")[0] for row in named],
    }, warnings


def points_of_control(root: Path, control: str) -> list[Row]:
    """Every number of a control that is followed, in the order in which plates were read, with what decisions call its plate."""
    found: list[Row] = run_query(root, _POINTS.format(control)).to_pylist()
    return found


def events_of_chart(events: Sequence[Decision], chart: tuple[object, ...] | None) -> tuple[Decision, ...]:
    """Choices for the same charts (core.decision.chart_of), and what reverses one, in the order of the log."""
    own = {one.sequence for one in events if chart is not None and chart_of(one) == chart}
    return tuple(one for one in events if one.sequence in own or one.reverses in own)


def _charts(points: Sequence[Row], asked: GuideAsked) -> tuple[str, list[Row]]:
    """The lot that is meant, and the points of the charts."""
    analytes = sorted({row["analyte"] for row in points})
    mine = [row for row in points if asked.analyte in (ALL, row["analyte"])]
    if not mine:
        raise UsageError(
            f"no plate has a {asked.control} of {asked.analyte!r}{nearest(asked.analyte, analytes)}; followed are "
            f"{', '.join(analytes) or 'none'}, and {ALL!r} means all of them"
        )
    lots = sorted({row["lot"] for row in mine})
    found = [lot for lot in lots if asked.lot == lot] or [lot for lot in lots if asked.lot in lot_numbers(lot)]
    if len(found) != 1:
        many = "several lots have the number" if found else "no chart of it is of lot"
        raise UsageError(f"{many} {asked.lot!r}; expected one of: {' | '.join(found or lots)}")
    return found[0], [row for row in mine if row["lot"] == found[0]]


def _require_no_plates(asked: GuideAsked) -> None:
    if asked.plates:
        raise UsageError(
            "the first plates of the lot are asked for, and plates are named as well; expected one of the two"
        )


def _meant(mine: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """Points of the plates that are named, in the order in which these were read; all must be of one instrument and method."""
    known = sorted({row["plate"] for row in mine})
    runs: set[str] = set()
    for name in dict.fromkeys(names):
        own = [row for row in mine if row["plate"] == name] or [
            row for row in mine if len(name) >= 8 and row["run_id"].startswith(name)
        ]
        if len({row["run_id"] for row in own}) != 1:
            many = "several plates of these charts are" if own else "no plate of these charts is"
            raise UsageError(
                f"{many} called {name!r}{'' if own else nearest(name, known)}; `select plate, run_id, lot from qc_history` lists them"
            )
        runs |= {row["run_id"] for row in own}
    found = [row for row in mine if row["run_id"] in runs]
    places = sorted({f"{row['instrument']} by method {row['method']}" for row in found})
    if len(places) > 1:
        raise UsageError(f"a guide set is of one instrument and method; found {' and '.join(places)}")
    return found


def _require_enough(plates: Sequence[Row], least: int, full: int) -> tuple[str, ...]:
    """UsageError below what limits need; a warning below a full guide set. Of all analytes one at least must have enough."""
    fit = [row for row in plates if row["is_accepted"] and row["run_day"] is not None]
    unfit = sorted({row["plate"] for row in plates} - {row["plate"] for row in fit})
    if unfit:
        raise UsageError(
            f"a guide set is of accepted plates that have a time; not so: {', '.join(unfit)}; leave out what failed, or keep it first"
        )
    runs = {name: {row["run_id"] for row in fit if row["analyte"] == name} for name in {row["analyte"] for row in fit}}
    counts = {name: len(own) for name, own in runs.items()}
    if max(counts.values(), default=0) < least:
        raise UsageError(
            f"limits need {plural(least, 'plate')} (least_plates of the suite); found {max(counts.values(), default=0)}; name more plates"
        )
    short = sorted(name for name, count in counts.items() if count < least)
    few = min(count for count in counts.values() if count >= least)
    warnings = []
    if few < full:
        warnings.append(
            f"{plural(few, 'plate')} {'makes' if few == 1 else 'make'} no full guide set: until there are {full} (guide_plates of the "
            "suite) limits are wider, by Student's t"
        )
    if short:
        warnings.append(
            f"fewer than {least} of these plates are accepted for {', '.join(short)}: limits stay as they are there"
        )
    return tuple(warnings)


def _require_seen(events: Sequence[Decision], expected: str | None, author: str) -> None:
    if expected is None or head(events) == expected:
        return
    newer = f"decision {events[-1].sequence}, {events[-1].kind} {events[-1].words}" if events else "another log"
    who = by_whom(events[-1:], author)
    raise Conflict(f"{who} chose a guide set for this chart meanwhile, and nothing was entered: {newer}")
