"""Journeys in a real browser: a plate is found, a well excluded after its effect was seen, the plate accepted, signed, and stale again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from desk_browser import Served, at, violations
from playwright.sync_api import Browser, FilePayload, Page
from small_site import plate_of

from pbis.config import load_site
from pbis.desk.mends import MENDS
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.pipeline.accounts import set_password
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.published import run_query
from pbis.simulate.faults import outlier
from pbis.simulate.load import late_export
from pbis.simulate.render import render_plate

PASSWORD = "a long word nobody guesses"
COMPUTED = 120_000  # milliseconds that a preview may take on a busy machine
SPECIMEN, SUBJECT = "SR001002", "P1002"


def computed(page: Page) -> None:
    """Wait until the desk has computed what was decided; then the plate as it is."""
    done(page)
    page.get_by_role("link", name="Look at it").click()
    page.locator("#provenance").wait_for()


def done(page: Page) -> None:
    """Wait, as a person without scripts does, until the desk has done what was asked for."""
    page.locator("#job, [role=alert]").first.wait_for()
    assert page.locator("[role=alert]").all_inner_texts() == []
    for _ in range(120):
        if page.locator("#job b").inner_text().startswith(("Done", "It could")):
            break
        page.wait_for_timeout(500)
        page.reload()
    assert page.locator("#job b").inner_text() == "Done"


def looked_at(page: Page, scripts: bool) -> None:
    assert not scripts or violations(page) == []


def find(served: Served, page: Page) -> None:
    page.goto(f"{served.address}/plates")
    page.get_by_label("Plate, file, specimen or subject").fill(SPECIMEN)
    page.get_by_role("button", name="Show these plates").click()
    page.locator("tbody th a").click()
    page.wait_for_url("**/plates/*/1")


def exclude(page: Page, scripts: bool) -> None:
    """The wells of a specimen for one analyte; the patient's score is seen to move before anything is entered."""
    page.get_by_role("link", name="Exclude …").click()
    page.get_by_label("the replicate groups chosen below").check()
    page.get_by_label("Replicate groups", exact=True).select_option(f"{SPECIMEN} x1")
    page.locator("input[name=analyte][value=IL-2]").check()
    page.get_by_label("Why").select_option("bubble")
    page.get_by_label("In your words, one line").fill("a bubble in both wells")
    looked_at(page, scripts)
    page.get_by_role("button", name="Show what this would change").click()
    looked_at(page, scripts)
    folded = page.locator("details", has_text="1 patient would change")
    patient = folded.locator("tbody tr")
    assert not patient.is_visible()
    folded.locator("summary").click()
    assert patient.locator("th").inner_text() == SUBJECT
    now, then = (patient.locator(f"td[data-h={end}]").inner_text() for end in ("Now", "Then"))
    assert now != then
    page.get_by_role("button", name="Exclude 1 replicate group for 1 analyte and compute").click()
    computed(page)


def sign(page: Page, meaning: str) -> None:
    page.get_by_role("link", name="Accept, reject, sign …").click()
    page.get_by_label("Meaning").select_option(meaning)
    page.get_by_label("Your password again").fill(PASSWORD)
    page.get_by_role("button", name="Sign for this plate").click()


WHOLE = pytest.mark.prove  # the suite stops where the plate is signed


