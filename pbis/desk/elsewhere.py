"""Signing in by the provider: to it and back again."""

from __future__ import annotations

from typing import Annotated

from fastapi import HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from pbis.config import load_site
from pbis.desk.pages import page
from pbis.desk.provider import Provider
from pbis.desk.routing import DeskHere, DeskSite
from pbis.desk.signing_in import seat
from pbis.pipeline.accounts import account_of_provider

BACK = "/sign-in/back"
Word = Annotated[str, Query(max_length=4000)]


def go(request: Request, desk: DeskHere) -> Response:
    """Send the browser to the provider."""
    address, token = _provider(desk).begin(_back(request, desk))
    answer = RedirectResponse(address, 303)
    # Lax, because the provider's page sends the browser back; it says who began, and opens nothing by itself.
    answer.set_cookie(_kept(desk), token, secure=desk.door.is_secure, httponly=True, samesite="lax", max_age=600)
    return answer


def come_back(
    request: Request, desk: DeskHere, state: Word = "", code: Word = "", iss: Word = "", error: Word = ""
) -> Response:
    """Whom the provider vouches for is signed in. The answer is a page and no redirect: a browser sends the session's cookie only
    where a page of the desk leads on."""
    said = {"state": state, "code": code} | ({"iss": iss} if iss else {})
    vouched = _provider(desk).finish(request.cookies.get(_kept(desk), ""), said, _back(request, desk))
    found = account_of_provider(
        load_site(desk.root), vouched.key, vouched.account, vouched.name, vouched.role, desk.clock()
    )
    answer = seat(request, desk, found, page(request, "signed_in.html.j2", {"title": "Signed in", "name": found.name}))
    answer.delete_cookie(_kept(desk), secure=desk.door.is_secure, httponly=True, samesite="lax")
    return answer


def _provider(desk: DeskSite) -> Provider:
    if desk.provider is None:
        raise HTTPException(404)
    return desk.provider


def _kept(desk: DeskSite) -> str:
    return f"{desk.door.cookie}_elsewhere"


def _back(request: Request, desk: DeskSite) -> str:
    return f"{desk.door.scheme}://{request.headers['host']}{BACK}"
