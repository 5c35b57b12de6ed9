"""Opens one workbook from standard input and writes its cells to standard output as an Arrow stream; run as a script.

It stands alone (no import from this project) so that it starts in a tenth of a second, and it caps its own memory, time and
files before it reads a byte: whatever a workbook does to the parser, it does to this process. A refusal is one JSON line on
standard error and exit 3; anything else than exit 0 and 3 means that the parser died.
"""

from __future__ import annotations

import io
import json
import math
import re
import resource
import struct
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from importlib.abc import MetaPathFinder

MEGABYTE = 1024 * 1024
MEMORY = 420 * MEGABYTE
CPU_SECONDS = 5
UNPACKED = 64 * MEGABYTE
XLS_BYTES = 16 * MEGABYTE
ENTRIES = 1000
ROWS, COLUMNS, CELLS = 20_000, 2_000, 2_000_000  # of one sheet; a 384-well export with 20 blocks has 9,000 rows
SHEETS = 600
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CSV_INSTEAD = "save the sheet as CSV, or export the CSV again"

Cell = tuple[int, int, int, bool, str]


class Refused(Exception):
    """The workbook is not to be opened: message, expected, found, hint."""

    def __init__(self, message: str, expected: str | None = None, found: str | None = None, hint: str = CSV_INSTEAD):
        super().__init__(message)
        self.reason = {"message": message, "expected": expected, "found": found, "hint": hint}


