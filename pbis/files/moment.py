"""What one text says of a day and a time, wherever it stands: in a plate, a layout, a lot sheet or a laboratory's table.

A date of numbers has one, two or three readings (`readings`); where it has several, the order of day and month is asked for and
never guessed (pbis/files/date_order.py decides it from the file). tests/spec/dates.csv is the table of it, in words docs/files.md:

* a year of four digits in front is year, month, day, whatever stands between: 2026-03-04, 2026/03/04, 2026. 3. 4.;
* dots put the day first, as every locale that writes dots does: 03.04.2026 is 3 April;
* strokes and hyphens put the day or the month first, so that 03/04/2026 has two readings and 31/12/2025 has one;
* a year of two digits is one of 2000 to 2099; with hyphens it may stand at either end (26-03-05);
* the month's English name leaves nothing open: 05-Mar-26, 5 March 2026, Mar 5, 2026;
* the signs of East Asia for year, month and day leave nothing open: 2026年3月8日, 2026년 3월 8일;
* eight, twelve and fourteen digits are HL7's 20260305, 202603050730, 20260305073015;
* a time behind it that cannot be read, a day that no calendar has and a year outside 1900 to 2100 make the text no date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from pbis.files.clock import Clock, microseconds, offset_of, read_clock

EARLIEST, LATEST = 1900, 2100
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_REST = r"\.?(?:(?:[ T]|,\s*)\s*(?P<clock>\S.*))?"
_NUMERIC = re.compile(
    rf"(?P<first>[0-9]{{4}}|[0-9]{{1,2}})(?P<mark>[/.\-])\s?(?P<second>[0-9]{{1,2}})(?P=mark)\s?"
    rf"(?P<third>[0-9]{{4}}|[0-9]{{1,2}}){_REST}"
)
_NAMED = (
    re.compile(
        rf"(?P<day>[0-9]{{1,2}})[-. /]\s?(?P<month>[A-Za-z]{{3,9}})\.?[-. /,]\s?(?P<year>[0-9]{{4}}|[0-9]{{2}}){_REST}"
    ),
    re.compile(rf"(?P<month>[A-Za-z]{{3,9}})\.?[- ](?P<day>[0-9]{{1,2}}),?[- ](?P<year>[0-9]{{4}}){_REST}"),
    re.compile(rf"(?P<year>[0-9]{{4}})[-. /](?P<month>[A-Za-z]{{3,9}})\.?[-. /](?P<day>[0-9]{{1,2}}){_REST}"),
)
_SIGNED = re.compile(r"^([0-9]{4})\s?[年년]\s?([0-9]{1,2})\s?[月월]\s?([0-9]{1,2})\s?[日일]")
_EIGHT = re.compile(r"^([0-9]{4})([0-9]{2})([0-9]{2})(?= +[0-9]{1,2}:[0-9]{2})")
_COMPACT = re.compile(
    r"(?P<date>[0-9]{8})(?:(?P<time>[0-9]{4}(?:[0-9]{2})?)|[0-9]{2})?(?P<fraction>\.[0-9]{1,6})?(?P<offset>[+-][0-9]{4}|Z)?"
)


@dataclass(frozen=True)
class Moment:
    """at: as written, with its offset where one is; has_time: false where only a day was written (then midnight)."""

    at: datetime
    has_time: bool


@lru_cache(maxsize=4096)  # the dates of a file are few, and stand in many of its lines
def read(text: str, order: str | None = None) -> Moment | None:
    """The moment that the text says, with `order` (dmy, mdy, ymd) only where the text itself leaves it open; None where it says
    none, or more than one."""
    written = _western(text)
    if _COMPACT.fullmatch(written):
        return _compact(written)
    found = _chosen(readings(written), order)
    if found is None:
        return None
    clock = _clock_of(written)
    return None if clock is None and _clock_text(written) else _moment(found, clock)


def parse(text: str, order: str | None) -> datetime | None:
    """`read` as an instrument's clock shows it: to the second, an offset left out. None where the text says no moment."""
    found = read(text, order)
    return None if found is None else found.at.replace(microsecond=0, tzinfo=None)


def day(text: str, order: str | None) -> date | None:
    """The date part of `read`."""
    found = read(text, order)
    return found.at.date() if found else None


