"""Reviewing a plate as a whole: accept it, reject it, order its repeat, see what that would change, confirm; and sign for it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pbis.config import load_site
from pbis.core.decision import ACCEPT, LONGEST, SIGN
from pbis.core.errors import Conflict, UsageError
from pbis.core.review import SIGNERS, unsignable
from pbis.desk.deciding_page import conflict
from pbis.desk.effect_tables import shown_of
from pbis.desk.pages import page
from pbis.desk.plate_page import Number, RunId, about, place_of, plate_here, plate_name
from pbis.desk.review_form import CAUSE, OUT, ReviewForm, ReviewHere
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.desk.twice import back_to, stands_already
from pbis.desk.work import enqueue
from pbis.pipeline.account_store import printed_names
from pbis.pipeline.accounts import signer
from pbis.pipeline.deciding import Request as Asked
from pbis.pipeline.plate_decisions import Row
from pbis.pipeline.previewing import preview_of
from pbis.pipeline.reviewing import review
from pbis.pipeline.reviews_now import results_here

Meaning = Literal["review", "approval", "responsibility"]
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


def show_effect(
    request: Request, desk: DeskHere, person: PersonHere, run_id: RunId, plate_number: Number, ask: ReviewHere
) -> Response:
    """The state that would follow and what would stand otherwise, before it is entered; the forms again where it cannot be."""
    plate = plate_here(desk, run_id, plate_number)
    try:
        meant = review(desk.root, ask.request(plate, person.account), desk.clock, is_dry_run=True)
        effect = preview_of(load_site(desk.root), [meant.decision], desk.clock)
    except Conflict as newer:
        return conflict(request, desk, plate, newer, typed=(ask.words(), ask.reason))
    except UsageError as error:
        return _page(request, desk, plate, str(error), 422, ask)
    context = {
        **about(desk, plate),
        "title": f"What it would change: plate {plate_name(plate)}",
        "ask": ask,
        "asked_words": ask.words(len(meant.before.exclusions)),
        "meant": meant,
        "standing": meant.before.exclusions if ask.kind == ACCEPT else (),
        "causes": OUT,
        "effect": shown_of(effect),
    }
    return page(request, "desk_review_effect.html.j2", context)


def enter(
    request: Request, desk: DeskHere, person: PersonHere, run_id: RunId, plate_number: Number, ask: ReviewHere
) -> Response:
    """Accept, reject, order a repeat or say which plate answers it; then the plate again."""
    plate = plate_here(desk, run_id, plate_number)
    return _entered(request, desk, person, plate, ask.request(plate, person.account), ask)


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
        SIGN, person.account, CAUSE, reason.strip() or MEANINGS[meaning], run_id, plate_number,
        expected_head=seen, expected_results=results or None, meaning=meaning, signer=who,
    )  # fmt: skip
    return _entered(request, desk, person, plate, asked)


def _entered(
    request: Request, desk: DeskSite, person: PersonHere, plate: Row, asked: Asked, ask: ReviewForm | None = None
) -> Response:
    words, place = "Sign" if ask is None else ask.words(), place_of(plate)
    try:
        review(desk.root, asked, desk.clock)
    except Conflict as newer:
        if stands_already(desk.root, newer, [asked]):
            return back_to(desk, place, person.account)
        return conflict(request, desk, plate, newer, typed=(words, asked.reason))
    except UsageError as error:
        return _page(request, desk, plate, str(error), 422, ask)
    job = enqueue(desk, f"{words}: plate {plate_name(plate)}", person, link=place)
    return RedirectResponse(f"{place}?job={job.key}", 303)


def _page(
    request: Request, desk: DeskSite, plate: Row, wrong: str = "", status: int = 200, ask: ReviewForm | None = None
) -> HTMLResponse:
    """ask: what was sent, which the forms hold again."""
    told, person = about(desk, plate), request.state.person
    printed = printed_names(load_site(desk.root).path("state"))
    in_the_way = unsignable(told["review"], person.account, person.name, person.role.value, printed)
    own = [meaning for meaning in in_the_way if person.role.value in SIGNERS[meaning]]
    context = {
        **told,
        "title": f"Review of plate {plate_name(plate)}",
        "wrong": wrong,
        "ask": ask,
        "meanings": {name: MEANINGS[name] for name in own if not in_the_way[name]},
        "unsignable": list(dict.fromkeys(in_the_way[name] for name in own if in_the_way[name])),
        "results": results_here(desk.root, dict(plate)),
        "causes": OUT,
    }
    return page(request, "desk_review.html.j2", context, status)
