"""A small site after its first night, and browsers of the desk that are signed in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from made_once import Once
from small_site import write_small_site

from pbis.config import load_site
from pbis.desk.app import build
from pbis.desk.door import Door
from pbis.desk.people import Person, Role
from pbis.desk.routing import DeskSite
from pbis.desk.sessions import Sessions
from pbis.pipeline.account_store import writing
from pbis.pipeline.accounts import DeskAccount, insert_account
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


def desk_of(root: Path, state: Path | None = None) -> DeskSite:
    """The desk of a site; state: where its accounts and sessions lie, if not in the site itself."""
    door = Door(names=frozenset({"desk.test"}), is_secure=True)
    return DeskSite(root=root, sessions=Sessions(state or root / "state", utc_clock), clock=utc_clock, door=door)


def client_of(desk: DeskSite, role: Role | None) -> TestClient:
    """A browser at the desk; role: of the person who is signed in, None for nobody."""
    client = TestClient(build(desk), base_url=SEATED, follow_redirects=False)
    client.headers["Origin"] = SEATED
    if role is not None:
        client.cookies.set(desk.door.cookie, seat_of(desk, role))
    return client


def seat_of(desk: DeskSite, role: Role) -> str:
    """Token of a session of the role's own account, which is made where there is none."""
    person = Person(role.value, f"A {role.value}", role)
    with writing(desk.sessions.state) as con:
        if not con.execute("select 1 from account where account = ?", (person.account,)).fetchone():
            insert_account(con, DeskAccount(person.account, person.name, role), desk.clock())
    return desk.sessions.begin(person)


@pytest.fixture
def at_desk(made_site: Path, tmp_path: Path) -> Callable[[Role | None], TestClient]:
    """Browsers of the site that nobody may change."""
    desk = desk_of(made_site, tmp_path / "state")
    return lambda role: client_of(desk, role)
