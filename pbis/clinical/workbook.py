"""Laboratory results in a workbook: the sheet whose header the site's column map knows, cell by cell as text.

Nothing of a workbook runs: no macro, formula or link; cells are the values that were stored. Sizes are checked before anything
is unpacked, against what the archive's parts really unpack to and not what it says of them.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pyarrow as pa

from pbis.clinical.extract import Extract, Shape, fields_of, refuse_header, without_empty_rows
from pbis.clinical.lab_table import labs_shape
from pbis.core.errors import MalformedFile, UnrecognisedFormat
from pbis.labs import LabsMap
from pbis.labs.model import fold_header

MAX_UNPACKED = 400_000_000  # bytes; a million rows of ten cells take about 300 MB
MAX_PARTS = 2_000
MAX_ROWS = 1_048_576  # what a sheet can hold
MAX_CELLS = 20_000_000
HEADER_WITHIN = 30  # rows; extracts begin with a title and notes


def read_workbook(data: bytes, name: str, labs_map: LabsMap) -> Extract:
    """Raises UnrecognisedFormat (macros, too large), MalformedFile (no sheet or two with such a header, a row without an id)."""
    check_archive(data, name)
    shape = labs_shape(labs_map)
    sheets = [(number, rows, _header_row(rows, shape)) for number, rows in enumerate(_sheets(data, name), 1)]
    found = [each for each in sheets if each[2] is not None]
    if len(found) != 1:
        _refuse_sheets(name, shape, [number for number, _, _ in found], sheets[0][1] if sheets else [])
    number, rows, header = found[0]
    assert header is not None
    extract = _extract(data, name, shape, _Grid(rows, header, number, labs_map.decimal_mark))
    extract.require("mrn")
    return extract


def grid_of(data: bytes, name: str) -> Extract:
    """Every column of the first sheet that has a table, under its own header: the first row with four texts."""
    check_archive(data, name)
    for sheet, rows in enumerate(_sheets(data, name), 1):
        header = next(
            (n for n, row in enumerate(rows[:HEADER_WITHIN]) if sum(bool(cell_text(c)) for c in row) > 3), None
        )
        if header is not None:
            names = [cell_text(cell) for cell in rows[header]]
            own = {each: (fold_header(each),) for each in dict.fromkeys(filter(None, names))}
            return _extract(data, name, Shape("results", own, frozenset(own)), _Grid(rows, header, sheet, "."))
    raise MalformedFile("no sheet holds a table", file=name, expected="a header row")


def check_archive(data: bytes, name: str) -> None:
    """Refuse what is no workbook, holds macros, or unpacks to more than a workbook may."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
        size = sum(_unpacked(data, part) for part in _bounded(parts, name))
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError) as error:
        raise MalformedFile(
            "the workbook is broken", file=name, expected="an XLSX file", found=str(error)[:80]
        ) from None
    if size > MAX_UNPACKED:
        raise _too_large(name, size)
    names = {part.filename.lower() for part in parts}
    if any(each.endswith("vbaproject.bin") for each in names):
        raise UnrecognisedFormat(
            "workbooks with macros are never opened", file=name, hint="save it as XLSX without macros"
        )
    if not any(each.startswith("xl/") for each in names):
        raise UnrecognisedFormat("an archive that is no workbook is not read", file=name, hint="unpack it first")


def _bounded(parts: Sequence[zipfile.ZipInfo], name: str) -> Sequence[zipfile.ZipInfo]:
    """What the archive says of itself is enough to refuse it, not to trust it."""
    said = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or said > MAX_UNPACKED:
        raise _too_large(name, said)
    return parts


def _too_large(name: str, size: int) -> UnrecognisedFormat:
    return UnrecognisedFormat(
        "the workbook unpacks to more than it may",
        file=name,
        expected=f"at most {MAX_UNPACKED // 1_000_000} MB",
        found=f"{size // 1_000_000} MB",
        hint="export the table as CSV",
    )