def readings(text: str) -> dict[str, date]:
    """Order of day, month and year -> the day that a date of numbers or names is in it. Empty where the text is no date."""
    written = _western(text)
    numeric = _NUMERIC.fullmatch(written)
    if numeric:
        return _of_numbers(numeric)
    for form in _NAMED:
        named = form.fullmatch(written)
        if named:
            return _only("dmy", _date(named["year"], _month(named["month"]), named["day"]))
    compact = _COMPACT.fullmatch(written)
    if compact:
        return _only("ymd", _date(written[:4], int(written[4:6]), written[6:8]))
    return {}


def is_numeric(text: str) -> bool:
    """Whether the text is a date of numbers with marks between, in some order, be there such a day or not."""
    return _NUMERIC.fullmatch(_western(text)) is not None


def own_order(text: str) -> str | None:
    """The order that a date of numbers proves by itself: a year in front, dots, a number above 12; None where several stand."""
    found = readings(text) if is_numeric(text) else {}
    if len(found) != 1 or is_same_day(text):
        return None
    return next(iter(found))


def is_open(text: str) -> bool:
    """Whether the text says another day in another order."""
    return len(set(readings(text).values())) > 1


def is_same_day(text: str) -> bool:
    """05/05/2026 is one day, day first or month first; it proves nothing."""
    numeric = _NUMERIC.fullmatch(_western(text))
    return numeric is not None and numeric["mark"] != "." and int(numeric["first"]) == int(numeric["second"])


def _western(text: str) -> str:
    """The text without blanks around it; year, month and day of East Asia, and a day of eight digits before a time, with hyphens."""
    written = text.strip()
    if written.isascii():
        return _EIGHT.sub(r"\1-\2-\3", written) if written[8:9] == " " else written
    return _SIGNED.sub(r"\1-\2-\3 ", written).strip()


def _of_numbers(found: re.Match[str]) -> dict[str, date]:
    first, mark, second, third = found["first"], found["mark"], found["second"], found["third"]
    if len(first) == 4:
        return {} if len(third) == 4 else _only("ymd", _date(first, int(second), third))
    if len(third) == 1:
        return {}
    day_first = _only("dmy", _date(third, int(second), first))
    month_first = _only("mdy", _date(third, int(first), second))
    if mark == ".":
        return day_first or month_first
    is_short = len(third) == 2 and len(first) == 2 and mark == "-"
    return day_first | month_first | (_only("ymd", _date(first, int(second), third)) if is_short else {})


def _chosen(found: dict[str, date], order: str | None) -> date | None:
    if len(set(found.values())) == 1:
        return next(iter(found.values()))
    return found.get(order) if order else None


def _only(order: str, found: date | None) -> dict[str, date]:
    return {} if found is None else {order: found}


def _date(year: str, month: int | None, of_month: str) -> date | None:
    full = int(year) + 2000 if len(year) == 2 else int(year)
    if month is None or not EARLIEST <= full <= LATEST:
        return None
    try:
        return date(full, month, int(of_month))
    except ValueError:
        return None


def _month(name: str) -> int | None:
    """Its whole name, the first three letters or more of it (Sept)."""
    folded = name.casefold()
    return next((number for number, known in enumerate(_MONTHS, 1) if known.startswith(folded)), None)


def _clock_text(written: str) -> str | None:
    found = next((match for form in (_NUMERIC, *_NAMED) if (match := form.fullmatch(written))), None)
    return found["clock"] if found else None


def _clock_of(written: str) -> Clock | None:
    text = _clock_text(written)
    return read_clock(text) if text else None


def _moment(day_: date, clock: Clock | None) -> Moment:
    if clock is None:
        return Moment(datetime(day_.year, day_.month, day_.day), has_time=False)
    time = (clock.hour, clock.minute, clock.second, clock.microsecond)
    return Moment(datetime(day_.year, day_.month, day_.day, *time, tzinfo=clock.zone), has_time=True)


def _compact(written: str) -> Moment | None:
    """HL7: as many digits, fractions of a second and an offset as are known; an hour alone is no time."""
    found = _COMPACT.fullmatch(written)
    day_ = next(iter(readings(written).values()), None)
    if found is None or day_ is None:
        return None
    time = found["time"]
    if time is None:
        return _moment(day_, None)
    hour, minute, second = int(time[:2]), int(time[2:4]), int(time[4:] or 0)
    zone = offset_of(found["offset"]) if found["offset"] else None
    if hour > 23 or minute > 59 or second > 59 or (found["offset"] and zone is None):
        return None
    return _moment(day_, Clock(hour, minute, second, microseconds((found["fraction"] or ".")[1:]), zone))
