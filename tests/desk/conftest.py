"""A small site after its first night, and browsers of the desk that are signed in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from desk_site import Clock, bare_desk, client_of, desk_of
from fastapi.testclient import TestClient
from made_once import Once
from small_site import write_small_site

from pbis.config import load_site
from pbis.desk.app import build
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.pipeline import passwords
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain, utc_clock


@pytest.fixture(scope="session")
def made_site(once: Once) -> Path:
    """A site of two plates after its first night; look, and do not touch."""

    def make(folder: Path) -> None:
        write_small_site(folder, plates=2)
        run_plain(load_site(folder), NightOptions(), Silent(), utc_clock)

    return once("desk_site", make)


@pytest.fixture
def own_site(made_site: Path, tmp_path: Path) -> Path:
    """A copy of it that the test may change."""
    return Path(shutil.copytree(made_site, tmp_path / "site", symlinks=True))


@pytest.fixture
def clock() -> Clock:
    """A clock that the test sets."""
    return Clock()


@pytest.fixture
def bare(tmp_path: Path, clock: Clock) -> DeskSite:
    """The desk of a new site that had no night."""
    return bare_desk(tmp_path, clock)


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2 as it is, with the least memory and time, where a test signs in many times."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody_s.cache_clear()


@pytest.fixture(scope="session")
def at_desk(made_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Role | None], TestClient]:
    """Browsers of the site that nobody may change."""
    desk = desk_of(made_site, tmp_path_factory.mktemp("at_desk") / "state")
    app = build(desk)
    return lambda role: client_of(desk, role, app)
