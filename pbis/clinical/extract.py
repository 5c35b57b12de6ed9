"""One delimited extract as columns of text, with the line that every row starts on; nothing of it is dropped unnamed.

pyarrow reads the well-behaved file (a million rows in under a second); a file with quoted line breaks, blank lines or an error is
read by the standard csv module instead, which knows the line. Both give the same columns.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from pbis.clinical.aside import Aside, refused_unit, set_aside
from pbis.core.errors import MalformedFile
from pbis.core.kept import Readable, proven
from pbis.files.sheet import decoded
from pbis.labs.model import fold_header

Bent = dict[int, MalformedFile] | None  # line -> refusal of a row of another width; None where one refuses the file
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class TableShape:
    """What a table must have: field -> folded headers that mean it, and the fields that may be absent."""

    kind: str
    headers: Mapping[str, tuple[str, ...]]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Extract:
    """Columns of trimmed text by field ('' where a cell is empty; optional fields that are absent are all ''), row by row.

    lines: 1-based line of the file that the row starts on. ignored: headers that no field means, as written.
    notes: what else there is to say about the file. aside: what of it is refused alone and is no row here; head, raw: the header and a
    row (by its line) as a file of their own would hold them.
    """

    file_name: str
    file_id: str
    columns: Mapping[str, pa.Array]
    lines: np.ndarray
    ignored: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ""
    notes: tuple[str, ...] = ()
    aside: Aside | None = None
    head: str = ""
    raw: Callable[[int], str] | None = None

    @property
    def row_count(self) -> int:
        return len(self.lines)

    def malformed(self, row: int, message: str, **places: str | None) -> MalformedFile:
        """The error for a row; the caller leaves identifiers out of the words."""
        return MalformedFile(message, file=self.file_name, line=int(self.lines[row]), **places)

    def require(self, field: str) -> None:
        """An id that stands only on the first row of a block may belong to anyone below it: refused with the line."""
        row = self.first(pc.equal(self.columns[field], ""))
        if row is not None:
            hint = "fill ids down the block before the export"
            raise self.malformed(row, f"the row has no {field}", expected=f"{field} on every row", hint=hint)

    def without(self, refused: Mapping[int, MalformedFile]) -> Extract:
        """The extract without these rows, which are set aside, each with its error. Raises the first where rows cannot be told apart."""
        if not refused:
            return self
        if self.raw is None:
            raise refused[min(refused)]
        units = [
            refused_unit(int(self.lines[at]), self.raw(int(self.lines[at])).encode(), e) for at, e in refused.items()
        ]
        before, count = (self.aside.units, self.aside.unit_count) if self.aside else ((), self.row_count)
        kept = pa.array(np.setdiff1d(np.arange(self.row_count), np.fromiter(refused, np.int64)))
        return replace(
            self,
            columns={name: column.take(kept) for name, column in self.columns.items()},
            lines=self.lines[kept.to_numpy()],
            aside=set_aside((*before, *units), "row", count, ".csv", self.head.encode()),
        )

    def with_ids(self, field: str) -> Extract:
        """The rows that have an id; one that has none may belong to anyone and is set aside as identity_conflict."""
        blank = pc.equal(self.columns[field], "")
        if not pc.any(blank).as_py():
            return self
        hint = (
            "write the id into the row; where ids stand only on a block's first row, fill them down before the export"
        )
        words, expected = f"the row has no {field} (identity_conflict)", f"{field} on every row"
        rows = np.flatnonzero(blank.to_numpy(zero_copy_only=False)).tolist()
        return self.without({at: self.malformed(at, words, expected=expected, hint=hint) for at in rows})

    def first(self, mask: pa.Array) -> int | None:
        """The first row where the mask is true."""
        found = pc.index(mask, True).as_py()
        return None if found < 0 else found


@dataclass(frozen=True)
class _Header:
    fields: Mapping[str, int]  # field -> position
    names: tuple[str, ...]
    delimiter: str
    line: int  # 1-based
    end: int  # offset of the first character after it


def read_extract(file: Readable, shape: TableShape) -> Extract:
    """Read a delimited text file of the shape.

    Encodings: UTF-8 (with or without BOM), UTF-16, else Windows-1252; delimiter , ; tab or |, by the header.
    file: a path, or bytes at hand.
    Raises MalformedFile with the line: no header, a column that is missing or there twice, a row of another width, an
    unclosed quote, a NUL character.
    """
    return parse_extract(bytes_of(file), file.name, shape)


def bytes_of(file: Readable) -> bytes:
    """The file's bytes, proven where it lies in an archive. Raises MalformedFile where there are none to be had."""
    try:
        return proven(file.read_bytes(), file)
    except OSError as error:
        raise MalformedFile(f"cannot be read: {error.strerror}", file=file.name) from None


