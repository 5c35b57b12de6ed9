"""Workbooks of results: cells as text, the right sheet, and no more unpacked than a workbook may hold."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pytest

from pbis.clinical import (
    Linkage,
    aside_of,
    notes_of,
    read_labs,
    read_linkage,
    read_outcomes,
    read_specimens,
    read_treatments,
)
from pbis.clinical import workbook as module
from pbis.core.errors import InputRefused, MalformedFile, UnrecognisedFormat
from pbis.files.limits import TABLE
from pbis.labs import load_map
from pbis.labs.load import FOLDER

ZONE = ZoneInfo("Europe/Berlin")
HEADER = ("MRN", "Accession", "Test", "Result", "Units", "Status", "Collected", "Ward")
ROW = ("MRN-1", "A1", "CRP", 1.3, "mg/L", "final", datetime(2026, 3, 5, 7, 30), "W7")


def book(*sheets: Sequence[Sequence[Any]]) -> bytes:
    found = openpyxl.Workbook()
    found.remove(found.active)
    for rows in sheets:
        sheet = found.create_sheet()
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    found.save(buffer)
    return buffer.getvalue()


@pytest.fixture
def read(write: Callable[..., Path], linkage: Linkage) -> Callable[..., pa.Table]:
    def _read(content: bytes, map_name: str = "default") -> pa.Table:
        return read_labs(write(content, "labs.bin"), linkage, load_map(map_name), ZONE)

    return _read


def test_rows_below_a_title_with_their_row_numbers(read: Callable[..., pa.Table]) -> None:
    bare = ("MRN-2", "A2", "CRP", "<0.3", "mg/dL", "final", date(2026, 3, 5), None)
    table = read(book([("Results of March",), (), HEADER, ROW, (None,) * 8, bare]))
    assert table.column("source_line").to_pylist() == [4, 6]
    assert table.column("value_text").to_pylist() == ["0.13", "0.3"]
    assert table.column("value_op").to_pylist() == ["=", "<"]
    assert table.column("has_time").to_pylist() == [True, False]
    assert notes_of(table) == ("ignored columns: Ward",)


@pytest.mark.parametrize(
    ("cell", "text"), [(0.1 + 0.2, "0.3"), (5.0, "5"), (7 / 2 - 4e-16, "3.5"), ("1.30", "1.30"), (1e-05, "1e-05")]
)
def test_a_number_is_what_a_spreadsheet_shows(cell: object, text: str) -> None:
    assert module.cell_text(cell) == text


def test_a_stored_number_reads_in_a_site_that_writes_commas(read: Callable[..., pa.Table], tmp_path: Path) -> None:
    own = tmp_path / "comma.toml"
    own.write_text((FOLDER / "maps" / "default.toml").read_text().replace('decimal_mark = "."', 'decimal_mark = ","'))
    table = read(book([HEADER, ROW, (*ROW[:3], "1,4", *ROW[4:])]), str(own))
    assert table.column("value_text").to_pylist() == ["0.13", "0.14"]


def test_the_sheet_with_the_header_is_read_and_named(read: Callable[..., pa.Table]) -> None:
    table = read(book([("Notes",)], [HEADER, ROW]))
    assert table.num_rows == 1
    assert "sheet 2 holds the results; lines are its rows" in notes_of(table)


def test_two_sheets_of_results_are_refused(read: Callable[..., pa.Table]) -> None:
    with pytest.raises(MalformedFile, match="more than one sheet holds results; expected one; found sheets 1, 2"):
        read(book([HEADER, ROW], [HEADER, ROW]))


def test_a_sheet_without_the_columns_is_refused_and_its_cells_are_not_quoted(read: Callable[..., pa.Table]) -> None:
    with pytest.raises(MalformedFile) as refusal:
        read(book([ROW]))
    assert "no column for mrn" in str(refusal.value)
    assert "MRN-1" not in str(refusal.value)


def test_a_row_without_an_id_is_set_aside_as_a_row_of_a_csv(read: Callable[..., pa.Table]) -> None:
    table = read(book([HEADER, ROW, (None, *ROW[1:])]))
    assert table.num_rows == 1
    aside = aside_of(table)
    assert aside is not None
    (unit,) = aside.units
    assert (unit.line, unit.message) == (3, "the row has no mrn (identity_conflict)")
    assert aside.head.decode().count(",") == unit.data.decode().count(",") == len(HEADER) - 1
    with pytest.raises(MalformedFile, match="line 2: the row has no mrn"):
        read(book([HEADER, (None, *ROW[1:])]))


def packed(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_macros_and_other_archives_are_refused_by_name(read: Callable[..., pa.Table]) -> None:
    with pytest.raises(UnrecognisedFormat, match="macros"):
        read(packed({"xl/workbook.xml": b"", "xl/vbaProject.bin": b"x"}))
    with pytest.raises(UnrecognisedFormat, match="no workbook"):
        read(packed({"Observation.ndjson": b"{}"}))


def test_a_bomb_is_refused_by_what_it_says_and_by_what_it_is() -> None:
    small = replace(TABLE, unpacked=1_000_000)
    honest = packed({"xl/workbook.xml": b"0" * 2_000_000})
    with pytest.raises(UnrecognisedFormat, match="unpacks to far more than it should"):
        module.read_workbook(honest, "labs.xlsx", load_map("default"), small)
    lying = honest.replace(struct.pack("<L", 2_000_000), struct.pack("<L", 10))
    with pytest.raises(UnrecognisedFormat, match="the workbook is broken"):
        module.read_workbook(lying, "labs.xlsx", load_map("default"), small)


def test_a_workbook_cut_anywhere_is_refused(read: Callable[..., pa.Table]) -> None:
    whole = book([HEADER, ROW])
    for end in range(4, len(whole), len(whole) // 25):
        with pytest.raises(InputRefused):
            read(whole[:end])


NUMBER = re.compile(r"[0-9.]+")
OTHERS: dict[str, tuple[str, Callable[[Path], pa.Table]]] = {
    "specimens": (
        "barcode,subject,collected_at,material\nB1,S1,2026-03-05 07:30,serum\nB2,S2,#N/A,\n",
        lambda path: read_specimens(path, load_map("default"), ZONE),
    ),
    "treatments": (
        "mrn,cohort,regimen,started_at\nMRN-1,a,x,2026-03-10\nMRN-2,a,#REF!,2026-03-11\n",
        lambda path: read_treatments(path, read_linkage(path.with_name("link.csv")), load_map("default"), ZONE),
    ),
    "outcomes": (
        "subject,os_months,dead\nS1,12.5,1\nS2,3,0\n",
        lambda path: read_outcomes(path, load_map("default")),
    ),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_tables_read_alike_as_workbook_and_as_csv(kind: str, write: Callable[..., Path]) -> None:
    text, read_file = OTHERS[kind]
    write("site,mrn,subject,valid_from,valid_to\nnorth,MRN-1,S1,2020-01-01,\nnorth,MRN-2,S2,,\n", "link.csv")
    rows = [[float(c) if NUMBER.fullmatch(c) else c or None for c in line.split(",")] for line in text.splitlines()]
    own = [
        read_file(write(data, name)).drop_columns(["file_id"])
        for name, data in (("a.csv", text), ("a.xlsx", book(rows)))
    ]
    assert own[0].num_rows == 2
    assert own[0].to_pylist() == own[1].to_pylist()


def test_a_linkage_reads_alike_as_workbook_and_as_csv(write: Callable[..., Path]) -> None:
    rows = [["site", "mrn", "subject", "valid_from"], ["north", "MRN-1", "S1", date(2020, 1, 1)]]
    found = read_linkage(write(book(rows), "link.xlsx"))
    assert found.resolve("MRN-1", date(2020, 1, 1), "north").subject_id == "S1"
    assert found.resolve("MRN-1", date(2019, 12, 31), "north").reason == "identity_conflict"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bytes(600), "is no workbook"),
        ("EncryptedPackage".encode("utf-16-le"), "password-protected"),
        ("_VBA_PROJECT".encode("utf-16-le"), "macros"),
    ],
)
def test_an_old_office_file_that_is_no_open_workbook_is_refused_by_name(
    write: Callable[..., Path], content: bytes, words: str
) -> None:
    with pytest.raises(UnrecognisedFormat, match=words):
        read_linkage(write(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content, "link.xls"))
