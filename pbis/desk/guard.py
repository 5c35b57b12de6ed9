"""What stands before every route: who calls, and may that person; what a browser may do with the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from pbis.desk.pages import page
from pbis.desk.people import Permission
from pbis.desk.routing import DeskSite
from pbis.desk.sessions import COOKIE

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class SignInFirst(Exception):
    """Nobody is signed in."""


class NotAllowed(Exception):
    """Who is signed in may not do this."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission.value)
        self.permission = permission


def allow(permission: Permission) -> Callable[[Request], None]:
    """The guard of a route: it puts the person into `request.state`, or refuses."""

    def guard(request: Request) -> None:
        desk: DeskSite = request.app.state.desk
        request.state.person = desk.sessions.who(request.cookies.get(COOKIE, ""))
        if permission is Permission.OPEN:
            return
        if request.state.person is None:
            raise SignInFirst
        if not request.state.person.may(permission):
            raise NotAllowed(permission)

    return guard


async def _to_sign_in(request: Request, error: Exception) -> Response:
    return RedirectResponse("/sign-in", 303)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotAllowed)
    words = f"Your role may not do this: it asks for the right to {error.permission.value}."
    return page(request, "refused.html.j2", {"title": "Not allowed", "words": words}, 403)


async def _headers(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    answer = await go_on(request)
    answer.headers.setdefault("Content-Security-Policy", POLICY)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def install(app: FastAPI) -> None:
    """Headers and refusals of every route."""
    app.middleware("http")(_headers)
    app.add_exception_handler(SignInFirst, _to_sign_in)
    app.add_exception_handler(NotAllowed, _refuse)
