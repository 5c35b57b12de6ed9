"""A server is asked with a password or not at all: the night's own has one of that night, another one's is in the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from flows.quiet import AUTH, require_auth, settle_environment
from flows.soundness import look_at_prefect
from pbis.config import Site, load_site
from pbis.core.errors import ConfigError
from pbis.pipeline.doctor import ATTENTION, OK
from pbis.pipeline.new_site import write_site

_OWN = "PREFECT_SERVER_API_AUTH_STRING"


def _site(root: Path, **knobs: str) -> Site:
    if not root.exists():
        write_site(root, name="a")
    text = (root / "site.toml").read_text()
    for name, value in knobs.items():
        text = re.sub(rf"^{name} = \S+", f"{name} = {value}", text, flags=re.MULTILINE)
    (root / "site.toml").write_text(text)
    return load_site(root)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is before a night; whatever a test sets is taken back."""
    for name in (
        AUTH,
        _OWN,
        "PREFECT_API_URL",
        "PREFECT_HOME",
        "PREFECT_LOGGING_LEVEL",
        "PBIS_ENGINE",
        "PBIS_PREFECT_API_URL",
    ):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_each_night_s_own_server_has_a_password_of_its_own_and_no_other_server_is_asked(tmp_path: Path) -> None:
    seen = []
    for _ in range(2):
        os.environ["PREFECT_API_URL"] = "http://elsewhere"
        settle_environment(tmp_path / "home", "")
        assert os.environ[AUTH] == os.environ[_OWN]
        assert "PREFECT_API_URL" not in os.environ
        seen.append(os.environ[AUTH])
    assert seen[0] != seen[1]
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0


def test_a_server_of_the_site_s_is_not_asked_without_a_password_unless_the_site_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = _site(tmp_path / "s", prefect_api_url='"http://localhost:4200/api"')
    with pytest.raises(ConfigError, match=rf"site\.toml, line \d+: \[runner\] prefect_api_url: .*{AUTH}=NAME:PASSWORD"):
        require_auth(site)
    monkeypatch.setenv(AUTH, "a:b")
    require_auth(site)
    monkeypatch.delenv(AUTH)
    require_auth(_site(tmp_path / "s", allow_open_server="true"))
    require_auth(_site(tmp_path / "t"))


@contextmanager
def _server(code: int) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()


@pytest.mark.parametrize(("code", "state"), [(200, ATTENTION), (401, OK), (500, ATTENTION)])
def test_the_doctor_asks_the_server_without_a_password(
    code: int, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(AUTH, "a:b")
    with _server(code) as url:
        auth, telemetry = look_at_prefect(_site(tmp_path / "s", prefect_api_url=f'"{url}"'))
    assert (auth.name, auth.state, telemetry.state) == ("auth", state, OK)


def test_the_doctor_says_where_no_server_or_an_open_one_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = [
        next(look_at_prefect(_site(tmp_path / "s", **knobs))).state
        for knobs in (
            {},
            {"prefect_api_url": '"http://127.0.0.1:9/api"'},
            {"allow_open_server": "true"},
            {"engine": '"plain"'},
        )
    ]
    assert states == [OK, ATTENTION, OK, OK]
    monkeypatch.setenv("DO_NOT_TRACK", "0")
    assert list(look_at_prefect(load_site(tmp_path / "s")))[1].state == ATTENTION
