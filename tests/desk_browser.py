"""The desk in a real Chromium: the application under uvicorn on a free port of this machine, with scripts and without, and axe."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from browsing import browser as chromium
from playwright.sync_api import Browser, Page, sync_playwright

from pbis.desk.app import build
from pbis.desk.door import Door
from pbis.desk.people import Person, Role
from pbis.desk.routing import DeskSite
from pbis.pipeline.account_events import ITSELF, By
from pbis.pipeline.account_store import writing
from pbis.pipeline.accounts import DeskAccount, insert_account

PATIENCE = 15_000  # milliseconds that a page may take before the test fails: many times what it takes
STARTS_WITHIN = 10.0  # seconds


@dataclass
class Served:
    """A desk that listens. address: without a slash at its end."""

    desk: DeskSite
    address: str

    def cookie(self, person: Person) -> dict[str, str]:
        """A session of that person, as a cookie."""
        with writing(self.desk.sessions.state) as con:
            if not con.execute("select 1 from account where account = ?", (person.account,)).fetchone():
                insert_account(
                    con, DeskAccount(person.account, person.name, person.role), By(ITSELF, self.desk.clock())
                )
        return {"name": self.desk.door.cookie, "value": self.desk.sessions.begin(person), "url": self.address}


@contextmanager
def serving(desk: DeskSite) -> Iterator[Served]:
    """The real application under uvicorn in a thread; it ends with the block."""
    desk = replace(desk, door=Door())  # over http, by the address of this machine
    server = uvicorn.Server(uvicorn.Config(build(desk), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + STARTS_WITHIN
    while not server.started:
        assert time.monotonic() < until, "the desk did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Served(desk, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(STARTS_WITHIN)


@contextmanager
def chromium_open() -> Iterator[Browser]:
    """Chromium of the machine, without a window."""
    with sync_playwright() as play:
        one = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        yield one
        one.close()


@contextmanager
def at(served: Served, browser: Browser, role: Role | None, *, scripts: bool = True, name: str = "") -> Iterator[Page]:
    """A page of a browser of its own; role: of the person who is signed in, None for nobody; name: of the account, the role's without one.

    Where the block ends well, a word on the console or a script that failed fails the test: a refusal by the page's own policy is one.
    """
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    if role is not None:
        account = name or role.value
        context.add_cookies([served.cookie(Person(account, f"A {account}", role))])  # type: ignore[list-item]
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda word: said.append(word.text) if word.type in ("error", "warning") else None)
    try:
        yield page
        # the browser's own word about a status that the desk meant (a refusal is a page, too)
        assert [word for word in said if "the server responded with a status of 4" not in word] == []
    finally:
        context.close()


def violations(page: Page) -> list[str]:
    """What axe finds against the page: rule and the first place of each; it needs scripts."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]


def shot(page: Page, folder: Path, name: str) -> Path:
    """A picture of the whole page."""
    path = folder / f"{name}.png"
    page.screenshot(path=str(path), full_page=True)
    return path
