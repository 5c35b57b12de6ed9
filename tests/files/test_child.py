"""A child that dies, answers with garbage or never answers is the refusal of its file, in a sentence that says how it ended."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pbis.core.errors import UnrecognisedFormat, UnstableFile
from pbis.files.limits import PLATE, TABLE
from pbis.files.workbook import open_cells
from pbis.simulate.xlsx import workbook

PROGRAM = Path(__file__).with_name("told_to_die.py")
BOOK = workbook([("a", [["x", 1.5]])])


def opened(*how: str, limits=PLATE):
    return open_cells(BOOK, "labs.xlsx", limits, [sys.executable, str(PROGRAM), *how])


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("SIGSEGV", "cannot be opened .* found a parser that ended by SIGSEGV"),
        ("SIGABRT", "cannot be opened .* found a parser that ended by SIGABRT"),
        ("SIGKILL", "cannot be opened .* found a parser that ended by SIGKILL"),
        ("SIGXCPU", "took too long to open; .* found 5 s of computing"),
        ("garbage", "its parser answered with garbage"),
        ("silent", "its parser answered with garbage"),
        ("other_columns", "its parser answered with garbage"),
        ("far_cell", "its parser answered with garbage"),
        ("no_reason", "its parser answered with garbage; .* found a refusal without a reason"),
        ("unknown", "cannot be opened .* found a parser that ended with exit code 1"),
    ],
)
def test_a_child_that_ends_badly_refuses_its_file(how: str, words: str) -> None:
    with pytest.raises(UnrecognisedFormat, match=rf"labs\.xlsx: .*{words}.*save the sheet as CSV"):
        opened(how)


def test_a_child_that_never_answers_is_ended() -> None:
    with pytest.raises(UnrecognisedFormat, match=r"took too long to open; .* found 0\.5 s"):
        opened("sleep", limits=replace(PLATE, seconds=0.5))


def test_a_machine_that_can_start_no_process_asks_for_the_file_again() -> None:
    with pytest.raises(UnstableFile, match=r"no process for it can be started.*drop it again"):
        open_cells(BOOK, "labs.xlsx", PLATE, ["/nowhere/at/all"])


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (replace(PLATE, rows=2), "is too long; expected 2 rows; found 3"),
        (replace(PLATE, columns=2), "is too large; expected .* 2 columns"),
        (replace(PLATE, cells=8), "is too large; .* 8 cells; found 3 rows of 3 cells"),
        (replace(PLATE, sheets=1), "too many sheets; expected at most 1; found 2"),
        (replace(PLATE, parts=3), "1 to 3 parts"),
        (replace(PLATE, memory=1024 * 1024), "cannot be opened within the limits of memory"),
    ],
)
def test_every_limit_is_an_argument_and_holds(limits, words: str) -> None:
    book = workbook([("a", [["x", 1, 2]] * 3), ("b", [])])
    assert len(open_cells(book, "labs.xlsx")) == 2
    with pytest.raises(UnrecognisedFormat, match=words):
        open_cells(book, "labs.xlsx", limits)


def test_a_table_may_be_larger_than_a_plate() -> None:
    assert TABLE.rows > PLATE.rows
    assert TABLE.memory > PLATE.memory
