"""A button pressed twice enters its decision once, and the second answer tells of nobody else; what was chosen on another layout is not entered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from small_site import plate_of

from pbis.config import load_site
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.pipeline.accounts import set_password
from pbis.pipeline.at_once import compute_now
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.released_plates import basis_of, plates_of, wells_of
from pbis.pipeline.reviews_now import results_here
from pbis.simulate.sheets import layout_text

GOOD = "a long sentence of words, of nobody"
OUT = {
    "kind": "exclude",
    "what": "wells",
    "well": ["E3", "F3"],
    "cause": "bubble",
    "reason": "seen in the well",
    "seen": "",
}
SitDown = Callable[[DeskSite, Role | None], TestClient]


@pytest.fixture
def place(own_desk: DeskSite, leave_to_the_night: Callable[[DeskSite], None]) -> str:
    leave_to_the_night(own_desk)
    row = plates_of(own_desk.root)[0]
    return f"/plates/{row['run_id']}/{row['plate_number']}"


def entered(desk: DeskSite) -> list[str]:
    return [one.kind for one in log_of(load_site(desk.root))]


def test_an_exclusion_that_is_sent_twice_is_entered_once_and_shown(
    own_desk: DeskSite, sit_down: SitDown, place: str
) -> None:
    client = sit_down(own_desk, Role.ADMIN)
    first, second = (client.post(f"{place}/confirm", data=OUT) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert second.headers["location"] == first.headers["location"]
    assert entered(own_desk) == ["exclude", "exclude"]  # of two wells
    other = client.post(f"{place}/confirm", data=OUT | {"well": ["G3"]})
    assert other.status_code == 409
    assert "you yourself, in another window or by pressing twice, decided about this plate meanwhile" in other.text
    assert "nothing more was entered" in other.text
    assert "somebody else" not in other.text
    else_where = sit_down(own_desk, Role.REVIEWER).post(f"{place}/confirm", data=OUT)
    assert (else_where.status_code, "somebody else decided about this plate meanwhile" in else_where.text) == (
        409,
        True,
    )
    assert entered(own_desk) == ["exclude", "exclude"]


def test_an_acceptance_and_a_signature_that_are_sent_twice_are_entered_once(
    own_desk: DeskSite, sit_down: SitDown, place: str, light: None
) -> None:
    client, row = sit_down(own_desk, Role.ADMIN), dict(plates_of(own_desk.root)[0])
    asked: dict[str, Any] = {
        "kind": "accept",
        "reason": "as proposed",
        "seen": "",
        "results": results_here(own_desk.root, row),
    }
    told = [client.post(f"{place}/review", data=asked) for _ in range(2)]
    assert [each.status_code for each in told] == [303, 303]
    assert entered(own_desk) == ["accept"]
    set_password(load_site(own_desk.root), "admin", GOOD)  # which ends the sessions
    client = sit_down(own_desk, Role.ADMIN)
    seen = log_of(load_site(own_desk.root))[-1].decision_id
    sign = {"meaning": "review", "password": GOOD, "seen": seen, "results": asked["results"]}
    told = [client.post(f"{place}/sign", data=sign) for _ in range(2)]
    assert [each.status_code for each in told] == [303, 303]
    assert (
        client.post(f"{place}/sign", data=sign | {"meaning": "approval"}).status_code == 409
    )  # another than was entered
    assert entered(own_desk) == ["accept", "sign"]


def test_what_was_chosen_on_another_layout_is_not_entered_before_it_was_looked_at_anew(
    own_desk: DeskSite, sit_down: SitDown
) -> None:
    """No decision tells of a layout that comes while a person chooses: the group of a specimen has other wells then."""
    client, row = sit_down(own_desk, Role.REVIEWER), plates_of(own_desk.root)[0]
    place = f"/plates/{row['run_id']}/{row['plate_number']}"
    basis = basis_of(own_desk.root, row["run_id"], row["plate_number"])
    form = client.get(f"{place}/exclude").text
    assert f'name="basis" value="{basis}"' in form
    group = next(one["replicate_group"] for one in wells_of(own_desk.root, row["run_id"], 1) if one["well"] == "E3")
    asked = OUT | {"what": "groups", "group": [group], "well": [], "basis": basis}
    assert client.post(f"{place}/preview", data=asked).status_code == 200
    plate = plate_of(2)
    assert plate.header.batch == row["plate"]
    lines = layout_text(plate).replace("SR002001", "SR002009").replace("SR002002", "SR002001")
    name = f"{row['plate']}_right.csv"
    (own_desk.root / "inbox" / "layouts" / name).write_text(lines, encoding="utf-8")
    compute_now(own_desk.root, frozenset({name}), own_desk.clock)
    late = client.post(f"{place}/confirm", data=asked)
    assert late.status_code == 409
    assert "are others than when you opened this page, and nothing was entered" in late.text
    assert entered(own_desk) == []
    now = basis_of(own_desk.root, row["run_id"], row["plate_number"])
    assert f'name="basis" value="{now}"' in late.text  # from where it goes on
    assert basis != now
    assert client.post(f"{place}/preview", data=asked).status_code == 409
    assert client.post(f"{place}/confirm", data=asked | {"basis": now}).status_code == 303
    assert entered(own_desk) == ["exclude"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"what": "analytes", "analyte": ["IL-6"]}, "(2 wells)"),
        ({"what": "plate", "analyte": ["IL-6"]}, "(2 wells, 1 analyte)"),
        ({"what": "wells", "group": ["Standard1"]}, "(1 replicate group)"),
    ],
)
def test_what_is_chosen_beside_what_is_meant_is_not_left_out_without_a_word(
    own_desk: DeskSite, sit_down: SitDown, place: str, asked: dict[str, Any], words: str
) -> None:
    """Two wells are ticked, and all wells of an analyte, or the plate, would go."""
    answer = sit_down(own_desk, Role.REVIEWER).post(f"{place}/confirm", data=OUT | asked)
    assert answer.status_code == 422
    assert f"leaves out what else is chosen {words}" in answer.text
    assert entered(own_desk) == []
