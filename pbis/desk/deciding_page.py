"""Deciding about a plate: choose, see what it would change, confirm. Every step is a page, so that it works without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pbis.core.decision import EXCLUDE, KEEP, REVERSE, REVIEWS, Decision, standing
from pbis.core.errors import Conflict, UsageError
from pbis.core.review import require_head
from pbis.desk.asked import CAUSES_OF, WHAT, AskedForm, AskedHere, What, finding_value, in_words, requests_of
from pbis.desk.effect_tables import shown_of
from pbis.desk.guard import NotAllowed
from pbis.desk.pages import page
from pbis.desk.people import Permission, Person
from pbis.desk.plate_page import Number, RunId, about, place_of, plate_here, plate_name
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.desk.twice import back_to, stands_already
from pbis.desk.work import enqueue
from pbis.pipeline.plate_decisions import Row, decide_all, events_about
from pbis.pipeline.previewing import preview
from pbis.pipeline.released_plates import analytes_of, basis_of, flags_of, wells_of

Names = Annotated[list[Annotated[str, Query(max_length=200)]] | None, Query()]
_HEADS = {
    EXCLUDE: "Exclude from plate",
    KEEP: "Keep what a rule took from plate",
    REVERSE: "Withdraw a decision about plate",
}


def exclude(
    request: Request,
    desk: DeskHere,
    person: PersonHere,
    run_id: RunId,
    plate_number: Number,
    what: What = "wells",
    well: Names = None,
    group: Names = None,
    analyte: Names = None,
) -> HTMLResponse:
    """The form; what the address names is chosen already."""
    ask = AskedForm("exclude", what, tuple(well or ()), tuple(group or ()), tuple(analyte or ()))
    return _form(request, desk, plate_here(desk, run_id, plate_number), ask)


def keep(request: Request, desk: DeskHere, person: PersonHere, run_id: RunId, plate_number: Number) -> HTMLResponse:
    """The form of findings that take results away."""
    return _form(request, desk, plate_here(desk, run_id, plate_number), AskedForm("keep"))


def withdraw(
    request: Request,
    desk: DeskHere,
    person: PersonHere,
    run_id: RunId,
    plate_number: Number,
    sequence: Annotated[int, Path(ge=1, le=2**31)],
) -> HTMLResponse:
    """The form: withdrawing is a decision, too. 404 where no decision of that number stands about the plate."""
    plate = plate_here(desk, run_id, plate_number)
    events = events_about(desk.root, plate)
    if sequence not in {one.sequence for one in standing(events)}:
        raise HTTPException(
            404, f"no decision {sequence} about this plate stands; it may have been withdrawn meanwhile"
        )
    require_right_to_reverse(person, events, sequence)
    return _form(request, desk, plate, AskedForm("reverse", reverses=sequence))


def show_effect(
    request: Request, desk: DeskHere, person: PersonHere, run_id: RunId, plate_number: Number, ask: AskedHere
) -> Response:
    """What it would change, before it is entered; the form again where it cannot be."""
    plate = plate_here(desk, run_id, plate_number)
    _require_right(desk, person, plate, ask)
    try:
        require_head(events_about(desk.root, plate), ask.seen, person.account)
        _require_basis(desk, plate, ask)
        requests = requests_of(ask, plate, person.account)
        effect = preview(desk.root, requests, desk.clock)
    except Conflict as newer:
        return conflict(request, desk, plate, newer, ask)
    except UsageError as error:
        return _form(request, desk, plate, ask, str(error))
    context = {
        **about(desk, plate),
        "title": f"What it would change: plate {plate_name(plate)}",
        "ask": ask,
        "words": in_words(ask),
        "requests": requests,
        "effect": shown_of(effect),
        "causes": CAUSES_OF[ask.kind],
    }
    return page(request, "desk_effect.html.j2", context)


def confirm(
    request: Request, desk: DeskHere, person: PersonHere, run_id: RunId, plate_number: Number, ask: AskedHere
) -> Response:
    """Enter it, and have it computed; back to the plate."""
    plate = plate_here(desk, run_id, plate_number)
    _require_right(desk, person, plate, ask)
    place, requests = place_of(plate), []
    try:
        requests = requests_of(ask, plate, person.account)
        _require_basis(desk, plate, ask)
        decide_all(desk.root, plate, requests, desk.clock, ask.seen)
    except Conflict as newer:
        if stands_already(desk.root, newer, requests):
            return back_to(desk, place, person.account)
        return conflict(request, desk, plate, newer, ask)
    except UsageError as error:
        return _form(request, desk, plate, ask, str(error))
    job = enqueue(desk, f"{in_words(ask)}: plate {plate_name(plate)}", person, link=place)
    return RedirectResponse(f"{place}?job={job.key}", 303)


def _require_basis(desk: DeskSite, plate: Row, ask: AskedForm) -> None:
    """Conflict where the plate was computed from another layout, lot sheet or configuration since: what was chosen may mean other specimens now, and
    what it would change was computed for those of before."""
    if ask.basis and ask.basis != basis_of(desk.root, plate["run_id"], plate["plate_number"]):
        raise Conflict(
            f"the layout, the lot sheet, the checks or the program of {plate_name(plate)} are others than when you opened this page, and nothing was "
            "entered: it was computed anew meanwhile"
        )


def _require_right(desk: DeskSite, person: Person, plate: Row, ask: AskedForm) -> None:
    if ask.kind == REVERSE:
        require_right_to_reverse(person, events_about(desk.root, plate), ask.reverses)


def require_right_to_reverse(person: Person, events: Sequence[Decision], sequence: int) -> None:
    """Who may not accept a plate may not take an acceptance, a rejection or a signature back, wherever that is asked for."""
    is_review = any(one.sequence == sequence and one.kind in REVIEWS for one in events)
    if is_review and not person.may(Permission.APPROVE):
        raise NotAllowed(Permission.APPROVE)


def conflict(
    request: Request,
    desk: DeskSite,
    plate: Row,
    newer: Conflict,
    ask: AskedForm | None = None,
    typed: tuple[str, str] = ("", ""),
) -> HTMLResponse:
    """Somebody else was faster: what they decided, and the way back. ask: what this person had chosen, which goes on from what stands now; typed:
    of another form, what was asked for and the reason as it was typed, to be read."""
    now = about(desk, plate)
    again = None if ask is None else replace(ask, seen=now["seen"], basis=now["basis"])
    context = {**now, "title": "Not entered: the plate is another now", "words": str(newer), "again": again}
    words, reason = typed if ask is None else (in_words(ask), ask.reason)
    context |= {"asked_words": words, "asked_reason": reason}
    return page(request, "desk_conflict.html.j2", context, 409)


def _form(request: Request, desk: DeskSite, plate: Row, ask: AskedForm, wrong: str = "") -> HTMLResponse:
    run_id, number = plate["run_id"], plate["plate_number"]
    wells = wells_of(desk.root, run_id, number)
    flags = flags_of(desk.root, run_id, number) if ask.kind == KEEP else ()
    context = {
        **about(desk, plate),
        "title": f"{_HEADS[ask.kind]} {plate_name(plate)}",
        "ask": ask,
        "wrong": wrong,
        "causes": CAUSES_OF[ask.kind],
        "whats": WHAT,
        "grid": _grid(wells),
        "groups": list(dict.fromkeys(row["replicate_group"] for row in wells if row["replicate_group"])),
        "analytes": analytes_of(desk.root, run_id, number),
        "flags": [(finding_value(row), row) for row in flags],
    }
    return page(request, "desk_decide.html.j2", context, 422 if wrong else 200)


def _grid(wells: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """Rows of the plate with their wells in the place where they lie: a cell a column, None where there is none."""
    rows: dict[str, dict[str, Any]] = {}
    for row in wells:
        rows.setdefault(row["well"].rstrip("0123456789"), {})[row["well"].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")] = row
    columns = sorted({column for cells in rows.values() for column in cells}, key=lambda name: (len(name), name))
    return {"columns": columns, "lines": {name: [cells.get(one) for one in columns] for name, cells in rows.items()}}
