"""Signing in and out."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import HTMLResponse

from pbis.desk.pages import page


def ask(request: Request) -> HTMLResponse:
    """The form."""
    return page(request, "sign_in.html.j2", {"title": "Sign in"})
