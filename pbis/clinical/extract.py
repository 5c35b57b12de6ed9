"""One delimited extract as columns of text, with the line that every row starts on; nothing of it is dropped unnamed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.aside import Aside, refused_unit, set_aside
from pbis.clinical.fhir_file import FhirFile
from pbis.clinical.table_rows import LINE_END, RawRows, TableHeader, read_rows, without_empty_rows
from pbis.clinical.two_columns import MOMENTS, columns_of, twice
from pbis.core.errors import MalformedFile
from pbis.core.kept import Readable, proven
from pbis.files.delimiter import TABLE_DELIMITERS, cells_of, sniff_delimiter
from pbis.files.limits import TABLE
from pbis.files.sheet import check_width, decoded
from pbis.labs.model import fold_header


@dataclass(frozen=True)
class TableShape:
    """What a table must have: field -> folded headers that mean it, and the fields that may be absent. encoding: the codec of text that is
    not UTF-8, as the site declares it. table: where a labs map names its headers; '' where no map does."""

    kind: str
    headers: Mapping[str, tuple[str, ...]]
    optional: frozenset[str] = frozenset()
    encoding: str = ""
    table: str = ""


@dataclass(frozen=True)
class Extract:
    """Columns of trimmed text by field ('' where a cell is empty; optional fields that are absent are all ''), row by row.

    lines: 1-based line of the file that the row starts on. ignored: headers that no field means, as written.
    notes: what else there is to say about the file. aside: what of it is refused alone and is no row here; head, raw: the header and a
    row (by its line) as a file of their own would hold them. has_own_dates: the format, not the sender, says how dates are written.
    fhir: what a FHIR file is to others.
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
    has_own_dates: bool = False
    fhir: FhirFile | None = None

    @property
    def row_count(self) -> int:
        return len(self.lines)

    def malformed(
        self,
        row: int,
        message: str,
        *,
        column: str | None = None,
        expected: str | None = None,
        found: str | None = None,
        hint: str | None = None,
    ) -> MalformedFile:
        """The error for a row; the caller leaves identifiers out of the words."""
        line, name = int(self.lines[row]), self.file_name
        return MalformedFile(message, file=name, line=line, column=column, expected=expected, found=found, hint=hint)

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


def read_extract(file: Readable, shape: TableShape) -> Extract:
    """Read a delimited text file of the shape.

    Encodings: UTF-8 (with or without BOM), UTF-16, else what the shape declares, else Windows-1252; delimiter , ; tab or |, by the header.
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
    text, encoding = decode(data, name, declared=shape.encoding)
    header = _find_header(text, name, shape)
    body = text[header.end :]
    raw = RawRows(text)
    bent: dict[int, MalformedFile] | None = {} if by_row else None
    rows = read_rows(body, header, name, bent)
    rows = without_empty_rows(rows.columns, rows.lines)
    units = [refused_unit(line, raw(line).encode(), error) for line, error in (bent or {}).items()]
    head = LINE_END.split(text[: header.end].rstrip("\r\n"))[-1] + "\n"
    used = {position for positions in header.fields.values() for position in positions}
    columns = columns_of(header.fields, rows.columns, header.names, name, header.line)
    absent = {field: pa.repeat("", rows.count) for field in shape.optional - set(columns)}
    return Extract(
        file_name=name,
        file_id=hashlib.sha256(data).hexdigest(),
        columns=columns | absent,
        lines=rows.lines,
        ignored=tuple(each for position, each in enumerate(header.names) if position not in used and each),
        encoding=encoding,
        delimiter=header.delimiter,
        aside=set_aside(units, "row", rows.count + len(units), ".csv", head.encode()),
        head=head,
        raw=raw,
    )


def decode(data: bytes, name: str, *, few_nuls: bool = False, declared: str = "") -> tuple[str, str]:
    """Text and encoding, as every other file is decoded. MalformedFile with the line of what is no text.

    few_nuls: a stray NUL is left to the caller, who refuses its message or line alone. declared: see `decoded`.
    """
    return decoded(name, data, MalformedFile, few_nuls=few_nuls, declared=declared)


def _find_header(text: str, name: str, shape: TableShape) -> TableHeader:
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


def _read_header(text: str, name: str, shape: TableShape, line: int, end: int) -> TableHeader:
    check_width(name, text, line, TABLE_DELIMITERS, TABLE)
    delimiter = sniff_delimiter(text, TABLE_DELIMITERS, lambda cells: len(fields_of(cells, shape)))
    names = cells_of(text, delimiter)
    return TableHeader(refuse_header(names, name, shape, line), names, delimiter, line, end)


def fields_of(names: Sequence[str], shape: TableShape) -> dict[str, list[int]]:
    """Field -> positions of the headers that mean it."""
    found: dict[str, list[int]] = {}
    for position, header in enumerate(names):
        field = next((field for field, headers in shape.headers.items() if fold_header(header) in headers), None)
        if field is not None and header:
            found.setdefault(field, []).append(position)
    return found


def refuse_header(names: Sequence[str], name: str, shape: TableShape, line: int) -> dict[str, list[int]]:
    """Field -> positions: one, or two of a moment, which `columns_of` looks into. MalformedFile where a field has no column, or too many."""
    found = fields_of(names, shape)
    for field, positions in found.items():
        if len(positions) > (2 if field.endswith(MOMENTS) else 1):
            raise twice(field, [names[position] for position in positions], name, line)
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
            hint=f'if a column means it, say so in the labs map, [columns.{shape.table}]: {missing[0]} = ["its header"]; '
            f"pbis labs map FILE --table {shape.table} shows what is known"
            if shape.table
            else None,
        )
    return found


_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_SEP = re.compile(r"sep=.", re.IGNORECASE)
