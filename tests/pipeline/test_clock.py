"""A clock that was wrong, was set back, or passes the end of summer time: told, and nothing waits for it."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import warehouse
from pbis.config import Site, load_site
from pbis.core.decision import EXCLUDE, FIRST, Decision, Target, clock_behind
from pbis.core.errors import IntegrityError
from pbis.core.frames import FINDING
from pbis.pipeline import ledger
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import list_decisions
from pbis.pipeline.decision_log import append, read_log
from pbis.pipeline.ledger import enter, ledger_path, moments_of, read_ledger
from pbis.pipeline.naming import clock_notes
from pbis.pipeline.night import open_night, plan, run_plain, utc_clock
from pbis.pipeline.pages import decisions, events_of
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
        ("2026-10-25T02:50+02:00", "2026-10-25T02:10+01:00", ""),  # the hour that comes twice
        ("2026-10-25T02:50+01:00", "2026-10-25T02:10+01:00", "the clock says 2026-10-25 02:10+01:00, but night one began at 2026-10-25 02:50+01:00"),
        ("2026-10-25T02:10+01:00", "2026-10-25T02:50+02:00", "the clock says 2026-10-25 02:50+02:00, but night one began at 2026-10-25 02:10+01:00"),
        ("2026-10-24T02:50+02:00", "2026-10-24T02:10+02:00", "the clock says 2026-10-24 02:10, but night one began at 2026-10-24 02:50"),
        ("2026-03-29T03:10+02:00", "2026-03-29T01:50+01:00", "the clock says 2026-03-29 01:50, but night one began at 2026-03-29 03:10"),
        ("2026-03-29T01:50+01:00", "2026-03-29T03:10+02:00", ""),
    ],
)  # fmt: skip
def test_a_clock_that_was_set_back_is_told_and_the_end_of_summer_time_is_none(
    empty_warehouse: Path, tmp_path: Path, began: str, now: str, is_told: str
) -> None:
    path = Path(shutil.copy(empty_warehouse, tmp_path))
    with closing(warehouse.connect(path)) as con:
        warehouse.begin_night(con, "one", datetime.fromisoformat(began), config_hash="", code_version="")
        notes = clock_notes(con, BERLIN, datetime.fromisoformat(now))
        assert [note.partition(": it was set back")[0] for note in notes] == ([is_told] if is_told else [])


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


@dataclass
class Told:
    """What `decisions` of a page needs of it."""

    trend: tuple[dict[str, object], ...]
    events: tuple[dict[str, object], ...]


def test_nights_and_decisions_an_hour_apart_in_the_hour_that_comes_twice(
    copy_site: Callable[..., Site], tmp_path: Path
) -> None:
    root = copy_site(tmp_path / "site", plates=(), has_clinic=False).root
    file = root / "site.toml"
    file.write_text(file.read_text().replace("Asia/Shanghai", "Europe/Berlin"))
    site, nights = load_site(root), []
    for hour, well in (
        (0, "A1"),
        (1, "A2"),
    ):  # of UTC: twice half past two, and twice a quarter to three, in the site's zone
        decided, began = (datetime(2026, 10, 25, hour, minute, tzinfo=UTC) for minute in (30, 45))
        entered(site, decided, well)
        nights.append(run_plain(site, NightOptions(), Silent(), lambda at=began: at))
    assert [night.night_id for night in nights] == ["2026-10-25-1", "2026-10-25-2"]
    assert [note for night in nights for note in night.notes if "set back" in note] == []
    pages = [(site.path("reports") / f"night-{night.night_id}.html").read_text() for night in nights]
    started = [re.findall(r"Started ([^,]*), finished [^ ]* [^ ]* \(Europe/Berlin\)", page) for page in pages]
    assert started == [["2026-10-25 02:45+02:00"], ["2026-10-25 02:45+01:00"]]
    listed = list_decisions(site.root)
    assert listed.column("decided_at").to_pylist() == ["2026-10-25 02:30+02:00", "2026-10-25 02:30+01:00"]
    assert listed.column("clock").to_pylist() == ["", ""]
    with open_night(site, NightOptions(is_dry_run=True), Silent(), utc_clock) as night:
        shown = decisions(
            Told((), events_of(night)["content", 1]),
            FINDING.table({name: [] for name in FINDING.names}),
            site.time_zone,
        )
    assert [one.decided_at for one in shown] == listed.column("decided_at").to_pylist()
    stored = (
        "select started_at::varchar from store.night union all select decided_at::varchar from decision order by all"
    )
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        assert [at[11:16] for (at,) in con.execute(stored).fetchall()] == ["00:30", "00:45", "01:30", "01:45"]
    written = [(entry.kind, entry.at) for entry in read_ledger(site.path("state"))]
    assert written == [
        (kind, f"2026-10-25 {at}:00+00:00")
        for kind, at in (("decision", "00:30"), ("night", "00:45"), ("decision", "01:30"), ("night", "01:45"))
    ]


def wall(hour: str) -> datetime:
    return datetime.fromisoformat(f"2026-10-25T{hour}")


def test_a_log_of_wall_times_goes_on_in_utc_and_nobody_changes_what_it_says_of_them(tmp_path: Path) -> None:
    """Earlier builds entered wall times of the site, which have no offset; the offset of the others is part of what is hashed."""
    log = tmp_path / "decisions.sqlite"
    later = datetime(2026, 10, 25, 1, 20, tzinfo=UTC)
    for at, well in ((wall("02:50"), "A1"), (wall("02:10"), "A2"), (later, "A3")):
        append(
            log, Decision(0, at, "A. Name", EXCLUDE, Target("content", "P1", well=well), "bubble", "seen", zone=BERLIN)
        )
    events = read_log(log, BERLIN)
    assert [f"{event.moment:%H:%M}" for event in events] == ["00:50", "01:10", "01:20"]
    assert [event.words.split(" (")[0][-22:] for event in events] == [
        "2026-10-25 02:50+02:00",
        "2026-10-25 02:10+01:00",
        "2026-10-25 02:20+01:00",
    ]
    assert clock_behind(events) == set()
    for number, said in (
        (2, "2026-10-25T02:10:00+00:00"),
        (3, "2026-10-25T01:20:00"),
        (3, "2026-10-25T01:20:00+01:00"),
    ):
        tampered = Path(shutil.copy(log, tmp_path / "tampered.sqlite"))
        with closing(sqlite3.connect(tampered)) as con:
            con.execute("drop trigger decision_is_not_changed")
            con.execute("update decision set decided_at = ? where sequence = ?", (said, number))
            con.commit()
        with pytest.raises(IntegrityError, match=f"event {number}"):
            read_log(tampered, BERLIN)


def test_a_ledger_of_wall_times_goes_on_in_utc_and_nobody_changes_what_it_says_of_them(tmp_path: Path) -> None:
    first = ledger._entry("night", "2026-10-25 02:50:00", {}, FIRST)
    second = ledger._entry("night", "2026-10-25 02:10:00", {}, first.entry_id)
    ledger_path(tmp_path).write_bytes(ledger._line(first) + ledger._line(second))
    enter(tmp_path, "decision", wall("02:20").replace(tzinfo=BERLIN, fold=1), {})
    entries = read_ledger(tmp_path)
    assert [f"{at:%H:%M}" for at in moments_of(entries, BERLIN)] == ["00:50", "01:10", "01:20"]
    assert [entry.at[10:] for entry in entries] == [" 02:50:00", " 02:10:00", " 01:20:00+00:00"]
    with pytest.raises(ValueError, match="with its zone"):
        enter(tmp_path, "decision", wall("02:20"), {})
    whole = ledger_path(tmp_path).read_bytes()
    for line, was, now in ((3, b"00+00:00", b"00"), (2, b"02:10:00", b"02:10:00+00:00")):
        ledger_path(tmp_path).write_bytes(whole.replace(was, now))
        with pytest.raises(IntegrityError, match=f"line {line}"):
            read_ledger(tmp_path)
