"""Workbooks made from xPONENT exports: the whole CSV saved as one sheet, or `Raw Data` and a sheet a data type.

Lines are counted through the sheets in their order, so that each has its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from pbis.core.errors import AmbiguousValue
from pbis.core.frames import BLOCK
from pbis.core.plates.plate import PlateRead
from pbis.core.words import plural
from pbis.files.book import Book, BookSheet
from pbis.files.sheet import Sheet
from pbis.readers.kit.document import Document
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.spelling import kind_of
from pbis.readers.xponent.crc import Crc
from pbis.readers.xponent.export import read_sheet

WHOLE, SHEETS = "xponent_workbook", "xponent_sheets_workbook"
_TITLES = 10  # rows above a table's header
_WELL_HEADS = {"well": "Location", "location": "Location"}
_SAMPLE_HEADS = {"sample": "Sample", "sample name": "Sample", "sample id": "Sample", "description": "Sample"}
_BARE = re.compile(r"[A-Pa-p]0*\d{1,2}", re.ASCII)
_KEYS = ("reagent", "analyte", "analyte:", "sample")


@dataclass(frozen=True)
class TypeSheet:
    """A sheet that holds one data type: the row of its header, and the name of its block."""

    sheet: BookSheet
    header: int
    name: str


def claims_whole(document: Document) -> bool:
    """True where a sheet begins with `Program, xPONENT` and holds blocks."""
    return document.book is not None and _export_sheet(document.book) is not None


def claims_sheets(document: Document) -> bool:
    """True where no sheet is a whole export, but one holds the medians of wells under Location and Sample."""
    book = document.book
    if book is None or _export_sheet(book) is not None:
        return False
    return any(is_median(found) for found in map(_type_sheet, book.sheets) if found)


def read_whole(document: Document) -> PlateRead:
    """Read the sheet that is an export; the others are listed as ignored."""
    assert document.book is not None
    book = document.book
    held = _export_sheet(book)
    assert held is not None
    offset, notes = book.offset(held), Notes()
    sheet = as_sheet(book, held.rows, range(offset + 1, offset + len(held.rows) + 1))
    found = _read(sheet, document, WHOLE, notes)
    _check_dates(book, held, sheet)
    return _with_ignored(found, book, [s for s in book.sheets if s is not held], notes)


def read_sheets(document: Document) -> PlateRead:
    """Read a workbook with a sheet a data type as the export that it was made from."""
    assert document.book is not None
    book, notes = document.book, Notes()
    typed = [found for found in map(_type_sheet, book.sheets) if found]
    rows, lines = [], []
    for line, row in _header_rows(book, typed):
        rows.append(row)
        lines.append(line)
    rows.append(["Results"])
    lines.append(lines[-1] if lines else 1)
    for line, row in _block_rows(book, typed, notes):
        rows.append(row)
        lines.append(line)
    found = _read(as_sheet(book, rows, lines), document, SHEETS, notes)
    for entry in typed:
        _check_dates(book, entry.sheet, as_sheet(book, entry.sheet.rows, range(1, len(entry.sheet.rows) + 1)))
    used = [entry.sheet for entry in typed]
    return _with_ignored(found, book, [s for s in book.sheets if s not in used and not _is_header(s)], notes)


def as_sheet(book: Book, rows: Sequence[list[str]], lines: Sequence[int]) -> Sheet:
    """Rows of a workbook in the shape of a delimited text."""
    last = lines[-1] if lines else 0
    return Sheet(book.name, list(rows), list(lines), last, "workbook", False, ",", False)


def is_median(entry: TypeSheet) -> bool:
    kind = kind_of(entry.name)
    return (kind is not None and kind.target == "mfi") or entry.name.casefold() == "raw data"


def _read(sheet: Sheet, document: Document, form: str, notes: Notes) -> PlateRead:
    notes.add("resaved", "a spreadsheet has saved the export as a workbook, which can cut decimals and change dates", 1)
    return read_sheet(sheet, document, Crc("absent"), form, notes)


def _export_sheet(book: Book) -> BookSheet | None:
    return next((s for s in book.sheets if _is_header(s) and any(_is_data_type(row) for row in s.rows)), None)


def _is_header(sheet: BookSheet) -> bool:
    first = next((sheet.row_text(i) for i in range(min(len(sheet.rows), _TITLES)) if any(sheet.rows[i])), ())
    return [cell.casefold() for cell in first[:2]] == ["program", "xponent"]


def _is_data_type(row: list[str]) -> bool:
    return bool(row) and row[0].strip().casefold().rstrip(":") == "datatype"


def _type_sheet(sheet: BookSheet) -> TypeSheet | None:
    """The data type is the sheet's name, else a title above the header; None where there is no header or no name for it."""
    titles: list[str] = []
    for i in range(min(len(sheet.rows), _TITLES)):
        cells = [cell.casefold() for cell in sheet.row_text(i)]
        if any(cell in _WELL_HEADS for cell in cells) or (cells and cells[0] in _KEYS and len(cells) > 1):
            names = [name for name in (sheet.name, *titles) if kind_of(name)]
            return TypeSheet(sheet, i, names[0] if names else sheet.name)
        titles += [cell.strip() for cell in sheet.rows[i] if cell.strip()]
    return None


