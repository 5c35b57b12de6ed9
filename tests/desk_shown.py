"""The pages of the desk that are looked at one by one, and the way to each: its address, and what is pressed there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlencode

from desk_browser import Served
from desk_elsewhere import TITLE
from playwright.sync_api import Page

from pbis.config import load_site
from pbis.desk.people import Role
from pbis.pipeline.account_events import By
from pbis.pipeline.accounts import add_account
from pbis.pipeline.deciding import Request
from pbis.pipeline.links import give_link
from pbis.pipeline.plate_decisions import decide_all
from pbis.pipeline.released_plates import plates_of

_ONE_ITEM: Mapping[str, str] = MappingProxyType({"any": "0" * 16})
_LOT = "K0001; controls K0001-1 + K0001-2"  # of the site of eight plates
GUIDE_PLATES = range(2, 7)  # fewer than a full set, so that a word of warning stands on the page


@dataclass(frozen=True)
class Shown:
    """name: of the picture; template: of the page that is looked at, without its ending; route: of the table, where the way to it begins; path:
    with what the route leaves open; then: what is done there before it is looked at."""

    name: str
    template: str
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
        Shown("sign_in", "sign_in", "/sign-in", "/sign-in", role=None),
        Shown("welcome", "welcome", "/welcome", f"/welcome?link={link}", role=None),
        Shown("link_not_known", "refused", "/welcome", "/welcome?link=other", role=None),
        Shown("morning", "desk_morning", "/", "/"),
        Shown("upload", "upload", "/upload", "/upload"),
        Shown("plates", "desk_plates", "/plates", "/plates"),
        Shown("plates_none", "desk_plates", "/plates", "/plates?q=nothing+is+called+so"),
        Shown("search", "desk_plates", "/search", "/search?q=SR0"),
        Shown("plate", "desk_plate", of_plate, own_place),
        Shown("exclude", "desk_decide", f"{of_plate}/exclude", f"{own_place}/exclude?well=F3"),
        Shown("effect", "desk_effect", f"{of_plate}/exclude", f"{own_place}/exclude?well=F3", _see_effect),
        Shown("nothing_chosen", "desk_decide", f"{of_plate}/exclude", f"{own_place}/exclude", _see_refusal),
        Shown("keep", "desk_decide", f"{of_plate}/keep", f"{own_place}/keep"),
        Shown("withdraw", "desk_decide", f"{of_plate}/withdraw/{{sequence}}", f"{own_place}/withdraw/1"),
        Shown("annotate", "desk_note", f"{of_plate}/annotate", f"{own_place}/annotate"),
        Shown("charts", "desk_charts", "/charts", "/charts"),
        Shown("guide", "desk_guide", "/charts/guide", "/charts/guide"),
        Shown("compare", "desk_compare", "/compare", "/compare"),
        Shown("compare_two", "desk_compare", "/compare", f"/compare{both}"),
        Shown("lots", "desk_lots", "/compare/lots", "/compare/lots"),
        Shown("conflict", "desk_conflict", f"{of_plate}/exclude", f"{own_place}/exclude?well=F3", _see_conflict),
        Shown("review", "desk_review", f"{of_plate}/review", f"{own_place}/review"),
        Shown("review_effect", "desk_review_effect", f"{of_plate}/review", f"{other_place}/review", _see_review_effect),
        Shown("own_account", "own_account", "/own-account", "/own-account"),
        Shown("accounts", "accounts", "/accounts", "/accounts"),
        Shown("account_link", "account_link", "/accounts", "/accounts", _see_link),
        Shown("not_there", "refused", of_plate, f"/plates/{'0' * 64}/1"),
        Shown("not_allowed", "refused", "/accounts", "/accounts", role=Role.VIEWER),
    ]
    found += [Shown(f"item_{kind}", "item", "/item/{key}", f"/item/{key}") for kind, key in items.items()]
    last = Shown(
        "job", "job", "/work/{key}", f"{own_place}/exclude?well=F3", _see_job
    )  # the release is another from then on
    return [*found, last, Shown("work", "work", "/work", "/work")]


def guide_pages() -> list[Shown]:
    """What choosing a guide set leads to, and withdrawing it, one after another on the site of eight plates."""
    place = "/charts/guide"
    chart = f"{place}?{urlencode({'analyte': 'IL-6', 'control': 'qc2', 'lot': _LOT})}"
    withdraw, back = f"{place}/withdraw/{{sequence}}", f"{place}/withdraw/1"
    return [
        Shown("guide_plates", "desk_guide", place, chart),
        Shown("guide_limits", "desk_guide_limits", place, chart, _see_limits),
        Shown("guide_saved", "job", place, chart, _save_guide),
        Shown("guide_chosen", "desk_guide", place, chart),
        Shown("guide_withdraw", "desk_guide_withdraw", withdraw, back),
        Shown("guide_withdraw_limits", "desk_guide_withdraw", withdraw, back, _see_limits_without),
    ]


def provider_pages() -> list[Shown]:
    """A desk whose people sign in elsewhere, before its first night."""
    return [
        Shown("sign_in_elsewhere", "sign_in", "/sign-in", "/sign-in", role=None),
        Shown("signed_in", "signed_in", "/sign-in/back", "/sign-in", _come_back, role=None),
        Shown("morning_before", "desk_morning", "/", "/", role=Role.VIEWER),
    ]


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


def _see_conflict(page: Page) -> None:
    """As a form that was opened before the first decision about the plate."""
    _see_effect(page)
    page.eval_on_selector("form[action$=confirm] [name=seen]", "field => { field.value = ''; }")
    page.get_by_role("button", name="and compute").click()
    page.get_by_role("button", name="Show what yours would change now").wait_for()


def _see_limits(page: Page) -> None:
    for number in GUIDE_PLATES:
        page.get_by_label(f"LOAD_{number:04d}").check()
    page.get_by_label("Why").select_option("verified")
    page.get_by_label("In your words, one line").fill("after the service")
    page.get_by_role("button", name="See the limits").click()
    page.locator("h1", has_text="What the limits would be").wait_for()


def _save_guide(page: Page) -> None:
    _see_limits(page)
    page.get_by_role("button", name="Save this guide set").click()
    page.get_by_role("status").get_by_text("Done").wait_for()


def _see_limits_without(page: Page) -> None:
    page.get_by_label("Why").select_option("entered_in_error")
    page.get_by_label("In your words, one line").fill("of another lot")
    page.get_by_role("button", name="Show what this would change").click()
    page.get_by_role("button", name="Withdraw this guide set and compute").wait_for()


def _come_back(page: Page) -> None:
    """The page goes on to the morning by itself; an answer without content keeps it."""
    page.route(
        lambda address: address.endswith("/") and address.count("/") == 3, lambda route: route.fulfill(status=204)
    )
    page.get_by_role("link", name=f"Sign in with {TITLE}").click()
    page.locator("h1", has_text="Signed in").wait_for()


def _see_refusal(page: Page) -> None:
    page.get_by_label("Why").select_option("bubble")
    page.get_by_label("In your words, one line").fill("a bubble in the well")
    page.get_by_role("button", name="Show what this would change").click()
    page.get_by_role("alert").wait_for()
