"""A clock that was wrong, was set back, or passes the end of summer time: told, and nothing waits for it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import warehouse
from pbis.config import Site, load_site
from pbis.core.decision import EXCLUDE, Decision, Target
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import list_decisions
from pbis.pipeline.naming import clock_notes
from pbis.pipeline.night import open_night, plan
from pbis.pipeline.sealing import enter_decision
from pbis.pipeline.stages import Begun
from pbis.pipeline.walking import Plan, in_process, walk

BERLIN = ZoneInfo("Europe/Berlin")
AHEAD, NOW = datetime(2031, 5, 1, 9), datetime(2026, 1, 6, 3)


def entered(site: Site, at: datetime, well: str) -> Decision:
    return enter_decision(
        site, Decision(0, at, "A. Name", EXCLUDE, Target("content", "P1", well=well), "bubble", "seen")
    )


def test_a_decision_of_a_clock_that_was_ahead_is_marked_and_blocks_nothing(finished: Path, tmp_path: Path) -> None:
    site = load_site(Path(shutil.copytree(finished, tmp_path / "site", symlinks=True)))
    for at, well in ((NOW, "A1"), (AHEAD, "A2"), (NOW, "A3")):
        entered(site, at, well)
    listed = list_decisions(site.root)
    assert listed.column("clock").to_pylist() == ["", "", "clock_behind"]
    assert listed.column("sequence").to_pylist() == [1, 2, 3]
    with open_night(site, NightOptions(is_dry_run=True), Silent(), lambda: NOW) as night:
        (note,) = [note for note in night.opening.notes if "set back" in note]
    assert note.startswith(
        "the clock says 2026-01-06 03:00, but decision 2 was entered at 2031-05-01 09:00: it was set back"
    )
    assert "nothing waits for it" in note


@pytest.mark.parametrize(
    ("began", "now", "is_told"),
    [
        (datetime(2026, 10, 25, 2, 50), datetime(2026, 10, 25, 2, 10), False),  # the hour that comes twice
        (datetime(2026, 10, 25, 2, 50), datetime(2026, 10, 25, 1, 59), True),
        (datetime(2026, 10, 24, 2, 50), datetime(2026, 10, 24, 2, 10), True),
        (datetime(2026, 3, 29, 3, 10), datetime(2026, 3, 29, 1, 50), True),
    ],
)
def test_a_night_across_the_end_of_summer_time_is_not_told_of_a_clock_set_back(
    empty_warehouse: Path, tmp_path: Path, began: datetime, now: datetime, is_told: bool
) -> None:
    path = Path(shutil.copy(empty_warehouse, tmp_path))
    with closing(warehouse.connect(path)) as con:
        warehouse.begin_night(con, "one", began, config_hash="", code_version="")
        assert bool(clock_notes(con, BERLIN, now)) == is_told


def test_since_is_a_time_of_the_site_wherever_the_machine_stands(
    copy_site: Callable[..., Site], tmp_path: Path
) -> None:
    """The site is in Shanghai, the machine is not."""
    site = copy_site(tmp_path / "site", has_clinic=False)
    early, late = sorted((site.path("inbox") / "plates").iterdir())
    for path, hour in ((early, 7), (late, 9)):
        at = datetime(2026, 1, 5, hour, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
        os.utime(path, (at, at))
    options = NightOptions(since=datetime(2026, 1, 5, 8), is_dry_run=True)
    with open_night(site, options, Silent(), lambda: NOW) as night:
        collected = walk(night, Plan(plan().steps[:1]), Begun(night.opening), in_process).stage
    assert [each.name for each in collected.inbox.arrivals] == [late.name]
