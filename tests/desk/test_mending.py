"""The mistakes that are mended at the desk: each by its form, and after the desk's work the published release holds what is right."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from desk_mended import BENCH, holds_what_is_right, whole
from desk_site import desk_of
from fastapi.testclient import TestClient
from httpx import Response

from pbis.config import load_site
from pbis.core.open_items import KINDS, OpenItem
from pbis.desk.items import plates_about
from pbis.desk.mends import MENDS
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.desk.work import Job, State
from pbis.pipeline.deciding import twins_of
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.plate_layout import laid_plate
from pbis.pipeline.published import run_query
from pbis.pipeline.released_plates import plates_of

SitDown = Callable[[DeskSite, Role | None], TestClient]
LONG = 120.0  # seconds that a test waits at most for the desk's work


def key_of(desk: DeskSite, kind: str, part: str = "") -> str:
    return next(each.key for each in desk.waiting.items() if each.item.kind == kind and part in each.item.object_key)


def done(desk: DeskSite, answer: Response) -> Job:
    """The job that a form led to, when it has ended."""
    assert answer.status_code == 303, answer.text
    return desk.work.wait(answer.headers["location"].rpartition("/")[2], LONG)


def test_every_kind_of_open_item_has_a_button() -> None:
    assert MENDS.keys() == KINDS.keys()


def test_the_page_of_every_item_opens(waiting_desk: DeskSite, sit_down: SitDown) -> None:
    reviewer, viewer = sit_down(waiting_desk, Role.REVIEWER), sit_down(waiting_desk, Role.VIEWER)
    morning = reviewer.get("/").text
    for each in waiting_desk.waiting.items():
        page = reviewer.get(f"/item/{each.key}")
        assert page.status_code == 200
        assert "Put it off until that day" in page.text
        assert 'role="alert"' not in page.text
        assert f'href="/item/{each.key}"' in morning
        assert '<form method="post" action="/item' not in viewer.get(f"/item/{each.key}").text
    assert reviewer.get("/item/0123456789abcdef").status_code == 404


def test_twelve_mistakes_are_mended(waiting_desk: DeskSite, sit_down: SitDown) -> None:
    desk, reviewer = waiting_desk, sit_down(waiting_desk, Role.REVIEWER)
    keys = {each.item.kind: each.key for each in desk.waiting.items()}
    keys["open_dates"], keys["cut_off"] = (
        key_of(desk, "file_in_quarantine", f"{n}.csv") for n in ("open_dates", "cut_off")
    )

    def form(kind: str, what: str, data: Mapping[str, Any], files: Any = None) -> Response:
        return reviewer.post(f"/item/{keys[kind]}/{what}", data=data, files=files)

    with (
        desk.work.store
    ):  # what is asked for meanwhile is computed in two goes: the first, and all that waits behind it
        answers = [
            form(
                "barcode_without_specimen",
                "barcode",
                _seen(desk, "WORK_0022") | {"barcode": "SR022001", "right": "SR029001"},
            ),
            form("plate_without_layout", "layout", _typed(desk, "WORK_0021")),
            form("plate_without_layout", "tube", _tube("SR021001", "P021001")),
            form(
                "held_well",
                "wells",
                {"reason": "protocol", "place": ["1/E3", "1/F3"], "specimen": ["", ""], "dilution": ["2", "2"]},
            ),
            form("twin", "twin", {"reason": "the copy was a test", "run": f"1/{_run(desk, 'WORK_0024')}"}),
            form("open_dates", "tell", {"reason": "insert", "date_order": "mdy", "panel": "human-cytokine-7plex"}),
            form("cut_off", "bring", {}, {"files": ("cut_off.csv", whole(26))}),
            form("lab_without_linkage", "link", {"record_number": "9900001", "subject": "PSTRAY", "hospital": "north"}),
            form("work_expected", "later", {"reason": "in spring", "until": _tomorrow(desk)}),
            reviewer.post("/upload", files=[("files", ("P28.csv", whole(28))), ("files", ("notes.txt", b"a note"))]),
            form("sheet_without_plate", "lot", {"lot": "K0128"}),
            form("patient_without_plate", "tube", _tube("SRBARE", "PBARE")),
        ]
    jobs = [done(desk, each) for each in answers]
    assert [(job.state, job.what) for job in jobs if job.state is not State.DONE] == []
    holds_what_is_right(desk)
    left = {each.item.kind for each in desk.waiting.items() if each.key in keys.values()}
    assert left == {"layout_without_plate"}  # that is mended by another test


TYPED = ("right", "subject", "collected_at", "reason", "until", "dilution", "cell")


def test_a_form_says_what_is_wrong_and_changes_nothing(waiting_desk: DeskSite, sit_down: SitDown) -> None:
    desk, reviewer = waiting_desk, sit_down(waiting_desk, Role.REVIEWER)
    barcode, held, file = (
        key_of(desk, kind) for kind in ("barcode_without_specimen", "held_well", "file_in_quarantine")
    )
    seen = _seen(desk, "WORK_0022")
    for path, data, words in (
        (f"{barcode}/barcode", seen | {"barcode": "SR022001", "right": "Standard1"}, "is the name of a standard"),
        (
            f"{barcode}/barcode",
            {"seen": "0" * 64, "barcode": "SR022001", "right": "X"},
            "another layout of WORK_0022 came",
        ),
        (f"{barcode}/tube", _tube("SR029001", "PELSE"), "is registered already"),
        (f"{barcode}/tube", _tube("SR029001", "PIDLE"), "bring the corrected specimen table"),
        (f"{barcode}/tube", _tube("SR022001", "P1") | {"collected_at": "2099-03-01T07:00"}, "is still to come"),
        (f"{barcode}/tube", _tube("SR022001", "P1") | {"collected_at": "soon"}, "is no date and time"),
        (f"{barcode}/layout", seen | {"cell": ["x"]}, "expected a text for each of the 22 wells"),
        (f"{barcode}/layout", seen | {"cell": [""], "block": "K\t\n"}, "A1: expected Standard1"),
        (
            f"{barcode}/layout",
            seen | {"cell": [""], "block": "K\t\n", "plate_number": "421"},
            "expected a plate of this run; found no plate 421",
        ),
        (f"{held}/wells", {"reason": "r", "place": ["1/E3"], "specimen": [""], "dilution": ["x"]}, "is no factor"),
        (
            f"{held}/wells",
            {"reason": "r", "place": ["1/E3"], "specimen": ["T1"], "dilution": [""]},
            "does not wait for its specimen",
        ),
        (
            f"{held}/wells",
            {"reason": "r", "place": ["1/E3", "1/E3"], "specimen": ["", ""], "dilution": ["2", "3"]},
            "a well is named twice",
        ),
        (f"{file}/tell", {"reason": "r"}, "say something about the file"),
        (f"{file}/tell", {"reason": "r", "panel": "theirs"}, "expected one of the site"),
        (f"{barcode}/again", {}, "about no file in quarantine"),
        (f"{barcode}/later", {"reason": "r", "until": "2020-01-01"}, "expected a day after today"),
    ):
        answer = reviewer.post(f"/item/{path}", data=data)
        status = 409 if "another layout" in words else 422
        assert (answer.status_code, words in answer.text) == (status, True), (path, answer.text)
        typed = [
            text for name, told in data.items() if name in TYPED for text in ([told] if isinstance(told, str) else told)
        ]
        assert [text for text in typed if f'value="{text}"' not in answer.text] == [], path
    assert desk.work.jobs() == ()
    assert log_of(load_site(desk.root)) == ()
    assert not [path for path in (desk.root / "inbox").rglob("*") if path.is_file() and path.name != ".gitkeep"]


def test_a_layout_of_another_plate_is_not_taken_for_this_one_and_replaces_none(
    waiting_desk: DeskSite, sit_down: SitDown, leave_to_the_night: Callable[[DeskSite], None]
) -> None:
    desk, reviewer = waiting_desk, sit_down(waiting_desk, Role.REVIEWER)
    leave_to_the_night(desk)
    key = key_of(desk, "plate_without_layout")
    head, row = "plate,well,role,specimen,label,dilution", "{},E3,unknown,SR021001,,"

    def brought(*plates: str) -> Response:
        text = "\n".join([head, *map(row.format, plates), ""])
        return reviewer.post(f"/item/{key}/layout-file", files={"file": ("x.csv", text.encode(), "text/csv")})

    wrong = brought("WORK_0023")
    assert wrong.status_code == 422
    assert "this file is the layout of &#39;WORK_0023&#39;, and no well of &#39;WORK_0021&#39; is in it" in wrong.text
    assert not list((desk.root / "inbox" / "layouts").glob("x*"))
    both = brought("WORK_0021", "WORK_0023")
    assert "It lays out WORK_0023 too" in reviewer.get(both.headers["location"]).text
    assert [path.name for path in (desk.root / "inbox" / "layouts").glob("x*")] == ["x.csv"]


def test_two_people_who_call_each_another_twin_right_do_not_exclude_both(
    waiting_desk: DeskSite, sit_down: SitDown, leave_to_the_night: Callable[[DeskSite], None]
) -> None:
    desk = waiting_desk
    leave_to_the_night(desk)
    key = key_of(desk, "twin")
    found = {
        row["plate"]: f"{row['plate_number']}/{row['run_id']}" for row in twins_of(desk.root, _run(desk, "WORK_0024"))
    }
    assert found.keys() == {"WORK_0024", "WORK_COPY"}
    first, second = (
        sit_down(desk, role).post(f"/item/{key}/twin", data={"run": found[plate], "reason": "by the protocol"})
        for role, plate in ((Role.REVIEWER, "WORK_0024"), (Role.APPROVER, "WORK_COPY"))
    )
    assert (first.status_code, second.status_code) == (303, 422)
    assert "is excluded itself: decision 1, exclude WORK_COPY, by reviewer" in second.text
    assert "neither would be left" in second.text
    (event,) = log_of(load_site(desk.root))
    assert (event.kind, event.target.plate) == ("exclude", "WORK_COPY")


def test_a_second_correction_of_a_plate_waits_for_the_first_and_takes_none_back(
    waiting_desk: DeskSite, sit_down: SitDown
) -> None:
    """Two barcodes of one plate are mistyped: the second layout would be made from the published one, without what the first corrected."""
    desk, reviewer = waiting_desk, sit_down(waiting_desk, Role.REVIEWER)
    laid = laid_plate(desk.root, _run(desk, "WORK_0022"))
    texts = [{"E3": "WRONG1", "F3": "WRONG2"}.get(each.well, each.text) for each in laid.numbered(1)]
    key = key_of(desk, "barcode_without_specimen")
    done(desk, reviewer.post(f"/item/{key}/layout", data=_seen(desk, "WORK_0022") | {"cell": texts}))
    keys = [key_of(desk, "barcode_without_specimen", f"WRONG{at}") for at in (1, 2)]
    form = [_seen(desk, "WORK_0022") | {"barcode": f"WRONG{at}", "right": f"RIGHT{at}"} for at in (1, 2)]
    first = reviewer.post(f"/item/{keys[0]}/barcode", data=form[0])
    second = reviewer.post(f"/item/{keys[1]}/barcode", data=form[1])  # while the first is computed
    assert (first.status_code, second.status_code) == (303, 409)
    assert "another layout of WORK_0022 is being computed, and nothing was entered" in second.text
    done(desk, first)
    done(desk, reviewer.post(f"/item/{keys[1]}/barcode", data=form[1] | _seen(desk, "WORK_0022")))
    held = {each.well: each.text for each in laid_plate(desk.root, _run(desk, "WORK_0022")).wells}
    assert (held["E3"], held["F3"]) == ("RIGHT1", "RIGHT2")
    os.mkfifo(desk.root / "inbox" / "layouts" / "a_pipe")  # is not waited for
    name = "by_hand.csv"  # and one that lies in the inbox for the next night
    (desk.root / "inbox" / "layouts" / name).write_text(
        "plate,well,role,specimen,label,dilution\nWORK_0022,E3,unknown,OTHER,,\n", encoding="utf-8"
    )
    again = reviewer.post(
        f"/item/{key_of(desk, 'barcode_without_specimen', 'RIGHT1')}/barcode",
        data=_seen(desk, "WORK_0022") | {"barcode": "RIGHT1", "right": "SR029001"},
    )
    assert again.status_code == 409


def test_two_layouts_of_one_plate_do_not_wait_side_by_side_however_they_were_brought(
    waiting_desk: DeskSite, sit_down: SitDown, leave_to_the_night: Callable[[DeskSite], None]
) -> None:
    """Which of them a night takes last hangs on a hash."""
    desk, reviewer = waiting_desk, sit_down(waiting_desk, Role.REVIEWER)
    leave_to_the_night(desk)
    head, row = "plate,well,role,specimen,label,dilution", "WORK_0021,E3,unknown,{},,"
    one, other = (("\n".join([head, row.format(tube), ""])).encode() for tube in ("SR021001", "SR021002"))

    def brought(name: str, *texts: bytes) -> Response:
        files = [("files", (f"{at}{name}", text, "text/csv")) for at, text in enumerate(texts)]
        return reviewer.post("/upload", files=files)

    answer = reviewer.get(brought("x.csv", one, other).headers["location"])
    assert "1 layout, 1 file refused" in answer.text
    assert "another layout of &#39;WORK_0021&#39; lies in the inbox or is being computed" in answer.text
    assert brought("y.csv", one).status_code == 303  # the same again is the same
    assert brought("y.csv", other).status_code == 422
    key = key_of(desk, "plate_without_layout")
    assert reviewer.post(f"/item/{key}/layout-file", files={"file": ("z.csv", other, "text/csv")}).status_code == 422
    loose = key_of(desk, "layout_without_plate")
    assert reviewer.post(f"/item/{loose}/plate-name", data={"plate": "WORK_0021"}).status_code == 409
    held = {path.read_bytes() for path in (desk.root / "inbox" / "layouts").glob("*.csv")}
    assert held == {one}


def test_a_barcode_that_another_well_of_the_plate_has_joins_it_only_where_a_person_says_so(
    waiting_desk: DeskSite, sit_down: SitDown, leave_to_the_night: Callable[[DeskSite], None]
) -> None:
    desk, reviewer = waiting_desk, sit_down(waiting_desk, Role.REVIEWER)
    laid = laid_plate(desk.root, _run(desk, "WORK_0022"))
    texts = [{"E3": "WRONG1", "F3": "SR029001"}.get(each.well, each.text) for each in laid.numbered(1)]
    key = key_of(desk, "barcode_without_specimen")
    done(desk, reviewer.post(f"/item/{key}/layout", data=_seen(desk, "WORK_0022") | {"cell": texts}))
    leave_to_the_night(desk)
    path = f"/item/{key_of(desk, 'barcode_without_specimen')}/barcode"
    form = _seen(desk, "WORK_0022") | {"barcode": "WRONG1", "right": "SR029001"}
    told = reviewer.post(path, data=form)
    assert told.status_code == 422
    assert (
        "&#x27;SR029001&#x27; stands in F3 of WORK_0022 already, and nothing was entered: E3 would be read as a replicate"
        in told.text
    )
    assert not list((desk.root / "inbox" / "layouts").glob("*.csv"))
    assert reviewer.post(path, data=form | {"is_replicate": "true"}).status_code == 303


def test_a_subject_of_whom_nothing_is_known_is_told_of(
    waiting_desk: DeskSite, sit_down: SitDown, leave_to_the_night: Callable[[DeskSite], None]
) -> None:
    desk, reviewer = waiting_desk, sit_down(waiting_desk, Role.REVIEWER)
    leave_to_the_night(desk)
    key = key_of(desk, "barcode_without_specimen")

    def said(barcode: str, subject: str) -> str:
        answer = reviewer.post(f"/item/{key}/tube", data=_tube(barcode, subject))
        return reviewer.get(answer.headers["location"]).text

    slip = said("T1", "pldle")  # a small l for the I, and small letters
    assert "Nothing was known of subject &#39;pldle&#39; before" in slip
    assert "Nearly right: &#39;PIDLE&#39; for &#39;pldle&#39;" in slip
    assert "Nothing was known" not in said("T2", "PIDLE")


def test_a_layout_is_given_to_the_plate_that_it_means(
    waiting_desk: DeskSite, sit_down: SitDown, leave_to_the_night: Callable[[DeskSite], None]
) -> None:
    leave_to_the_night(waiting_desk)
    key = key_of(waiting_desk, "layout_without_plate")
    sit_down(waiting_desk, Role.REVIEWER).post(f"/item/{key}/plate-name", data={"plate": "WORK_0021"})
    (file,) = (waiting_desk.root / "inbox" / "layouts").glob("WORK_0021-*.csv")
    assert "WORK_0021,1,E3,unknown,SR027001" in file.read_text()


def test_a_refused_file_is_tried_again_as_it_is(
    waiting_desk: DeskSite, sit_down: SitDown, leave_to_the_night: Callable[[DeskSite], None]
) -> None:
    leave_to_the_night(waiting_desk)
    cut, dates = (key_of(waiting_desk, "file_in_quarantine", name) for name in ("cut_off", "open_dates"))
    page = sit_down(waiting_desk, Role.REVIEWER)
    assert "the plate was read" not in page.get(f"/item/{cut}").text
    orders = page.get(f"/item/{dates}").text
    assert "day, month, year: the plate was read 2025-04-03" in orders
    assert "month, day, year: the plate was read 2025-03-04" in orders
    page.post(f"/item/{cut}/again")
    assert (waiting_desk.root / "inbox" / "plates" / "cut_off.csv").is_file()
    assert not list((waiting_desk.root / "quarantine").rglob("cut_off.csv*"))
    again = page.post(f"/item/{cut}/again")
    assert (again.status_code, "does not lie in quarantine any more" in again.text) == (422, True)


def _run(desk: DeskSite, plate: str) -> str:
    found: str = run_query(desk.root, f"select run_id from plate where plate = '{plate}'").to_pylist()[0]["run_id"]
    return found


def _seen(desk: DeskSite, plate: str) -> dict[str, Any]:
    rows = run_query(desk.root, f"select layout_file_id from plate where plate = '{plate}'").to_pylist()
    return {"seen": rows[0]["layout_file_id"] or ""}


def _typed(desk: DeskSite, plate: str) -> dict[str, Any]:
    """A block as a spreadsheet copies it: the third column holds the sample in E3 and F3."""
    rows = ["\t1\t2\t3", *(f"{letter}\t{first}\t{second}\t{third}" for letter, first, second, third in BENCH)]
    return _seen(desk, plate) | {"cell": [""], "block": "\n".join(rows)}


def _tube(barcode: str, subject: str) -> dict[str, str]:
    return {"barcode": barcode, "subject": subject, "collected_at": "2025-09-10T07:00", "material": "serum"}


def _tomorrow(desk: DeskSite) -> str:
    return f"{desk.clock() + timedelta(days=3):%Y-%m-%d}"


def test_what_is_mended_on_a_plate_s_page_leads_to_each_plate_that_stands(made_site: Path) -> None:
    desk = desk_of(made_site)
    plate = plates_of(made_site)[0]
    item = OpenItem(
        "failed_plate", "plate", plate["plate"], "fails", "look", plate=plate["plate"], run_id=plate["run_id"]
    )
    there = [(each["plate"], f"/plates/{each['run_id']}/1") for each in [plate]]
    assert plates_about(desk, item) == there
    assert plates_about(desk, replace(item, run_id="0" * 64)) == []  # never a page that is not there
