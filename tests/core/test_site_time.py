"""Moments of the service's clock: into UTC, in order through the hour that comes twice, and as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pbis.core.site_time import from_store, in_order, in_utc, shown, stored, wall

BERLIN = ZoneInfo("Europe/Berlin")
TWICE = datetime(2026, 10, 25, 2, 30)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-01-05T03:00", "2026-01-05T02:00+00:00"),
        ("2026-07-05T03:00", "2026-07-05T01:00+00:00"),
        ("2026-10-25T01:30", "2026-10-24T23:30+00:00"),
        ("2026-10-25T02:30", "2026-10-25T00:30+00:00"),  # the first of the two
        ("2026-10-25T03:00", "2026-10-25T02:00+00:00"),
        ("2026-03-29T01:59", "2026-03-29T00:59+00:00"),
        ("2026-03-29T03:00", "2026-03-29T01:00+00:00"),
        ("2026-10-25T02:30+01:00", "2026-10-25T01:30+00:00"),  # says itself which
    ],
)
def test_a_wall_time_is_that_of_the_zone_and_one_with_an_offset_says_itself(at: str, expected: str) -> None:
    assert in_utc(datetime.fromisoformat(at), BERLIN) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("written", "hours"),  # of UTC, on the day of the end of summer time
    [
        (("02:10", "02:50", "02:10", "02:50", "03:10"), ("00:10", "00:50", "01:10", "01:50", "02:10")),
        (("02:50", "02:10"), ("00:50", "01:10")),
        (("02:10", "02:10"), ("00:10", "00:10")),
        (("03:10", "02:10"), ("02:10", "01:10")),  # set back: the reading that breaks the order least
        (("04:00", "01:30"), ("03:00", "23:30")),  # set back, and not into the hour
    ],
)
def test_the_order_tells_which_of_two_equal_hours_is_meant(written: tuple[str, ...], hours: tuple[str, ...]) -> None:
    at = [datetime.fromisoformat(f"2026-10-25T{each}") for each in written]
    assert [f"{moment:%H:%M}" for moment in in_order(at, BERLIN)] == list(hours)


def test_an_hour_that_never_was_is_read_as_before_the_change() -> None:
    """No clock of the zone shows it; one that stood in another zone may have."""
    at = [datetime(2026, 3, 29, 2, 30), datetime(2026, 3, 29, 2, 40)]
    assert [f"{moment:%H:%M}" for moment in in_order(at, BERLIN)] == ["01:30", "01:40"]


def test_every_quarter_of_two_days_comes_back_from_the_store_and_from_the_wall() -> None:
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    moments = [start + timedelta(minutes=15 * step) for step in range(192)]
    assert [from_store(stored(at)) for at in moments] == moments
    assert [in_utc(wall(at, BERLIN), BERLIN) for at in moments] == moments
    assert in_order([wall(at, BERLIN).replace(fold=0) for at in moments], BERLIN) == moments
    assert len({shown(at, BERLIN) for at in moments}) == len(moments)
    assert sorted({len(shown(at, BERLIN)) for at in moments}) == [16, 22]  # the offset in the two hours alone


def test_what_people_read() -> None:
    first, second = (in_utc(TWICE.replace(fold=fold), BERLIN) for fold in (0, 1))
    assert shown(first, BERLIN) == "2026-10-25 02:30+02:00"
    assert shown(second, BERLIN) == "2026-10-25 02:30+01:00"
    assert shown(first, ZoneInfo("Asia/Shanghai")) == "2026-10-25 08:30"
    assert shown(first, UTC) == "2026-10-25 00:30"
