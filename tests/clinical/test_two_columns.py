"""A day in one column and its time in another are one moment; anything else in two columns refuses the file."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pytest

from pbis.clinical import Linkage, read_labs, read_specimens, read_treatments
from pbis.clinical.two_columns import one_moment
from pbis.core.errors import MalformedFile
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
HEADER = "mrn,accession,test,result,units,status,Collection Date,Collection Time\n"
ROW = "MRN-1,A1,CRP,1.3,mg/L,final,{},{}\n"


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (["2026-03-01", "2026-03-02"], ["08:30", "8:30 PM"], ["2026-03-01 08:30", "2026-03-02 8:30 PM"]),
        (["08:30:15"], ["01.03.2026"], ["01.03.2026 08:30:15"]),
        (["2026-03-01 00:00:00.000"], ["0830"], ["2026-03-01 08:30"]),
        (["2026-03-01", "", ""], ["", "08:30", ""], ["2026-03-01", "08:30", ""]),
        (["2026-03-01", "2026-03-01"], ["08:30", "unknown"], ["2026-03-01 08:30", "2026-03-01 unknown"]),
    ],
)
def test_day_and_time_are_one_text(first: list[str], second: list[str], together: list[str]) -> None:
    found = one_moment(pa.array(first), pa.array(second))
    assert found is not None
    assert found.to_pylist() == together


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["2026-03-01 08:30"], ["08:30"]),
        (["2026-03-01"], ["2026-03-01 08:30"]),
        (["202603010830"], ["08:30"]),
        (["2026-03-01"], ["2026-03-02"]),
        (["2026-03-01"], ["5"]),
        (["2026-03-01"], ["2560"]),
        (["08:30"], ["09:30"]),
        ([""], [""]),
    ],
)
def test_what_is_no_day_with_its_time_is_none(first: list[str], second: list[str]) -> None:
    assert one_moment(pa.array(first), pa.array(second)) is None


def test_a_laboratory_file_has_its_times_from_two_columns(write: Callable[..., Path], linkage: Linkage) -> None:
    text = HEADER + ROW.format("05.03.2026", "07:30") + ROW.format("06.03.2026", "00:00") + ROW.format("07.03.2026", "")
    table = read_labs(write(text.encode(), "labs.csv"), linkage, load_map("default"), ZONE)
    assert table.column("collected_at").to_pylist() == [datetime(2026, 3, 5, 7, 30), datetime(2026, 3, 6), datetime(2026, 3, 7)]  # fmt: skip
    assert table.column("has_time").to_pylist() == [True, False, False]


def test_a_column_of_times_that_is_never_filled_takes_nothing_away(
    write: Callable[..., Path], linkage: Linkage
) -> None:
    text = HEADER + ROW.format("05.03.2026", "") + ROW.format("06.03.2026", " ")
    table = read_labs(write(text.encode(), "labs.csv"), linkage, load_map("default"), ZONE)
    assert table.column("collected_at").to_pylist() == [datetime(2026, 3, 5), datetime(2026, 3, 6)]
    assert table.column("has_time").to_pylist() == [False, False]


@pytest.mark.parametrize("head", ["start date,start time", "First dose date,First dose time", "start,start time"])
def test_a_treatment_has_its_start_from_two_columns(write: Callable[..., Path], linkage: Linkage, head: str) -> None:
    text = f"mrn,{head}\nMRN-1,2026-03-10,09:30\nMRN-1,2026-04-10,\n"
    table = read_treatments(write(text.encode(), "treatments.csv"), linkage, load_map("default"), ZONE)
    assert table.column("started_at").to_pylist() == [datetime(2026, 3, 10, 9, 30), datetime(2026, 4, 10)]
    assert table.column("has_time").to_pylist() == [True, False]


def test_a_workbook_has_them_too(write: Callable[..., Path]) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Barcode", "Subject", "Collection time", "Collection date"])
    book.active.append(["SR1", "P1", time(7, 30), date(2026, 3, 5)])
    buffer = io.BytesIO()
    book.save(buffer)
    table = read_specimens(write(buffer.getvalue(), "specimens.xlsx"), load_map("default"), ZONE)
    assert table.column("collected_at").to_pylist() == [datetime(2026, 3, 5, 7, 30)]


def test_two_columns_of_one_moment_are_refused_by_name(write: Callable[..., Path], linkage: Linkage) -> None:
    text = HEADER + ROW.format("2026-03-05 07:30", "2026-03-05 07:31")
    with pytest.raises(MalformedFile, match="two columns mean collected_at") as caught:
        read_labs(write(text.encode(), "labs.csv"), linkage, load_map("default"), ZONE)
    assert (caught.value.line, caught.value.found) == (1, "'Collection Date' and 'Collection Time'")
    assert caught.value.expected == "one, or a day in one and its time in another"
