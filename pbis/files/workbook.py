"""Workbooks -> Book, in a child process with limits: what a workbook does to its parser never reaches this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa

from pbis.core.errors import UnrecognisedFormat
from pbis.files.book import Book, BookSheet

_CHILD = Path(__file__).with_name("workbook_child.py")
_SECONDS = 20.0  # of the wall clock, on a busy machine; the child's own cap is in seconds of CPU
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_workbook(data: bytes) -> bool:
    """True for anything in a ZIP or OLE container; `open_book` says which of them are none."""
    return data.startswith((_ZIP, _OLE))


def open_book(data: bytes, name: str) -> Book:
    """The sheets of an XLS or XLSX. Raises UnrecognisedFormat for everything that is not to be opened."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD)],
            input=data,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"},
        )
    except subprocess.TimeoutExpired:
        raise _refuse(name, "took too long to open", found=f"{_SECONDS:g} s") from None
    if done.returncode == 0:
        return book_of(done.stdout, name)
    if done.returncode == 3:
        reason = json.loads(done.stderr.decode("utf-8", "replace").strip().splitlines()[-1])
        raise UnrecognisedFormat(**reason, file=name)
    raise _refuse(name, "cannot be opened within the limits of memory and time", found="a parser that gave up")


def book_of(stream: bytes, name: str) -> Book:
    """The book of the child's Arrow stream."""
    table = pa.ipc.open_stream(stream).read_all()
    names = json.loads(table.schema.metadata[b"sheets"])
    rows: list[list[list[str]]] = [[] for _ in names]
    dates: list[set[tuple[int, int]]] = [set() for _ in names]
    columns = (table.column(column).to_pylist() for column in ("sheet", "row", "column", "is_date", "text"))
    for sheet, row, column, is_date, text in zip(*columns, strict=True):
        grid = rows[sheet]
        while len(grid) <= row:
            grid.append([])
        line = grid[row]
        line.extend([""] * (column - len(line)))
        line.append(text)
        if is_date:
            dates[sheet].add((row, column))
    sheets = (BookSheet(n, r, frozenset(d)) for n, r, d in zip(names, rows, dates, strict=True))
    return Book(name, tuple(sheets))


def _refuse(name: str, message: str, *, found: str) -> UnrecognisedFormat:
    return UnrecognisedFormat(
        message,
        file=name,
        expected="a workbook of one plate",
        found=found,
        hint="save the sheet as CSV, or export the CSV again",
    )
