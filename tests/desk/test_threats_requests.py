"""Threats of a request: sent by another site, to another name, too large, under another address; and what an answer gives away."""

from __future__ import annotations

import json
import logging
import re
import shutil
import tempfile
from collections import deque
from pathlib import Path

import pytest
from desk_site import SEATED, client_of, desk_of
from fastapi import FastAPI
from fastapi.testclient import TestClient
from small_site import put_plate, written
from starlette.websockets import WebSocketDisconnect

from pbis.config import load_site
from pbis.desk import guard
from pbis.desk.app import build
from pbis.desk.door import Door
from pbis.desk.people import Permission, Role
from pbis.desk.routing import DeskSite
from pbis.pipeline.accounts import add_account, all_accounts
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain, utc_clock

NEW = {"account": "eve", "name": "Eve", "role": "admin"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://desk.test"},
        {"Origin": "https://desk.test.evil.test"},
        {"Origin": "https://desk.test:444"},
        {"Origin": SEATED, "Sec-Fetch-Site": "cross-site"},
        {"Origin": SEATED, "Sec-Fetch-Site": "same-site"},
        {"Origin": SEATED, "Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.test", "Sec-Fetch-Site": "same-origin"},
        {},
    ],
    ids=str,
)
def test_csrf_a_request_of_another_site_changes_nothing(bare: DeskSite, headers: dict[str, str]) -> None:
    client = client_of(bare, Role.ADMIN)
    del client.headers["Origin"]
    assert client.post("/accounts", data=NEW, headers=headers).status_code == 403
    assert [each.account for each in all_accounts(load_site(bare.root))] == ["admin"]
    for own in ({"Origin": SEATED}, {"Sec-Fetch-Site": "same-origin"}):
        assert client.post("/sign-out", headers=own).status_code == 303


def test_no_get_changes_anything(bare: DeskSite) -> None:
    client = client_of(bare, Role.ADMIN)
    for path in ("/sign-out", "/accounts/admin/link", "/accounts/admin/disable"):
        assert client.get(path).status_code == 405
    assert client.get("/own-account").status_code == 200


def test_dns_rebinding_another_name_that_leads_here_is_refused(bare: DeskSite) -> None:
    client = client_of(bare, Role.ADMIN)
    for host in ("evil.test", "desk.test.evil.test", "desk.test@evil.test", "", "[", "127.0.0.1"):
        assert client.get("/accounts", headers={"Host": host}).status_code == 400
    assert client.get("/accounts", headers={"Host": "DESK.test:8642"}).status_code == 200


def test_a_flood_of_bytes_is_refused_before_it_is_read(bare: DeskSite) -> None:
    """Nobody's form and somebody's, with its length said or not; and nobody's is refused for the person first."""
    big = b"account=" + b"x" * guard.MOST_OF_A_FORM
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client_of(bare).post("/sign-in", content=big, headers=form).status_code == 413
    assert client_of(bare).post("/sign-in", content=iter([big]), headers=form).status_code == 413
    assert client_of(bare).post("/accounts", content=big, headers=form).headers["location"] == "/sign-in"
    assert client_of(bare, Role.VIEWER).post("/accounts", content=big, headers=form).status_code == 403
    assert client_of(bare, Role.ADMIN).post("/accounts", data={**NEW, "name": "x" * 5000}).status_code == 422


def test_a_proxy_alone_says_who_sent_a_request(bare: DeskSite) -> None:
    """Else everybody would choose the address by which tries are counted."""
    behind = Door(frozenset({"desk.test"}), is_secure=True, proxies=frozenset({"10.0.0.1"}))
    forged = {"x-forwarded-for": "203.0.113.5, 198.51.100.7"}
    assert behind.lets_in("10.0.0.1")
    assert not behind.lets_in("10.0.0.2")
    assert behind.sender("10.0.0.1", forged) == "198.51.100.7"
    assert behind.sender("10.0.0.1", {"x-forwarded-for": "<script>"}) == "10.0.0.1"
    assert bare.door.sender("10.0.0.2", forged) == "10.0.0.2"
    client = TestClient(build(DeskSite(bare.root, bare.sessions, bare.clock, behind)), base_url=SEATED)
    assert client.get("/sign-in", headers=forged).status_code == 403
    assert client.get("/health", headers={"Host": "127.0.0.1:8642"}).status_code == 200


def test_every_answer_tells_the_browser_what_it_may_do(bare: DeskSite) -> None:
    client = client_of(bare, Role.VIEWER)
    for path, host in (
        ("/own-account", "desk.test"),
        ("/nowhere", "desk.test"),
        ("/static/desk.js", "desk.test"),
        ("/", "x"),
    ):
        headers = client.get(path, headers={"Host": host}).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert "server" not in headers
    assert client.get("/own-account").headers["cache-control"] == "no-store"


def test_a_websocket_is_closed(bare: DeskSite) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, client_of(bare, Role.ADMIN).websocket_connect("/accounts"):
        pass
    assert closed.value.code == 1008


