"""A Prefect server of the service's own: on loopback, with a password of this start, ended with it; its pages are off."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from flows.quiet import own_server_environment
from flows.server import SERVICE_NOTE, end_orphan, remember
from pbis.core.errors import SiteTrouble

_HOST = "127.0.0.1"
_START_SECONDS = 180.0  # 7 to 25 on a quiet machine: a new store is built by some hundred migrations
_END_SECONDS = 20.0


@contextmanager
def own_server(home: Path) -> Iterator[str]:
    """The address of its API, once it answers. SiteTrouble where it does not."""
    end_orphan(home, SERVICE_NOTE)
    port = _free_port()
    words = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    words += ["--host", _HOST, "--port", str(port), "--log-level", "error", "--lifespan", "on"]
    # a session of its own: a ctrl-C in the terminal is the service's to hear, and the server has to outlive the night's end
    process = subprocess.Popen(words, env=own_server_environment(), start_new_session=True)
    try:
        remember(home, SERVICE_NOTE, process.pid)
        _wait_for(process, f"http://{_HOST}:{port}/api/health")
        yield f"http://{_HOST}:{port}/api"
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        (home / SERVICE_NOTE).unlink(missing_ok=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SiteTrouble(
                f"Prefect's server ended at its start (code {process.returncode}); see what it said above"
            )
        try:
            with urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise SiteTrouble(
        f"Prefect's server did not answer at {url} within {_START_SECONDS:.0f} s; is the machine very busy?"
    )
