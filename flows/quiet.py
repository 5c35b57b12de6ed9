"""Prefect's settings, made before it is imported: no telemetry, no home outside the site, patience with a slow start.

Prefect has two separate ways of phoning home (its server's analytics and its client's telemetry); both are off here, and
a test runs a night with all but loopback connections refused.
"""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path

from pbis.config import Site
from pbis.core.errors import ConfigError

AUTH = "PREFECT_API_AUTH_STRING"

_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_INTERNAL_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_CLI_PROMPT": "false",
}
_TELEMETRY = ("DO_NOT_TRACK", "PREFECT_SERVER_ANALYTICS_ENABLED", "GX_ANALYTICS_ENABLED")


def prefect_home(state: Path) -> Path:
    """Where Prefect keeps a site's trail."""
    return state / "prefect"


def silence() -> None:
    """Set what Prefect reads at import; this package does it first of all, also where a worker loads the flow."""
    os.environ.update(_SETTINGS)
    logging.getLogger("asyncio").addFilter(_is_worth_saying)


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Not that a question of Prefect's own (3.8.8), which it ends itself after its server was away, has no error that it could be asked for."""
    return "_handle_polling_task_done" not in record.getMessage()


def told_otherwise() -> list[str]:
    """Names of settings about telemetry that are not as `silence` made them."""
    return [name for name in _TELEMETRY if os.environ.get(name) != _SETTINGS[name]]


def settle_environment(home: Path, api_url: str) -> None:
    """For a night that a person starts here: where Prefect keeps its files, and which server it talks to; an empty `api_url`
    lets it start its own, which answers nobody else. What stops the night is told in one line by the command, so Prefect does not
    print a trace of it.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ["PREFECT_HOME"] = str(home)
    os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
    if api_url:
        os.environ["PREFECT_API_URL"] = api_url
    else:
        _lock_own_server()


def own_server_environment() -> dict[str, str]:
    """Of the process of a service's own server, which has the password of `settle_environment`: no pages; leases of slots in files, since
    those in memory are lost with the server and the slot is then taken for ever."""
    return os.environ | {
        "PREFECT_UI_ENABLED": "false",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    }


def use_server(api_url: str, auth: str = "") -> None:
    """From here on this process asks that server; what it starts does so too, and takes no package from the folder that it is started in.
    auth: NAME:PASSWORD, where the environment has none."""
    os.environ.update({"PREFECT_API_URL": api_url, "PYTHONSAFEPATH": "1"})
    if auth:
        os.environ[AUTH] = auth


def auth_word() -> str:
    """NAME:PASSWORD by which this process asks its server; '' where it has none."""
    return os.environ.get(AUTH, "")


def require_auth(site: Site) -> None:
    """ConfigError where the site's server is asked without a password, and the site does not say that this is meant."""
    knobs = site.file.runner
    if knobs.prefect_api_url and not knobs.allow_open_server and not os.environ.get(AUTH):
        raise ConfigError(
            f"{site.where('prefect_api_url', 'runner')}: [runner] prefect_api_url: expected the server's name and password in the "
            f"environment as {AUTH}=NAME:PASSWORD, found none: any account of the machine may ask a server without one; "
            "see docs/running.md, or say allow_open_server = true"
        )


def _lock_own_server() -> None:
    """A name and a random password for this night alone. They go by the environment, which other accounts cannot read; arguments they can."""
    os.environ.pop(
        "PREFECT_API_URL", None
    )  # else a night without a server of the site's would talk to whatever the shell names
    word = f"night:{secrets.token_urlsafe(32)}"
    os.environ.update({AUTH: word, "PREFECT_SERVER_API_AUTH_STRING": word})
