"""Trends of a site: the same whatever nights the plates came in, and kept apart from what is stored of a plate."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import warehouse
from pbis.config import Site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.published import run_query

Make = Callable[..., Site]
Clock = Callable[[], datetime]
P01, P02 = "HCC7P_20250915_P01.csv", "HCC7P_20250916_P02.csv"
TREND = (
    "trend_point", "trend_finding", "trend_baseline", "trend_judged", "trend_judgement", "trend_analyte_verdict",
    "trend_plate_verdict", "trend_reading_state", "plate_place",
)  # fmt: skip


def go(site: Site, clock: Clock) -> None:
    run_plain(site, NightOptions(), Silent(), clock)


def hashes(site: Site) -> dict[str, str]:
    with warehouse.opened(site.path("warehouse")) as con:
        return warehouse.result_hashes(con)


def test_the_order_of_loading_does_not_matter_and_one_night_more_changes_no_plate(
    make_site: Make, clock: Clock, simulated: Path
) -> None:
    together, apart = make_site("together", has_clinic=False), make_site("apart", plates=(P02,), has_clinic=False)
    go(together, clock)
    go(apart, clock)
    lone = run_query(apart.root, "select * from trend_baseline").num_rows
    shutil.copy(simulated / "inbox" / "plates" / P01, apart.path("inbox") / "plates")  # the earlier plate comes later
    go(apart, clock)
    assert {name: hashes(apart)[name] for name in TREND} == {name: hashes(together)[name] for name in TREND}
    assert {n: h for n, h in hashes(apart).items() if n != "run"} == {n: h for n, h in hashes(together).items() if n != "run"}  # fmt: skip
    assert lone == run_query(apart.root, "select * from trend_baseline").num_rows == 7 * 8
    largest = run_query(apart.root, "select max(plate_count) as n, min(kind) as kind from trend_baseline").to_pylist()
    assert largest == [{"n": 2, "kind": "running"}]
    with warehouse.opened(apart.path("warehouse")) as con:
        assert con.execute("select count(*) from store.trend_check").fetchone() == (2,)
    go(apart, clock)
    with warehouse.opened(apart.path("warehouse")) as con:
        assert con.execute("select count(*) from store.trend_check").fetchone() == (2,)  # nothing changed
