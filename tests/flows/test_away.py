"""Prefect's server is away: a night waits for one that comes again, and is not lost where it does not; `make prove service` takes one away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from lake_site import with_knobs
from prefect_server import WORD, prefect_server
from small_site import write_small_site

from flows import away
from flows.lost import is_of_server
from flows.own_server import OwnServer
from flows.runner import run_night
from pbis.config import Site
from pbis.core.errors import SiteTrouble
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.last_night import read_nights

NOW = datetime(2026, 1, 6, 3, tzinfo=UTC)
NOBODY = "http://127.0.0.1:9/api"


@pytest.mark.parametrize(
    ("codes", "is_there"), [((200,), True), ((401,), True), ((503,), False), ((503, 502, 200), True)]
)
def test_a_server_is_there_where_it_answers_itself_and_not_a_proxy_for_it(
    codes: tuple[int, ...], is_there: bool
) -> None:
    left = list(codes)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert away.is_awaited(f"http://127.0.0.1:{server.server_port}/api", 1.5) is is_there
        server.shutdown()


def test_a_night_whose_server_does_not_answer_runs_without_it_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.runner.BEFORE", 0.2)
    site = with_knobs(write_small_site(tmp_path / "site", 1), prefect_api_url=f'"{NOBODY}"', allow_open_server="true")
    outcome = run_night(site, NightOptions(), Silent(), lambda: NOW, "prefect")
    assert (outcome.state, outcome.plates_loaded) == ("done", 1)
    assert [note for note in outcome.notes if "Prefect" in note] == [
        f"Prefect's server at {NOBODY} did not answer; the night ran without it, with the same results, and is not on its page"
    ]
    kept = read_nights(site.path("state"))
    assert kept is not None
    assert dict(kept.counts) == {"done": 1}


def test_what_a_server_that_is_away_makes_of_an_error_is_told_from_errors_of_the_night() -> None:
    request = httpx.Request("GET", NOBODY)

    def answered(code: int) -> httpx.HTTPStatusError:
        return httpx.HTTPStatusError("said", request=request, response=httpx.Response(code, request=request))

    wrapped = RuntimeError("Failed to reach API")
    wrapped.__cause__ = httpx.ConnectError("refused")
    of_server = (httpx.ReadError("reset"), answered(503), wrapped)
    assert [is_of_server(error) for error in of_server] == [True] * 3
    assert [is_of_server(error) for error in (answered(401), OSError("share"), KeyError())] == [False] * 3


def test_a_service_starts_its_server_again_and_gives_up_where_it_ends_again_and_again(tmp_path: Path) -> None:
    """Each is killed before it has imported anything."""
    with subprocess.Popen([sys.executable, "-c", ""]) as first:
        first.wait()
    server, said = OwnServer(tmp_path, 9, first), []
    try:
        for _ in range(3):
            said.append(server.mend())
            assert server.mend() == ""
            server.process.kill()
            server.process.wait()
        with pytest.raises(SiteTrouble, match=r"ended \(code -9\), for the 4th time within an hour"):
            server.mend()
    finally:
        server.process.kill()
    assert (
        said[1]
        == "Prefect's server of this service ended (code -9); it is started again, and a night that runs goes on"
    )


NIGHT = "from pbis.cli import main; main()"


def begun(site: Site) -> subprocess.Popen[str]:
    call = [sys.executable, "-c", NIGHT, "night", "--site", str(site.root), "--engine", "prefect", "--json"]
    told = os.environ | {"PREFECT_API_AUTH_STRING": WORD}
    return subprocess.Popen(call, env=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.prove
@pytest.mark.timeout(1200)
def test_service_night_that_lost_its_server_for_good_is_done_and_says_so_in_one_sentence(
    prefect_store: Path, tmp_path: Path
) -> None:
    """Its process ends, too: Prefect would try for an hour to send what it still has."""
    site = write_small_site(tmp_path / "site", 2)
    with prefect_server(prefect_store, tmp_path / "prefect") as server:
        site = with_knobs(site, prefect_api_url=f'"{server.url}"')
        with begun(site) as night:
            until = time.monotonic() + 280
            while not any(each.is_file() for each in (site.path("archive") / "plates").rglob("*")):
                assert night.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
            server.stop(signal.SIGKILL)
            gone = time.monotonic()
            out, err = night.communicate(timeout=600)
        print(f"ended {time.monotonic() - gone:.0f} s after its server")
    told = json.loads(out)
    assert (night.returncode, told["state"], told["plates_loaded"], err) == (0, "done", 2, "")
    assert [note for note in told["notes"] if "Prefect" in note] == [away.went_away(server.url)]
    assert (site.path("releases") / "current" / "pbis.duckdb").exists()
    assert [path for path in site.path("inbox").rglob("*") if path.is_file()] == []