def _unpacked(data: bytes, part: zipfile.ZipInfo) -> int:
    """Bytes that a part unpacks to; one more than it says where it would go on."""
    if part.compress_type == zipfile.ZIP_STORED:
        return part.file_size
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise ValueError(f"packed by method {part.compress_type}")
    name_length, extra_length = struct.unpack_from("<HH", data, part.header_offset + 26)
    start = part.header_offset + 30 + name_length + extra_length
    unpacker, size, block = zlib.decompressobj(-15), 0, data[start : start + part.compress_size]
    while block and not unpacker.eof:
        size += len(unpacker.decompress(block, 1 << 20))
        if size > part.file_size:
            raise ValueError("a part is larger than the archive says")
        block = unpacker.unconsumed_tail
    return size


def _sheets(data: bytes, name: str) -> list[list[list[Any]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [book.get_sheet_by_index(number) for number in range(len(book.sheet_names))]
        for sheet in sheets:
            if sheet.total_height > MAX_ROWS or sheet.total_height * sheet.total_width > MAX_CELLS:
                raise UnrecognisedFormat(
                    "a sheet is too large", file=name, expected=f"at most {MAX_CELLS} cells", hint="export CSV"
                )
        return [sheet.to_python(skip_empty_area=False) for sheet in sheets]
    except (CalamineError, OSError, ValueError) as error:
        raise MalformedFile(
            "the workbook cannot be read", file=name, expected="an XLSX file", found=str(error)[:80]
        ) from None


def _header_row(rows: Sequence[Sequence[Any]], shape: Shape) -> int | None:
    """The first of the first rows that has a column for every field that must be there."""
    needed = set(shape.headers) - shape.optional
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        if needed <= set(fields_of([cell_text(cell) for cell in row], shape)):
            return number
    return None


def _refuse_sheets(name: str, shape: Shape, numbers: Sequence[int], first: Sequence[Sequence[Any]]) -> None:
    if numbers:
        found = ", ".join(map(str, numbers))
        raise MalformedFile("more than one sheet holds results", file=name, expected="one", found=f"sheets {found}")
    row = next((number for number, cells in enumerate(first) if any(cell_text(c) for c in cells)), 0)
    names = [cell_text(cell) for cell in first[row]] if first else []
    refuse_header(names, name, shape, row + 1)


@dataclass(frozen=True)
class _Grid:
    """A sheet with its header's row (0-based), its number (1-based) and the mark that the site writes decimals with."""

    rows: Sequence[Sequence[Any]]
    header: int
    sheet: int
    decimal_mark: str

    def column(self, at: int) -> pa.Array:
        return pa.array([cell_text(row[at], self.decimal_mark) for row in self.rows[self.header + 1 :]], pa.string())


def _extract(data: bytes, name: str, shape: Shape, grid: _Grid) -> Extract:
    names = [cell_text(cell) for cell in grid.rows[grid.header]]
    found = refuse_header(names, name, shape, grid.header + 1)
    texts = [grid.column(at) for at in range(len(names))]
    kept = without_empty_rows(texts, np.arange(grid.header + 2, len(grid.rows) + 1, dtype=np.int64))
    columns = {field: kept.columns[at] for field, at in found.items()}
    absent = {field: pa.repeat("", kept.count) for field in shape.optional - set(columns)}
    used = set(found.values())
    return Extract(
        name,
        hashlib.sha256(data).hexdigest(),
        columns | absent,
        kept.lines,
        tuple(each for at, each in enumerate(names) if at not in used and each),
        notes=(f"sheet {grid.sheet} holds the results; lines are its rows",) if grid.sheet > 1 else (),
    )


def cell_text(value: object, decimal_mark: str = ".") -> str:
    """A cell as a person sees it: numbers to the 15 digits that a spreadsheet has, dates in ISO form, no time where none is.

    decimal_mark: the site's, so that a stored number reads like the texts around it.
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e15
        return f"{value:.0f}" if whole else f"{value:.15g}".replace(".", decimal_mark)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
