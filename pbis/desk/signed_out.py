"""A form that is sent when the session has ended: it is carried through signing in, and stands there again, to be looked at and sent.

Nothing of it is entered, and nothing is kept at the desk meanwhile: the page to sign in holds what was typed, hidden. Passwords and files are no
part of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from anyio import from_thread
from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from pbis.desk.pages import page
from pbis.desk.routing import DeskSite
from pbis.desk.typed import Field
from pbis.desk.typed_again import fields_of, page_of_form

# Whoever uses this browser may be another one than who typed it.
_AGAIN = "The session in which this was typed had ended, and nothing of it was entered. Sent now it is entered by {}: look at it, and send it again."
NOTHING: Mapping[str, str] = {"form": "", "typed": ""}  # that a browser brought when its session had ended
_NEVER = frozenset({"password", "old", "again", "link"})  # names under which forms send passwords, and one-time links


async def carried(request: Request) -> Response | None:
    """The page to sign in, with what was typed; None where there is nothing to carry: no form, or a browser that had no session."""
    desk: DeskSite = request.app.state.desk
    if not request.cookies.get(desk.door.cookie, ""):
        return None
    sent = [each for each in await fields_of(request) if each[0] not in _NEVER]
    if not sent:
        return None
    return sign_in_page(request, desk, "", 401, {"form": request.url.path, "typed": json.dumps(sent)})


def sign_in_page(
    request: Request, desk: DeskSite, words: str = "", status: int = 200, kept: Mapping[str, str] = NOTHING
) -> HTMLResponse:
    """The form to sign in. words: why it was refused before; kept: what it carries."""
    title = "" if desk.provider is None else desk.provider.settings.title
    told = {"title": "Sign in", "words": words, "elsewhere": title}
    return page(request, "sign_in.html.j2", told | dict(kept), status)


def typed_before(request: Request, form: str, typed: str, token: str, name: str) -> Response | None:
    """The form's page for who signed in just now, filled; None where there is none for that person, or what was carried is no form. token: of the
    session that begins; name: as the person signs."""
    desk: DeskSite = request.app.state.desk
    sent = _fields(typed)
    if not sent or not form.startswith("/"):
        return None
    ask: Callable[[], Coroutine[Any, Any, str]] = partial(
        page_of_form, request, form, sent, _AGAIN.format(name), cookie=f"{desk.door.cookie}={token}"
    )
    html = from_thread.run(ask)
    return HTMLResponse(html) if html else None


def _fields(typed: str) -> list[Field]:
    try:
        told = json.loads(typed) if typed else []
    except (ValueError, RecursionError):
        return []
    is_form = isinstance(told, list) and all(
        isinstance(each, list) and len(each) == 2 and all(isinstance(part, str) for part in each) for each in told
    )
    return [(name, value) for name, value in told if name not in _NEVER] if is_form else []
