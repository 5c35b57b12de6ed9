"""Prefect's settings, made before it is imported: no telemetry, no home outside the site, patience with a slow start.

Prefect has two separate ways of phoning home (its server's analytics and its client's telemetry); both are off here, and
a test runs a night with all but loopback connections refused.
"""

from __future__ import annotations

import os
from pathlib import Path

_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_CLI_PROMPT": "false",
}


def prefect_home(state: Path) -> Path:
    """Where Prefect keeps a site's trail."""
    return state / "prefect"


def silence() -> None:
    """Set what Prefect reads at import; this package does it first of all, also where a worker loads the flow."""
    os.environ.update(_SETTINGS)


def settle_environment(home: Path, api_url: str) -> None:
    """For a night that a person starts here: where Prefect keeps its files, and which server it talks to; an empty `api_url`
    lets it start its own. What stops the night is told in one line by the command, so Prefect does not print a trace of it.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ["PREFECT_HOME"] = str(home)
    os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
    if api_url:
        os.environ["PREFECT_API_URL"] = api_url
