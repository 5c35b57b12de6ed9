"""A Prefect server of the service's own: on loopback, with a password of this start, ended with it; its pages are off. One that ends before
is started again in its place: what it kept lies in files."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from flows.quiet import own_server_environment
from flows.server import SERVICE_NOTE, end_orphan, remember
from pbis.core.errors import SiteTrouble

_HOST = "127.0.0.1"
_START_SECONDS = 180.0  # 7 to 25 on a quiet machine: a new store is built by some hundred migrations
_END_SECONDS = 20.0
# Own choice: what ends a server once is a person or a machine without memory; what does so again is a defect.
_HOUR, _MOST_ENDS = 3600.0, 3


@dataclass
class OwnServer:
    """A server that runs. url: of its API; process: its own."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    _ends: list[float] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Of its API."""
        return f"http://{_HOST}:{self.port}/api"

    def mend(self) -> str:
        """Start it again where it ended, and say so; '' where it runs. SiteTrouble where that was tried too often within an hour."""
        code = self.process.poll()
        if code is None:
            return ""
        now = time.monotonic()
        self._ends = [*(at for at in self._ends if now - at < _HOUR), now]
        ended = f"Prefect's server of this service ended (code {code})"
        if len(self._ends) > _MOST_ENDS:
            raise SiteTrouble(f"{ended}, for the {len(self._ends)}th time within an hour; see what it said above")
        self.process = _started(self.home, self.port)
        return f"{ended}; it is started again, and a night that runs goes on"


@contextmanager
def own_server(home: Path) -> Iterator[OwnServer]:
    """The server, once it answers. SiteTrouble where it does not."""
    end_orphan(home, SERVICE_NOTE)
    port = _free_port()
    server = OwnServer(home, port, _started(home, port))
    try:
        _wait_for(server.process, f"{server.url}/health")
        yield server
    finally:
        server.process.terminate()
        try:
            server.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()
        (home / SERVICE_NOTE).unlink(missing_ok=True)


def _started(home: Path, port: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    words += ["--host", _HOST, "--port", str(port), "--log-level", "error", "--lifespan", "on"]
    # a session of its own: a ctrl-C in the terminal is the service's to hear, and the server has to outlive the night's end
    process = subprocess.Popen(words, env=own_server_environment(), start_new_session=True)
    with suppress(OSError):  # a disk that takes no writing ends no service
        remember(home, SERVICE_NOTE, process.pid)
    return process


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
