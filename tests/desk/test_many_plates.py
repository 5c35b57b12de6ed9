"""A site of many plates: pages of the desk show a part of them, and cost what they show."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from desk_site import client_of, desk_of
from fastapi.testclient import TestClient

from pbis.config import load_site
from pbis.core.open_items import OpenItem
from pbis.desk.morning import _places
from pbis.desk.people import Role
from pbis.desk.waiting import listed
from pbis.pipeline import released_plates
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import run_plain, utc_clock
from pbis.pipeline.released_plates import plates_of
from pbis.simulate.load import example_kit, example_plate
from pbis.simulate.render import render_plate

MANY = 1000
PAGE_SECONDS = 0.15  # the goal of the list, which every page keeps here; of CPU, since the machine may have other work
PAGE_BYTES = 80_000  # what a page of a part of the plates weighs at most, of many more plates too; but for the page of control charts
LISTS = (
    "/",
    "/plates",
    "/plates?page=20",
    "/plates?state=fail&sort=plate&order=up",
    "/search?q=SR0010",
    "/charts",
    "/compare",
    "/compare?first=LOAD_00&second=.csv",
    "/work",
)


def test_the_morning_looks_once_for_the_plates_of_all_its_items(
    made_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, plate = desk_of(made_site), plates_of(made_site)[0]
    looked: list[Path] = []
    newest = released_plates.newest

    def told(root: Path, ask: Callable[[Path, tuple[int, int, int]], Any]) -> Any:
        looked.append(root)
        return newest(root, ask)

    monkeypatch.setattr(released_plates, "newest", told)
    for count in (1, 200):
        looked.clear()
        items = tuple(
            OpenItem("failed_plate", "plate", f"P{at}", "fails", "look", plate=plate["plate"], run_id=plate["run_id"])
            for at in range(count)
        )
        assert len(_places(desk, listed(items))) == count
        assert len(looked) == 1


def write_thousand(root: Path) -> None:
    """A site of as many plates as the goal names, each of one sample and seven analytes, after its first night."""
    write_site(root, name="many", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    file = root / "site.toml"
    file.write_text(file.read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0"))
    kit = example_kit(1)
    for number in range(1, MANY + 1):
        plate = example_plate(1, number, kit, samples=1)
        (root / "inbox" / "plates" / f"{plate.header.batch}.csv").write_bytes(render_plate(plate))
    run_plain(load_site(root), NightOptions(), Silent(), utc_clock)


def seconds_of(client: TestClient, path: str) -> float:
    """CPU seconds of the page, which is there."""
    began = time.process_time()
    assert client.get(path).status_code == 200
    return time.process_time() - began


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_desk_thousand_plates_are_listed_in_time(tmp_path: Path) -> None:
    root = tmp_path / "site"
    write_thousand(root)
    client = client_of(desk_of(root), Role.REVIEWER)
    first = {path: seconds_of(client, path) for path in LISTS}
    again = {path: min(seconds_of(client, path) for _ in range(5)) for path in LISTS}
    for path in LISTS:
        print(f"{path}: {first[path]:.3f} s at first, {again[path]:.3f} s from then on, in CPU time")
    weights = {path: len(client.get(path).content) for path in LISTS if path != "/charts"}
    print(weights)
    assert {path: weight for path, weight in weights.items() if weight > PAGE_BYTES} == {}
    whole = client.get("/plates").text
    assert f"{MANY} plates of {MANY}" in whole
    assert whole.count('<th scope="row"><a href="/plates/') == 50
    assert {path: spent for path, spent in again.items() if spent >= PAGE_SECONDS} == {}
