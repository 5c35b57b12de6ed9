"""The rows of a delimited text below its header, with the line that each starts on and its text as it came.

pyarrow reads the well-behaved file (a million rows in under a second); a file with quoted line breaks, blank lines or an error is
read by the standard csv module instead, which knows the line. Both give the same columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from pbis.core.errors import MalformedFile
from pbis.core.words import plural

LINE_END = re.compile(r"\r\n|\n|\r")
Bent = dict[int, MalformedFile] | None  # line -> refusal of a row of another width; None where one refuses the file


@dataclass(frozen=True)
class TableHeader:
    """Where the fields of a table stand, and where the header ends."""

    fields: Mapping[str, Sequence[int]]  # field -> position; two where day and time stand apart
    names: tuple[str, ...]
    delimiter: str
    line: int  # 1-based
    end: int  # offset of the first character after it


@dataclass(frozen=True)
class Rows:
    """Columns of text by position, and the line of each row."""

    columns: Sequence[pa.Array]
    lines: np.ndarray

    @property
    def count(self) -> int:
        return len(self.lines)


def read_rows(body: str, header: TableHeader, name: str, bent: Bent) -> Rows:
    """Rows of the text below a header; pyarrow's where it can be trusted, else those of the csv module. `bent` takes rows of another width.

    Raises MalformedFile with the line: an unclosed quote, and a row of another width where `bent` is None.
    """
    return _read_fast(body, header, name, bent) or _read_slowly(body, header, name, bent)


def _read_fast(body: str, header: TableHeader, name: str, bent: Bent) -> Rows | None:
    """None where pyarrow cannot know the lines or is lenient: quoted line breaks, blank lines, lone CRs, stray quotes."""
    if not body or body.isspace() or body.count("\r") not in (0, body.count("\r\n")) or _has_stray_quote(body, header):
        return None
    found: dict[int, MalformedFile] = {}
    try:
        table = _by_arrow(body, header)
    except pa.ArrowInvalid:
        if bent is None:
            return None
        try:
            table = _by_arrow(body, header, lambda row: _skip(row, header, name, found))
        except pa.ArrowInvalid:
            return None
    if table.num_rows + len(found) != body.count("\n") + (not body.endswith("\n")):
        return None
    if bent is not None:
        bent.update(found)
    columns = [pc.utf8_trim_whitespace(column.combine_chunks()) for column in table.columns]
    lines = np.arange(header.line + 1, header.line + 1 + table.num_rows + len(found), dtype=np.int64)
    return Rows(columns, np.setdiff1d(lines, np.fromiter(found, np.int64)) if found else lines)


_WORTH_THREADS = (
    1 << 20
)  # characters; less is read before threads have started, and a short process ends without any to wait for


def _by_arrow(body: str, header: TableHeader, skip: Callable[[pacsv.InvalidRow], str] | None = None) -> pa.Table:
    """The table; skip: asked about a row of another width. Only one thread knows the numbers of such rows."""
    names = [str(position) for position in range(len(header.names))]
    is_large = len(body) > _WORTH_THREADS
    return pacsv.read_csv(
        pa.py_buffer(body.encode()),
        read_options=pacsv.ReadOptions(column_names=names, block_size=1 << 24, use_threads=is_large and skip is None),
        parse_options=pacsv.ParseOptions(delimiter=header.delimiter, invalid_row_handler=skip),
        convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )


def _skip(row: pacsv.InvalidRow, header: TableHeader, name: str, found: dict[int, MalformedFile]) -> str:
    line = header.line + row.number
    found[line] = _another_width(name, line, row.expected_columns, row.actual_columns)
    return "skip"


def _another_width(name: str, line: int, expected: int, found: int) -> MalformedFile:
    return MalformedFile(
        "the row has another width than the header",
        file=name,
        line=line,
        expected=plural(expected, "cell"),
        found=str(found),
        hint="a cell is missing or one too many: write all cells of the header, in quotes where one holds a delimiter",
    )


def _has_stray_quote(body: str, header: TableHeader) -> bool:
    """A quote that neither encloses a whole cell nor is doubled inside one; pyarrow would glue the pieces together."""
    if '"' not in body:
        return False
    mark = re.escape(header.delimiter)
    cell = rf'(?:"(?:[^"\r\n]|"")*+"|[^"{mark}\r\n]*+)'
    return re.fullmatch(rf"(?:{cell}(?:{mark}|\r?\n))*+{cell}", body) is None


def _read_slowly(body: str, header: TableHeader, name: str, bent: Bent) -> Rows:
    lines: list[int] = []
    rows: list[list[str]] = []
    for line, row in _csv_rows(body, header, name, bent):
        lines.append(line)
        rows.append(row)
    columns = zip(*rows, strict=True) if rows else ((),) * len(header.names)
    return Rows([pa.array(map(str.strip, column), pa.string()) for column in columns], np.array(lines, dtype=np.int64))


def _csv_rows(body: str, header: TableHeader, name: str, bent: Bent) -> Iterator[tuple[int, list[str]]]:
    """Rows with their line; those of another width go into `bent`, or raise where there is none."""
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=header.delimiter, strict=True)
    width, before = len(header.names), 0
    while True:
        line = header.line + before + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise MalformedFile(f"a quoted cell is broken: {error}", file=name, line=line) from None
        if row is None:
            return
        if row and len(row) != width:
            refusal = _another_width(name, line, width, len(row))
            if bent is None:
                raise refusal
            bent[line] = refusal
        elif row:
            yield line, row
        before = reader.line_num


def without_empty_rows(columns: Sequence[pa.Array], lines: np.ndarray) -> Rows:
    """Rows of nothing but delimiters, as spreadsheets leave them below a table, say nothing."""
    rows = Rows(columns, lines)
    if not rows.count or not rows.columns:
        return rows
    is_empty = pc.equal(rows.columns[0], "")
    for column in rows.columns[1:]:
        if not pc.any(is_empty).as_py():
            return rows
        is_empty = pc.and_(is_empty, pc.equal(column, ""))
    if not pc.any(is_empty).as_py():
        return rows
    keep = pc.invert(is_empty)
    return Rows([column.filter(keep) for column in rows.columns], rows.lines[keep.to_numpy(zero_copy_only=False)])


@dataclass(frozen=True)
class RawRows:
    """The text of a row by its line, its line ends included; a quoted cell may go on over several lines."""

    text: str

    @cached_property
    def _lines(self) -> list[str]:
        return LINE_END.split(self.text)

    def __call__(self, line: int) -> str:
        row = self._lines[line - 1]
        while row.count('"') % 2 and line < len(self._lines):
            row += "\n" + self._lines[line]
            line += 1
        return row + "\n"


def csv_line(cells: Sequence[str]) -> str:
    """Cells as one row of a CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()
