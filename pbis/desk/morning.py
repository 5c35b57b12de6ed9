"""The morning: what waits for a person, as the latest night found it."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import HTMLResponse

from pbis.config import load_site
from pbis.desk.pages import page
from pbis.desk.routing import DeskHere, PersonHere
from pbis.pipeline.open_now import items_now


def show(request: Request, desk: DeskHere, person: PersonHere) -> HTMLResponse:
    """Open items, what keeps a result back first."""
    return page(request, "desk_morning.html.j2", {"title": "This morning", "items": items_now(load_site(desk.root))})
