"""A cell whose formula failed reads in a workbook as the same word in a CSV does: the same refusal, or the same mark; never as empty."""

from __future__ import annotations

import csv
import io
import re
import struct
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from xls_book import record, xls

from pbis.clinical import Linkage, read_linkage
from pbis.clinical.labs import labs_from_bytes
from pbis.core.errors import InputRefused, UnrecognisedFormat
from pbis.files.book import ERROR_WORDS, CellError
from pbis.files.workbook import open_book, open_cells
from pbis.labs import load_map
from pbis.readers import read_bytes
from pbis.readers.layouts.layout import layout_from_bytes
from pbis.readers.lot_sheets.sheet import lot_sheet_from_bytes
from pbis.simulate import example_plate, render_plate
from pbis.simulate.bioplex import bioplex_sheets
from pbis.simulate.instrument import derive
from pbis.simulate.xlsx import workbook

NUMBER = re.compile(r"-?\d+(\.\d+)?")
SHEET = "xl/worksheets/sheet1.xml"
Rows = list[list[str]]


def plate() -> Rows:
    text = render_plate(example_plate(11, samples=6)).decode().partition("-- CRC --")[0]
    return list(csv.reader(io.StringIO(text, newline="")))


def layout() -> Rows:
    return [["plate", "well", "role", "specimen", "label", "dilution"], ["P", "A1", "unknown", "B-1", "", "2"],
            ["P", "A2", "standard", "", "Standard1", ""]]  # fmt: skip


def lot_sheet() -> Rows:
    return [["Lot", "L1"], ["Plate", "P"], ["Analyte", "Unit", "Standard1", "Standard2", "Control1 Low", "Control1 High"],
            ["IL-2", "pg/mL", "3.2", "16", "35", "145"]]  # fmt: skip


def labs() -> Rows:
    return [["mrn", "accession", "test", "value", "unit", "status", "collected_at"],
            ["M1", "A1", "CRP", "1.2", "mg/L", "final", "2026-03-05 07:30"],
            ["M1", "A2", "CRP", "1.3", "mg/L", "final", "2026-03-06 07:30"]]  # fmt: skip


@cache
def linkage() -> Linkage:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "linkage.csv"
        path.write_text("site,mrn,subject\nnorth,M1,S1\n")
        return read_linkage(path)


def read_lab_file(data: bytes):
    return labs_from_bytes(data, "labs", linkage(), load_map("default"), ZoneInfo("Europe/Berlin"))


KINDS: dict[str, tuple[Callable[[], Rows], Callable[[bytes], object], list[tuple[int, int]]]] = {
    "plate": (plate, lambda data: read_bytes(data, "plate").reading, [(62, 2), (80, 3), (85, 1), (132, 3)]),
    "layout": (layout, lambda data: layout_from_bytes(data, "layout"), [(1, c) for c in range(6)] + [(2, 4)]),
    "lot sheet": (
        lot_sheet,
        lambda data: lot_sheet_from_bytes(data, "sheet"),
        [(0, 1), (3, 0), (3, 1), (3, 2), (3, 5)],
    ),
    "labs": (labs, read_lab_file, [(1, c) for c in range(7)]),
}
ASIDE = {"file_id", "run_id"}  # hashes of other bytes


def as_csv(rows: Rows) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode()


def as_workbook(rows: Rows) -> bytes:
    """As a spreadsheet stores it: error words as errors, numbers as numbers."""
    return workbook([("Export", [[_cell(cell) for cell in row] for row in rows])])


def _cell(text: str) -> str | float:
    if text in ERROR_WORDS:
        return CellError(text)
    return float(text) if NUMBER.fullmatch(text) else text


def verdict(read: Callable[[bytes], object], data: bytes) -> object:
    """The rows, or the refusal with its place and words."""
    try:
        table = read(data)
    except InputRefused as error:
        column = (error.column or "").removeprefix("Export/") or None
        return type(error), error.line, column, error.message, error.expected, error.found
    return [{key: value for key, value in row.items() if key not in ASIDE} for row in table.to_pylist()]


@cache
def clean(kind: str) -> object:
    """The verdict on both forms of the good file."""
    make, read, _ = KINDS[kind]
    rows = verdict(read, as_csv(make()))
    assert isinstance(rows, list)
    assert verdict(read, as_workbook(make())) == rows
    return rows


