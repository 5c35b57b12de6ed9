"""A laboratory's Prefect server with a work pool and a worker on this machine, and its own page in a browser: `make prove server_page`.

The night is deployed by the project's flows/prefect.yaml, run, cancelled while it waits for the site, and retried, each by a click.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from browsing import browser
from playwright.sync_api import Page, sync_playwright

from pbis.config import load_site
from pbis.pipeline.lock import site_lock
from pbis.pipeline.new_site import write_site

ROOT = Path(__file__).resolve().parents[2]
PREFECT = Path(sys.executable).with_name("prefect")
WORD = "lab:a-long-random-word"
PATIENCE = 280.0  # seconds, on a machine with much else to do


def _environment(home: Path, port: int) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}/api"
    told = {"PREFECT_HOME": str(home), "PREFECT_API_URL": url, "PREFECT_UI_API_URL": url, "PREFECT_CLI_PROMPT": "false"}
    told |= {"PREFECT_SERVER_API_AUTH_STRING": WORD, "PREFECT_API_AUTH_STRING": WORD}
    told |= {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    told |= {
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
    }
    return os.environ | told


@contextmanager
def _running(words: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    with (
        log.open("w") as out,
        subprocess.Popen([PREFECT, *words], env=environment, stdout=out, stderr=out, cwd=ROOT) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def _until(ask: Callable[[], Any], pause: Callable[[], object] = lambda: time.sleep(0.5)) -> Any:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            found = ask()
        except httpx.HTTPError:
            found = None
        if found:
            return found
        pause()
    pytest.fail("waited in vain")


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_server_page(prefect_store: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(prefect_store, tmp_path / "home"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = _environment(home, port)
    write_site(tmp_path / "site", name="Ward 7", time_zone="Asia/Kolkata", cutoff_set="pbis-2025-il2-pgml")
    api = httpx.Client(base_url=f"http://127.0.0.1:{port}/api", auth=("lab", WORD.partition(":")[2]), timeout=60)
    with ExitStack() as stack:
        stack.enter_context(api)
        stack.enter_context(
            _running(
                ["server", "start", "--host", "127.0.0.1", "--port", str(port)], environment, tmp_path / "server.txt"
            )
        )
        _until(lambda: api.get("/health").status_code == 200)
        assert httpx.get(f"http://127.0.0.1:{port}/api/admin/version").status_code == 401
        text = (ROOT / "flows" / "prefect.yaml").read_text().replace("/srv/pbis/site", str(tmp_path / "site"))
        (tmp_path / "prefect.yaml").write_text(text)
        for words in (
            ["work-pool", "create", "--type", "process", "lab"],
            ["--no-prompt", "deploy", "--prefect-file", str(tmp_path / "prefect.yaml"), "--all"],
        ):
            subprocess.run(
                [PREFECT, *words], env=environment, cwd=ROOT, check=True, timeout=PATIENCE, capture_output=True
            )
        stack.enter_context(_running(["worker", "start", "--pool", "lab"], environment, tmp_path / "worker.txt"))
        page = _signed_in(stack, port)
        _require_cancelled_and_retried(page, api, port, tmp_path / "site")


def _signed_in(stack: ExitStack, port: int) -> Page:
    """The server's page, which reaches nothing but this machine: it would ask a service of others, whatever the server's settings say."""
    driver = stack.enter_context(sync_playwright())
    alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    page = driver.chromium.launch(executable_path=browser(), args=["--no-sandbox", alone]).new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"http://127.0.0.1:{port}/")
    page.locator("input[type=password]").fill(WORD)
    page.get_by_role("button", name="Login").click()
    page.wait_for_url("**/dashboard**")
    return page


def _require_cancelled_and_retried(page: Page, api: httpx.Client, port: int, site: Path) -> None:
    def run_in(*kinds: str) -> Any:
        found: list[dict[str, Any]] = api.post("/flow_runs/filter", json={}).json()
        return next((run for run in found if run["state_type"] in kinds), None)

    def pause() -> None:
        page.wait_for_timeout(500)

    page.goto(f"http://127.0.0.1:{port}/deployments")
    page.get_by_role("link", name="nightly").first.click()
    page.get_by_text("At 03:00 AM every day").first.wait_for()
    with site_lock(load_site(site).path("state")):  # the night waits for it, until it is cancelled
        page.get_by_role("button", name="Run", exact=True).first.click()
        page.get_by_text("Quick run").click()
        page.get_by_text("Run Deployment").wait_for()
        page.get_by_role("button", name="Run", exact=True).last.click()
        run = _until(lambda: run_in("RUNNING"), pause)
        assert run["name"].startswith("night of Ward 7, 20")
        page.goto(f"http://127.0.0.1:{port}/runs/flow-run/{run['id']}")
        page.get_by_role("button", name="Cancel", exact=True).first.click()
        page.get_by_role("button", name="Confirm").last.click()  # of the question that comes up
        assert _until(lambda: run_in("CANCELLED", "CRASHED"), pause)["state_type"] == "CANCELLED"
    page.reload()
    page.get_by_role("button", name="Retry").first.click()
    page.get_by_role(
        "button", name="Close", exact=True
    ).wait_for()  # of the question that comes up, which has a Retry of its own
    page.get_by_role("button", name="Retry").last.click()
    done = _until(lambda: run_in("COMPLETED", "FAILED", "CRASHED"), pause)
    assert (done["id"], done["state_name"]) == (run["id"], "Completed")
    assert (site / "releases" / "current" / "pbis.duckdb").exists()
