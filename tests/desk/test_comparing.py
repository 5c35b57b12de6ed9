"""Two plates side by side, and one before and after a decision; curves laid over each other are a figure of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from builders import PLAUSIBLE, QUIET
from desk_site import client_of, desk_of
from fastapi.testclient import TestClient
from small_site import SAMPLES, write_small_site

from pbis.config import load_site
from pbis.desk.people import Role
from pbis.desk.plate_asked import LISTED, NamedPlate, key_of, named_plate
from pbis.pipeline.comparing import ComparedSide, shared
from pbis.pipeline.comparing_lots import lots_of
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain, utc_clock
from pbis.pipeline.published import run_query
from pbis.pipeline.released_plates import plates_of
from pbis.report.overlaid import OverlaidCurve, overlaid
from pbis.report.text import significant
from pbis.simulate.load import example_kit, example_plate
from pbis.simulate.render import render_plate
from pbis.simulate.sheets import layout_text

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
    assert (names.count("polyline"), names.count("circle")) == (
        4,
        4,
    )  # a curve and its line in the key, and two standards read, each
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


def test_a_plate_is_found_by_what_is_typed_and_several_are_asked_back(at_desk: AtDesk, made_site: Path) -> None:
    client = at_desk(Role.VIEWER)
    one, other = (f"{row['run_id']}-{row['plate_number']}" for row in plates_of(made_site))
    names = [row["plate"] for row in plates_of(made_site)]
    by_name = client.get("/compare", params={"first": names[0], "second": names[1].lower()}).text
    assert by_name.count("Save the curves of") >= 7
    assert f'value="{names[0]}"' in by_name
    several = client.get("/compare", params={"first": ".csv", "second": names[1]})
    assert (several.status_code, "2 plates are called “.csv”" in several.text) == (200, True)
    assert several.text.count(f'<option value="{one}"') == several.text.count(f'<option value="{other}"') == 1
    chosen = client.get("/compare", params={"first": ".csv", "one": one, "second": names[1]}).text
    assert f'<option value="{one}" selected' in chosen
    assert chosen.count("Save the curves of") >= 7
    none = client.get("/compare", params={"first": "<x>", "second": ""})
    assert (none.status_code, "is called “&lt;x&gt;”" in none.text) == (404, True)
    alone = client.get("/compare", params={"one": one}).text
    assert f'value="{names[0]}"' in alone
    assert "Say with which plate" in alone


def plate(number: int, name: str) -> dict[str, Any]:
    """A plate as a release lists it."""
    told = {"run_id": f"{number:064x}", "plate_number": 1, "plate": name, "file_name": f"{name}.csv", "state": "pass"}
    return told | {"started_at": datetime(2026, 1, 1) + timedelta(days=number)}


MANY = [plate(number, f"P{number}") for number in range(1000)]


def test_of_many_plates_few_are_listed_and_the_one_that_was_chosen() -> None:
    found = named_plate(MANY, [], "p9", "")
    assert (found.text, found.key) == ("p9", key_of(MANY[9]))  # a whole name before a part of others
    part = named_plate(MANY, [], "P99", key_of(MANY[9]))
    assert part.key == key_of(MANY[99])  # what is typed counts, not what was chosen before it
    several = named_plate(MANY, [], "csv", key_of(MANY[1]))
    assert (several.key, len(several.choices), several.more) == (key_of(MANY[1]), LISTED + 1, 979)
    assert several.choices[0][1] == "P999, 2028-09-26, P999.csv"
    assert several.trouble == ""
    assert named_plate(MANY, [], "csv", "").trouble.startswith("1000 plates are called “csv”")
    by_subject = [{"run_id": MANY[7]["run_id"], "plate_number": 1, "specimen_id": "S1", "subject_id": "N77"}]
    assert named_plate(MANY, by_subject, "n77", "").key == key_of(MANY[7])


def test_plates_of_one_name_are_told_apart_by_the_one_that_was_chosen() -> None:
    twice = [plate(1, "P1"), plate(2, "P1"), plate(3, "P1x")]
    for text in (None, "P1"):
        found = named_plate(twice, [], text, key_of(twice[0]))
        assert (found.text, found.key, [key for key, _ in found.choices]) == (
            "P1",
            key_of(twice[0]),
            [key_of(one) for one in twice[:2]],
        )
    assert named_plate(twice, [], "", key_of(twice[0])) == named_plate(twice, [], None, "") == NamedPlate()
    assert named_plate(twice, [], None, "gone-1").key == "gone-1"  # an earlier release may know it


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


@pytest.fixture(scope="module")
def two_lots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose second plate holds the specimens of the first, read with another lot."""
    root = write_small_site(tmp_path_factory.mktemp("lots") / "site", plates=1).root
    again = example_plate(1, 2, example_kit(2), samples=SAMPLES, noise=QUIET, medians=PLAUSIBLE)
    name, inbox = again.header.batch, root / "inbox"
    (inbox / "layouts" / f"{name}.csv").write_text(layout_text(again).replace("SR002", "SR001"), encoding="utf-8")
    (inbox / "plates" / f"{name}.csv").write_bytes(render_plate(again))
    run_plain(load_site(root), NightOptions(), Silent(), utc_clock)
    return root


def test_lots_that_read_the_same_specimens_are_bridged(two_lots: Path) -> None:
    """The ratio that the page prints is that of the results which both plates have of a specimen."""
    before, lot = lots_of(two_lots)
    shown = client_of(desk_of(two_lots), Role.VIEWER).get("/compare/lots", params={"lot": lot}).text
    asked = (
        "select analyte, count(*) as n, exp(avg(ln(new.value / old.value))) * 100 as ratio from replicate_result as old"
        " join replicate_result as new using (specimen_id, analyte, dilution_factor)"
        " where old.plate_number = new.plate_number and old.plate like '%1' and new.plate like '%2' and old.value_op = '=' and new.value_op = '='"
        " group by analyte having n > 2 order by analyte"
    )
    bridged = run_query(two_lots, asked).to_pylist()
    assert bridged
    for row in bridged:
        line = re.findall(rf'<tr><th scope="row">{row["analyte"]}<td data-h="New lot">(.*?)</tr>', shown)[0]
        assert line.startswith(f'{lot}<td data-h="Old lot">{before}')
        assert f'data-h="Specimens">{row["n"]}<' in line
        assert f'data-h="New / old">{significant(row["ratio"])} %' in line
