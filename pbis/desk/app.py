"""The application: the routes of the table, each behind its guard, and errors as pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from pbis.core.errors import Conflict, PbisError
from pbis.desk import guard
from pbis.desk.pages import page
from pbis.desk.routing import DeskSite
from pbis.desk.spoken import spoken
from pbis.desk.table import ROUTES
from pbis.desk.typed_again import form_again
from pbis.version import __version__

# Exit code of an error -> status of the page that tells it; any other error of ours is the request's fault.
_STATUS = {5: 409, 7: 409, 8: 507}
_BROKEN = 7  # of an error after which nothing that is typed helps


def build(desk: DeskSite) -> FastAPI:
    """The application of a site. Its description (`/openapi.json`) is not served: `app.openapi()` gives it to tests."""
    app = FastAPI(
        title="PBIS review desk",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.desk = desk
    guard.install(app, desk)
    app.add_exception_handler(PbisError, _told)
    for route in ROUTES:
        app.router.add_api_route(
            route.path,
            route.endpoint,
            methods=[route.method],
            route_class_override=guard.guarded(route.permission),
            response_class=HTMLResponse,
            response_model=None,
        )
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """When the desk ends, what is being computed comes to its end first."""
    work = app.state.desk.work
    yield
    await run_in_threadpool(work.end)


async def _told(request: Request, error: Exception) -> Response:
    """One sentence for the person, never a trace; beside the form that was sent, with what was typed in it."""
    code = error.exit_code if isinstance(error, PbisError) else 1
    status, words = _STATUS.get(code, 422), spoken(str(error))
    again = None if code == _BROKEN else await form_again(request, words, status, is_stale=isinstance(error, Conflict))
    return again or page(request, "refused.html.j2", {"title": "Not done", "words": words}, status)
