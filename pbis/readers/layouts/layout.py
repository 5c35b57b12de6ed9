"""Plate layouts -> the frame layout_well: delimited text or a workbook, one row a well or an 8 x 12 picture of the plate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from pbis.core.errors import AmbiguousValue, MalformedFile
from pbis.core.frames import LAYOUT
from pbis.files import source
from pbis.files.book import BookSheet
from pbis.files.delimiter import text_delimiter
from pbis.files.limits import LAYOUT as LIMITS
from pbis.files.limits import Limits
from pbis.files.sheet import decode, tokenise
from pbis.files.workbook import is_workbook, open_book
from pbis.readers.layouts.cells import LayoutRow, LayoutSheet, dilutions
from pbis.readers.layouts.grid import grid_rows, holds_grid
from pbis.readers.layouts.long import is_long, long_rows


def read_layout(path: Path, *, name: str | None = None) -> pa.Table:
    """The LAYOUT frame of a file. Columns in any order: well, role, plate, plate_number, specimen, label, dilution.

    plate is '' where the file names none: it describes whichever single plate it is given for.
    Raises UnstableFile, UnrecognisedFormat, MalformedFile or AmbiguousValue with line, column, expected and found.
    """
    loaded = source.load(path, name=name)
    return layout_from_bytes(loaded.data, loaded.name)


def layout_from_bytes(data: bytes, name: str, limits: Limits = LIMITS) -> pa.Table:
    """The LAYOUT frame of a file in memory."""
    sheets = _sheets(data, name, limits)
    rows = list(_rows(sheets, limits))
    if not rows:
        raise MalformedFile("the layout is empty", file=name, line=1, expected="a well a row, or a grid", found="none")
    _check_unique(name, rows)
    factors = dilutions(name, rows, sheets[0].delimiter)
    as_read = [key for key in LAYOUT.names[1:] if key != "dilution_factor"]
    columns: dict[str, list[object]] = {key: [getattr(row, key) for row in rows] for key in as_read}
    file_ids = [hashlib.sha256(data).hexdigest()] * len(rows)
    return LAYOUT.table({"file_id": file_ids, **columns, "dilution_factor": factors})


def _sheets(data: bytes, name: str, limits: Limits) -> list[LayoutSheet]:
    """The text, or the workbook's sheets that hold a layout; sheets beside the first that hold none are passed over."""
    if is_workbook(data):
        book = open_book(data, name, limits)
        sheets = [(LayoutSheet(name, s.name, s.rows, range(1, len(s.rows) + 1)), s) for s in book.sheets]
        kept = [pair for i, pair in enumerate(sheets) if i == 0 or holds_grid(pair[0]) or is_long(pair[0])]
        for _, held in kept:
            _check_dates(name, held)
        return [sheet for sheet, _ in kept]
    text = decode(name, data)
    sheet = tokenise(text, text_delimiter(text.text))
    return [LayoutSheet(name, "", sheet.rows, sheet.lines, sheet.delimiter)]


def _check_dates(name: str, sheet: BookSheet) -> None:
    """No cell of a layout is a date; one that is was a barcode or a dilution before a spreadsheet took it for one."""
    if sheet.dates:
        row, column = min(sheet.dates)
        raise AmbiguousValue(
            "a cell of the layout is a date",
            file=name,
            line=row + 1,
            column=sheet.name,
            expected="a text: format the column as text before typing",
            found=sheet.rows[row][column],
        )


def _rows(sheets: Sequence[LayoutSheet], limits: Limits) -> Iterator[LayoutRow]:
    for sheet in sheets:
        if len(sheet.rows) > limits.rows:
            raise sheet.refuse(limits.rows, "", f"{limits.rows} rows", "more")
        if not holds_grid(sheet):
            yield from long_rows(sheet)
    yield from grid_rows([sheet for sheet in sheets if holds_grid(sheet)])


def _check_unique(name: str, rows: Sequence[LayoutRow]) -> None:
    seen: dict[tuple[str, int, str], int] = {}
    for row in rows:
        key = (row.plate, row.plate_number, row.well)
        if key in seen:
            where = f" of plate {row.plate}" if row.plate else ""
            raise MalformedFile(
                "two rows name one well",
                file=name,
                line=row.source_line,
                column="well",
                expected=f"{row.well}{where} once (line {seen[key]})",
                found=row.well,
            )
        seen[key] = row.source_line