def test_an_error_page_shows_no_trace_and_the_log_no_data(
    bare: DeskSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The trace, which can quote data, is in a private file."""

    def fails() -> None:
        raise KeyError("SUBJECT-0042")

    app: FastAPI = build(bare)
    app.router.add_api_route("/fails", fails, route_class_override=guard.guarded(Permission.SEE))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    caplog.set_level(logging.INFO, "pbis.desk.access")
    answer = client_of(bare, Role.VIEWER, app).get("/fails")
    assert answer.status_code == 500
    assert "defect of this program" in answer.text
    assert not re.search("Traceback|KeyError|SUBJECT", answer.text + caplog.text.replace("program: KeyError", ""))
    (kept,) = tmp_path.glob("pbis-defect-*.log")
    assert "SUBJECT-0042" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_patient_data_stands_in_no_line_of_the_access_log(bare: DeskSite, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "pbis.desk.access")
    client = client_of(bare, Role.ADMIN)
    client.get("/own-account?subject=SUBJECT-0042")
    client.get("/SUBJECT-0042")
    client.post("/accounts/SUBJECT-0042/disable", data={"note": "SUBJECT-0042"})
    lines = [record.getMessage() for record in caplog.records if record.name == "pbis.desk.access"]
    assert [re.sub(r"\d+ ms", "ms", line) for line in lines] == [
        "GET /own-account 200 ms admin testclient",
        "GET (no route) 404 ms admin testclient",
        "POST /accounts/{account}/disable 422 ms admin testclient",
    ]


def test_what_was_typed_wrong_stands_in_its_field_and_is_no_markup(bare: DeskSite) -> None:
    answer = client_of(bare, Role.ADMIN).post(
        "/accounts", data={"account": "<script>alert(1)</script>", "name": "x" * 101}
    )
    assert answer.status_code == 422
    assert 'value="&lt;script&gt;alert(1)&lt;/script&gt;"' in answer.text
    assert "<script>alert" not in answer.text
    assert "<script>alert" not in client_of(bare, Role.ADMIN).get("/<script>alert(1)</script>").text


HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script><script>alert(1)</script>")


@pytest.fixture(scope="module")
def hostile_site(made_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose files, tubes, analytes and people are called as no thing should be."""
    root = Path(shutil.copytree(made_site, tmp_path_factory.mktemp("hostile") / "site", symlinks=True))
    inbox = root / "inbox"
    plate = put_plate(inbox, 3)
    (inbox / "plates" / "<script>alert(1)<!--.csv").write_text(plate.read_text().replace("IL-6", HOSTILE[0]))
    layout = inbox / "layouts" / plate.name
    layout.write_text(layout.read_text().replace("SR003001", HOSTILE[1].replace('"', '""')))
    plate.rename(plate.with_name("<b onclick=alert(1)>.csv"))
    written(
        inbox / "specimens" / "<b onclick=alert(1)>.csv",
        "barcode,subject,collected_at,material",
        [
            f'"{each.replace(chr(34), chr(34) * 2)}",{number},2025-09-10 09:00,serum'
            for number, each in enumerate(HOSTILE)
        ],
    )
    site = load_site(root)
    run_plain(site, NightOptions(), Silent(), utc_clock)
    for number, each in enumerate(HOSTILE):
        add_account(site, f"eve{number}", each, "viewer", utc_clock())
    return root


def test_stored_xss_no_page_of_the_desk_takes_a_name_for_markup(hostile_site: Path) -> None:
    """Every page that links lead to from the morning; a name of a file, tube, analyte or person stays text, and breaks out of no JSON."""
    desk = desk_of(hostile_site)
    client = client_of(desk, Role.ADMIN)
    seen: dict[str, str] = {}
    due = deque(["/", "/accounts"])
    while due and len(seen) < 40:
        path = due.popleft()
        if path in seen:
            continue
        answer = client.get(path)
        assert answer.status_code in (200, 303, 404), path
        seen[path] = answer.text if "html" in answer.headers.get("content-type", "") else ""
        due += [
            each.replace("&amp;", "&")
            for each in re.findall(r'href="(/[^"#]*)"', seen[path])
            if not each.startswith("/static")
        ]
    assert len(seen) > 3
    assert any("alert(1)" in text for text in seen.values())
    for path, text in seen.items():
        assert not re.search(r"<(script|img|b)\b[^>]*(>alert| onerror| onclick)|<script>alert", text), path
        assert not re.search(r"<[a-z]+[^>]* (style|on[a-z]+)=\"", text), path
        for block in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.S):
            json.loads(block)


def test_another_site_s_object_is_not_found(bare: DeskSite) -> None:
    """What is asked for is looked up in the site that the desk serves, and nowhere else on the disk."""
    client = client_of(bare, Role.ADMIN)
    for path in (
        "/static/..%2f..%2fsite.toml",
        "/static/%2fetc%2fpasswd",
        "/accounts/..%2f..%2fetc",
        "/welcome/../site.toml",
    ):
        assert client.get(path).status_code in (404, 405)
