"""Answers to forms that were refused: the page of the form, with what was typed in it (typed.py)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.types import Message

from pbis.desk.typed import Field, filled

_KEEPS = frozenset({401, 403, 409, 422, 429})  # of a refusal after which the form can be sent again
_CONFLICT = 409  # the page says what somebody else decided meanwhile
_OF_A_BODY = frozenset({b"content-length", b"content-type", b"transfer-encoding"})


async def form_again(
    request: Request, words: str, status: int, wrong: Iterable[str] = (), *, is_stale: bool = False
) -> Response | None:
    """The page of the form that was sent, filled, with the sentence; None where there is no such page, or nothing was sent. The page is the
    form's own address or one above it."""
    sent = await fields_of(request)
    if not sent or status not in _KEEPS:
        return None
    again = await page_of_form(request, request.url.path, sent, words, wrong, is_stale=is_stale)
    return HTMLResponse(again, status) if again else None


async def page_of_form(
    request: Request,
    action: str,
    sent: list[Field],
    words: str,
    wrong: Iterable[str] = (),
    *,
    is_stale: bool = False,
    cookie: str = "",
) -> str:
    """The page with the form that leads to `action`, filled, as the person of the request sees it; '' where there is none. cookie: of a session that
    the request does not bear yet."""
    path = action
    while path.strip("/"):
        html = await _page_at(request, path, cookie)
        again = filled(html, action, sent, words, wrong, is_stale=is_stale) if html else None
        if again is not None:
            return again
        path = path.rpartition("/")[0]
    return ""


async def with_typed(request: Request, answer: Response) -> Response:
    """The answer of a page that says itself why it refused a form, with what was typed in it; as it is, where it has no such form."""
    if request.method != "POST" or answer.status_code not in _KEEPS or not isinstance(answer, HTMLResponse):
        return answer
    sent, html = await fields_of(request), bytes(answer.body).decode("utf-8")
    fill = partial(filled, html, request.url.path, sent, is_told=answer.status_code == _CONFLICT)
    again = await run_in_threadpool(fill) if sent else None
    return answer if again is None else HTMLResponse(again, answer.status_code)


async def fields_of(request: Request) -> list[Field]:
    """Names and texts of the form; files are none of it. Nothing where it cannot be read."""
    asked: Request | None = getattr(request.state, "sent", None)
    if asked is None or request.method != "POST":
        return []
    try:
        form = await asked.form()  # as the endpoint had it: it is read once
    except Exception:  # a body that is no form, or too large: that is what is said
        return []
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


async def _page_at(request: Request, path: str, cookie: str) -> str:
    """What the desk shows under an address to who sent the form; '' where that is no page."""
    headers = [(name, value) for name, value in request.scope["headers"] if name not in _OF_A_BODY]
    if cookie:
        headers = [each for each in headers if each[0] != b"cookie"] + [(b"cookie", cookie.encode("ascii"))]
    kept = {key: value for key, value in request.scope.items() if key not in ("route", "endpoint", "path_params")}
    own = {"method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers}
    scope = kept | own | {"state": dict(request.scope["state"])}
    said: dict[str, Any] = {"status": 0, "body": b""}

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        said["status"] = message.get("status", said["status"])
        said["body"] += message.get("body", b"")

    with suppress(HTTPException):  # no page, or none that is only looked at
        await request.app.router(scope, receive, send)
    return str(said["body"], "utf-8", "replace") if said["status"] == 200 else ""
