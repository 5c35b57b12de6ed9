"""Day and month: from the cell, the country, the rest of the file, the order of events; else an error."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from pbis.core.errors import AmbiguousValue
from pbis.files.date_order import DateCell, Evidence, decide
from pbis.files.moment import parse


def evidence(export=None, start=None, stop=None, code=None, calibrated=(), other=()):
    def at(line, text):
        return DateCell(line, text) if text else None

    return Evidence(
        "f",
        code,
        at(3, export),
        at(15, start),
        at(16, stop),
        [at(20, c) for c in calibrated],
        [at(30, c) for c in other],
    )


@pytest.mark.parametrize(
    ("given", "order"),
    [
        (evidence(export="26/02/2014 16:07"), "dmy"),
        (evidence(export="05/17/2023"), "mdy"),
        (evidence(start="03.04.2024 10:00"), "dmy"),
        (evidence(export="2024-10-19 14:40"), "ymd"),
        (evidence(export="03/04/2024", code="809"), "dmy"),
        (evidence(export="03/04/2024", code="0409"), "mdy"),
        (evidence(export="13/04/2024", code="409"), "dmy"),
        (evidence(export="03/04/2024", code="0", calibrated=["17/03/2024 10:00"]), "dmy"),
        (evidence(export="03/04/2024", code="0", other=["06/29/2025"]), "mdy"),
        (evidence(start="31/01/2024 23:50", stop="01/02/2024 00:40", code="0"), "dmy"),
        (evidence(start="03/04/2024 23:50", stop="04/04/2024 00:40", code="0"), "dmy"),
        (evidence(start="03/04/2024 10:00", calibrated=["01/05/2024"], code="0"), "mdy"),
        (evidence(export="01/01/2025", start="1/1/2025 1:00:00 AM", code="0"), None),
    ],
)
def test_order_of_day_and_month(given, order):
    found = decide(given)
    assert found.order == order
    assert found.evidence


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (evidence(export="03/04/2024", start="3/4/2024 10:00", code="0"), 3),
        (evidence(start="3/4/2024 10:00", stop="3/4/2024 11:00", code="FFFF"), 15),
        (evidence(start="03/04/2024", code="0", calibrated=["13/02/2024"], other=["02/13/2025"]), 15),
    ],
)
def test_an_open_order_is_unknown_until_the_site_has_the_last_word(given, line):
    found = decide(given)
    assert (found.order, found.undecided.line) == (None, line)
    told = decide(replace(given, last_word="dmy"))
    assert (told.order, told.undecided) == ("dmy", None)


def test_two_orders_in_one_file_are_refused():
    with pytest.raises(AmbiguousValue) as refusal:
        decide(evidence(start="13/04/2024", stop="04/14/2024"))
    assert refusal.value.line == 16


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("3/4/2024 9:05:06 PM", "mdy", datetime(2024, 3, 4, 21, 5, 6)),
        ("3/4/24 12:05 AM", "dmy", datetime(2024, 4, 3, 0, 5)),
        ("2024-10-19 14:40", "mdy", datetime(2024, 10, 19, 14, 40)),
        ("16-Oct-2019 21:50", None, datetime(2019, 10, 16, 21, 50)),
        ("3/4/2024", None, None),
        ("31/02/2024", "dmy", None),
        ("TBD", "mdy", None),
    ],
)
def test_parse(text, order, moment):
    assert parse(text, order) == moment
