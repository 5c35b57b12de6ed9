"""What `pbis doctor` says of Prefect: who may ask its server, and that nobody is told of a night."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from flows.quiet import require_auth, told_otherwise
from pbis.config import Site
from pbis.core.errors import ConfigError
from pbis.pipeline.doctor import ATTENTION, OK, Looked

_WAIT_SECONDS = 3.0  # a server on the machine or in the house answers in milliseconds


def look_at_prefect(site: Site) -> Iterator[Looked]:
    """Authentication of the server, and telemetry."""
    yield _auth(site)
    loud = told_otherwise()
    if loud:
        yield Looked("telemetry", ATTENTION, f"not as this program sets it: {', '.join(loud)}", "unset them")
    else:
        yield Looked("telemetry", OK, "Prefect's and Great Expectations' are switched off")


def _auth(site: Site) -> Looked:
    knobs = site.file.runner
    if knobs.engine == "plain":
        return Looked("auth", OK, "nights run without a server")
    if not knobs.prefect_api_url:
        return Looked("auth", OK, "each night's own server has a password of that night")
    try:
        require_auth(site)
    except ConfigError as error:
        return Looked("auth", ATTENTION, str(error), "set it")
    if knobs.allow_open_server:
        return Looked("auth", OK, "the site allows a server that asks for no password (allow_open_server)")
    return _asked_without(knobs.prefect_api_url)


def _asked_without(url: str) -> Looked:
    """The server, asked without a password: it has to refuse."""
    try:
        with urlopen(Request(f"{url.rstrip('/')}/admin/version"), timeout=_WAIT_SECONDS):
            return Looked(
                "auth", ATTENTION, f"{url} answers without a password", "start it with PREFECT_SERVER_API_AUTH_STRING"
            )
    except HTTPError as refused:
        refused.close()
        state = OK if refused.code in (401, 403) else ATTENTION
        return Looked(
            "auth", state, f"{url} refuses whoever has no password" if state == OK else f"{url} answers {refused.code}"
        )
    except (URLError, OSError, ValueError) as error:
        return Looked("auth", ATTENTION, f"{url} cannot be asked: {error}", "look whether the server runs")
