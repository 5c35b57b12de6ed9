"""What nights leave for following plates further: read back as it was, and none of it where a part is missing or damaged."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from expectations import load_suite, trend_settings
from pbis.core.frames import HISTORY, TREND_JUDGED
from pbis.core.trends.kept_series import states_of, table_of
from pbis.core.trends.lots import heads
from pbis.core.trends.state import TrendState, in_order, only_controls, shown
from pbis.core.trends.trend import FollowedSeries, follow
from pbis.pipeline.followed_links import (
    FOLDER,
    FollowedLink,
    add_link,
    forget_links,
    links,
    points_of,
    recent_points,
)

NIGHTS, PLATES, PAGE = 4, 5, 7  # nights, plates of each, plates that a chart shows


def history(start: int, stop: int) -> pa.Table:
    """Plates a day apart; every third is of another instrument, so that its series have few plates a night."""
    rows = [
        {
            "assay_id": f"a{i:03d}", "run_id": f"r{i:03d}", "plate": f"P{i}", "plate_number": 1, "analyte": "IL-6", "metric": metric,
            "lot": "K17", "instrument": "LX2" if i % 3 == 2 else "LX1", "method": "robust", "kit": "kit",
            "started_at": None if i == 16 else datetime(2026, 1, 1) + timedelta(days=i), "is_accepted": i % 4 != 1,
            "value": 100.0 + (7 * i) % 11,
        }
        for i in range(start, stop) for metric in ("auc", "qc1", "qc2")
    ]  # fmt: skip
    return HISTORY.table({name: [row[name] for row in rows] for name in HISTORY.names})


def followed(stop: int) -> FollowedSeries:
    return follow(history(0, stop), trend_settings(load_suite("research")))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The folder after some nights."""
    for night in range(NIGHTS):
        first, stop = night * PLATES, (night + 1) * PLATES
        whole, new = followed(stop), [f"a{i:03d}" for i in range(first, stop)]
        own = whole.point.filter(pc.is_in(whole.point.column("assay_id"), pa.array(new)))
        link = FollowedLink(
            f"basis {night}",
            f"basis {night - 1}" if night else None,
            "rules",
            dict.fromkeys(new, "as it is"),
            table_of(whole.state),
            heads(history(first, stop)),
            TREND_JUDGED.empty(),
            PLATES,
        )
        add_link(tmp_path, link, shown(own))
    return tmp_path


def test_what_is_kept_is_read_back_and_later_nights_count(state: Path) -> None:
    chain = links(state)
    whole = followed(NIGHTS * PLATES)
    assert [link.basis for link in chain] == [f"basis {night}" for night in range(NIGHTS)]
    kept = points_of(chain)
    assert kept is not None
    assert in_order(kept).equals(shown(whole.point))
    series = pa.concat_tables([link.series for link in chain])
    assert states_of(series, list(whole.state)) == whole.state
    assert states_of(series, [("IL-6", "auc", "no such lot", "LX1", "robust")]) == {}
    controls = points_of(chain, controls=True)
    assert controls is not None
    assert in_order(controls).equals(only_controls(shown(whole.point)))
    files = [path.stat() for path in (state / FOLDER).iterdir()]
    assert {oct(file.st_mode)[-3:] for file in files} == {"600"}


def test_pages_of_new_plates_need_the_latest_nights_alone(state: Path) -> None:
    chain, whole = links(state), TrendState(shown(followed(NIGHTS * PLATES).point))
    new = whole.point.filter(pc.greater_equal(whole.point.column("assay_id"), "a015"))
    recent = recent_points(chain[:-1], new, 2)
    assert recent is not None
    assert recent.num_rows < whole.point.num_rows - new.num_rows, "not all nights are read"
    recent = recent_points(chain[:-1], new, PAGE)
    assert recent is not None
    asked: list[str] = []

    def all_points() -> pa.Table:
        asked.append("all")
        return whole.point

    plates = frozenset((name, 1) for name in new.column("assay_id").to_pylist())
    some = TrendState(in_order(pa.concat_tables([recent, new])), plates, all_points)
    for name, number in sorted(plates):
        assert some.of_plate(name, number, PAGE).equals(whole.of_plate(name, number, PAGE)), name
    assert asked == []
    assert some.of_plate("a003", 1, PAGE).equals(whole.of_plate("a003", 1, PAGE))
    assert asked == ["all"]