def _header_rows(book: Book, typed: list[TypeSheet]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a header sheet, and the titles above the tables."""
    for sheet in book.sheets:
        entry = next((t for t in typed if t.sheet is sheet), None)
        if entry is None and not _is_header(sheet):
            continue
        offset = book.offset(sheet)
        for i in range(len(sheet.rows) if entry is None else entry.header):
            row = sheet.rows[i]
            if any(row) and row[0].strip().casefold() != "results":
                yield offset + i + 1, row


def _block_rows(book: Book, typed: list[TypeSheet], notes: Notes) -> Iterator[tuple[int, list[str]]]:
    has_median = any(kind is not None and kind.target == "mfi" for kind in (kind_of(entry.name) for entry in typed))
    for entry in typed:
        name, offset = entry.name, book.offset(entry.sheet)
        if name.casefold() == "raw data" and not has_median:
            notes.add(
                "raw_data_as_median", "no sheet is named Median; the sheet Raw Data is read as the medians", offset + 1
            )
            name = "Median"
        yield offset + entry.header + 1, ["DataType:", name]
        for i in range(entry.header, len(entry.sheet.rows)):
            row = entry.sheet.rows[i]
            yield offset + i + 1, [_head(cell) for cell in row] if i == entry.header else _filled(row, entry)


def _head(cell: str) -> str:
    folded = cell.strip().casefold()
    return _WELL_HEADS.get(folded) or _SAMPLE_HEADS.get(folded) or cell


def _filled(row: list[str], entry: TypeSheet) -> list[str]:
    """A workbook leaves out the empty cells at a row's end; a well may stand there by its bare name."""
    if not any(row):
        return row
    head = [_head(cell) for cell in entry.sheet.rows[entry.header]]
    filled = row + [""] * (len(head) - len(row))
    at = head.index("Location") if "Location" in head else None
    if at is not None and _BARE.fullmatch(filled[at].strip()):
        filled[at] = f"(1,{filled[at].strip()})"
    return filled


def _check_dates(book: Book, held: BookSheet, sheet: Sheet) -> None:
    """A date among the readings was a number or a sample's name before a spreadsheet took it for one."""
    block = ""
    for i, row in enumerate(held.rows):
        if _is_data_type(row):
            block = row[1].strip().casefold() if len(row) > 1 else ""
        column = next((c for c in range(len(row)) if (i, c) in held.dates), None)
        if column is not None and block and block not in ("audit logs", "warnings/errors"):
            raise AmbiguousValue(
                "a spreadsheet has turned a cell of the readings into a date",
                file=book.name,
                line=sheet.lines[i],
                column=f"{held.name}/{column + 1}",
                expected="the number or name that was exported",
                found=row[column],
                hint="export the CSV again",
            )


def _with_ignored(found: PlateRead, book: Book, ignored: list[BookSheet], notes: Notes) -> PlateRead:
    filled = [sheet for sheet in ignored if any(any(row) for row in sheet.rows)]
    for sheet in filled:
        notes.add(
            "sheet_ignored", f"sheet {sheet.name!r} is no part of the export: {plural(len(sheet.rows), 'row')} ignored"
        )
    extra = BLOCK.table(
        {
            "run_id": [found.run.run_id] * len(filled),
            "name": [sheet.name for sheet in filled],
            "first_line": [book.offset(sheet) + 1 for sheet in filled],
            "last_line": [book.offset(sheet) + len(sheet.rows) for sheet in filled],
            "row_count": [len(sheet.rows) for sheet in filled],
            "column_count": [max(len(row) for row in sheet.rows) for sheet in filled],
            "is_consumed": [False] * len(filled),
            "note": ["a sheet beside the export"] * len(filled),
        }
    )
    return replace(found, block=pa.concat_tables([found.block, extra]), warning=notes.table(found.run.run_id))