@pytest.mark.parametrize("word", ERROR_WORDS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_cell_gets_the_verdict_of_the_same_csv(kind: str, word: str) -> None:
    """In the first place of the kind, and in another for each word."""
    make, read, places = KINDS[kind]
    for row, column in {places[0], places[ERROR_WORDS.index(word) % len(places)]}:
        rows = make()
        rows[row][column] = word
        assert verdict(read, as_workbook(rows)) == verdict(read, as_csv(rows)) != clean(kind), (row, column)


@pytest.mark.parametrize("word", ERROR_WORDS)
def test_an_error_cell_of_a_bioplex_workbook_is_no_empty_one(word: str) -> None:
    """There is no CSV of these; the word typed as a text has always been refused or marked."""
    plate = example_plate(11, samples=6)
    name, rows = bioplex_sheets(plate, derive(plate))[1]
    head = next(at for at, row in enumerate(rows) if "FI" in row)

    def with_cell(cell: str | None) -> bytes:
        own = [list(row) for row in rows]
        own[head + 3][rows[head].index("FI")] = cell
        return workbook([(name, own)])

    empty, typed, failed = (verdict(KINDS["plate"][1], with_cell(c)) for c in (None, word, CellError(word)))
    assert failed == typed
    assert failed != empty or word == "#N/A"  # which is a word for none there


def test_a_layout_names_no_tube_by_a_failed_formula() -> None:
    for column in ("specimen", "plate", "label"):
        rows = layout()
        rows[1][rows[0].index(column)] = "#REF!"
        for data in (as_csv(rows), as_workbook(rows)):
            with pytest.raises(
                InputRefused, match=rf"line 2, column .*{column}: .* found #REF!, the result of a formula"
            ):
                layout_from_bytes(data, "layout")
    with pytest.raises(InputRefused, match=r"found #N/A"):
        layout_from_bytes(b",1,2\nA,Standard1,#N/A\n", "layout")


def changed(data: bytes, old: bytes, new: bytes, part: str = SHEET) -> bytes:
    source, buffer = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            text = source.read(name)
            assert name != part or old in text
            archive.writestr(name, text.replace(old, new) if name == part else text)
    return buffer.getvalue()


BASE = workbook([("a", [["x", "y"]])])
END = b"</sheetData>"


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        (
            b'<row r="2"><c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>',
            ["", "#DIV/0!"],
        ),  # a formula's cached result
        (b"<row r='2'><c r='A2' t = 'e'><v>#N/A</v></c><c><v>4</v></c></row>", ["#N/A", "4"]),
        (b'<row><c t="e"><v>#REF!</v></c><c t="e"><v>#NUM!</v></c></row>', ["#REF!", "#NUM!"]),  # without references
        (b'<row r="2"><c r="C2" t="e"><f>A1</f></c><c r="D2"/></row>', ["", "", "#ERROR!"]),  # nothing has computed it
        (b'<row r="2"><c r="B2" t="str"><f>x</f><v>#N/A</v></c></row>', ["", "#N/A"]),  # a text that looks like one
        (b'<row r="2"><c r="B2" t="inlineStr"><is><t>t="e"</t></is></c></row>', ["", 't="e"']),
    ],
)
def test_every_way_that_a_sheet_holds_an_error(rows: bytes, cells: list[str]) -> None:
    assert open_book(changed(BASE, END, rows + END), "x").sheets[0].rows[1] == cells


def test_errors_are_told_in_every_sheet_and_left_of_them_may_be_nothing() -> None:
    error = CellError("#NAME?")
    book = workbook([("one", [[1, error]]), ("two", []), ("three & four", [[], [None, None, error, 2]])])
    sheets = open_cells(book, "x")
    assert [sheet.rows for sheet in sheets] == [[[1.0, error]], [], [[], [None, None, error, 2.0]]]
    assert isinstance(sheets[2].rows[1][2], CellError)


def test_errors_as_another_program_writes_them() -> None:
    book = openpyxl.Workbook()
    for word in ERROR_WORDS:
        book.active.append([word, "beside"])
    buffer = io.BytesIO()
    book.save(buffer)
    assert open_book(buffer.getvalue(), "x").sheets[0].rows == [[word, "beside"] for word in ERROR_WORDS]


def test_an_error_that_is_not_known_is_refused_with_its_cell() -> None:
    book = workbook([("a", [["x"], [None, CellError("#SPILL!")]])])
    with pytest.raises(UnrecognisedFormat, match=r"found #SPILL! in row 2, column 2 of sheet 'a'"):
        open_book(book, "x")


def test_a_binary_workbook_is_refused_by_name() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
    with pytest.raises(UnrecognisedFormat, match=r"binary workbook \(XLSB\).*save it as XLSX"):
        open_book(buffer.getvalue(), "x")


def test_errors_of_an_xls_stored_and_computed() -> None:
    codes = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}
    cells = b""
    for row, code in enumerate(codes.values()):
        cells += record(0x0205, struct.pack("<HHHBB", row, 0, 0, code, 1))
        result = struct.pack("<BBB3sH", 2, 0, code, bytes(3), 0xFFFF)
        cells += record(
            0x0006, struct.pack("<HHH", row, 1, 0) + result + bytes(6) + struct.pack("<HB", 2, 0x1C) + bytes([code])
        )
        cells += record(0x0203, struct.pack("<HHHd", row, 2, 0, row + 0.5))
    cells += record(0x0205, struct.pack("<HHHBB", 7, 0, 0, 1, 0))
    rows = open_book(xls(cells), "x").sheets[0].rows
    assert rows[:7] == [[word, word, f"{row}.5"] for row, word in enumerate(codes)]
    assert rows[7] == ["TRUE"]
