"""The desk as a browser sees it: a page with scripts and without, for somebody signed in and for nobody."""

from __future__ import annotations

from desk_browser import Served, at, violations
from playwright.sync_api import Browser

from pbis.desk.people import Role


def test_the_morning_opens_in_a_browser_with_scripts_and_without(browser: Browser, desk_server: Served) -> None:
    for scripts in (True, False):
        with at(desk_server, browser, Role.VIEWER, scripts=scripts) as page:
            page.goto(desk_server.address)
            assert page.get_by_role("heading", level=1).inner_text() == "This morning"
            assert not scripts or violations(page) == []
    with at(desk_server, browser, None) as page:
        page.goto(desk_server.address)
        assert page.url.endswith("/sign-in")
        assert violations(page) == []


def test_the_pages_of_accounts_are_without_what_axe_finds(browser: Browser, desk_server: Served) -> None:
    with at(desk_server, browser, Role.ADMIN) as page:
        for path, title in (("/accounts", "Accounts"), ("/own-account", "Your account")):
            page.goto(f"{desk_server.address}{path}")
            assert page.get_by_role("heading", level=1).inner_text() == title
            assert violations(page) == []
