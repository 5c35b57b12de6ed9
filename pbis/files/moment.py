"""Dates and times of an export: the order of day and month is decided once a file from the evidence, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pbis.core.errors import AmbiguousValue

# Country Code is the Windows locale id in hex, as every real file shows; unknown codes decide nothing.
_ORDER_BY_CODE = {
    "mdy": ("409", "7F", "3409", "540A"),
    "dmy": (
        *("809", "C09", "1809", "1409", "4009", "1C09", "4809", "407", "807", "C07", "1407", "1007"),
        *("40C", "80C", "100C", "140C", "410", "810", "40A", "C0A", "80A", "2C0A", "340A", "240A", "280A"),
        *("413", "813", "416", "816", "414", "814", "406", "40B", "415", "405", "41B", "418", "419", "408"),
        *("41F", "422", "424", "41A", "402", "425", "426", "40D", "401", "42A", "41E", "421", "439"),
    ),
    "ymd": ("411", "412", "804", "404", "C04", "1004", "41D", "427", "40E", "C0C", "436"),
}
_LONGEST_RUN = timedelta(days=3)  # a 384-well plate takes hours; a batch of several, a day or two
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMERIC = re.compile(r"^(\d{1,4})([/.\-])\s?(\d{1,2})\2\s?(\d{1,4})\.?(?:[ T]+(.+))?$", re.ASCII)
_NAMED = re.compile(r"^(\d{1,2})[ \-]([A-Za-z]{3})[a-z]*[ \-,]+(\d{2,4})(?:[ T]+(.+))?$", re.ASCII)
_TIME = re.compile(r"^(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?$", re.ASCII)


@dataclass(frozen=True)
class DateCell:
    """A cell that may hold a date, and the line it stands on."""

    line: int
    text: str


@dataclass(frozen=True)
class DateOrder:
    """mdy, dmy or ymd for dates written with numbers, and the sentence that says why."""

    order: str | None
    evidence: str


@dataclass(frozen=True)
class Evidence:
    """The cells that decide: export is the Date line; calibrated, the times of calibration; other, lots and expiry."""

    file: str
    country_code: str | None
    export: DateCell | None
    start: DateCell | None
    stop: DateCell | None
    calibrated: Sequence[DateCell] = ()
    other: Sequence[DateCell] = ()

    @property
    def run(self) -> tuple[DateCell, ...]:
        return tuple(cell for cell in (self.export, self.start, self.stop) if cell is not None)


def parse(text: str, order: str | None) -> datetime | None:
    """The moment that the text says, with `order` only where the text itself leaves it open; None where it says none."""
    numeric = _NUMERIC.match(text.strip())
    if numeric:
        first, _, second, third, clock = numeric.groups()
        return _build(_year_month_day(first, second, third, own_order(text) or order), clock)
    named = _NAMED.match(text.strip())
    if named and named.group(2).lower() in _MONTHS:
        month = _MONTHS.index(named.group(2).lower()) + 1
        return _build((_year(named.group(3)), month, int(named.group(1))), named.group(4))
    return None


def day(text: str, order: str | None) -> date | None:
    """The date part of `parse`."""
    moment = parse(text, order)
    return moment.date() if moment else None


def own_order(text: str) -> str | None:
    """The order that a date proves by itself: a year in front, a number above 12; None where both readings stand."""
    numeric = _NUMERIC.match(text.strip())
    if not numeric:
        return None
    first, separator, second, third = numeric.group(1, 2, 3, 4)
    if len(first) == 4:
        return "ymd"
    if len(third) == 1 or not (1 <= int(first) <= 31 and 1 <= int(second) <= 31):
        return None
    if int(first) > 12 and int(second) > 12:
        return "ymd" if len(third) == 2 and int(third) <= 31 and separator == "-" else None
    if int(first) > 12:
        return "dmy"
    if int(second) > 12:
        return "mdy"
    return "dmy" if separator == "." else None  # every locale that writes dots puts the day first


def is_same_either_way(text: str) -> bool:
    """True where day and month are the same number, or the text is no numeric date at all."""
    numeric = _NUMERIC.match(text.strip())
    return numeric is None or int(numeric.group(1)) == int(numeric.group(3)) or own_order(text) is not None


def decide(evidence: Evidence) -> DateOrder:
    """The order of day and month. Raises AmbiguousValue, with the line, where nothing in the file decides."""
    for decider in (_from_run, _from_country, _from_other, _from_sequence):
        found = decider(evidence)
        if found is not None:
            return found
    open_cells = [cell for cell in evidence.run if not is_same_either_way(cell.text)]
    if not open_cells:
        return DateOrder(None, "no date depends on the order of day and month")
    raise AmbiguousValue(
        "a date reads as day/month and as month/day, and nothing in the file decides",
        file=evidence.file,
        line=open_cells[0].line,
        expected="a day above 12, a known Country Code, or times that fit one reading only",
        found=open_cells[0].text,
        hint="export the batch again with ISO dates, or correct the Country Code line",
    )


def country_order(code: str | None) -> str | None:
    """The order of a known Windows locale id in hex, or None."""
    folded = (code or "").strip().upper().lstrip("0").removeprefix("X")
    return next((order for order, codes in _ORDER_BY_CODE.items() if folded in codes), None)


def _from_run(evidence: Evidence) -> DateOrder | None:
    proofs = [(own_order(cell.text), cell) for cell in evidence.run]
    proofs = [(order, cell) for order, cell in proofs if order is not None]
    if not proofs:
        return None
    clash = next((cell for order, cell in proofs if order != proofs[0][0] and "ymd" not in (order, proofs[0][0])), None)
    if clash is not None:
        raise AmbiguousValue(
            "dates of one file are written in two orders",
            file=evidence.file,
            line=clash.line,
            expected=f"{proofs[0][0]} as on line {proofs[0][1].line}",
            found=clash.text,
        )
    order, cell = next((p for p in proofs if p[0] != "ymd"), proofs[0])
    if order == "ymd" and any(not is_same_either_way(c.text) for c in evidence.run):
        return None
    return DateOrder(order, f"line {cell.line}: {cell.text}")


def _from_country(evidence: Evidence) -> DateOrder | None:
    order = country_order(evidence.country_code)
    if order is None or order == "ymd":
        return None
    return DateOrder(order, f"Country Code {evidence.country_code}")


def _from_other(evidence: Evidence) -> DateOrder | None:
    orders = {own_order(cell.text): cell for cell in (*evidence.other, *evidence.calibrated)}
    proven = [order for order in ("dmy", "mdy") if order in orders]
    if len(proven) != 1:
        return None
    cell = orders[proven[0]]
    return DateOrder(proven[0], f"line {cell.line}: {cell.text}")


def _from_sequence(evidence: Evidence) -> DateOrder | None:
    """Stop comes after start, within days; calibration comes before start. The Date line proves nothing: real files break it."""
    standing = [order for order in ("dmy", "mdy") if _is_plausible(evidence, order)]
    if len(standing) != 1 or not evidence.run:
        return None
    return DateOrder(standing[0], "the only order in which calibration, start and stop follow each other")


def _is_plausible(evidence: Evidence, order: str) -> bool:
    start, stop = (parse(cell.text, order) if cell else None for cell in (evidence.start, evidence.stop))
    if start and stop and not timedelta(0) <= stop - start <= _LONGEST_RUN:
        return False
    before = [parse(cell.text, order) for cell in evidence.calibrated]
    if start and any(moment > start + timedelta(days=1) for moment in before if moment):
        return False
    return not _invalid(evidence.run, order)


def _invalid(cells: Sequence[DateCell], order: str) -> bool:
    return any(_NUMERIC.match(cell.text.strip()) and parse(cell.text, order) is None for cell in cells)


def _year_month_day(first: str, second: str, third: str, order: str | None) -> tuple[int, int, int] | None:
    if len(first) == 4 or order == "ymd":
        return _year(first), int(second), int(third)
    if order is None and int(first) != int(second):
        return None
    month, of_month = (second, first) if order == "dmy" else (first, second)
    return _year(third), int(month), int(of_month)


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) <= 2 else int(text)


def _build(parts: tuple[int, int, int] | None, clock: str | None) -> datetime | None:
    if parts is None:
        return None
    hour, minute, second = _clock(clock)
    build: Callable[..., datetime] = datetime
    try:
        return build(*parts, hour, minute, second)
    except ValueError:
        return None


def _clock(text: str | None) -> tuple[int, int, int]:
    """Hour, minute, second; midnight where there is none or it cannot be read (the date still stands)."""
    match = _TIME.match(text.strip()) if text else None
    if match is None:
        return 0, 0, 0
    hour, minute, second = int(match.group(1)), int(match.group(2)), int(match.group(3) or 0)
    half = (match.group(4) or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else (0, 0, 0)
