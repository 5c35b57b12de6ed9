"""Plate layouts -> the frame layout_well: delimited text or the first sheet of an XLSX, one row a well."""

from __future__ import annotations

import hashlib
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pbis.core.errors import AmbiguousValue, InputRefused, MalformedFile, UnrecognisedFormat
from pbis.core.frames import LAYOUT
from pbis.readers import source
from pbis.readers.sheet import decode, first_line, sniff_delimiter, tokenise

ROLES = {
    "standard": "standard",
    "calibrator": "standard",
    "qc_control": "qc_control",
    "control": "qc_control",
    "qc": "qc_control",
    "background": "background",
    "blank": "background",
    "unknown": "unknown",
    "sample": "unknown",
}
_COLUMNS = {
    "plate": ("plate", "batch", "platename"),
    "plate_number": ("platenumber",),
    "well": ("well", "location", "position"),
    "role": ("role", "type", "welltype", "wellrole"),
    "specimen": ("specimen", "specimenid", "barcode"),
    "label": ("label", "reagent", "reagentlabel", "name"),
    "dilution": ("dilution", "dilutionfactor"),
}
_REQUIRED = ("plate", "well", "role")
_WELL = re.compile(r"^([A-Pa-p])\s*0*([1-9]|1\d|2[0-4])$", re.ASCII)
_NUMBER = re.compile(r"^\d+(\.\d+)?$", re.ASCII)
MAX_ROWS = 100_000
MAX_WORKBOOK_BYTES = 256 * source.MEGABYTE  # unpacked


@dataclass(frozen=True)
class _Grid:
    """Rows of text cells with their line (row) numbers."""

    name: str
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]


def read_layout(path: Path, *, name: str | None = None) -> pa.Table:
    """The LAYOUT frame of a file. Columns in any order: plate, well, role, specimen, label, dilution (plate_number).

    Raises UnstableFile, UnrecognisedFormat or MalformedFile with line, column, expected and found.
    """
    loaded = source.load(path, name=name)
    return layout_from_bytes(loaded.data, loaded.name)


def layout_from_bytes(data: bytes, name: str) -> pa.Table:
    """The LAYOUT frame of a file in memory."""
    grid = _workbook(data, name) if data.startswith(b"PK\x03\x04") else _text(data, name)
    filled = [i for i, row in enumerate(grid.rows) if any(cell.strip() for cell in row)]
    if not filled:
        raise MalformedFile("the layout is empty", file=name, line=1, expected="a header row", found="no cells")
    at = _header(grid, filled[0])
    rows = [_row(grid, i, at) for i in filled[1:]]
    _check_unique(grid, rows, [grid.lines[i] for i in filled[1:]])
    columns: dict[str, list[object]] = {key: [row[key] for row in rows] for key in LAYOUT.names if key != "file_id"}
    return LAYOUT.table({"file_id": [hashlib.sha256(data).hexdigest()] * len(rows), **columns})


def _text(data: bytes, name: str) -> _Grid:
    text = decode(name, data)
    sheet = tokenise(text, sniff_delimiter(first_line(text.text)))
    return _Grid(name, sheet.rows, sheet.lines)


def _workbook(data: bytes, name: str) -> _Grid:
    """The first sheet's values as text. Size is checked before anything is unpacked; formulas and links are never followed."""
    import zipfile

    try:
        unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except (zipfile.BadZipFile, ValueError) as error:
        raise MalformedFile("the workbook is broken", file=name, expected="an XLSX file", found=str(error)) from None
    if unpacked > MAX_WORKBOOK_BYTES or unpacked > 200 * len(data) + source.MEGABYTE:
        raise UnrecognisedFormat(
            "the workbook unpacks to far more than it should",
            file=name,
            expected=f"at most {MAX_WORKBOOK_BYTES // source.MEGABYTE} MB",
            found=f"{unpacked // source.MEGABYTE} MB",
        )
    return _first_sheet(data, name)


def _first_sheet(data: bytes, name: str) -> _Grid:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False, nrows=MAX_ROWS + 1)
    except (CalamineError, OSError, ValueError) as error:
        raise MalformedFile(
            "the workbook cannot be read", file=name, expected="an XLSX file", found=str(error)
        ) from None
    if len(rows) > MAX_ROWS:
        raise MalformedFile(
            "the sheet is too long", file=name, line=MAX_ROWS, expected=f"{MAX_ROWS} rows", found="more"
        )
    return _Grid(name, [[_cell(value) for value in row] for row in rows], range(1, len(rows) + 1))


