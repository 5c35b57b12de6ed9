"""Mending in a real Chromium: with scripts, with the page of the work renewing itself; and without any script."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk_browser import Served, at, serving, violations
from desk_mended import BENCH, holds_what_is_right, whole
from playwright.sync_api import Browser, FilePayload, Page

from pbis.config import load_site
from pbis.desk.door import Door
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.desk.sessions import Sessions
from pbis.desk.work import State
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
    if page.locator("summary").count():
        page.locator("summary").click()  # what holds no result back is folded
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


_PASTE = """(well, text) => {
    const data = new DataTransfer();
    data.setData("text", text);
    well.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
    return well.validationMessage;
}"""


def test_a_block_of_a_spreadsheet_is_pasted_into_wells(browser: Browser, waiting_server: Served) -> None:
    with at(waiting_server, browser, Role.REVIEWER) as page:
        open_item(page, waiting_server, "WORK_0021", "Give the layout")

        def paste(well: str, text: str) -> str:
            return str(page.get_by_label(f"Well {well}", exact=True).evaluate(_PASTE, text))

        def texts(*wells: str) -> list[str]:
            return [page.get_by_label(f"Well {well}", exact=True).input_value() for well in wells]

        assert paste("E3", "SR021001\r\nSR021002\r\n") == ""
        assert texts("E3", "F3") == ["SR021001", "SR021002"]
        before = texts("A1", "B1", "A2", "H1")
        said = paste("H1", "S1\tS2\nS3\tS4")  # a row more than the plate has from there on
        assert said.startswith("The block has 2 rows and 2 columns, which go beyond the wells")
        assert texts("A1", "B1", "A2", "H1") == before
        assert paste("A1", "\t1\t2\r\nA\t100011\t100012\r\nB\t100021\t100022") == ""
        assert texts("A1", "A2", "B1", "B2") == ["100011", "100012", "100021", "100022"]
        assert paste("A1", "200011\t200012\r\n200021\t200022") == ""  # barcodes that are numbers are no head of columns
        assert texts("A1", "A2", "B1", "B2") == ["200011", "200012", "200021", "200022"]
        assert paste("A1", "\t1\t2\nS1\tS2\tS3").startswith("Above the block stand numbers")
        assert texts("A1", "A2") == ["200011", "200012"]


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
        page.get_by_label("Files", exact=True).set_input_files(
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


def mended(page: Page, served: Served) -> Iterator[str]:
    """Each of the mistakes by its form, as a technician does it; what was pressed at last."""

    def at_item(sentence: str, button: str) -> None:
        open_item(page, served, sentence, button)

    def press(button: str) -> str:
        page.get_by_role("button", name=button).click()
        return button

    def register(barcode: str, subject: str) -> str:
        page.get_by_label("Barcode", exact=True).fill(barcode)
        page.get_by_label("Study id of the subject").fill(subject)
        page.get_by_label("Drawn at").fill("2025-09-10T07:00")
        return press("Register this tube")

    at_item("WORK_0022", "Correct or register the tube")
    page.get_by_label("SR022001 (E3, F3) is really").fill("SR029001")
    yield press("Correct SR022001 in 2 wells")
    at_item("WORK_0021", "Give the layout")
    block = "\n".join(["\t1\t2\t3", *("\t".join(row) for row in BENCH)])
    page.get_by_label("Or paste a block of cells").fill(block)
    yield press("Use this layout for WORK_0021")
    at_item("WORK_0022", "Correct or register the tube")
    yield register("SR021001", "P021001")
    at_item("WORK_0023", "Say what the wells hold")
    for well in ("E3", "F3"):
        page.get_by_label(f"Dilution of well {well}").fill("2")
    page.locator("#wells-reason").fill("it stands in the protocol")
    yield press("Release the wells that I typed")
    at_item("WORK_COPY", "Say which is right")
    page.get_by_label("WORK_0024, file").check()
    page.locator("#twins-reason").fill("the copy was a test")
    yield press("This one is right")
    at_item("open_dates.csv", "Mend the file")
    page.get_by_label("month, day, year").check()
    page.get_by_label("Kit of the plate", exact=True).select_option("human-cytokine-7plex")
    page.locator("#tell-reason").fill("it stands in the insert")
    yield press("Say this, and read open_dates.csv again")
    at_item("cut_off.csv", "Mend the file")
    page.get_by_label("Mended copy", exact=True).set_input_files(_file("cut_off.csv", whole(26)))
    yield press("Bring this copy")
    at_item("stray.csv", "Say whose results they are")
    page.get_by_label("Record number", exact=True).fill("9900001")
    page.get_by_label("Study id of the subject").fill("PSTRAY")
    page.get_by_label("Site that gave the number, where the tables name one").fill("north")
    yield press("Link this record number")
    at_item("WORK_PLANNED", "Bring it, or put it off")
    page.locator("#later-reason").fill("in spring")
    yield press("Put it off until that day")
    page.goto(f"{served.address}/upload")
    page.get_by_label("Files", exact=True).set_input_files([_file("P28.csv", whole(28)), _file("notes.txt", b"a note")])
    yield press("Bring these files")
    at_item("other_lot.csv", "Correct the lot")
    page.get_by_label("Lot, as the exports name it", exact=True).fill("K0128")
    yield press("Use the lot sheet so")
    at_item("PBARE", "Register a tube")
    yield register("SRBARE", "PBARE")


def _file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": data}


@pytest.mark.prove
@pytest.mark.timeout(900)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_twelve_mistakes_are_mended_in_a_browser(browser: Browser, waiting_server: Served, scripts: bool) -> None:
    desk = waiting_server.desk
    with at(waiting_server, browser, Role.REVIEWER, scripts=scripts) as page:
        page.set_default_timeout(COMPUTED)
        page.goto(waiting_server.address)  # the list is at hand from now on, also while it cannot be asked
        with (
            desk.work.store
        ):  # what is asked for meanwhile is computed in two goes: the first, and all that waits behind it
            for pressed in mended(page, waiting_server):
                page.wait_for_url("**/work/*")
                assert page.locator("[role=alert]").count() == 0, pressed
        assert len(desk.work.jobs()) == 12
    ended = [desk.work.wait(job.key, COMPUTED / 1000) for job in desk.work.jobs()]
    assert [(job.state, job.what, job.said) for job in ended if job.state is not State.DONE] == []
    holds_what_is_right(desk)
