"""Entering a decision: which plate and which object are meant, what it would touch, and the line in the log.

What is looked at is the newest release, as a person sees it; the next night computes with the decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.config import load_site
from pbis.core.decision import ERASE, EXCLUDE, KEEP, REJECT, REPEAT, REVERSE, Decision, Target, clock_behind, standing
from pbis.core.errors import UsageError
from pbis.core.quoted import called_group
from pbis.core.review import about, require_head
from pbis.core.site_time import shown
from pbis.core.verdicts.decided import is_about
from pbis.core.words import nearest
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.published import run_query
from pbis.pipeline.reviews_now import stale_acceptances
from pbis.pipeline.sealing import enter_decision, enter_decisions
from pbis.pipeline.signing import SigningPerson

Row = dict[str, Any]
HELD, TWIN = "held", "twin"
_OUT = (EXCLUDE, REJECT, REPEAT)
_PLATES = "select run_id, plate, plate_number, plate_content, state from plate"
_TWINS = "select twin_run_id, twin_plate_number from twin where run_id = '{}' and plate_number = {} order by all"
_HELD_TOGETHER = """
    with twin as (from twin where run_id = '{0}' or twin_run_id = '{0}'),
    meant as (select run_id, plate_number from twin union select twin_run_id, twin_plate_number from twin)
    select run_id, plate, plate_number, file_name, plate.started_at, held.sentence
    from meant join held_plate as held using (run_id, plate_number) join (select run_id, plate_number, started_at from plate) as plate
        using (run_id, plate_number)
    order by plate, run_id
"""
_IDLE = "select object_key from open_item where kind = 'decision_not_applying'"
_READINGS = (
    "select well, replicate_group, analyte, reportable from result_all where run_id = '{}' and plate_number = {}"
)
_FLAGS = """
    select rule, plate_number, well, replicate_group, analyte, message from qc_flag where run_id = '{0}'
    union all select rule, plate_number, null, null, analyte, message from qc_trend where run_id = '{0}'