@pytest.mark.parametrize(
    ("scripts", "is_whole"),
    [(False, False), pytest.param(True, True, marks=WHOLE), pytest.param(False, True, marks=WHOLE)],
    ids=["until signed", "whole with scripts", "whole without scripts"],
)
def test_desk_journey_from_finding_a_plate_to_its_signature(
    browser: Browser, own_server: Served, scripts: bool, is_whole: bool
) -> None:
    root = own_server.desk.root
    score = f"select * from score where subject_id = '{SUBJECT}'"
    was = run_query(root, score).to_pylist()
    with (
        at(own_server, browser, Role.APPROVER, scripts=scripts, name="ann") as page,
        at(own_server, browser, Role.APPROVER, scripts=scripts, name="bob") as other,
    ):
        for account in ("ann", "bob"):
            set_password(load_site(root), account, PASSWORD)
    with (
        at(own_server, browser, Role.APPROVER, scripts=scripts, name="ann") as page,
        at(own_server, browser, Role.APPROVER, scripts=scripts, name="bob") as other,
    ):
        for one in (page, other):
            one.set_default_timeout(COMPUTED)
        find(own_server, page)
        looked_at(page, scripts)
        exclude(page, scripts)
        assert run_query(root, score).to_pylist() != was

        page.get_by_role("link", name="Accept, reject, sign …").click()
        looked_at(page, scripts)
        page.get_by_role("button", name="Accept the plate with 1 exclusion …").click()
        assert "accepted with exclusions" in page.locator("main strong").inner_text()
        looked_at(page, scripts)
        page.get_by_role("button", name="Accept the plate with 1 exclusion and compute").click()
        page.locator("#job").wait_for()
        page.get_by_role("link", name="Accept, reject, sign …").click()
        assert "may not approve" in page.locator("section", has=page.locator("#sign")).inner_text()
        assert "I approve this plate" not in page.get_by_label("Meaning").locator("option").all_inner_texts()

        find(own_server, other)
        sign(other, "approval")
        other.locator("#job").wait_for()
        if not is_whole:
            assert "signed by A bob (approval)" in other.locator(".review").inner_text()
            assert [one.kind for one in log_of(load_site(root))] == ["exclude", "accept", "sign"]
            return
        computed(other)
        assert (
            "accepted with exclusions, second signature missing, signed by A bob (approval)"
            in other.locator(".review").inner_text()
        )
        assert "A bob" in other.locator("section", has=other.locator("#decisions")).inner_text()  # on the printed page

        other.locator(".review summary", has_text="about this plate").click()
        other.locator("tr", has_text="a bubble in both wells").get_by_role("link", name="Withdraw …").first.click()
        other.get_by_label("Why").select_option("entered_in_error")
        other.get_by_label("In your words, one line").fill("it was the other specimen")
        other.get_by_role("button", name="Show what this would change").click()
        other.get_by_role("button", name="and compute").click()
        computed(other)
        assert "stale" in other.locator(".review").inner_text()
        assert run_query(root, score).to_pylist() == was
        other.goto(f"{own_server.address}/plates?review=stale")
        assert other.locator("tbody tr").count() == 1
        looked_at(other, scripts)
    assert [one.kind for one in log_of(load_site(root))] == ["exclude", "accept", "sign", "reverse"]


def exported_again() -> FilePayload:
    """The first plate's export of three days later, in which a median of its last well is another."""
    plate = late_export(plate_of(1), 3)
    other = outlier(plate, str(plate.wells.name[-1]), "IL-2", 1.6)
    return FilePayload(name=f"{plate.header.batch}_again.csv", mimeType="text/csv", buffer=render_plate(other))


@pytest.mark.prove
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_desk_journey_until_another_export_makes_the_acceptance_stale(
    browser: Browser, own_server: Served, scripts: bool
) -> None:
    """Accepted and signed at the desk, then brought again with another reading: every page says so, and it is accepted anew."""
    with at(own_server, browser, Role.APPROVER, scripts=scripts, name="ann") as page:
        set_password(load_site(own_server.desk.root), "ann", PASSWORD)
    with at(own_server, browser, Role.APPROVER, scripts=scripts, name="ann") as page:
        page.set_default_timeout(COMPUTED)
        find(own_server, page)
        accept(page)
        sign(page, "approval")
        computed(page)
        assert "accepted, signed by A ann (approval)" in page.locator(".review").inner_text()

        page.goto(f"{own_server.address}/upload")
        page.get_by_label("Files").set_input_files(exported_again())
        page.get_by_role("button", name="Bring these files").click()
        done(page)
        page.goto(own_server.address)
        item = page.get_by_role("listitem").filter(has_text="another export of this plate with other readings came")
        looked_at(page, scripts)
        page.locator("main summary").click()  # what holds no result back is folded
        item.get_by_role("link", name=MENDS["awaiting_decision"].button).click()
        page.locator("#provenance").wait_for()
        assert "stale" in page.locator(".review strong").inner_text()
        assert "signed by" not in page.locator(".review strong").locator("..").inner_text()
        looked_at(page, scripts)
        accept(page)
        computed(page)
        assert "Review: accepted" in page.locator(".review").inner_text()
    assert [one.kind for one in log_of(load_site(own_server.desk.root))] == ["accept", "sign", "accept"]


