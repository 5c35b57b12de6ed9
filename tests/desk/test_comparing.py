"""Two plates side by side, and one before and after a decision; curves laid over each other are a figure of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from pbis.desk.people import Role
from pbis.pipeline.comparing import ComparedSide, shared
from pbis.pipeline.comparing_lots import lots_of
from pbis.pipeline.released_plates import plates_of
from pbis.report.overlaid import OverlaidCurve, overlaid

AtDesk = Callable[[Role | None], TestClient]


def of(**values: tuple[str, float]) -> ComparedSide:
    """A side with these results of IL-2: specimen -> operator and value."""
    results = {
        (name, "IL-2", 1.0): {"value_op": op, "value": value, "unit": "pg/mL"} for name, (op, value) in values.items()
    }
    return ComparedSide({}, "", {}, {}, results)


@pytest.mark.parametrize(
    ("one", "other", "count", "ratio", "changed"),
    [
        (of(A=("=", 2.0), B=("=", 8.0)), of(A=("=", 4.0), B=("=", 16.0)), 2, 200.0, 2),
        (of(A=("=", 2.0)), of(A=("=", 2.0)), 1, 100.0, 0),
        (of(A=("=", 2.0)), of(A=("<", 3.2)), 0, None, 1),
        (of(A=("=", 0.0)), of(A=("=", 1.0)), 0, None, 1),
        (of(A=("=", 2.0)), of(B=("=", 2.0)), 0, None, 0),
    ],
)
def test_what_both_plates_read_is_told_as_a_ratio(
    one: ComparedSide, other: ComparedSide, count: int, ratio: float | None, changed: int
) -> None:
    found = shared(one, other, "IL-2")
    assert (found.count, found.changed) == (count, changed)
    assert found.ratio_pct == (None if ratio is None else pytest.approx(ratio))


def test_curves_lie_over_each_other_in_a_figure_that_stands_alone() -> None:
    levels = ((3.2, 80.0, 82.0), (51.2, 900.0, None), (819.0, None, 7000.0))
    drawn = ElementTree.fromstring(overlaid("Curves <of>", "pg/mL", [OverlaidCurve(n, levels) for n in ("P&1", "P2")]))
    names = [element.tag.rpartition("}")[2] for element in drawn.iter()]
    assert (names.count("polyline"), names.count("circle")) == (2, 4)
    assert {"P&1", "P2", "Curves <of>"} <= {element.text for element in drawn.iter()}
    assert "no standards" in overlaid("Curves", "pg/mL", [OverlaidCurve("P1", ())])


def test_two_plates_are_a_page_and_a_file(at_desk: AtDesk, made_site: Path) -> None:
    client = at_desk(Role.VIEWER)
    one, other = (f"{row['run_id']}-{row['plate_number']}" for row in plates_of(made_site))
    assert "Save the curves" not in client.get("/compare", params={"one": one}).text
    assert client.get("/compare", params={"one": one, "other": other}).text.count("Save the curves of") >= 7
    saved = client.get("/compare/figure", params={"one": one, "other": other, "analyte": "IL-2"})
    assert saved.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(saved.text).get("width") == "480"
    for asked in ({"one": one, "before": "2001-01-01-1"}, {"one": f"{'0' * 64}-1", "other": other}):
        assert client.get("/compare", params=asked).status_code == 404
    assert client.get("/compare/figure", params={"one": one, "other": other, "analyte": "x"}).status_code == 404
    assert client.get("/compare", params={"one": "../../etc"}).status_code == 422


def test_a_lot_is_held_against_the_one_before_it(made_site: Path, at_desk: AtDesk) -> None:
    client = at_desk(Role.VIEWER)
    (lot,) = lots_of(made_site)
    assert client.get("/compare/lots", params={"lot": lot}).status_code == 404  # none was in use before it
    assert "there are" in client.get("/compare/lots", params={"lot": "<x>"}).text
    shown = client.get("/compare/lots", params={"lot": lot, "before": lot}).text
    assert shown.count("Save the curves of") >= 7
    assert "No specimen was read with both lots" in shown
    saved = client.get("/compare/lots/figure", params={"lot": lot, "before": lot, "analyte": "IL-2"})
    assert saved.headers["content-type"] == "image/svg+xml"
    assert client.get("/compare/lots/figure", params={"lot": lot, "before": lot, "analyte": "x"}).status_code == 404
