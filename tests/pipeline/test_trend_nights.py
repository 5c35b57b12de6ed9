"""Nights that go on following plates where the one before left off say what following all of them from the first says, whatever comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from scans import Scans, counted
from small_site import put_patients, put_plate, subject, write_small_site

import expectations
import warehouse
from pbis.config import Site, load_site
from pbis.pipeline.choosing_guide import GuideAsked, choose_guide
from pbis.pipeline.context import NightOptions
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.decisions import by_plate
from pbis.pipeline.followed_links import FOLDER, FollowedLink, links, points_of
from pbis.pipeline.guides import chosen_guides
from pbis.pipeline.night import run_plain
from pbis.pipeline.settings import load_settings
from pbis.pipeline.withdrawing import withdraw

FIRST_PLATES = range(2, 8)  # plate 1 comes late; limits need five
WHO = {"author": "A. Name", "reason": "own evidence", "source": "own"}


def plates(*numbers: int) -> Callable[[Site, datetime], None]:
    def put(site: Site, now: datetime) -> None:
        for number in numbers:
            put_plate(site.path("inbox"), number)

    return put


def exported_again(number: int) -> Callable[[Site, datetime], None]:
    return lambda site, now: put_plate(site.path("inbox"), number, exported_again=2)


def of_another_lot(number: int) -> Callable[[Site, datetime], None]:
    def put(site: Site, now: datetime) -> None:
        path = put_plate(site.path("inbox"), number, exported_again=2)
        path.write_bytes(path.read_bytes().replace(b"K0001", b"K0009"))

    return put


def excluded(plate: str, analyte: str | None = "IL-6") -> Callable[[Site, datetime], None]:
    about = Request("exclude", "A. Name", "instrument", "it is wrong", plate, analyte=analyte)
    return lambda site, now: decide(site.root, about, lambda: now) and None


def other_tolerance(site: Site, now: datetime) -> None:
    change = {"id": "westgard_1_2s.warn", "set": {"min_value": -1, "max_value": 1}, **WHO}
    (site.root / "own.json").write_text(json.dumps({"overrides": [change]}))
    text = (site.root / "site.toml").read_text()
    (site.root / "site.toml").write_text(text.replace('suite_override = ""', 'suite_override = "own.json"', 1))


def withdrawn(site: Site, now: datetime) -> None:
    withdraw(site.root, subject(3, 2), lambda: now, author="A. Name", reason="letter")


def damaged(site: Site, now: datetime) -> None:
    put_plate(site.path("inbox"), 22)
    path = max((site.path("state") / FOLDER).glob("*.link"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def guide_chosen(site: Site, now: datetime) -> None:
    names = tuple(f"LOAD_{number:04d}" for number in (6, 7, 8, 9, 10))
    choose_guide(site.root, GuideAsked("*", "qc2", "K0001", names, "A. Name", "after the service"), lambda: now)


def reversed_last(site: Site, now: datetime) -> None:
    latest = log_of(site)[-1].sequence
    decide(site.root, Request("reverse", "A. Name", "entered_in_error", "no", reverses=latest), lambda: now)


# What happens before a night, and how many links of the nights before it goes on from: what is another now, and all behind it, is followed again.
Event = tuple[str, Callable[[Site, datetime], None], int]
SLICE: tuple[Event, ...] = (
    ("the first plates", plates(*FIRST_PLATES), 0),
    ("two later plates", plates(8, 10), 1),
    ("a decision about one of them", excluded("LOAD_0010"), 1),
)
EVERY: tuple[Event, ...] = (
    *SLICE,
    ("it is taken back", reversed_last, 1),
    ("an export of one of them that comes again", exported_again(10), 1),
    ("all of one is taken out", excluded("LOAD_0008", None), 1),
    ("and put back", reversed_last, 1),
    ("a plate that was read between others", plates(9), 0),
    ("one that is later than all", plates(11), 1),
    ("the latest is taken out", excluded("LOAD_0011", None), 1),
    ("it is taken back, and two come", lambda site, now: (reversed_last(site, now), plates(17, 18)(site, now))[0], 1),
    ("one more", plates(19), 2),
    ("and one", plates(20), 3),
    ("a decision about the last but one", excluded("LOAD_0019"), 2),
    ("an export of the latest that names another lot", of_another_lot(20), 2),
    ("a later plate alone", plates(21), 3),
    ("its export names another lot: the series that it was the last of gets no other", of_another_lot(21), 0),
    ("an export that comes again", exported_again(4), 0),
    ("a decision", excluded("LOAD_0005"), 0),
    ("another limit", other_tolerance, 0),
    ("a later plate", plates(23), 1),
    ("a withdrawal and a later plate", lambda site, now: (withdrawn(site, now), plates(24)(site, now))[0], 0),
    ("a file that is damaged", damaged, 0),
    ("the first of all", plates(1), 0),
    ("a last one", plates(25), 1),
    ("a guide set", guide_chosen, 0),
    ("a plate that it judges", plates(26), 1),
    ("the guide set taken back", reversed_last, 0),
)


@pytest.mark.parametrize("events", [SLICE, pytest.param(EVERY, marks=pytest.mark.prove)], ids=["slice", "every"])
def test_trend_nights_say_what_is_said_from_the_first(events: tuple[Event, ...], tmp_path: Path) -> None:
    site, now = write_small_site(tmp_path / "site", 0), datetime(2026, 1, 5, 3, 0)
    put_patients(site.path("inbox"), range(1, 10))
    chain: list[FollowedLink] = []
    for what, happens, links_before in events:
        now += timedelta(days=1)
        happens(site, now)
        site = load_site(site.root)
        with counted() as (steps, scans):
            outcome = run_plain(site, NightOptions(), steps, lambda now=now: now)
        if links_before == len(chain) > 0:  # nothing is followed again
            assert _taken(scans) <= _readings(site, outcome.night_id), what
        chain = links(site.path("state"))
        assert len(chain) == links_before + 1, what
        assert _said(site) == _from_the_first(site), what
        shown = points_of(chain)
        assert shown is not None, what


# Steps that are about the plates of the night, and tables with a row a well and analyte: nothing of earlier plates is taken out of them.
OF_THE_NIGHT = (
    "reading plates", "fitting curves", "checking quality", "loading plates", "saying findings in today's words",
    "comparing plates with earlier ones",
)  # fmt: skip
LARGE = ("reading", "result", "reading_state", "trend_reading_state")


def _taken(scans: Scans) -> int:
    """Rows that one of the steps takes out of one of the tables, at most."""
    return max(scans[step, table] for step in OF_THE_NIGHT for table in LARGE)


def _readings(site: Site, night_id: str) -> int:
    with warehouse.opened(site.path("warehouse")) as con:
        query = "select count(*) from store.reading where run_id in (select run_id from store.run where night_id = $1)"
        (count,) = con.execute(query, [night_id]).fetchone()
    return int(count)


def _rows(*tables: pa.Table) -> list[str]:
    return sorted(repr(row) for table in tables for row in table.to_pylist())


def _said(site: Site) -> tuple[list[str], ...]:
    with warehouse.opened(site.path("warehouse")) as con:
        said = warehouse.said_trend(con)
    return _rows(said.finding), _rows(said.baseline), _rows(said.judged)


def _from_the_first(site: Site) -> tuple[list[str], ...]:
    suite = load_settings(site).suite
    with warehouse.opened(site.path("warehouse")) as con:
        chosen = chosen_guides(con, site, by_plate(log_of(site)), suite)
        suite = replace(suite, guide_sets=(*chosen.guide_sets, *suite.guide_sets))
        whole = expectations.judge_trend(warehouse.qc_history(con), warehouse.bridge_results(con), suite)
    return _rows(whole.finding), _rows(whole.baseline), _rows(whole.judged)