DAMAGES: dict[str, Callable[[Path], None]] = {
    "changed": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"),
    "cut": lambda path: os.truncate(path, 40),
    "empty": lambda path: os.truncate(path, 0),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", list(DAMAGES))
@pytest.mark.parametrize("place", range(NIGHTS))
def test_a_chain_with_a_link_that_is_not_whole_is_none(state: Path, damage: str, place: int) -> None:
    DAMAGES[damage](sorted((state / FOLDER).glob("*.link"))[place])
    chain = links(state)
    latest_is_gone = damage == "gone" and place == NIGHTS - 1
    assert [link.basis for link in chain] == ([f"basis {n}" for n in range(NIGHTS - 1)] if latest_is_gone else [])


@pytest.mark.parametrize("damage", list(DAMAGES))
def test_measures_that_are_not_whole_are_none(state: Path, damage: str) -> None:
    chain = links(state)
    DAMAGES[damage](sorted((state / FOLDER).glob("*.points"))[1])
    assert points_of(chain) is None
    assert points_of(chain, controls=True) is None


def test_a_first_link_takes_the_place_of_all_and_a_withdrawal_takes_all(state: Path) -> None:
    first = links(state)[0]
    add_link(state, replace(first, basis="anew", before=None, plates={}), shown(followed(2).point))
    assert [link.basis for link in links(state)] == ["anew"]
    assert len(list((state / FOLDER).iterdir())) == 2
    forget_links(state)
    assert links(state) == []
    forget_links(state)


def test_a_link_takes_the_place_of_those_behind_the_one_that_it_names(state: Path) -> None:
    first, *_, last = links(state)
    add_link(state, replace(last, basis="anew", before=first.basis), shown(followed(2).point))
    assert [link.basis for link in links(state)] == [first.basis, "anew"]
    assert len(list((state / FOLDER).iterdir())) == 4
    add_link(state, replace(last, basis="more", before="anew"), shown(followed(2).point))
    assert [link.basis for link in links(state)] == [first.basis, "anew", "more"]


def test_a_link_that_a_killed_night_wrote_is_passed_over_and_written_again_in_its_place(state: Path) -> None:
    *known, killed = links(state)
    assert [link.basis for link in links(state, known[-1].basis)] == [link.basis for link in known]
    before = {path.name: path.read_bytes() for path in (state / FOLDER).iterdir()}
    points = points_of([killed])
    assert points is not None
    add_link(state, killed, points)
    assert {path.name: path.read_bytes() for path in (state / FOLDER).iterdir()} == before
    assert links(state, "of no night") == []


def test_what_is_no_link_in_the_folder_stops_nothing(tmp_path: Path) -> None:
    whole = followed(PLATES)
    kept = (table_of(whole.state), heads(history(0, PLATES)), TREND_JUDGED.empty(), PLATES)
    link = FollowedLink("anew", None, "rules", {}, *kept)
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    assert links(tmp_path) == []
    add_link(tmp_path, link, shown(whole.point))
    for name in ("copy.link", "000003 copy.link", "000009.link"):
        (tmp_path / FOLDER / name).mkdir() if name == "000009.link" else (tmp_path / FOLDER / name).write_bytes(b"x")
        assert [one.basis for one in links(tmp_path)] == ["anew"], name
        add_link(tmp_path, link, shown(whole.point))
        assert [one.basis for one in links(tmp_path)] == ["anew"], name
