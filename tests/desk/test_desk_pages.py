"""Every page of the desk at the width of a screen and of a telephone: nothing is cut off, axe finds nothing, and a picture of each to look at."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
from desk_browser import Served, at, serving, shot, violations
from desk_site import client_of, desk_of
from playwright.sync_api import Browser, Page

from pbis.config import load_site
from pbis.desk.framed import framed
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.desk.table import ROUTES
from pbis.pipeline.account_events import By
from pbis.pipeline.accounts import add_account
from pbis.pipeline.deciding import Request
from pbis.pipeline.links import give_link
from pbis.pipeline.plate_decisions import decide_all
from pbis.pipeline.released_plates import page_of, plates_of

# Routes that answer with a file or a part of a page; and one that wants a chosen guide set, which its own tests look at.
NO_PAGE = {
    "/health", "/static/{name}", "/sign-in/elsewhere", "/sign-in/back", "/plates/written/{form}", "/compare/figure", "/compare/lots/figure", "/charts/guide/withdraw/{sequence}",
}  # fmt: skip
SCREEN, TELEPHONE = 1280, 390
COMPUTED = 120_000  # milliseconds that a preview may take on a busy machine
_ONE_ITEM: Mapping[str, str] = MappingProxyType({"any": "0" * 16})
_CUT = """() => {
    const wide = document.documentElement.scrollWidth, room = document.documentElement.clientWidth;
    return wide > room ? `the page is ${wide} wide in a window of ${room}` : '';
}"""


@dataclass(frozen=True)
class Shown:
    """name: of the picture; route: of the table; path: with what the route leaves open; then: what is done there before it is looked at."""

    name: str
    route: str
    path: str
    then: Callable[[Page], None] = lambda page: None
    role: Role | None = Role.ADMIN


def shown_pages(own: str = "", other: str = "", link: str = "", items: Mapping[str, str] = _ONE_ITEM) -> list[Shown]:
    """Every page of the table, and what its forms lead to. own, other: plates as addresses name them (RUN/NUMBER); link: one-time; items: kind
    of open item -> its key."""
    of_plate, own_place = "/plates/{run_id}/{plate_number}", f"/plates/{own}"
    other_place = f"/plates/{other}"
    both = f"?one={own.replace('/', '-')}&other={other.replace('/', '-')}"
    found = [
        Shown("sign_in", "/sign-in", "/sign-in", role=None),
        Shown("welcome", "/welcome", f"/welcome?link={link}", role=None),
        Shown("link_not_known", "/welcome", "/welcome?link=other", role=None),
        Shown("morning", "/", "/"),
        Shown("upload", "/upload", "/upload"),
        Shown("plates", "/plates", "/plates"),
        Shown("plates_none", "/plates", "/plates?q=nothing+is+called+so"),
        Shown("search", "/search", "/search?q=SR0"),
        Shown("plate", of_plate, own_place),
        Shown("exclude", f"{of_plate}/exclude", f"{own_place}/exclude?well=F3"),
        Shown("effect", f"{of_plate}/exclude", f"{own_place}/exclude?well=F3", _see_effect),
        Shown("nothing_chosen", f"{of_plate}/exclude", f"{own_place}/exclude", _see_refusal),
        Shown("keep", f"{of_plate}/keep", f"{own_place}/keep"),
        Shown("withdraw", f"{of_plate}/withdraw/{{sequence}}", f"{own_place}/withdraw/1"),
        Shown("annotate", f"{of_plate}/annotate", f"{own_place}/annotate"),
        Shown("charts", "/charts", "/charts"),
        Shown("guide", "/charts/guide", "/charts/guide"),
        Shown("compare", "/compare", "/compare"),
        Shown("compare_two", "/compare", f"/compare{both}"),
        Shown("lots", "/compare/lots", "/compare/lots"),
        Shown("review", f"{of_plate}/review", f"{own_place}/review"),
        Shown("review_effect", f"{of_plate}/review", f"{other_place}/review", _see_review_effect),
        Shown("own_account", "/own-account", "/own-account"),
        Shown("accounts", "/accounts", "/accounts"),
        Shown("account_link", "/accounts", "/accounts", _see_link),
        Shown("not_there", of_plate, f"/plates/{'0' * 64}/1"),
        Shown("not_allowed", "/accounts", "/accounts", role=Role.VIEWER),
    ]
    found += [Shown(f"item_{kind}", "/item/{key}", f"/item/{key}") for kind, key in items.items()]
    last = Shown("job", "/work/{key}", f"{own_place}/exclude?well=F3", _see_job)  # the release is another from then on
    return [*found, last, Shown("work", "/work", "/work")]


def pages_of(served: Served) -> list[Shown]:
    """The pages of a site, about plates one of which somebody decided about."""
    desk, by = served.desk, By("ann", served.desk.clock())
    first, other = plates_of(desk.root)[:2]
    bubble = Request(
        "exclude", "ann", "bubble", "a bubble in the well, seen under the lamp", first["run_id"], well="E3"
    )
    decide_all(desk.root, first, [bubble], desk.clock, "")
    add_account(load_site(desk.root), "new", "A new one", Role.REVIEWER, desk.clock())
    link = give_link(load_site(desk.root), "new", by)
    items = {each.item.kind: each.key for each in desk.waiting.items()}
    return shown_pages(*(f"{row['run_id']}/{row['plate_number']}" for row in (first, other)), link, items)


def _see_effect(page: Page) -> None:
    page.get_by_label("Why").select_option("bubble")
    page.get_by_label("In your words, one line").fill("a bubble in the well")
    page.get_by_role("button", name="Show what this would change").click()
    page.locator("h1", has_text="What it would change").wait_for()


def _see_review_effect(page: Page) -> None:
    page.locator("#why-reject").fill("the wrong lot of beads was taken")
    page.get_by_role("button", name="Reject the plate").click()
    page.locator("h1", has_text="What it would change").wait_for()


def _see_link(page: Page) -> None:
    page.locator("tr", has_text="A new one").get_by_role("button", name="New one-time link").click()
    page.locator("main code").wait_for()


def _see_job(page: Page) -> None:
    _see_effect(page)
    page.get_by_role("button", name="and compute").click()
    page.locator("#job").wait_for()
    page.goto(page.url.partition("/plates/")[0] + "/work/" + page.url.rpartition("job=")[2])


def _see_refusal(page: Page) -> None:
    page.get_by_label("Why").select_option("bubble")
    page.get_by_label("In your words, one line").fill("a bubble in the well")
    page.get_by_role("button", name="Show what this would change").click()
    page.get_by_role("alert").wait_for()


def wrong_with(served: Served, browser: Browser, pages: list[Shown], width: int, folder: Path) -> list[str]:
    """What is wrong with the pages at this width; a picture of each is left in the folder."""
    wrong = []
    for role in {one.role for one in pages}:
        with at(served, browser, role) as page:
            page.set_default_timeout(COMPUTED)
            page.set_viewport_size({"width": width, "height": 900})
            for one in (each for each in pages if each.role is role):
                page.goto(served.address + one.path)
                one.then(page)
                shot(page, folder, f"{one.name}-{width}")
                found = [*violations(page), page.evaluate(_CUT)]
                wrong += [f"{one.name} at {width}: {each}" for each in found if each]
    return wrong


def test_every_page_of_the_table_is_looked_at() -> None:
    to_look_at = {route.path for route in ROUTES if route.method == "GET"} - NO_PAGE
    assert {one.route for one in shown_pages()} == to_look_at


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
@pytest.mark.parametrize("width", [SCREEN, TELEPHONE])
def test_desk_pages_at_the_width_of(width: int, browser: Browser, waiting_site: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(waiting_site, tmp_path / "waiting", symlinks=True))
    with serving(desk_of(root)) as served:
        wrong = wrong_with(served, browser, pages_of(served), width, tmp_path)
    print(f"pictures: {tmp_path}")
    assert wrong == []
