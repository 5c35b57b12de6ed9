"""Mending in a real Chromium: with scripts, with the page of the work renewing itself; and without any script."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk_browser import Served, at, serving, violations
from playwright.sync_api import Browser, Page

from pbis.config import load_site
from pbis.desk.door import Door
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.desk.sessions import Sessions
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.night import utc_clock
from pbis.pipeline.published import run_query

COMPUTED = 120_000  # milliseconds that the desk's work may take on a busy machine


@pytest.fixture
def waiting_server(waiting_site: Path, tmp_path: Path) -> Iterator[Served]:
    root = Path(shutil.copytree(waiting_site, tmp_path / "waiting", symlinks=True))
    desk = DeskSite(root=root, sessions=Sessions(root / "state", utc_clock), clock=utc_clock, door=Door())
    with serving(desk) as served:
        yield served
        served.desk.work.end()


def open_item(page: Page, served: Served, sentence: str, button: str) -> None:
    """From the morning to the forms of an item, as a person goes."""
    page.goto(served.address)
    page.get_by_role("listitem").filter(has_text=sentence).get_by_role("link", name=button).click()


def test_a_barcode_is_corrected_and_the_page_says_when_it_is_done(browser: Browser, waiting_server: Served) -> None:
    with at(waiting_server, browser, Role.REVIEWER) as page:
        open_item(page, waiting_server, "WORK_0022", "Correct or register the tube")
        assert violations(page) == []
        right = page.get_by_label("SR022001 (E3, F3) is really")
        right.fill("SR029001")
        right.press("Enter")
        page.get_by_text("Done at").wait_for(timeout=COMPUTED)  # nobody loads the page again: it asks for what is new
        assert violations(page) == []
        page.goto(waiting_server.address)
        assert page.get_by_text("the layout puts 'SR022001'").count() == 0
    tubes = run_query(waiting_server.desk.root, "select distinct specimen_id from result_all where plate = 'WORK_0022'")
    assert "SR029001" in tubes.column(0).to_pylist()


def test_a_block_of_a_spreadsheet_is_pasted_into_wells(browser: Browser, waiting_server: Served) -> None:
    with at(waiting_server, browser, Role.REVIEWER) as page:
        open_item(page, waiting_server, "WORK_0021", "Give the layout")
        page.get_by_label("Well E3").evaluate(
            """well => {
                const data = new DataTransfer();
                data.setData("text", "SR021001\\r\\nSR021002\\r\\n");
                well.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
            }"""
        )
        assert [page.get_by_label(f"Well {well}").input_value() for well in ("E3", "F3")] == ["SR021001", "SR021002"]


def test_without_scripts_a_tube_is_registered_a_file_brought_and_an_item_put_off(
    browser: Browser, waiting_server: Served, leave_to_the_night: Callable[[DeskSite], None]
) -> None:
    leave_to_the_night(waiting_server.desk)
    root = waiting_server.desk.root
    with at(waiting_server, browser, Role.REVIEWER, scripts=False) as page:
        open_item(page, waiting_server, "WORK_0022", "Correct or register the tube")
        page.get_by_label("Study id of the subject").fill("P022001")
        page.get_by_label("Drawn at").fill("2025-09-10T07:00")
        page.get_by_role("button", name="Register this tube").click()
        assert "/work/" in page.url
        open_item(page, waiting_server, "cut_off.csv", "Mend the file")
        page.get_by_label("Why, in one sentence").last.fill("a test")
        page.get_by_role("button", name="Put it off until that day").click()
        page.get_by_role("link", name="Bring files").click()
        page.get_by_label("Files").set_input_files(
            [
                {
                    "name": "tubes.csv",
                    "mimeType": "text/csv",
                    "buffer": b"barcode,subject,collected_at\nT1,P1,2025-01-01\n",
                }
            ]
        )
        page.get_by_role("button", name="Bring these files").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Brought 1 specimen table"
        assert page.get_by_text("tubes.csv: a specimen table: 1 row").is_visible()
    assert sorted(path.name[:12] for path in (root / "inbox" / "specimens").iterdir() if path.suffix) == [
        "desk-specime",
        "tubes.csv",
    ]
    assert [(event.kind, event.author) for event in log_of(load_site(root))] == [("later", "reviewer")]
