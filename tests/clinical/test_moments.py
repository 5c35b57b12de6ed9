"""Dates and times: one reading or none."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical.extract import TableShape, parse_extract
from pbis.clinical.moments import Moments, read_moments
from pbis.core.errors import AmbiguousValue

BERLIN = ZoneInfo("Europe/Berlin")
SHAPE = TableShape("times", {"who": ("who",), "at": ("at",)})


def read(*cells: str, order: str | None = None) -> Moments:
    text = "who,at\n" + "".join(f'w,"{cell}"\n' for cell in cells)
    return read_moments(parse_extract(text.encode(), "times.csv", SHAPE), "at", BERLIN, order)


@pytest.mark.parametrize(
    ("cell", "at", "has_time"),
    [
        ("2026-03-05", datetime(2026, 3, 5), False),
        ("2026-03-05 07:30", datetime(2026, 3, 5, 7, 30), True),
        ("2026-03-05T07:30:15", datetime(2026, 3, 5, 7, 30, 15), True),
        ("2026-03-05T07:30:15.5", datetime(2026, 3, 5, 7, 30, 15, 500000), True),
        ("2026-03-05T07:30:00Z", datetime(2026, 3, 5, 8, 30), True),
        ("2026-07-05T07:30:00+00:00", datetime(2026, 7, 5, 9, 30), True),
        ("2026-03-05T23:30:00-05:00", datetime(2026, 3, 6, 5, 30), True),
        ("2026-03-28T23:30:00Z", datetime(2026, 3, 29, 0, 30), True),  # the next day in the zone
        ("2026-03-29T00:59:59Z", datetime(2026, 3, 29, 1, 59, 59), True),  # summer time begins
        ("2026-03-29T01:00:00Z", datetime(2026, 3, 29, 3), True),
        ("20260329020000+0100", datetime(2026, 3, 29, 3), True),
        ("2026-10-24T22:30:00.000Z", datetime(2026, 10, 25, 0, 30), True),  # summer time ends
        ("2026-10-25T00:30:00Z", datetime(2026, 10, 25, 2, 30), True),
        ("2026-10-25T02:30:00+01:00", datetime(2026, 10, 25, 2, 30), True),
        ("20261025015959+0000", datetime(2026, 10, 25, 2, 59, 59), True),
        ("202610250200+0000", datetime(2026, 10, 25, 3), True),
        ("2026-10-25T23:30:00Z", datetime(2026, 10, 26, 0, 30), True),
        ("20260305", datetime(2026, 3, 5), False),
        ("2026-03-05 00:00", datetime(2026, 3, 5), False),  # of a database that knows no date without a time
        ("2026-03-05 00:00:00.000", datetime(2026, 3, 5), False),
        ("2026-03-05T00:00:00+01:00", datetime(2026, 3, 5), False),
        ("20260305000000", datetime(2026, 3, 5), False),
        ("3/13/2026 12:00 AM", datetime(2026, 3, 13), False),
        ("2026-03-05 00:00:01", datetime(2026, 3, 5, 0, 0, 1), True),
        ("2026-03-04T23:00:00Z", datetime(2026, 3, 5), True),  # a time that was written, and is midnight in the zone
        ("202603050730", datetime(2026, 3, 5, 7, 30), True),
        ("20260305073015", datetime(2026, 3, 5, 7, 30, 15), True),
        ("20260305073015+0000", datetime(2026, 3, 5, 8, 30, 15), True),
        ("20260305073015.25-0500", datetime(2026, 3, 5, 13, 30, 15, 250000), True),
        ("05-Mar-2026", datetime(2026, 3, 5), False),
        ("5 March 2026 07:30", datetime(2026, 3, 5, 7, 30), True),
        ("Mar 5, 2026 7:30 PM", datetime(2026, 3, 5, 19, 30), True),
        ("31/12/2025", datetime(2025, 12, 31), False),
        ("12/31/2025 11:59 pm", datetime(2025, 12, 31, 23, 59), True),
        ("31.12.2025 23:59:58", datetime(2025, 12, 31, 23, 59, 58), True),
        ("03/03/2026", datetime(2026, 3, 3), False),
        ("03.04.2026 07:30", datetime(2026, 4, 3, 7, 30), True),
    ],
)
def test_one_reading(cell: str, at: datetime, has_time: bool) -> None:
    found = read(cell)
    assert (found.at.to_pylist(), found.has_time.to_pylist()) == ([at], [has_time])


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (("2026-03-05T00:00:00Z", "2026-07-06T00:00:00.000Z", "2026-03-07T00:00:00+00:00", ""), [5, 6, 7, None]),
        (("20260305000000+0000", "20260706000000+0000", "20260307000000+0000", "20260308"), [5, 6, 7, 8]),
        (("2026-03-04T23:00:00Z", "2026-07-05T22:00:00.000Z", "2026-03-06T23:00:00Z", ""), [5, 6, 7, None]),
    ],
    ids=["Greenwich", "HL7", "Berlin, as Greenwich has it"],
)
def test_a_column_that_has_no_times_but_one_midnight_holds_days(cells: tuple[str, ...], days: list[int | None]) -> None:
    found = read(*cells)
    assert [at and at.day for at in found.at.to_pylist()] == days
    assert all(at.time() == time() for at in found.at.drop_null().to_pylist())
    assert found.has_time.to_pylist() == [False] * len(cells)


def test_one_other_time_or_few_midnights_leave_them_times() -> None:
    few = ("2026-03-05T00:00:00Z", "2026-03-06T00:00:00Z", "2026-03-06T00:00:00Z")
    assert read(*few).has_time.to_pylist() == [True] * 3
    assert read(*few).at[0].as_py() == datetime(2026, 3, 5, 1)
    another = (*few, "2026-03-07T00:00:00Z", "2026-03-08T07:30:00Z")
    assert read(*another).has_time.to_pylist() == [True] * 5


def test_midnight_in_greenwich_is_the_day_that_is_written_west_of_it_too() -> None:
    text = "who,at\n" + "".join(f"w,2026-03-0{day}T00:00:00Z\n" for day in (5, 6, 7))
    found = read_moments(parse_extract(text.encode(), "times.csv", SHAPE), "at", ZoneInfo("America/New_York"))
    assert [at.day for at in found.at.to_pylist()] == [5, 6, 7]
    assert found.has_time.to_pylist() == [False] * 3


def test_a_column_of_stamps_meets_both_ends_of_summer_time_as_each_stamp_does() -> None:
    stamps = [
        f"2026-{day}T{hour:02}:{minute}:00Z" for day in ("03-29", "10-25") for hour in range(5) for minute in (0, 30)
    ]
    stamps = [stamp.replace(":0:", ":00:") for stamp in stamps]
    alone = [read(stamp).at[0].as_py() for stamp in stamps]
    assert read(*stamps).at.to_pylist() == alone
    assert [f"{at:%d %H}" for at in alone[::2]] == [f"29 0{h}" for h in (1, 3, 4, 5, 6)] + [
        f"25 0{h}" for h in (2, 2, 3, 4, 5)
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "2026-02-30",
        "2026-13-01",
        "45678",
        "today",
        "2026-03-05 25:00",
        "1199-01-01",
        "9999-12-31",
    ],
)
def test_no_date_is_null(cell: str) -> None:
    found = read(cell, "2026-03-05")
    assert found.at.to_pylist() == [None, datetime(2026, 3, 5)]
    assert found.has_time.to_pylist() == [False, False]


@pytest.mark.parametrize("cell", ["03/04/2026", "3-4-2026", "05/03/26", "26-03-05"])
def test_two_readings_are_refused_with_the_line(cell: str) -> None:
    with pytest.raises(AmbiguousValue, match="day first or month first") as caught:
        read("2026-03-05", cell)
    assert caught.value.line == 3


def test_the_column_decides_where_it_can() -> None:
    assert read("03/04/2026", "31/12/2025").at[0].as_py() == datetime(2026, 4, 3)
    assert read("03/04/2026", "12/31/2025").at[0].as_py() == datetime(2026, 3, 4)
    with pytest.raises(AmbiguousValue):
        read("03/04/2026", "12/31/2025", "31/12/2025")


def test_the_site_decides_where_it_says_so() -> None:
    assert read("03/04/2026", order="mdy").at[0].as_py() == datetime(2026, 3, 4)
    assert read("03/04/2026", order="dmy").at[0].as_py() == datetime(2026, 4, 3)


def test_a_date_that_contradicts_the_site_is_refused() -> None:
    with pytest.raises(AmbiguousValue, match=r"two orders.*mdy as the site's labs map says.*31/12/2025"):
        read("31/12/2025", "03/04/2026", order="mdy")


def test_the_fast_way_and_the_slow_way_agree() -> None:
    cells = ("2026-03-05", "2026-03-05 07:30", "", "2026-03-05T07:30:15.123456")
    fast, slow = read(*cells), read(*cells, "05-Mar-2026")
    assert fast.at.to_pylist() == slow.at.to_pylist()[:-1]
    assert fast.has_time.to_pylist() == slow.has_time.to_pylist()[:-1]
