"""A guide set is chosen: what it would change is told before, the next night does that and no more, and what can be none is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from made_once import copied

import warehouse
from pbis.cli import commands
from pbis.config import Site, load_site
from pbis.core.errors import Conflict, UsageError
from pbis.pipeline.choosing_guide import GuideAsked, choose_guide
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.guide_preview import NUMBERS, LimitsMoved, limits_words
from pbis.pipeline.night import run_plain
from pbis.pipeline.published import run_query

PLATES = tuple(f"LOAD_{number:04d}" for number in range(1, 9))
ASKED = GuideAsked("IL-6", "qc2", "K0001", PLATES[1:6], "A. Name", "after the service")
STATES = (
    "select plate, analyte, analyte_plate.state from analyte_plate join plate using (run_id, plate_number) order by all"
)


def at(day: int) -> Callable[[], datetime]:
    return lambda: datetime(2026, 1, day, 3)


def baselines(site: Site) -> dict[tuple[str, str], dict[str, Any]]:
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        rows = warehouse.said_trend(con).baseline.to_pylist()
    return {(row["analyte"], row["metric"]): row for row in rows}


@pytest.mark.prove  # its slice is tests/desk/test_guide_page.py, which holds the desk's preview against the night
def test_guide_preview_of_the_command_is_what_the_next_night_changes(eight_plates: Path, tmp_path: Path) -> None:
    site = load_site(copied(eight_plates, tmp_path / "site"))
    states, before = run_query(site.root, STATES).to_pylist(), baselines(site)
    named = [word for plate in ASKED.plates for word in ("--plate", plate)]
    told = json.loads(command(site.root, *named, "--dry-run", "--json").output)
    assert log_of(site) == ()
    (moved,) = told["limits"]
    choose_guide(site.root, ASKED, at(6))
    run_plain(site, NightOptions(), Silent(), at(7))
    after = baselines(site)
    assert {name: after["IL-6", "qc2"][name] for name in NUMBERS} == {name: moved["after"][name] for name in NUMBERS}
    assert {name: before["IL-6", "qc2"][name] for name in NUMBERS} == {name: moved["before"][name] for name in NUMBERS}
    assert {key for key in after if after[key] != before[key]} == {("IL-6", "qc2")}
    now = run_query(site.root, STATES).to_pylist()
    others = [(one["plate"], one["analyte"]) for one, was in zip(now, states, strict=True) if one != was]
    assert others == [(row["plate"], row["analyte"]) for row in told["analytes"]] != []
    page = (site.path("reports") / "trends.html").read_text()
    for words in ("Guide sets that people gave", "5 plates", "after the service", "decision 1"):
        assert words in page


def test_who_chose_meanwhile_is_told(eight_plates: Path, tmp_path: Path) -> None:
    root = copied(eight_plates, tmp_path / "site")
    choose_guide(root, ASKED, at(6))
    newest = log_of(load_site(root))[-1].decision_id
    first = replace(ASKED, is_first=True, plates=())
    with pytest.raises(Conflict, match=r"decision 1, guide by A\. Name"):
        choose_guide(root, replace(first, expected_head=""), at(8))
    assert choose_guide(root, replace(first, expected_head=newest), at(8)).decision.facts["first"]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"plates": PLATES[:4]}, "limits need 5 plates .*; found 4; name more"),
        ({"plates": (*PLATES[:5], "LOAD_0099")}, "no plate of these charts is called 'LOAD_0099'"),
        ({"analyte": "IL6"}, "no plate has a qc2 of 'IL6', nearest: IL-6"),
        ({"lot": "K9"}, "no chart of it is of lot 'K9'; expected one of: K0001; controls"),
        ({"is_first": True}, "expected one of the two"),
        ({"reason": " "}, "a decision needs reason"),
    ],
)
def test_what_can_be_no_guide_set_is_refused(eight_plates: Path, other: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        choose_guide(eight_plates, replace(ASKED, **other), at(6), is_dry_run=True)


def command(site: Path, *words: str) -> Result:
    ask = ["decide", "guide", "--site", str(site), "--analyte", "IL-6", "--control", "qc2", "--lot", "K0001"]
    return CliRunner().invoke(commands, [*ask, "--reason", "after the service", "--author", "A. Name", *words])


def test_limits_are_said_before_and_after() -> None:
    was, now = (dict(zip(NUMBERS, numbers, strict=True)) | {"plate_count": 5} for numbers in ((1.0, 0.1, 0.7, 1.3), (2.0, 0.1, 1.7, 2.3)))  # fmt: skip
    moved, same, none = (LimitsMoved("IL-6", "LX1", "robust", *ends) for ends in ((was, now), (was, was), ({}, now)))
    assert limits_words([moved, same, none]) == [
        "limits of IL-6 on LX1: mean 1, SD 0.1, 0.7 to 1.3 of 5 plates -> mean 2, SD 0.1, 1.7 to 2.3 of 5 plates",
        "limits of IL-6 on LX1: stay mean 1, SD 0.1, 0.7 to 1.3 of 5 plates",
        "limits of IL-6 on LX1: none, too few plates -> mean 2, SD 0.1, 1.7 to 2.3 of 5 plates",
    ]


def test_the_command_asks_for_plates_or_the_first_ones(eight_plates: Path) -> None:
    assert "expected one of the two" in command(eight_plates).output
    assert "expected one of the two" in command(eight_plates, "--first", "--plate", PLATES[0]).output
    assert "--json goes with --dry-run" in command(eight_plates, "--first", "--json").output
