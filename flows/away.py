"""Prefect's server that is away: a night waits a while for one that is started again, and goes on without one that stays away.

Results are the same with a server and without; what is lost is the trail on its page, and the night says so in one sentence.
"""

from __future__ import annotations

import time
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from pbis.pipeline.stopping import stop_if_asked

BEFORE = 60.0  # seconds that a night waits for it before it begins; a server is back 10 to 25 after its start on two busy cores
AFTER = 1800.0  # that a served night waits for it at its end, when the site is free: its state is nowhere but there
_LOOK, _PAUSE = 5.0, 0.5
COMING = (502, 503, 504)  # what a proxy answers in front of one that is away


def is_awaited(api_url: str, seconds: float) -> bool:
    """Whether the server answers within so many seconds, whatever it says. KeyboardInterrupt where somebody asked the night to end."""
    until = time.monotonic() + seconds
    while not answers(api_url):
        stop_if_asked()
        if time.monotonic() > until:
            return False
        time.sleep(_PAUSE)
    return True


def answers(api_url: str) -> bool:
    """Whether the server answers now."""
    try:
        with urlopen(f"{api_url.rstrip('/')}/health", timeout=_LOOK):
            return True
    except HTTPError as refused:
        refused.close()
        return refused.code not in COMING
    except (URLError, OSError, ValueError):
        return False


def without_it(api_url: str) -> str:
    """Of a night that ran without a server."""
    return f"{_called(api_url)} did not answer; the night ran without it, with the same results, and is not on its page"


def went_away(api_url: str) -> str:
    """Of a night whose server was lost on the way."""
    return f"{_called(api_url)} went away while the night ran; the night came to its end all the same, and the server's page does not show it"


def _called(api_url: str) -> str:
    return f"Prefect's server at {api_url}" if api_url else "Prefect's server of this night"
