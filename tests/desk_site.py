"""Desks for tests: of a site that had a night, or of one that has none yet, with a clock that the test sets; and browsers at them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from pbis.desk.app import build
from pbis.desk.door import Door
from pbis.desk.people import Person, Role
from pbis.desk.routing import DeskSite
from pbis.desk.sessions import Sessions
from pbis.pipeline.account_events import ITSELF, By
from pbis.pipeline.account_store import writing
from pbis.pipeline.accounts import DeskAccount, insert_account
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import utc_clock

SEATED = "https://desk.test"
DOOR = Door(names=frozenset({"desk.test"}), is_secure=True)


class Clock:
    """A clock that goes where the test sends it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go(self, **span: float) -> None:
        self.now += timedelta(**span)


def desk_of(root: Path, state: Path | None = None) -> DeskSite:
    """The desk of a site; state: where its accounts and sessions lie, if not in the site itself."""
    return DeskSite(root=root, sessions=Sessions(state or root / "state", utc_clock), clock=utc_clock, door=DOOR)


def bare_desk(folder: Path, clock: Clock) -> DeskSite:
    """The desk of a new site, before its first night."""
    root = folder / "site"
    write_site(root, name="lab", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    return DeskSite(root=root, sessions=Sessions(root / "state", clock), clock=clock, door=DOOR)


def client_of(desk: DeskSite, role: Role | None = None, app: FastAPI | None = None) -> TestClient:
    """A browser at the desk; role: of the person who is signed in, None for nobody; app: of the desk, where it is built already."""
    client = TestClient(app or build(desk), base_url=SEATED, follow_redirects=False)
    client.headers["Origin"] = SEATED
    if role is not None:
        client.cookies.set(desk.door.cookie, seat_of(desk, role), domain="desk.test")
    return client


def seat_of(desk: DeskSite, role: Role) -> str:
    """Token of a session of the role's own account, which is made where there is none."""
    person = Person(role.value, f"A {role.value}", role)
    with writing(desk.sessions.state) as con:
        if not con.execute("select 1 from account where account = ?", (person.account,)).fetchone():
            insert_account(con, DeskAccount(person.account, person.name, role), By(ITSELF, desk.clock()))
    return desk.sessions.begin(person)
