"""Every page of the desk at the width of a screen and of a telephone: nothing is cut off, axe finds nothing, and a picture of each to look at."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from desk_browser import Served, at, serving, shot, violations
from desk_elsewhere import will_say, with_provider
from desk_shown import Shown, guide_pages, pages_of, provider_pages, shown_pages
from desk_site import client_of, desk_of
from playwright.sync_api import Browser

from pbis.desk import pages as desk_pages
from pbis.desk.framed import framed
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.desk.table import ROUTES
from pbis.draw.page import Pages
from pbis.pipeline.released_plates import page_of, plates_of

# Routes that answer with a file, or send the browser to another place.
NO_PAGE = {
    "/health", "/static/{name}", "/sign-in/elsewhere", "/plates/written/{form}",
    "/plates/{run_id}/{plate_number}/written/{form}", "/plates/{run_id}/{plate_number}/figure/{figure_number}", "/charts/figure/{figure_number}", "/compare/figure", "/compare/lots/figure",
}  # fmt: skip
ENDING = ".html.j2"
TEMPLATES = Path(desk_pages.__file__).parent / "templates"
SCREEN, TELEPHONE = 1280, 390
COMPUTED = 120_000  # milliseconds that a preview may take on a busy machine
_ALL = [*shown_pages(), *guide_pages(), *provider_pages()]
_CUT = """() => {
    const wide = document.documentElement.scrollWidth, room = document.documentElement.clientWidth;
    return wide > room ? `the page is ${wide} wide in a window of ${room}` : '';
}"""


def page_templates() -> set[str]:
    """Templates of the desk that are pages and no parts of one: they fill its frame."""
    found = TEMPLATES.glob(f"*{ENDING}")
    return {
        each.name.removesuffix(ENDING) for each in found if '{% extends "base.html.j2" %}' in each.read_text("utf-8")
    }


@pytest.fixture
def made_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Templates of the pages that the desk makes meanwhile, the newest last."""
    pages, made, render = page_templates(), [], Pages.render

    def told(self: Pages, template: str, context: Mapping[str, Any], script: str | None = None) -> str:
        made.extend({template.removesuffix(ENDING)} & pages)
        return render(self, template, context, script)

    monkeypatch.setattr(Pages, "render", told)
    return made


@dataclass(frozen=True)
class Look:
    """How pages are looked at. made_of: see there; folder: for the pictures."""

    browser: Browser
    made_of: list[str]
    width: int
    folder: Path

    def wrong_with(self, served: Served, pages: list[Shown]) -> list[str]:
        """What is wrong with the pages, one of another template than was meant to be looked at among it."""
        wrong = []
        for role in dict.fromkeys(one.role for one in pages):  # in their order: a new link ends the one before it
            with at(served, self.browser, role) as page:
                page.set_default_timeout(COMPUTED)
                page.set_viewport_size({"width": self.width, "height": 900})
                for one in (each for each in pages if each.role is role):
                    page.goto(served.address + one.path)
                    one.then(page)
                    shot(page, self.folder, f"{one.name}-{self.width}")
                    found = [*violations(page), page.evaluate(_CUT)]
                    if self.made_of[-1] != one.template:
                        found.append(f"it is made of {self.made_of[-1]}, expected {one.template}")
                    wrong += [f"{one.name} at {self.width}: {each}" for each in found if each]
        return wrong


@pytest.fixture(params=[SCREEN, TELEPHONE])
def look(request: pytest.FixtureRequest, browser: Browser, made_of: list[str], tmp_path: Path) -> Look:
    print(f"pictures: {tmp_path}")
    return Look(browser, made_of, request.param, tmp_path)


def test_every_page_of_the_table_is_looked_at() -> None:
    to_look_at = {route.path for route in ROUTES if route.method == "GET"} - NO_PAGE
    assert {one.route for one in _ALL} == to_look_at


def test_every_template_that_is_a_page_is_looked_at() -> None:
    """A page that answers a form has no address of its own, and is found by its template."""
    assert {one.template for one in _ALL} == page_templates()


def test_no_page_of_the_desk_names_a_command(waiting_desk: DeskSite) -> None:
    """Who works at the desk has no terminal. The part of a plate's page that a night wrote is left out: it is signed as it is."""
    client, wrong = client_of(waiting_desk, Role.ADMIN), []
    written = {str(framed(path.read_text("utf-8"))) for path in _written(waiting_desk)}
    for one in pages_of(Served(waiting_desk, "")):
        text = client.get(one.path).text
        for page in written:
            text = text.replace(page, "")
        wrong += [f"{one.name}: {found}" for found in re.findall(r"\bpbis [a-z]+[^<]{0,40}", text)]
    assert wrong == []


def _written(desk: DeskSite) -> list[Path]:
    found = (page_of(desk.root, dict(row)) for row in plates_of(desk.root))
    return [path for path in found if path is not None]


@pytest.mark.prove
@pytest.mark.timeout(1200)
def test_desk_pages(look: Look, waiting_site: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(waiting_site, tmp_path / "waiting", symlinks=True))
    with serving(desk_of(root)) as served:
        assert look.wrong_with(served, pages_of(served)) == []


@pytest.mark.prove
@pytest.mark.timeout(600)
def test_desk_pages_of_a_guide_set(look: Look, eight_plates: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(eight_plates, tmp_path / "site", symlinks=True))
    with serving(desk_of(root)) as served:
        assert look.wrong_with(served, guide_pages()) == []


@pytest.mark.prove
def test_desk_pages_of_signing_in_elsewhere(look: Look, bare: DeskSite, issuer: str) -> None:
    with serving(with_provider(bare, issuer)) as served:
        will_say(issuer)
        assert look.wrong_with(served, provider_pages()) == []