def _cell(value: object) -> str:
    """A workbook's number as a person sees it: a barcode 275001 comes as the float 275001.0."""
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value)


def _header(grid: _Grid, index: int) -> dict[str, int]:
    names = [re.sub(r"[\s_]+", "", cell.strip().casefold()) for cell in grid.rows[index]]
    at: dict[str, int] = {}
    for column, spellings in _COLUMNS.items():
        hits = [i for i, name in enumerate(names) if name in spellings]
        if len(hits) > 1:
            raise _refuse(
                grid, index, column, "one column", f"{len(hits)}: {', '.join(grid.rows[index][i] for i in hits)}"
            )
        at |= {column: hits[0]} if hits else {}
    missing = [column for column in _REQUIRED if column not in at]
    if missing:
        raise _refuse(
            grid, index, missing[0], "a header with plate, well, role", ", ".join(filter(None, names)) or "no header"
        )
    unknown = [grid.rows[index][i] for i, name in enumerate(names) if name and i not in at.values()]
    if unknown:
        raise _refuse(grid, index, unknown[0], f"columns {', '.join(_COLUMNS)}", f"an unknown column {unknown[0]!r}")
    return at


def _row(grid: _Grid, index: int, at: dict[str, int]) -> dict[str, object]:
    row = grid.rows[index]
    cells = {column: row[i].strip() if i < len(row) else "" for column, i in at.items()}
    beyond = next((cell for i, cell in enumerate(row) if cell.strip() and i not in at.values()), None)
    if beyond is not None:
        raise _refuse(grid, index, "", "cells under the header only", repr(beyond))
    well = _WELL.match(cells["well"])
    if well is None:
        raise _refuse(grid, index, "well", "a well name such as A1 or H12", repr(cells["well"]))
    role = ROLES.get(cells["role"].casefold())
    if role is None:
        raise _refuse(grid, index, "role", "standard, qc_control, background or unknown", repr(cells["role"]))
    if not cells["plate"]:
        raise _refuse(grid, index, "plate", "the plate's batch name", "nothing")
    number = cells.get("plate_number") or "1"
    if not number.isdecimal() or int(number) < 1:
        raise _refuse(grid, index, "plate_number", "1, 2, ...", repr(number))
    return {
        "source_line": grid.lines[index],
        "plate": cells["plate"],
        "plate_number": int(number),
        "well": f"{well.group(1).upper()}{int(well.group(2))}",
        "well_role": role,
        "specimen_id": cells.get("specimen") or None,
        "reagent_label": cells.get("label") or None,
        "dilution_factor": _dilution(grid, index, cells.get("dilution", "")),
    }


def _dilution(grid: _Grid, index: int, text: str) -> float | None:
    """A factor such as 2, or 1:2 which means the same here. Commas are refused: they may be decimals or thousands."""
    if not text:
        return None
    number = text.removeprefix("1:").strip()
    if "," in number:
        raise AmbiguousValue(
            "a dilution holds a comma",
            file=grid.name,
            line=grid.lines[index],
            column="dilution",
            expected="a decimal point",
            found=text,
        )
    if not _NUMBER.match(number) or not 0 < float(number) <= 1e9:
        raise _refuse(grid, index, "dilution", "a factor above 0", repr(text))
    return float(number)


def _check_unique(grid: _Grid, rows: Sequence[dict[str, object]], lines: Sequence[int]) -> None:
    seen: dict[tuple[object, ...], int] = {}
    for row, line in zip(rows, lines, strict=True):
        key = (row["plate"], row["plate_number"], row["well"])
        if key in seen:
            raise MalformedFile(
                "two rows name one well",
                file=grid.name,
                line=line,
                column="well",
                expected=f"{key[2]} of plate {key[0]} once (line {seen[key]})",
                found=str(key[2]),
            )
        seen[key] = line


def _refuse(grid: _Grid, index: int, column: str, expected: str, found: str) -> InputRefused:
    return MalformedFile(
        "the layout cannot be read",
        file=grid.name,
        line=grid.lines[index],
        column=column or None,
        expected=expected,
        found=found,
    )