def parse_extract(data: bytes, name: str, shape: TableShape, *, by_row: bool = False) -> Extract:
    """`read_extract` for bytes at hand. by_row: a row of another width is set aside alone (`Extract.aside`)."""
    text, encoding = decode(data, name)
    header = _find_header(text, name, shape)
    body = text[header.end :]
    raw, bent = RawRows(text), {} if by_row else None
    rows = _read_fast(body, header, name, bent) or _read_slowly(body, header, name, bent)
    rows = without_empty_rows(rows.columns, rows.lines)
    units = [refused_unit(line, raw(line).encode(), error) for line, error in (bent or {}).items()]
    used = set(header.fields.values())
    columns = {field: rows.columns[position] for field, position in header.fields.items()}
    absent = {field: pa.repeat("", rows.count) for field in shape.optional - set(columns)}
    return Extract(
        file_name=name,
        file_id=hashlib.sha256(data).hexdigest(),
        columns=columns | absent,
        lines=rows.lines,
        ignored=tuple(each for position, each in enumerate(header.names) if position not in used and each),
        encoding=encoding,
        delimiter=header.delimiter,
        aside=set_aside(units, "row", rows.count + len(units), ".csv", raw(header.line).encode()),
        head=raw(header.line),
        raw=raw,
    )


@dataclass(frozen=True)
class RawRows:
    """The text of a row by its line, its line ends included; a quoted cell may go on over several lines."""

    text: str

    @cached_property
    def _lines(self) -> list[str]:
        return _LINE_END.split(self.text)

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


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Text and encoding, as every other file is decoded. MalformedFile with the line of what is no text."""
    return decoded(name, data, MalformedFile)


def _find_header(text: str, name: str, shape: TableShape) -> _Header:
    start = line = 0
    for found in _LINE.finditer(text):
        line += 1
        if found.group().strip() and not _SEP.fullmatch(found.group().strip()):
            return _read_header(found.group().rstrip("\r\n"), name, shape, line, found.end())
        start = found.end()
    raise MalformedFile(
        "is empty",
        file=name,
        line=max(1, line),
        expected=f"a header of {shape.kind} and rows",
        found=f"{start} blank characters",
    )


def _read_header(text: str, name: str, shape: TableShape, line: int, end: int) -> _Header:
    splits = [(cells_of(text, delimiter), delimiter) for delimiter in DELIMITERS]
    names, delimiter = max(splits, key=lambda split: len(fields_of(split[0], shape)))
    return _Header(refuse_header(names, name, shape, line), names, delimiter, line, end)


def cells_of(text: str, delimiter: str) -> tuple[str, ...]:
    """The trimmed cells of one line."""
    return tuple(cell.strip() for cell in next(csv.reader([text], delimiter=delimiter), []))


def fields_of(names: Sequence[str], shape: TableShape) -> dict[str, list[int]]:
    """Field -> positions of the headers that mean it."""
    found: dict[str, list[int]] = {}
    for position, header in enumerate(names):
        field = next((field for field, headers in shape.headers.items() if fold_header(header) in headers), None)
        if field is not None and header:
            found.setdefault(field, []).append(position)
    return found


def refuse_header(names: Sequence[str], name: str, shape: TableShape, line: int) -> dict[str, int]:
    """Field -> position. MalformedFile where a field has no column, or two."""
    found = fields_of(names, shape)
    for field, positions in found.items():
        if len(positions) > 1:
            twice = " and ".join(repr(names[position]) for position in positions)
            raise MalformedFile(f"two columns mean {field}", file=name, line=line, expected="one", found=twice)
    required = [field for field in shape.headers if field not in shape.optional]
    missing = [field for field in required if field not in found]
    if missing:
        known = ", ".join(names[at[0]] for at in found.values()) or "none of them"
        raise MalformedFile(  # names of columns that mean nothing are not shown: without a header they are a patient's data
            f"no column for {', '.join(missing)}",
            file=name,
            line=line,
            expected=", ".join(required),
            found=f"{known} among {len(names)} columns",
        )
    return {field: at[0] for field, at in found.items()}


@dataclass(frozen=True)
class Rows:
    """Columns of text by position, and the line of each row."""

    columns: Sequence[pa.Array]
    lines: np.ndarray

    @property
    def count(self) -> int:
        return len(self.lines)


def _read_fast(body: str, header: _Header, name: str, bent: Bent) -> Rows | None:
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


def _by_arrow(body: str, header: _Header, skip: Callable[[pacsv.InvalidRow], str] | None = None) -> pa.Table:
    """The table; skip: asked about a row of another width. Only one thread knows the numbers of such rows."""
    names = [str(position) for position in range(len(header.names))]
    return pacsv.read_csv(
        pa.py_buffer(body.encode()),
        read_options=pacsv.ReadOptions(column_names=names, block_size=1 << 24, use_threads=skip is None),
        parse_options=pacsv.ParseOptions(delimiter=header.delimiter, invalid_row_handler=skip),
        convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )


def _skip(row: pacsv.InvalidRow, header: _Header, name: str, found: dict[int, MalformedFile]) -> str:
    line = header.line + row.number
    found[line] = _another_width(name, line, row.expected_columns, row.actual_columns)
    return "skip"


def _another_width(name: str, line: int, expected: int, found: int) -> MalformedFile:
    return MalformedFile(
        "the row has another width than the header",
        file=name,
        line=line,
        expected=f"{expected} cells",
        found=str(found),
        hint="a cell is missing or one too many: write all cells of the header, in quotes where one holds a delimiter",
    )


def _has_stray_quote(body: str, header: _Header) -> bool:
    """A quote that neither encloses a whole cell nor is doubled inside one; pyarrow would glue the pieces together."""
    if '"' not in body:
        return False
    mark = re.escape(header.delimiter)
    cell = rf'(?:"(?:[^"\r\n]|"")*+"|[^"{mark}\r\n]*+)'
    return re.fullmatch(rf"(?:{cell}(?:{mark}|\r?\n))*+{cell}", body) is None


def _read_slowly(body: str, header: _Header, name: str, bent: Bent) -> Rows:
    lines: list[int] = []
    rows: list[list[str]] = []
    for line, row in _csv_rows(body, header, name, bent):
        lines.append(line)
        rows.append(row)
    columns = zip(*rows, strict=True) if rows else ((),) * len(header.names)
    return Rows([pa.array(map(str.strip, column), pa.string()) for column in columns], np.array(lines, dtype=np.int64))


def _csv_rows(body: str, header: _Header, name: str, bent: Bent) -> Iterator[tuple[int, list[str]]]:
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
            error = _another_width(name, line, width, len(row))
            if bent is None:
                raise error
            bent[line] = error
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


_LINE_END = re.compile(r"\r\n|\n|\r")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_SEP = re.compile(r"sep=.", re.IGNORECASE)
