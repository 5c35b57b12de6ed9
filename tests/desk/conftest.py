"""A small site after its first night, and browsers of the desk that are signed in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk_browser import Served, chromium_open, serving
from fastapi.testclient import TestClient
from made_once import Once
from playwright.sync_api import Browser
from small_site import write_small_site

from pbis.config import load_site
from pbis.desk.app import build
from pbis.desk.people import Person, Role
from pbis.desk.routing import DeskSite
from pbis.desk.sessions import COOKIE, Sessions
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain, utc_clock

SEATED = "https://desk.test"


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


def desk_of(root: Path) -> DeskSite:
    return DeskSite(root=root, sessions=Sessions(), clock=utc_clock)


def client_of(desk: DeskSite, role: Role | None) -> TestClient:
    """A browser at the desk; role: of the person who is signed in, None for nobody."""
    client = TestClient(build(desk), base_url=SEATED, follow_redirects=False)
    client.headers["Origin"] = SEATED
    if role is not None:
        client.cookies.set(COOKIE, desk.sessions.begin(Person(role.value, f"A {role.value}", role)))
    return client


@pytest.fixture
def at_desk(made_site: Path) -> Callable[[Role | None], TestClient]:
    """Browsers of the site that nobody may change."""
    desk = desk_of(made_site)
    return lambda role: client_of(desk, role)


@pytest.fixture
def own_desk(own_site: Path) -> Iterator[DeskSite]:
    """The desk of a site that the test may change."""
    desk = desk_of(own_site)
    yield desk
    desk.work.end()


@pytest.fixture
def sit_down() -> Callable[[DeskSite, Role | None], TestClient]:
    """Browsers at a desk of the test's own."""
    return client_of


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module."""
    with chromium_open() as one:
        yield one


@pytest.fixture(scope="module")
def desk_server(made_site: Path) -> Iterator[Served]:
    """The desk of the site that nobody may change, listening; what a test changes it serves itself: `serving(desk_of(own_site))`."""
    with serving(desk_of(made_site)) as served:
        yield served


@pytest.fixture
def own_server(own_site: Path) -> Iterator[Served]:
    """The desk of a copy that the test may change, listening."""
    with serving(desk_of(own_site)) as served:
        yield served
