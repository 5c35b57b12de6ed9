"""A Prefect server of the tests' own, as a laboratory has one: a process that is reached by a port and a password, and that a test takes away
and starts again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from flows.away import answers

WORD = "lab:a-long-random-word"
PATIENCE_S = 280.0  # until it must answer on a machine with much else to do


class PrefectServer:
    """home: of its store; url: of its API; it runs from the start."""

    def __init__(self, store: Path, home: Path) -> None:
        self.home = Path(shutil.copytree(store, home))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/api"
        self.start()
        self.wait()

    def start(self) -> None:
        """Without waiting for it."""
        words = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
        words += ["--host", "127.0.0.1", "--port", str(self.port), "--log-level", "error", "--lifespan", "on"]
        told = {"PREFECT_HOME": str(self.home), "PREFECT_SERVER_API_AUTH_STRING": WORD, "PREFECT_API_AUTH_STRING": WORD}
        told |= {"PREFECT_UI_ENABLED": "false", "DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
        told["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"] = "prefect.server.concurrency.lease_storage.filesystem"
        with (self.home / "said.txt").open("a") as said:
            self.process = subprocess.Popen(words, env=os.environ | told, stdout=said, stderr=said)

    def wait(self) -> None:
        ends = time.monotonic() + PATIENCE_S
        while not answers(self.url):
            assert self.process.poll() is None, (self.home / "said.txt").read_text()
            assert time.monotonic() < ends
            time.sleep(0.1)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(by)
        self.process.wait(PATIENCE_S)

    def states(self) -> list[str]:
        """Of all runs of flows, in the order in which they began."""
        with closing(sqlite3.connect(self.home / "prefect.db")) as con:
            return [name for (name,) in con.execute("select state_name from flow_run order by start_time")]


@contextmanager
def prefect_server(store: Path, home: Path) -> Iterator[PrefectServer]:
    server = PrefectServer(store, home)
    try:
        yield server
    finally:
        server.stop()