"""


@dataclass(frozen=True)
class Request:
    """What a person asks for. plate: its name, or the first characters of its run_id; the rest as core.decision has it.

    expected_head: decision_id of the last event about the plate that the person saw, '' for none; expected_results: hash of the plate's
    results that the person saw, of an acceptance or a signature; None asks for nothing of either. meaning, signer: of
    a signature; answered_by: name of the plate that was run instead, of a repeat."""

    kind: str
    author: str
    cause: str
    reason: str
    plate: str = ""
    plate_number: int = 1
    well: str | None = None
    replicate_group: str | None = None
    analyte: str | None = None
    rule: str | None = None
    reverses: int | None = None
    told: str | None = None
    expected_head: str | None = None
    expected_results: str | None = None
    meaning: str | None = None
    signer: SigningPerson | None = None
    answered_by: str = ""


@dataclass(frozen=True)
class Preview:
    """The decision as it would be or was entered; readings: that it is about; reportable: those of them in results today."""

    decision: Decision
    readings: int
    reportable: int
    findings: tuple[str, ...]


def decide(root: Path, request: Request, clock: Callable[[], datetime], *, is_dry_run: bool = False) -> Preview:
    """Enter a decision into the site's log, or only say what it would be. UsageError where it means nothing there is, Conflict where somebody
    else decided about the plate since request.expected_head."""
    site = load_site(root)
    events = log_of(site)
    run_id, target = _reversed_target(events, request) if request.kind == REVERSE else target_of(root, request)
    own = (request.author, request.kind, target, request.cause, request.reason, request.rule, request.reverses)
    decision = Decision(0, clock(), *own, told=request.told)
    preview = _preview(root, run_id, decision)
    require = as_seen(request, run_id, target)
    if is_dry_run:
        require(events)
        return preview
    return replace(preview, decision=enter_decision(site, decision, require))


def as_seen(request: Request, run_id: str | None, target: Target) -> Callable[[tuple[Decision, ...]], None]:
    """Looks at a log: Conflict where its last event about the plate is not request.expected_head."""
    names = (target.plate_content, run_id or target.plate_content)
    return lambda known: require_head(about(known, names, target.plate_number), request.expected_head, request.author)


def release(root: Path, request: Request, clock: Callable[[], datetime], *, is_dry_run: bool = False) -> list[Preview]:
    """Say that a held plate is the right one: each of its twins is excluded, an event each, all of them or none. UsageError where it is not held,
    or somebody said that another one is right, by which it is excluded itself.

    Both cannot be right: no second read gives every median again.
    """
    run_id, target = target_of(root, request)
    twins = run_query(root, _TWINS.format(run_id, target.plate_number)).to_pylist()
    if not twins:
        raise UsageError(
            f"{request.plate} is not held: nothing waits to be released; `select * from held_plate` lists them"
        )
    site = load_site(root)
    excluded = {event.target.object for event in standing(log_of(site))}
    asked = [_excluding(request, twin) for twin in twins]
    left = [one for one in asked if target_of(root, one)[1].object not in excluded]
    if not left:
        raise UsageError(f"{request.plate} is released already; the next night computes with it")
    meant = [decide(root, one, clock, is_dry_run=True) for one in left]
    itself = {"twin_run_id": run_id, "twin_plate_number": target.plate_number}
    own = target_of(root, _excluding(request, itself))[1].object

    def require(events: tuple[Decision, ...]) -> None:
        out = next((one for one in standing(events) if one.kind in _OUT and one.target.object == own), None)
        if out is not None:
            raise UsageError(
                f"{request.plate} is excluded itself: decision {out.sequence}, {out.kind} {out.target}, {out.words}; neither would be left. Reverse that one "
                "first, if this one is right"
            )

    if is_dry_run:
        require(log_of(site))
        return meant
    entered = enter_decisions(site, [one.decision for one in meant], require)
    return [replace(one, decision=decision) for one, decision in zip(meant, entered, strict=True)]


def _excluding(request: Request, twin: Row) -> Request:
    names = {"plate": twin["twin_run_id"], "plate_number": twin["twin_plate_number"]}
    return replace(
        request, kind=EXCLUDE, cause=TWIN, expected_head=None, **names
    )  # what was seen is of the other plate


def twins_of(root: Path, run_id: str) -> list[Row]:
    """The plates that are held together with those of a run, itself among them: run_id, plate, plate_number, file_name, started_at, sentence."""
    found: list[Row] = run_query(root, _HELD_TOGETHER.format(run_id)).to_pylist()
    return found


def list_decisions(root: Path) -> pa.Table:
    """Every event of the log with whether it stands and touches anything, or accepted a plate as it is no more, and whether the clock was
    behind, as a table for people."""
    site = load_site(root)
    events = log_of(site)
    left, behind = {one.sequence for one in standing(events)}, clock_behind(events)
    touch = dict.fromkeys(_touching_nothing(root), "touches nothing") | dict.fromkeys(stale_acceptances(root), "stale")
    rows = [
        _shown(event, touch.get(event.sequence, "yes") if event.sequence in left else "")
        | {"clock": "clock_behind" if event.sequence in behind else ""}
        for event in events
    ]
    names = (
        "sequence",
        "stands",
        "decided_at",
        "clock",
        "author",
        "kind",
        "about",
        "rule",
        "told",
        "cause",
        "reason",
        "reverses",
    )
    return pa.table({name: pa.array([row[name] for row in rows]) for name in names})


def _touching_nothing(root: Path) -> frozenset[int]:
    """Numbers of standing decisions that the newest release finds to touch nothing any more; none where nothing is published yet."""
    try:
        found = run_query(root, _IDLE).column(0).to_pylist()
    except UsageError:
        return frozenset()
    return frozenset(int(number) for number in found)


def _shown(event: Decision, stands: str) -> Row:
    own = ("sequence", "author", "kind", "rule", "cause", "reason", "reverses")
    words = {"stands": stands, "decided_at": shown(event.moment, event.zone)}
    told = None if event.kind == ERASE else event.told  # hashes, by the thousand
    return {name: getattr(event, name) for name in own} | words | {"about": str(event.target), "told": told}


def _reversed_target(events: tuple[Decision, ...], request: Request) -> tuple[None, Target]:
    found = next((event for event in events if event.sequence == request.reverses), None)
    if found is None:
        raise UsageError(f"there is no decision {request.reverses}; `pbis decide list` shows them")
    return None, found.target


def target_of(root: Path, request: Request) -> tuple[str, Target]:
    """The run and the object that a request is about. UsageError where no published plate, or more than one, is called so."""
    rows = [row for row in run_query(root, _PLATES).to_pylist() if row["plate_number"] == request.plate_number]
    named = [row for row in rows if row["plate"] == request.plate]
    found = named or [row for row in rows if len(request.plate) >= 8 and row["run_id"].startswith(request.plate)]
    if len(found) != 1:
        many = "several plates are" if found else "no published plate is"
        near = "" if found else nearest(request.plate, [row["plate"] for row in rows if row["plate"]])
        listed = "`select plate, plate_number, run_id from plate` lists them"
        raise UsageError(f"{many} called {request.plate!r}{near}; {listed}")
    return _about(found[0], (request.well, request.replicate_group, request.analyte), request.kind)


def _about(plate: Row, inside: tuple[str | None, ...], kind: str) -> tuple[str, Target]:
    """Of plates that are held because they share their readings, an exclusion of the whole means the one: it names the run."""
    is_one_of_several = plate["state"] == HELD and kind in _OUT and not any(inside)
    content = plate["run_id"] if is_one_of_several else plate["plate_content"]
    return plate["run_id"], Target(content, plate["plate"], plate["plate_number"], *inside)


def _preview(root: Path, run_id: str | None, decision: Decision) -> Preview:
    if run_id is None:
        return Preview(decision, 0, 0, ())
    rows = run_query(root, _READINGS.format(run_id, decision.target.plate_number))
    for name in ("well", "replicate_group", "analyte"):
        wanted = getattr(decision.target, name)
        if wanted:
            known = [each for each in pc.unique(rows.column(name)).to_pylist() if each]
            names = pa.array([wanted, called_group(wanted)] if name == "replicate_group" else [wanted], pa.string())
            rows = rows.filter(pc.is_in(rows.column(name), value_set=names))
            if not rows.num_rows:
                raise UsageError(
                    f"nothing on the plate is {decision.target}: there is no {name.replace('_', ' ')} {wanted!r}{nearest(wanted, known)}; "
                    "`select well, replicate_group, analyte from result_all` lists them"
                )
    if not rows.num_rows:
        raise UsageError(f"nothing on the plate is {decision.target}")
    findings = _kept_findings(root, run_id, decision) if decision.kind == KEEP else ()
    reportable = pc.sum(rows.column("reportable").cast(pa.int64())).as_py() or 0
    return Preview(decision, rows.num_rows, reportable, findings)


def _kept_findings(root: Path, run_id: str, decision: Decision) -> tuple[str, ...]:
    flags = run_query(root, _FLAGS.format(run_id)).to_pylist()
    found = tuple(row["message"] for row in flags if row["rule"] == decision.rule and is_about(decision, row))
    if not found:
        known = sorted({row["rule"] for row in flags})
        raise UsageError(
            f"no finding of {decision.rule} is about exactly {decision.target}; the plate has findings of: {', '.join(known)}"
        )
    return found