def accept(page: Page) -> None:
    """From the plate's page, by way of what it would change."""
    page.get_by_role("link", name="Accept, reject, sign …").click()
    page.locator("#why-accept").fill("as the rules propose")
    page.get_by_role("button", name="Accept the plate").click()
    page.get_by_role("button", name="and compute").click()
    page.locator("#job").wait_for()


@pytest.mark.parametrize("scripts", [pytest.param(True, marks=WHOLE), False], ids=["with scripts", "without scripts"])
def test_desk_journey_of_two_reviewers_at_one_plate(
    browser: Browser, own_server: Served, scripts: bool, leave_to_the_night: Callable[[DeskSite], None]
) -> None:
    """Both have chosen a well; the second is shown what the first decided, and goes on from it with what was chosen."""
    leave_to_the_night(own_server.desk)
    with (
        at(own_server, browser, Role.REVIEWER, scripts=scripts, name="ann") as ann,
        at(own_server, browser, Role.REVIEWER, scripts=scripts, name="bob") as bob,
    ):
        for page, well in ((ann, "E3"), (bob, "F3")):
            page.set_default_timeout(COMPUTED)
            find(own_server, page)
            page.goto(f"{page.url}/exclude?well={well}")
            page.get_by_label("Why").select_option("bubble")
            page.get_by_label("In your words, one line").fill(f"a bubble in {well}")
        ann.get_by_role("button", name="Show what this would change").click()
        ann.get_by_role("button", name="Exclude 1 well for all analytes and compute").click()
        ann.locator("#job").wait_for()

        bob.get_by_role("button", name="Show what this would change").click()
        assert "somebody else decided about this plate meanwhile" in bob.get_by_role("alert").inner_text()
        assert "a bubble in E3" in bob.locator("table").inner_text()
        assert len(log_of(load_site(own_server.desk.root))) == 1
        looked_at(bob, scripts)
        bob.get_by_role("button", name="Show what yours would change now").click()
        bob.get_by_role("button", name="Exclude 1 well for all analytes and compute").click()
        bob.locator("#job").wait_for()
    entered = log_of(load_site(own_server.desk.root))
    assert [(one.author, one.target.well, one.reason) for one in entered] == [
        ("ann", "E3", "a bubble in E3"),
        ("bob", "F3", "a bubble in F3"),
    ]


def test_a_plate_is_walked_by_keyboard_alone(browser: Browser, desk_server: Served, made_site: Path) -> None:
    """From the list to an analyte, to a well, to what can be decided about it; and back."""
    with at(desk_server, browser, Role.REVIEWER) as page:
        find(desk_server, page)
        press = page.keyboard.press
        press("?")
        assert page.locator("#keys").is_visible()
        page.locator(".tiles a").first.focus()
        first = page.locator(".tiles a b").first.inner_text()
        press("ArrowRight")
        press("ArrowLeft")
        press("Enter")
        assert page.locator("#analyte option:checked").inner_text() == first
        press("ArrowDown")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        press("Escape")
        assert page.evaluate("document.activeElement.querySelector('b').textContent") == first
        press("Enter")
        press("Enter")
        page.wait_for_url("**/exclude**")
        assert page.locator("input[name=well]:checked").count() == 1
        assert page.locator("input[name=analyte]:checked").get_attribute("value") == first
        page.go_back()
        page.locator(".tiles a").first.focus()
        press("Escape")
        page.wait_for_url("**/plates")
        for path in ("", "/keep", "/review"):
            find(desk_server, page)
            page.goto(page.url + path)
            assert violations(page) == []
        page.goto(f"{desk_server.address}/charts")
        assert violations(page) == []
