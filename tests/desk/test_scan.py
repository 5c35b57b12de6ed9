"""The running desk, looked over by a scanner that others wrote (wapiti): `make prove scan`, signed in as an admin."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_site import seat_of

from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.desk.sessions import COOKIE, Sessions
from pbis.pipeline.night import utc_clock

ROOT = Path(__file__).resolve().parents[2]
WAPITI = ROOT / ".venv" / "scan" / "bin" / "wapiti"
# Modules that call no host of others and bring no list from the network.
MODULES = (
    "backup,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,ldap,methods,permanentxss,redirect,shellshock,sql,"
    "timesql,upload,xss"
)
# What it may say, and why that is none: docs/security.md, under: The scan.
ANSWERED = {
    "Cross Site Request Forgery",  # no token in forms: senders are told by Origin and Sec-Fetch-Site
    "Secure Flag cookie",  # it is set over TLS; on loopback there is none
    "HTTP Strict Transport Security (HSTS)",  # the same
}


@pytest.fixture
def running(own_site: Path) -> Iterator[str]:
    """Address of a desk as its own process."""
    words = [sys.executable, "-m", "pbis", "desk", "--site", own_site, "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield re.findall(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
        process.terminate()
        assert process.wait(60) == 0


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_desk_scan(running: str, own_site: Path, tmp_path: Path) -> None:
    """Nothing is found but what docs/security.md answers."""
    assert WAPITI.exists(), "the scanner is not there; expected `make prove scan`, which brings it"
    desk = DeskSite(own_site, Sessions(own_site / "state", utc_clock), utc_clock)
    report, token = tmp_path / "report.json", seat_of(desk, Role.ADMIN)
    asked = (
        f"--url {running}/ --scope folder --module {MODULES} --format json --output {report} --no-bugreport --flush-session "
        f"--max-scan-time {os.environ.get('SCANNED', '90')} --max-attack-time {os.environ.get('ATTACKED', '30')} "
        f"--store-session {tmp_path} --store-config {tmp_path}"
    )
    words = [WAPITI, *asked.split(), "--header", f"Origin: {running}", "--header", f"Cookie: {COOKIE}={token}"]
    for ends in (
        "/sign-out",
        "/accounts/admin/*",
        "/own-account",
        "/plates/*/sign",
    ):  # five wrong passwords end a session, too
        words += ["--exclude", f"{running}{ends}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=800)
    told = json.loads(report.read_text())
    print(done.stdout[-2000:], json.dumps(told["infos"]))
    assert told["infos"]["crawled_pages_nbr"] > 5
    found = {
        kind: [(each["path"], each["info"]) for each in entries]
        for group in ("vulnerabilities", "anomalies")
        for kind, entries in told[group].items()
        if entries
    }
    print(json.dumps({kind: entries[:3] for kind, entries in found.items()}, indent=1))
    assert {kind: entries for kind, entries in found.items() if kind not in ANSWERED} == {}
    assert desk.sessions.who(token), "the scan signed itself out, and looked at nothing afterwards"
