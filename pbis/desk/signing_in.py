"""Signing in and out, choosing a password by a one-time link, and one's own account."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from pbis.config import load_site
from pbis.core.errors import SiteBusy, UsageError
from pbis.desk.pages import page
from pbis.desk.people import Person
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.desk.signed_out import sign_in_page, typed_before
from pbis.pipeline.account_events import By
from pbis.pipeline.accounts import DeskAccount, by_password, set_password
from pbis.pipeline.links import account_of_link, become_first_admin, choose_password, give_link
from pbis.pipeline.password_age import late_words, require_another
from pbis.pipeline.passwords import LONGEST, SHORTEST
from pbis.pipeline.tries import SignInRefused

Token = Annotated[str, Form(max_length=100)]
Word = Annotated[str, Form(max_length=LONGEST)]
AccountWord = Annotated[str, Form(max_length=64)]
Typed = Annotated[str, Form(max_length=1_000_000)]  # as much as a form may hold
Address = Annotated[str, Form(max_length=300)]


def ask(request: Request, desk: DeskHere) -> HTMLResponse:
    """The form."""
    return sign_in_page(request, desk)


def enter(
    request: Request, desk: DeskHere, account: AccountWord, password: Word, form: Address = "", typed: Typed = ""
) -> Response:
    """Sign in; the session that the browser had before ends. form, typed: what was sent when that one had ended already."""
    kept = {"form": form, "typed": typed}
    try:
        found = by_password(load_site(desk.root), account, password, desk.clock(), request.state.sender)
    except SignInRefused as refusal:
        return sign_in_page(request, desk, str(refusal), 429 if refusal.is_locked else 401, kept)
    except SiteBusy as busy:
        return sign_in_page(request, desk, str(busy), 429, kept)
    if found.provider_key:
        words = "this account signs in elsewhere; its password is for signatures alone"
        return sign_in_page(request, desk, words, 401, kept)
    if late_words(load_site(desk.root), found.account, desk.clock()):  # who knew it chooses another one at once
        token = give_link(load_site(desk.root), found.account, By(found.account, desk.clock()))
        return RedirectResponse(f"/welcome?link={token}", 303)
    token = begin(request, desk, found)
    return with_cookie(desk, token, typed_before(request, form, typed, token, found.name) or RedirectResponse("/", 303))


def leave(request: Request, desk: DeskHere) -> Response:
    """Sign out."""
    desk.sessions.end(request.cookies.get(desk.door.cookie, ""))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(desk.door.cookie, secure=desk.door.is_secure, httponly=True, samesite="strict")
    return answer


def welcome(request: Request, desk: DeskHere, link: Annotated[str, Query(max_length=100)] = "") -> HTMLResponse:
    """The form behind a one-time link; the link is not used up by looking at it."""
    return _welcome(request, desk, link)


def choose(
    request: Request,
    desk: DeskHere,
    link: Token,
    password: Word,
    again: Word,
    account: AccountWord = "",
    name: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """The password is set, the link used up, and the person signed in. account, name: of the first admin."""
    site, now = load_site(desk.root), desk.clock()
    try:
        if password != again:
            raise UsageError("the two passwords differ")
        owner = account_of_link(site, link, now)
        if owner is None:
            found = become_first_admin(site, link, account, name, password, now)
        else:
            require_another(site, owner.account, password, now)
            found = choose_password(site, link, password, now)
    except UsageError as error:
        return _welcome(request, desk, link, str(error))
    return seat(request, desk, found, RedirectResponse("/", 303))


def own(request: Request, person: PersonHere) -> HTMLResponse:
    """The person's account, with a form for another password."""
    return page(request, "own_account.html.j2", {"title": "Your account", "shortest": SHORTEST})


def change(request: Request, desk: DeskHere, person: PersonHere, old: Word, password: Word, again: Word) -> Response:
    """Another password: every other session of the person ends, and this one begins anew."""
    site = load_site(desk.root)
    if password != again:
        raise UsageError("the two new passwords differ")
    try:
        found = by_password(site, person.account, old, desk.clock(), request.state.sender)
    except SignInRefused as refusal:
        if refusal.is_locked:  # whoever guesses here did not sign in
            desk.sessions.revoke(person.account)
        raise
    require_another(site, person.account, password, desk.clock())
    set_password(site, person.account, password, By(person.account, desk.clock()))
    return seat(request, desk, found, RedirectResponse("/", 303))


def seat(request: Request, desk: DeskSite, found: DeskAccount, answer: Response) -> Response:
    """The answer, which puts a new token into the browser."""
    return with_cookie(desk, begin(request, desk, found), answer)


def begin(request: Request, desk: DeskSite, found: DeskAccount) -> str:
    """Token of a session that begins; the one that the browser had ends."""
    desk.sessions.end(request.cookies.get(desk.door.cookie, ""))
    return desk.sessions.begin(Person(found.account, found.name, found.role), request.state.sender)


def with_cookie(desk: DeskSite, token: str, answer: Response) -> Response:
    """The answer, which puts the token into the browser."""
    answer.set_cookie(desk.door.cookie, token, secure=desk.door.is_secure, httponly=True, samesite="strict", path="/")
    return answer


def _welcome(request: Request, desk: DeskSite, link: str, words: str = "") -> HTMLResponse:
    try:
        found = account_of_link(load_site(desk.root), link, desk.clock())
    except UsageError as error:
        said = {"title": "Not known", "words": str(error)}
        return page(request, "refused.html.j2", said, 404)
    late = late_words(load_site(desk.root), found.account, desk.clock()) if found and not words else ""
    told = {"title": "Choose a password", "owner": found, "link": link, "words": words or late, "shortest": SHORTEST}
    return page(request, "welcome.html.j2", told, 422 if words else 200)
