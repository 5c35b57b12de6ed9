"""What must not be opened is refused at once, in a process of its own; damage is refused, never a traceback."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date

import pytest

from pbis.core.errors import InputRefused, UnrecognisedFormat
from pbis.files.book import CellSheet, as_text
from pbis.files.workbook import open_book
from pbis.readers import read_bytes
from pbis.simulate.xlsx import workbook

SHEET = "xl/worksheets/sheet1.xml"
END = b"</sheetData>"


def rebuilt(change, **extra: bytes) -> bytes:
    """A small workbook with change(name, data) applied to every part, and extra parts added."""
    source = zipfile.ZipFile(io.BytesIO(workbook([("plate", [["a", 1]])])))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, change(name, source.read(name)))
        for name, data in extra.items():
            archive.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


def with_rows(rows: bytes) -> bytes:
    return rebuilt(lambda name, data: data.replace(END, rows + END) if name == SHEET else data)


def unchanged(name: str, data: bytes) -> bytes:
    return data


HOSTILE = {
    "zip bomb": (lambda: rebuilt(unchanged, xl__media__x=bytes(200_000_000)), "unpacks to far more"),
    "a million empty rows": (
        lambda: with_rows(b"".join(b'<row r="%d"/>' % i for i in range(2, 1_000_002))),
        "too long",
    ),
    "a cell in the last corner": (
        lambda: with_rows(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "limits of memory|too large",
    ),
    "a wide sheet": (lambda: with_rows(b'<row r="9"><c r="XFD9"><v>1</v></c></row>'), "too large"),
    "external entity": (
        lambda: rebuilt(
            lambda name, data: data.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', 1)
        ),
        "declares entities",
    ),
    "external link": (
        lambda: rebuilt(unchanged, xl__externalLinks__externalLink1=b"<x/>"),
        "links to other files",
    ),
    "cut": (lambda: rebuilt(unchanged)[:-40], "cut off"),
    "a thousand parts": (lambda: rebuilt(unchanged, **{f"xl__p{i}": b"" for i in range(1000)}), "broken"),
    "no workbook": (lambda: rebuilt(lambda name, data: b""), "cannot be read"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_workbooks_are_refused(name):
    make, words = HOSTILE[name]
    data = make()
    begins = time.perf_counter()
    with pytest.raises(UnrecognisedFormat, match=words):
        open_book(data, "plate.xlsx")
    assert time.perf_counter() - begins < 5  # well under a second alone; the suite shares its cores


def test_macros_and_passwords_are_refused_by_name():
    with pytest.raises(UnrecognisedFormat, match="with macros"):
        read_bytes(rebuilt(unchanged, **{"xl__vbaProject.bin": b"x"}), "plate.xlsm")
    protected = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(UnrecognisedFormat, match="password-protected"):
        read_bytes(protected, "plate.xlsx")


def test_cells_are_text_as_a_person_reads_them():
    sheet = open_book(workbook([("a", [["id", 275001.0, 0.1, None, 1e22]]), ("b", [])]), "x").sheets[0]
    assert sheet.rows == [["id", "275001", "0.1", "", "1e+22"]]


def test_a_workbook_that_is_no_plate_is_refused_with_its_sheets():
    with pytest.raises(UnrecognisedFormat, match=r"is no plate export that we read.*notes"):
        read_bytes(workbook([("notes", [["hello"]])]), "x")
    with pytest.raises(UnrecognisedFormat, match="a Belysa report"):
        read_bytes(workbook([("Summary", [["Belysa Immunoassay Curve Fitting Software"]])]), "x")
    with pytest.raises(UnrecognisedFormat, match="a plate layout"):
        read_bytes(workbook([("layout", [["plate", "well", "role"]])]), "x")


@pytest.mark.parametrize("at", range(0, 1500, 150))
def test_flipped_bytes_of_a_workbook_are_refused(at):
    data = bytearray(workbook([("plate", [["a", 1]])]))
    data[at % len(data)] ^= 0xFF
    with pytest.raises(InputRefused):
        read_bytes(bytes(data), "x")


def test_equal_values_of_other_kinds_keep_their_own_words() -> None:
    rows = [[1.0, 275001.0, "1"], [True, 0.5, 1.0, -0.0], [], [None, None, False, date(2026, 3, 1)]]
    sheet = as_text(CellSheet("a", rows))
    assert sheet.rows == [["1", "275001", "1"], ["TRUE", "0.5", "1", "0"], [], ["", "", "FALSE", "2026-03-01"]]
    assert sheet.dates == {(3, 3)}
