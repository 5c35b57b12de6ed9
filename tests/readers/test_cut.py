"""A copy that ends early says so: cut anywhere, an export is refused as cut off, or all that it says of readings and curves is there.

What nobody can see is said as a warning: an IS export without its last block of mere information, a flat one at the end of a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pyarrow as pa
import pytest

from pbis.core.errors import InputRefused, MalformedFile
from pbis.core.plates.plate import PlateRead
from pbis.files.book import Book, BookSheet
from pbis.readers import read_bytes
from pbis.readers.bioplex import book as bioplex
from pbis.readers.kit.document import Document
from pbis.simulate import EUROPEAN, UNICODE, Dialect, example_plate, render_plate
from pbis.simulate.bioplex import bioplex_sheets, render_xml
from pbis.simulate.instrument import derive
from pbis.simulate.intelliflex import render_flat
from pbis.simulate.resaved import render_is
from pbis.simulate.xlsx import workbook

PLATE = example_plate(11, samples=4, dilution=2.0)
DERIVED = derive(PLATE)
TEXTS: dict[str, Callable[[], bytes]] = {
    "xponent": lambda: render_plate(PLATE, derived=DERIVED),
    "european": lambda: render_plate(PLATE, EUROPEAN, DERIVED),
    "utf-16": lambda: render_plate(PLATE, UNICODE, DERIVED),
    "minimal quotes": lambda: render_plate(PLATE, Dialect(quoting="minimal"), DERIVED),
    "luminex is": lambda: render_is(PLATE, derived=DERIVED),
    "intelliflex flat": lambda: render_flat(PLATE, derived=DERIVED),
    "bio-plex xml": lambda: render_xml(PLATE, DERIVED),
}


def cuts(data: bytes) -> Iterator[int]:
    """Ends of lines and middles of lines after the first, as numbers of bytes that are left."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    mark = "\n".encode("utf-16-le" if wide else "ascii")
    ends = [at + len(mark) for at in range(0, len(data), 1 + wide) if data.startswith(mark, at)]
    first = 2 if data.startswith(b"<?xml") else 0  # of which nobody can tell what they began
    for begin, end in pairwise(ends[first:]):
        middle = (begin + end) // 2
        yield from (begin, middle - middle % 2 if wide else middle)


def told(read: PlateRead) -> tuple[pa.Table, ...]:
    """What results rest on: readings, expected concentrations, curves."""
    analyte = read.analyte.drop(["run_id", "r2_reported"])
    return read.reading.drop(["run_id"]), read.reagent.drop(["run_id"]), analyte


def read_or_refusal(reads: Callable[[], PlateRead]) -> PlateRead | InputRefused:
    try:
        return reads()
    except InputRefused as error:
        return error


def judged(data: bytes, whole: tuple[pa.Table, ...]) -> str:
    """refused, whole, or said: shorter, with a warning in so many words."""
    read = read_or_refusal(lambda: read_bytes(data, "plate"))
    if isinstance(read, InputRefused):
        assert "cut off" in str(read), read
        assert None not in (read.line, read.expected, read.found), read
        return "refused"
    if all(a.equals(b) for a, b in zip(told(read), whole, strict=True)):
        return "whole"
    said = [row for row in read.warning.to_pylist() if "cut off" in row["message"]]
    assert said, f"{len(data)} bytes are read as a shorter plate in silence"
    return "said"


def outcomes(form: str, step: int) -> list[str]:
    data = TEXTS[form]()
    whole = told(read_bytes(data, "plate"))
    return [judged(data[:at], whole) for at in list(cuts(data))[::step]]


@pytest.mark.parametrize("form", TEXTS)
def test_a_text_cut_anywhere_says_so(form: str) -> None:
    found = outcomes(form, 301 if form == "bio-plex xml" else 37)  # an odd step meets ends and middles of lines alike
    assert "refused" in found
    assert "said" not in found or form == "intelliflex flat"


@pytest.mark.prove
@pytest.mark.parametrize("form", TEXTS)
def test_cuts_of_every_line_of_a_text_say_so(form: str) -> None:
    found = outcomes(form, 1)
    assert found.count("refused") > 25
    assert "said" not in found or form == "intelliflex flat"


def test_a_flat_table_that_ends_with_a_row_says_after_which_well() -> None:
    data = TEXTS["intelliflex flat"]()
    rows = data.split(b"\r\n")
    read = read_bytes(b"\r\n".join(rows[:9]) + b"\r\n", "plate")
    last = read.reading.column("well").to_pylist()[-1]
    (said,) = [row for row in read.warning.to_pylist() if row["code"] == "footer_absent"]
    assert said["message"].startswith(f"the export has no signature: it ends with well {last}, as one that was cut off")
    assert said["source_line"] == 9


@pytest.mark.parametrize(
    ("keeps", "expected"),
    [
        ('"Analyte:"', "the rows of block Analysis Coefficients"),
        ('"Coefficient C"', "Coefficient D"),
        ('"Coefficient D"', "Coefficient F"),  # without it the curve would be another: a 4PL
    ],
)
def test_a_curve_that_is_cut_is_no_other_curve(keeps: str, expected: str) -> None:
    text = TEXTS["luminex is"]().decode()
    at = text.index(keeps, text.index("Analysis Coefficients"))
    with pytest.raises(MalformedFile, match="the export was cut off") as refusal:
        read_bytes(text[: text.index("\n", at) + 1].encode(), "plate")
    assert refusal.value.expected == expected


def bio_plex(left: int) -> PlateRead:
    """The workbook's sheets after which all but `left` rows of the last are gone, as a program reads them."""
    sheets = [
        BookSheet(name, [["" if cell is None else str(cell) for cell in row] for row in rows]) for name, rows in SHEETS
    ]
    cut = BookSheet(sheets[-1].name, sheets[-1].rows[:left])
    return bioplex.read(Document("plate", b"", book=Book("plate", (*sheets[:-1], cut))))


SHEETS = bioplex_sheets(PLATE, DERIVED)
HEIGHT = len(SHEETS[-1][1])


def test_a_sheet_cut_anywhere_says_so() -> None:
    whole = bio_plex(HEIGHT)
    refused = 0
    for left in range(2, HEIGHT):
        read = read_or_refusal(lambda left=left: bio_plex(left))
        if isinstance(read, InputRefused):
            assert "the sheet was cut off" in str(read)
            assert SHEETS[-1][0] in read.where
            assert None not in (read.line, read.expected, read.found)
            refused += 1
            continue
        assert read.reading.equals(whole.reading), left
        same = read.analyte.equals(whole.analyte)
        assert same or any("cut off" in text for text in read.warning.column("message").to_pylist()), left
    assert refused > HEIGHT / 2


@pytest.mark.parametrize("end", ["half", "in the list at its end"])
def test_half_a_workbook_is_one_that_was_cut_off(end: str) -> None:

    data = workbook([(name, [list(row) for row in rows]) for name, rows in SHEETS])
    with pytest.raises(InputRefused, match="the workbook was cut off"):
        read_bytes(data[: len(data) // 2 if end == "half" else -4], "plate.xlsx")


def test_half_an_old_workbook_is_one_that_was_cut_off(shared) -> None:
    data = (shared / "examples" / "bioplex" / "bioplex_manager_blank_bead.xls").read_bytes()
    with pytest.raises(InputRefused, match="the workbook was cut off"):
        read_bytes(data[: len(data) // 2], "plate.xls")
