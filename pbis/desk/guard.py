"""What stands before every route: who calls, and may that person; what a browser may do with the answer.

The gate is asked first, for every path; then the route's guard, before a byte of the body is read.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
import traceback
from collections.abc import Callable, Coroutine
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response, params
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pbis.config import load_site
from pbis.desk.pages import page
from pbis.desk.people import Permission
from pbis.desk.routing import DeskSite
from pbis.desk.signed_out import carried
from pbis.desk.typed_again import form_again, with_typed

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
HEALTH = "/health"
_A_YEAR = "max-age=31536000"
MOST_OF_A_FORM = 1_000_000  # bytes of a request without files: an 8 x 12 grid with its labels has some thousands
_AROUND_A_FILE = 1_000_000  # bytes that a form may have beside the largest file that the inbox takes
ACCESS = logging.getLogger("pbis.desk.access")


class SignInFirst(Exception):
    """Nobody is signed in."""


class NotAllowed(Exception):
    """Who is signed in may not do this."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission.value)
        self.permission = permission


def guarded(permission: Permission) -> type[APIRoute]:
    """The kind of route that puts the person into `request.state`, or refuses, and takes no body longer than it should be."""

    class Guarded(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            go_on = super().get_route_handler()
            has_files = any(isinstance(each.field_info, params.File) for each in self.dependant.body_params)

            async def handle(request: Request) -> Response:
                await run_in_threadpool(_admit, request, permission)
                sent = _limited(request, _most(request) if has_files else MOST_OF_A_FORM)
                request.state.sent = sent
                return await with_typed(sent, await go_on(sent))

            return handle

    return Guarded


def _admit(request: Request, permission: Permission) -> None:
    _recognise(request)
    if permission is Permission.OPEN:
        return
    if request.state.person is None:
        raise SignInFirst
    if not request.state.person.may(permission):
        raise NotAllowed(permission)


def _recognise(request: Request) -> None:
    desk: DeskSite = request.app.state.desk
    request.state.person = desk.sessions.who(request.cookies.get(desk.door.cookie, ""))


def _most(request: Request) -> int:
    return load_site(request.app.state.desk.root).file.inbox.max_file_mb * 1_000_000 + _AROUND_A_FILE


def _limited(request: Request, most: int) -> Request:
    """The request, whose body is refused where it goes on beyond so many bytes, whatever it says of its length."""
    said = request.headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > most:
        raise HTTPException(413)
    read = 0

    async def receive() -> Message:
        nonlocal read
        message = await request.receive()
        read += len(message.get("body", b""))
        if read > most:
            raise HTTPException(413)
        return message

    return Request(request.scope, receive)


async def _to_sign_in(request: Request, error: Exception) -> Response:
    if "hx-request" in request.headers:  # a redirect would put the form into a part of the page
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    again = None
    with suppress(HTTPException):  # what is larger than a form is not carried
        request.state.sent = _limited(request, MOST_OF_A_FORM)
        again = await carried(request)
    return again or RedirectResponse("/sign-in", 303)


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotAllowed)
    words = f"Your role may not do this: it asks for the right to {error.permission.value}."
    return page(request, "refused.html.j2", {"title": "Not allowed", "words": words}, 403)


_SAID = {
    404: ("Not found", "There is nothing under this address."),
    405: ("Not found", "There is nothing under this address that can be called in this way."),
    413: ("Too large", "What was sent is larger than anything that belongs here."),
}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    if not hasattr(request.state, "person"):
        await run_in_threadpool(_recognise, request)
    title, words = _SAID.get(error.status_code, ("Not done", "The request could not be read."))
    if error.status_code == 404 and error.detail != HTTPStatus.NOT_FOUND.phrase:
        words = f"{error.detail[:1].upper()}{error.detail[1:].rstrip('.')}."  # a route's own: what is not there, and where to look
    answer = page(request, "refused.html.j2", {"title": title, "words": words}, error.status_code)
    answer.headers.update(error.headers or {})
    return answer


async def _invalid(request: Request, error: Exception) -> Response:
    """Which fields are wrong and why; what was typed stands in them again, and nowhere else."""
    assert isinstance(error, RequestValidationError)
    faults = [f"{each['loc'][-1]}: {str(each['msg'])[:1].lower()}{str(each['msg'])[1:]}" for each in error.errors()]
    words = f"What was sent cannot be used: {'; '.join(faults[:5])}."
    again = await form_again(request, words, 422, [str(each["loc"][-1]) for each in error.errors()])
    return again or page(request, "refused.html.j2", {"title": "Not done", "words": words}, 422)


class Gate:
    """Around the whole application: names and senders that are let in, headers of every answer, a line of the access log, and one
    sentence where the program fails."""

    def __init__(self, app: ASGIApp, desk: DeskSite) -> None:
        self._app, self._desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, began, answered = Request(scope), time.monotonic(), [0]
        peer = scope["client"][0] if scope.get("client") else ""
        scope.setdefault("state", {})["sender"] = self._desk.door.sender(peer, request.headers)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered[0] = message["status"]
                message["headers"] = [*message["headers"], *self._headers(message["headers"])]
            await send(message)

        refusal = self._refusal(request, peer)
        try:
            await (refusal or self._app)(scope, receive, with_headers)
        except Exception as error:
            _keep_trace(error)
            if answered[0]:
                raise
            words = "The program failed; what went wrong is kept where it runs, and whoever runs it can send it to its makers."
            answer = page(request, "refused.html.j2", {"title": "A defect of this program", "words": words}, 500)
            await answer(scope, receive, with_headers)
        finally:
            _note(scope, answered[0], time.monotonic() - began)

    def _refusal(self, request: Request, peer: str) -> Response | None:
        door, headers = self._desk.door, request.headers
        if request.url.path == HEALTH and request.method == "GET":
            return None  # it says nothing, and who watches the machine knows no names
        if not door.lets_in(peer):
            return PlainTextResponse("This desk is reached by its proxy alone.\n", 403)
        if not door.knows(headers.get("host", "")):
            return PlainTextResponse("This desk has another name; [desk] names in site.toml lists them.\n", 400)
        if not door.is_ours(request.method, headers):
            return PlainTextResponse("This was not sent by a page of this desk; nothing was done.\n", 403)
        return None

    def _headers(self, there: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in there}
        more = HEADERS | {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
        if self._desk.door.is_secure:
            more["Strict-Transport-Security"] = _A_YEAR
        return [
            (name.lower().encode(), value.encode())
            for name, value in more.items()
            if name.lower().encode() not in names
        ]


def _note(scope: Scope, status: int, seconds: float) -> None:
    """A line without what a person typed: the route as the table has it, never its parameters."""
    route = getattr(scope.get("route"), "path", "(no route)")
    person = scope["state"].get("person")
    account = "-" if person is None else person.account
    ACCESS.info(
        "%s %s %d %.0f ms %s %s", scope["method"], route, status, seconds * 1000, account, scope["state"]["sender"]
    )


def _keep_trace(error: Exception) -> None:
    """In a private file: traces can quote data, so they go neither to the page nor to the log."""
    handle, name = tempfile.mkstemp(prefix="pbis-defect-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(traceback.format_exception(error)))
    ACCESS.error("a defect of this program: %s; the trace is in %s", type(error).__name__, name)


def install(app: FastAPI, desk: DeskSite) -> None:
    """The gate, and refusals as pages."""
    app.add_middleware(Gate, desk=desk)
    app.add_exception_handler(SignInFirst, _to_sign_in)
    app.add_exception_handler(NotAllowed, _refuse)
    app.add_exception_handler(StarletteHTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
