"""A Dask cluster that runs already, reached by TLS, under both engines, a worker of it killed in the middle of each night."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from distributed import Security
from lake_site import with_knobs
from small_site import write_small_site
from undisturbed import copied, left_of

from pbis.config import Site

PATIENCE_S = 120.0
PLATES = 4
NAMES = ("ca.pem", "cert.pem", "key.pem")


def until(holds: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, what
        time.sleep(0.05)


def started(*words: str) -> subprocess.Popen[bytes]:
    call = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
    return subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Address of a scheduler, and two workers of it."""
    security = Security.temporary()
    folder.mkdir()
    for name, text in zip(
        NAMES, (security.tls_ca_file, security.tls_client_cert, security.tls_client_key), strict=True
    ):
        (folder / name).write_text(text)
    tls = [
        word
        for option, name in zip(("ca-file", "cert", "key"), NAMES, strict=True)
        for word in (f"--tls-{option}", str(folder / name))
    ]
    where = folder / "scheduler.json"
    own = [
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
        "--dashboard-address",
        "127.0.0.1:0",
        "--protocol",
        "tls",
    ]
    running = [started("dask_scheduler", *own, "--scheduler-file", str(where), *tls)]
    try:
        until(where.is_file, "a scheduler")
        joins = [
            "--scheduler-file",
            str(where),
            "--host",
            "127.0.0.1",
            "--nthreads",
            "1",
            "--no-dashboard",
            "--local-directory",
            str(folder),
        ]
        running += [started("dask_worker", *joins, *tls) for _ in range(2)]
        until(lambda: bool(where.stat().st_size), "an address")
        yield str(json.loads(where.read_text())["address"]), running[1:]
    finally:
        for process in running:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def night(site: Site, engine: str) -> str:
    call = [sys.executable, "-m", "pbis", "night", "--site", str(site.root), "--engine", engine]
    done = subprocess.run(call, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode in (0, 6), done.stderr
    return done.stdout


@pytest.mark.prove
@pytest.mark.parametrize("engine", ["plain", "prefect"])
def test_a_dask_cluster_that_runs_already_gives_the_same_though_a_worker_is_killed(engine: str, tmp_path: Path) -> None:
    arrived = write_small_site(tmp_path / "arrived", PLATES)
    alone = with_knobs(copied(arrived.root, tmp_path / "alone"), workers="1", shard_size="1")
    night(alone, "plain")
    with cluster(tmp_path / "certificates") as (address, workers):
        helped = with_knobs(
            copied(arrived.root, tmp_path / "helped"), workers="2", shard_size="1", kind='"dask"', dask_address=f'"{address}"',
            dask_certificates=f'"{tmp_path / "certificates"}"',
        )  # fmt: skip
        archive = helped.path("archive") / "plates"
        killer = threading.Thread(
            target=lambda: (until(archive.is_dir, "a plate in the archive"), os.killpg(workers[0].pid, signal.SIGKILL))
        )
        killer.start()
        said = night(helped, engine)
        killer.join()
    assert "Dask cluster" not in said, said
    assert left_of(helped).results == left_of(alone).results
