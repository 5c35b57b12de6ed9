"""A night's time of day: refused where a clock skips or repeats it, the same as Prefect's cron where it does not, made up once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from flows.times import clock_changes, last_due, missed, next_due, require_daily
from pbis.core.errors import ConfigError

BEFORE = datetime(2026, 11, 29, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "said"),
    [
        ("Europe/Berlin", "02:30", "skip 02:00 to 03:00 on 2027-03-28 (the change is at 2027-03-28 01:00 UTC); take 03:00"),
        ("Europe/Berlin", "02:00", "skip 02:00 to 03:00 on 2027-03-28"),
        ("America/New_York", "01:00", "repeat 01:00 to 02:00 on 2027-11-07 (the change is at 2027-11-07 06:00 UTC); take 03:00"),
        ("America/Havana", "00:10", "skip 00:00 to 01:00 on 2027-03-14"),
        ("America/Santiago", "23:30", "repeat 23:00 to 00:00 on 2027-04-03"),
        ("Australia/Lord_Howe", "01:45", "repeat 01:30 to 02:00 on 2027-04-04"),
        ("Antarctica/Troll", "02:59", "skip 01:00 to 03:00 on 2027-03-28"),
        ("Africa/Casablanca", "02:10", "repeat 02:00 to 03:00 on 2027-02-07"),
    ],
)  # fmt: skip
def test_a_time_that_a_clock_skips_or_repeats_is_refused_with_the_next_change(zone: str, at: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        require_daily(time.fromisoformat(at), ZoneInfo(zone), BEFORE)
    assert said in str(refused.value)
    assert refused.value.exit_code == 4


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("Europe/Berlin", "03:00"),
        ("Europe/Berlin", "01:59"),
        ("America/Havana", "01:00"),
        ("Asia/Kolkata", "02:30"),
        ("Australia/Lord_Howe", "02:30"),
        ("UTC", "02:30"),
    ],
)
def test_a_time_that_is_there_once_on_every_day_is_taken_and_is_what_prefect_s_cron_does(zone: str, at: str) -> None:
    from prefect.server.schemas.schedules import CronSchedule

    import flows  # noqa: F401  silences Prefect before it is imported

    when, where = time.fromisoformat(at), ZoneInfo(zone)
    require_daily(when, where, BEFORE)
    schedule = CronSchedule(cron=f"{when.minute} {when.hour} * * *", timezone=zone)
    planned = asyncio.run(schedule.get_dates(400, BEFORE))
    ours, now = [], BEFORE
    while len(ours) < 400:
        now = next_due(when, where, now)
        ours.append(now)
    assert [each.timestamp() for each in planned] == [each.timestamp() for each in ours]
    assert {each.astimezone(where).time() for each in ours} == {when}
    assert len({each.astimezone(where).date() for each in ours}) == 400


def test_an_interval_of_a_day_leaves_the_clock_on_the_wall_and_a_cron_in_the_skipped_hour_begins_at_another() -> None:
    """Why nights are planned by cron, and why such a time is refused: what Prefect does today with what is not asked of it."""
    from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule

    import flows  # noqa: F401

    zone = ZoneInfo("Europe/Berlin")
    first = datetime(2027, 3, 27, 2, 30, tzinfo=zone)
    daily = IntervalSchedule(interval=timedelta(days=1), anchor_date=first, timezone=zone.key)
    by_cron = CronSchedule(cron="30 2 * * *", timezone=zone.key)
    walls = [
        [each.astimezone(UTC).astimezone(zone).strftime("%H:%M") for each in asyncio.run(schedule.get_dates(3, first))]
        for schedule in (daily, by_cron)
    ]
    assert walls[0] == ["02:30", "03:30", "03:30"]
    assert walls[1][0] == walls[1][2] == "02:30"
    assert walls[1][1] != "02:30"


def test_changes_are_found_to_the_second_in_their_order() -> None:
    found = list(clock_changes(ZoneInfo("Europe/Berlin"), BEFORE, BEFORE + timedelta(days=365)))
    assert [(each.at, each.is_skip) for each in found] == [
        (datetime(2027, 3, 28, 1, tzinfo=UTC), True),
        (datetime(2027, 10, 31, 1, tzinfo=UTC), False),
    ]


NIGHT = datetime(2026, 11, 28, 2, tzinfo=UTC)  # three in the morning in Berlin


@pytest.mark.parametrize(
    ("now", "since", "last_end", "due"),
    [
        (NIGHT + timedelta(hours=5), NIGHT - timedelta(days=9), NIGHT - timedelta(days=3), NIGHT),  # three: one is made up
        (NIGHT + timedelta(hours=5), NIGHT - timedelta(days=9), None, NIGHT),  # none ever came to its end
        (NIGHT + timedelta(hours=5), NIGHT - timedelta(days=9), NIGHT + timedelta(minutes=9), None),  # it ran
        (NIGHT + timedelta(hours=5), NIGHT + timedelta(hours=1), None, None),  # served since
        (NIGHT, NIGHT - timedelta(days=9), NIGHT - timedelta(days=1), NIGHT),  # at the very moment
        (NIGHT - timedelta(seconds=1), NIGHT - timedelta(days=9), NIGHT - timedelta(hours=23), None),  # before it
    ],
)  # fmt: skip
def test_nights_that_were_missed_are_made_up_by_one(
    now: datetime, since: datetime, last_end: datetime | None, due: datetime | None
) -> None:
    assert missed(time(3), ZoneInfo("Europe/Berlin"), now, since, last_end) == due


def test_the_last_due_moment_is_the_site_s_own_over_a_change_of_clock() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert last_due(time(3), zone, datetime(2027, 3, 28, 0, 59, tzinfo=UTC)) == datetime(2027, 3, 27, 2, tzinfo=UTC)
    assert last_due(time(3), zone, datetime(2027, 3, 28, 1, tzinfo=UTC)) == datetime(2027, 3, 28, 1, tzinfo=UTC)
