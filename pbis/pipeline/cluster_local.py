"""A cluster of this machine alone, for one night: python -m pbis.pipeline.cluster_local COUNT, started by pbis.pipeline.cluster.

One process holds Dask's scheduler and watches over so many workers, each a process of one thread. They listen on loopback alone, and
only to who holds the certificate that is made for this night and goes from process to process by pipes: whoever reaches a scheduler of Dask runs code as its account. No page of the cluster is served. It ends when its standard input does, so that
a night that is killed leaves none.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import sys
from pathlib import Path
from typing import Any

from pbis.files.temporary import temporary_folder
from pbis.pipeline.cluster_settings import distributed, scratch_in

HOST = "127.0.0.1"


def main(count: int) -> None:
    """Start, say where, and wait for the end of standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the night is told to stop, and ends its workers; they inherit it
    os.umask(0o077)  # as a night does (pbis.pipeline.modes)
    tell = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what follows is no answer, and workers hold no end of the pipe
    dask = distributed()
    security = dask.Security.temporary()
    with temporary_folder("dask") as folder:
        scratch_in(folder)
        cluster = dask.LocalCluster(**_wanted(count, folder, security))
        with os.fdopen(tell, "wb") as pipe:
            pickle.dump((cluster.scheduler_address, security), pipe)
        sys.stdin.buffer.read()
        cluster.close(timeout=5)


def _wanted(count: int, folder: Path, security: Any) -> dict[str, Any]:
    return {
        "n_workers": count,
        "threads_per_worker": 1,
        "processes": True,
        "host": HOST,
        "protocol": "tls://",
        "security": security,
        "dashboard_address": f"{HOST}:0",  # None would mean port 8787, which another may have; no pages: settings
        "scheduler_kwargs": {"dashboard": False},
        "silence_logs": logging.CRITICAL,
        "local_directory": str(folder),
        "memory_limit": 0,  # as processes of a night have none: the machine's is the limit
    }


if __name__ == "__main__":
    main(int(sys.argv[1]))
