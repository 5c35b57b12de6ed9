"""A guide set at the desk: plates are ticked, the limits are seen to move, and what is saved is one event that nobody overtook."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from desk_site import client_of, desk_of

import warehouse
from pbis.config import load_site
from pbis.core.decision import FIRST
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.pipeline.choosing_guide import points_of_control
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.guide_preview import said
from pbis.pipeline.night import run_plain, utc_clock
from pbis.pipeline.published import run_query
from pbis.report.guide_chart import GuidePoint, guide_chart

CHART = {"analyte": "IL-6", "control": "qc2", "lot": "K0001; controls K0001-1 + K0001-2"}
STATES = (
    "select plate, analyte, analyte_plate.state from analyte_plate join plate using (run_id, plate_number) order by all"
)
WHY = {"cause": "verified", "reason": "after the service"}


@pytest.fixture
def desk(eight_plates: Path, tmp_path: Path, leave_to_the_night: Callable[[DeskSite], None]) -> Iterator[DeskSite]:
    """The desk of a copy of it, which computes nothing of what is entered."""
    one = desk_of(Path(shutil.copytree(eight_plates, tmp_path / "site", symlinks=True)))
    leave_to_the_night(one)
    yield one
    one.work.end()


def runs(desk: DeskSite) -> list[str]:
    return [row["run_id"] for row in points_of_control(desk.root, "qc2") if row["analyte"] == "IL-6"]


def baseline(desk: DeskSite) -> dict[str, object]:
    with closing(warehouse.connect(load_site(desk.root).path("warehouse"), read_only=True)) as con:
        rows = warehouse.said_trend(con).baseline.to_pylist()
    return next(row for row in rows if (row["analyte"], row["metric"]) == ("IL-6", "qc2"))


def changed(before: list[dict[str, object]], desk: DeskSite) -> list[tuple[object, object]]:
    after = run_query(desk.root, STATES).to_pylist()
    return [(now["plate"], now["analyte"]) for was, now in zip(before, after, strict=True) if was != now]


def test_a_guide_set_is_ticked_looked_at_and_saved(desk: DeskSite) -> None:
    client = client_of(desk, Role.REVIEWER)
    assert 'href="/charts/guide"' in client.get("/charts").text
    assert 'name="plate"' not in client.get("/charts/guide").text
    form = client.get("/charts/guide", params=CHART).text
    assert form.count('name="plate"') == 8
    assert " checked" not in form
    ask = CHART | WHY | {"plate": runs(desk)[1:6], "seen": ""}
    now, states = said(baseline(desk)), run_query(desk.root, STATES).to_pylist()
    shown = client.post("/charts/guide/limits", data=ask)
    assert shown.status_code == 200
    for words in (
        "no full guide set",
        "limits and mean then",
        now,
        "of 5 plates",
        "1 analyte would change",
    ):
        assert words in shown.text
    assert log_of(load_site(desk.root)) == ()
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown.text)
    again: dict[str, list[str]] = {}
    for name, value in hidden:
        again.setdefault(name, []).append(value)
    saved = client.post("/charts/guide", data=again)
    assert saved.status_code == 303
    assert client.get(saved.headers["location"]).status_code == 200
    (event,) = log_of(load_site(desk.root))
    assert (event.kind, event.author, event.target.plate_content, event.reason) == ("guide", "reviewer", FIRST, "after the service")  # fmt: skip
    assert event.facts["names"] == [f"LOAD_{number:04d}" for number in range(2, 7)]
    run_plain(load_site(desk.root), NightOptions(), Silent(), utc_clock)
    assert said(baseline(desk)) in shown.text  # of the limits then
    assert changed(states, desk) == [("LOAD_0008", "IL-6")]
    assert '<th scope="row">LOAD_0008<td data-h="Analyte">IL-6' in shown.text
    form = client.get("/charts/guide", params=CHART).text
    assert form.count('name="plate"') - form.count(" checked> LOAD_") == 3
    assert "Decision 1 of reviewer" in form
    late = client.post("/charts/guide", data=ask | {"plate": [], "first": "yes"})
    assert late.status_code == 409
    assert (
        "you yourself, in another window or by pressing twice, chose a guide set for this chart meanwhile" in late.text
    )
    assert event.decision_id in late.text
    assert len(log_of(load_site(desk.root))) == 1
    it_is_withdrawn(desk, now, said(baseline(desk)), event.decision_id)


def it_is_withdrawn(desk: DeskSite, before: str, chosen: str, seen: str) -> None:
    """By a button beside it, with its own preview; nobody overtakes who is at it."""
    client, place = client_of(desk, Role.REVIEWER), "/charts/guide/withdraw/1"
    assert f'href="{place}">Withdraw' in client.get("/charts/guide", params=CHART).text
    assert seen in client.get(place).text
    why = {"cause": "entered_in_error", "reason": "of another lot", "seen": seen}
    shown = client.post(f"{place}/limits", data=why)
    assert shown.status_code == 200
    assert f'data-h="Now">{chosen}<td data-h="Then"><b>{before}</b>' in shown.text
    for other, status, words in (
        ({"reason": " "}, 422, "say why in your words"),
        ({"cause": "bubble"}, 422, "choose why"),
        ({"seen": "0" * 64}, 409, "you yourself, in another window or by pressing twice, chose a guide set"),
    ):
        answer = client.post(place, data=why | other)
        assert (answer.status_code, words in answer.text) == (status, True)
    assert client_of(desk, Role.VIEWER).post(place, data=why).status_code == 403
    assert client.post(place, data=why).status_code == 303
    (_, event) = log_of(load_site(desk.root))
    assert (event.kind, event.reverses, event.author, event.cause) == ("reverse", 1, "reviewer", "entered_in_error")
    assert client.get(place).status_code == 404


def test_what_can_be_no_guide_set_comes_back_as_it_was(eight_plates: Path, tmp_path: Path) -> None:
    desk = desk_of(eight_plates, tmp_path)
    client = client_of(desk, Role.REVIEWER)
    for other, count, words in (
        ({}, 4, "limits need 5 plates"),
        ({"reason": " "}, 5, "say why in your words"),
        ({"cause": "put_off"}, 5, "choose why"),
    ):
        answer = client.post("/charts/guide/limits", data=CHART | WHY | other | {"plate": runs(desk)[:count]})
        assert answer.status_code == 422
        assert words in answer.text
        assert answer.text.count(" checked> LOAD_") == count
    strange = client.post("/charts/guide/limits", data=CHART | WHY | {"lot": "K9", "plate": runs(desk)})
    assert (strange.status_code, "no chart of it is of lot" in strange.text) == (422, True)


def test_the_chart_shows_both_pairs_of_limits_and_the_chosen_plates() -> None:
    points = [GuidePoint(float(90 + at), at != 3, at > 1) for at in range(5)]
    was = {"mean": 92.0, "limit_low": 80.0, "limit_high": 104.0}
    drawn = guide_chart("IL-6", points, was, was | {"mean": None, "limit_low": None, "limit_high": None})
    both = guide_chart("IL-6", points, was, {"mean": 93.0, "limit_low": 85.0, "limit_high": 101.0})
    assert drawn.count("<circle") == both.count("<circle") == 5
    assert both.count('stroke-dasharray="7 4"') == 4 == drawn.count('stroke-dasharray="7 4"') + 2
    assert both.count('fill="none"') == 2