def limit() -> None:
    """Cap what this process may take. Raising a cap again is not possible for it."""
    for what, most in (
        (resource.RLIMIT_DATA, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def check(data: bytes) -> None:
    """Raise Refused for what must not reach the parser: macros, links, passwords, doctypes, bombs."""
    if data.startswith(_OLE):
        _check_ole(data)
    else:
        _check_zip(data)


def cells(data: bytes) -> tuple[list[str], list[Cell]]:
    """Sheet names, and (sheet, row, column, is a date, text) of every cell that holds something, all from 0."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if len(book.sheet_names) > SHEETS:
            raise Refused("the workbook has too many sheets", f"at most {SHEETS}", str(len(book.sheet_names)))
        return list(book.sheet_names), [cell for i in range(len(book.sheet_names)) for cell in _sheet(book, i)]
    except (CalamineError, OSError, ValueError, OverflowError, IndexError) as error:
        raise Refused("the workbook cannot be read", "an XLS or XLSX file", str(error)[:200] or "damage") from None


def _sheet(book: object, at: int) -> Iterator[Cell]:
    sheet = book.get_sheet_by_index(at)  # type: ignore[attr-defined]
    height, width = sheet.total_height, sheet.total_width
    if height > ROWS or width > COLUMNS or height * width > CELLS:
        raise Refused(
            f"sheet {sheet.name!r} is too large for a plate", f"{ROWS} rows of {COLUMNS} cells", f"{height} of {width}"
        )
    for row, values in enumerate(sheet.to_python(skip_empty_area=False)):
        for column, value in enumerate(values):
            text = written(value)
            if text:
                yield at, row, column, isinstance(value, date), text


def written(value: object) -> str:
    """A value as a person reads it: 275001.0 is a barcode, a date is written year first."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        is_whole = math.isfinite(value) and value == int(value) and abs(value) < 1e15
        return str(int(value)) if is_whole else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, time):
        return value.isoformat(timespec="seconds")
    if isinstance(value, timedelta):
        return str(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _check_ole(data: bytes) -> None:
    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        raise Refused("is a password-protected workbook", hint="save it without a password")
    if holds("_VBA_PROJECT") or holds("VBA_PROJECT_CUR"):
        raise Refused("is a workbook with macros", hint=f"macros are never opened; {CSV_INSTEAD}")
    if not holds("Workbook") and not holds("Book"):
        raise Refused("is no workbook", "an XLS file", "another office document")
    if len(data) > XLS_BYTES:
        raise Refused("is too large for a plate", f"at most {XLS_BYTES // MEGABYTE} MB", f"{len(data) // MEGABYTE} MB")


def _check_zip(data: bytes) -> None:
    end = data.rfind(b"PK\x05\x06")
    entries, directory = struct.unpack_from("<HI", data, end + 10) if 0 <= end <= len(data) - 22 else (0, 0)
    if not 0 < entries <= ENTRIES or directory > MEGABYTE:
        raise Refused("the workbook is broken", f"1 to {ENTRIES} parts", f"{entries}")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        _check_parts(archive.infolist())
        _check_contents(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, EOFError, OSError, NotImplementedError) as error:
        raise Refused("the workbook is broken", "an XLSX file", str(error)[:200]) from None
    except (zipfile.zlib.error, RuntimeError, KeyError, struct.error) as error:  # type: ignore[attr-defined]
        raise Refused("the workbook is broken", "an XLSX file", str(error)[:200]) from None


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    names = [part.filename.replace("\\", "/").casefold() for part in parts]
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("is a password-protected workbook", hint="save it without a password")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Refused("is a workbook with macros", hint=f"macros are never opened; {CSV_INSTEAD}")
    if any("externallinks/" in name for name in names):
        raise Refused("is a workbook with links to other files", hint="paste the values and save it again")
    if not any(name.startswith("xl/") for name in names):
        raise _other_document(names)
    if len(set(names)) < len(names):
        raise Refused("the workbook is broken", "every part once", "two parts of one name")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > UNPACKED:
        raise Refused(
            "the workbook unpacks to far more than it should",
            f"at most {UNPACKED // MEGABYTE} MB",
            f"{unpacked // MEGABYTE} MB",
        )


def _other_document(names: list[str]) -> Refused:
    """What a ZIP container without a workbook in it is, by its parts."""
    documents = {
        "word/document.xml": "a Word document",
        "ppt/presentation.xml": "a presentation",
        "content.xml": "an OpenDocument file",
        "index/document.iwa": "an Apple Numbers or Pages file",
    }
    title = next((title for part, title in documents.items() if part in names), None)
    if title is None:
        return Refused("is a ZIP archive", hint="unpack it and drop the exports")
    return Refused(f"is {title}", hint="save it as XLSX, or export the CSV again")


def _check_contents(archive: zipfile.ZipFile) -> None:
    left = UNPACKED
    for part in archive.infolist():
        with archive.open(part) as handle:
            data = handle.read(left + 1)
        left -= len(data)
        if left < 0:
            raise Refused("the workbook unpacks to far more than it should", f"at most {UNPACKED // MEGABYTE} MB")
        bare = data.replace(b"\x00", b"") if b"\x00" in data[:8] else data  # UTF-16 hides nothing either
        if b"<!DOCTYPE" in bare or b"<!ENTITY" in bare:
            raise Refused("a part of the workbook declares entities", found=part.filename)
        rows = sum(1 for _ in _ROW.finditer(bare)) if "worksheets/" in part.filename else 0
        if rows > ROWS:
            raise Refused("a sheet of the workbook is too long for a plate", f"{ROWS} rows", f"{rows}")


class _NoPandas(MetaPathFinder):
    """pyarrow looks for pandas once, a fifth of a second; a process that dies in a moment tells it that there is none."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def write(names: list[str], found: list[Cell]) -> bytes:
    """The cells as an Arrow stream; the sheets' names stand in the schema."""
    sys.meta_path.insert(0, _NoPandas())
    import pyarrow as pa

    schema = pa.schema(
        [
            ("sheet", pa.int32()),
            ("row", pa.int32()),
            ("column", pa.int32()),
            ("is_date", pa.bool_()),
            ("text", pa.string()),
        ],
        metadata={"sheets": json.dumps(names)},
    )
    columns = list(zip(*found, strict=True)) or [()] * 5
    batch = pa.record_batch([pa.array(c, field.type) for c, field in zip(columns, schema, strict=True)], schema=schema)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as stream:
        stream.write_batch(batch)
    return bytes(sink.getvalue())


def main() -> int:
    limit()
    try:
        data = sys.stdin.buffer.read()
        check(data)
        sys.stdout.buffer.write(write(*cells(data)))
    except Refused as refusal:
        sys.stderr.write(json.dumps(refusal.reason) + "\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
