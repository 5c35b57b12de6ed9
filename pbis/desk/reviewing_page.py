"""Reviewing a plate as a whole: accept it, reject it, order its repeat, sign for it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pbis.config import load_site
from pbis.core.decision import ACCEPT, CAUSES, LONGEST, REJECT, REPEAT, SIGN
from pbis.core.errors import Conflict, UsageError
from pbis.core.review import SIGNERS
from pbis.desk.asked import EXCLUDING
from pbis.desk.deciding_page import conflict
from pbis.desk.pages import page
from pbis.desk.plate_page import Number, RunId, about, place_of, plate_here, plate_name
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.desk.work import enqueue
from pbis.pipeline.accounts import signer
from pbis.pipeline.deciding import Request as Asked
from pbis.pipeline.plate_decisions import Row
from pbis.pipeline.reviewing import review
from pbis.pipeline.reviews_now import results_here

Kind = Literal["accept", "reject", "repeat"]
Meaning = Literal["review", "approval", "responsibility"]
_CAUSE = "review"
_OUT = {_CAUSE: CAUSES[_CAUSE]} | EXCLUDING
DONE = {ACCEPT: "Accept", REJECT: "Reject", REPEAT: "Order a repeat of", SIGN: "Sign for"}
MEANINGS = {
    "review": "I reviewed this plate",
    "approval": "I approve this plate",
    "responsibility": "I am responsible for this plate",
}
_Reason = Annotated[str, Form(max_length=LONGEST)]
_Seen = Annotated[str, Form(max_length=64)]


def show(request: Request, desk: DeskHere, person: PersonHere, run_id: RunId, plate_number: Number) -> HTMLResponse:
    """What can be said of the plate, each in a form of its own."""
    return _page(request, desk, plate_here(desk, run_id, plate_number))


def enter(
    request: Request,
    desk: DeskHere,
    person: PersonHere,
    run_id: RunId,
    plate_number: Number,
    kind: Annotated[Kind, Form()],
    reason: _Reason = "",
    cause: Annotated[str, Form(max_length=40)] = _CAUSE,
    answered_by: Annotated[str, Form(max_length=200)] = "",
    seen: _Seen = "",
    results: _Seen = "",
) -> Response:
    """Accept, reject, order a repeat or say which plate answers it; then the plate again."""
    plate = plate_here(desk, run_id, plate_number)
    asked = Asked(
        kind, person.account, cause if cause in _OUT else "", reason.strip(), run_id, plate_number,
        expected_head=seen, expected_results=results or None, answered_by=answered_by.strip(),
    )  # fmt: skip
    return _entered(request, desk, person, plate, asked)


def sign(
    request: Request,
    desk: DeskHere,
    person: PersonHere,
    run_id: RunId,
    plate_number: Number,
    meaning: Annotated[Meaning, Form()],
    password: Annotated[str, Form(max_length=1000)] = "",
    reason: _Reason = "",
    seen: _Seen = "",
    results: _Seen = "",
) -> Response:
    """Sign, after the password of the account was given again."""
    plate = plate_here(desk, run_id, plate_number)
    try:
        who = signer(load_site(desk.root), person.account, password, desk.clock(), request.state.sender)
    except UsageError as error:
        return _page(request, desk, plate, str(error), 403)
    asked = Asked(
        SIGN, person.account, _CAUSE, reason.strip() or MEANINGS[meaning], run_id, plate_number,
        expected_head=seen, expected_results=results or None, meaning=meaning, signer=who,
    )  # fmt: skip
    return _entered(request, desk, person, plate, asked)


def _entered(request: Request, desk: DeskSite, person: PersonHere, plate: Row, asked: Asked) -> Response:
    try:
        review(desk.root, asked, desk.clock)
    except Conflict as newer:
        return conflict(request, desk, plate, newer)
    except UsageError as error:
        return _page(request, desk, plate, str(error), 422)
    place = place_of(plate)
    job = enqueue(desk, f"{DONE[asked.kind]} plate {plate_name(plate)}", person, link=place)
    return RedirectResponse(f"{place}?job={job.key}", 303)


def _page(request: Request, desk: DeskSite, plate: Row, wrong: str = "", status: int = 200) -> HTMLResponse:
    context = {
        **about(desk, plate),
        "title": f"Review of plate {plate_name(plate)}",
        "wrong": wrong,
        "meanings": {
            name: words for name, words in MEANINGS.items() if request.state.person.role.value in SIGNERS[name]
        },
        "results": results_here(desk.root, dict(plate)),
        "causes": _OUT,
    }
    return page(request, "desk_review.html.j2", context, status)
