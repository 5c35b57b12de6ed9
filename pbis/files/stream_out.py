"""An answer out to a file as its rows come: CSV, Parquet, one JSON object a line, or a workbook; whole, or not at all."""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from pbis.core.errors import UsageError
from pbis.files.table_out import csv_lines, harmless

Batches = Iterable[pa.RecordBatch]
MOST_ROWS = 1_048_575  # of a sheet below its header: the format ends there
_EXACT = 2**53  # a spreadsheet's numbers are doubles: a larger whole number is text
_BEGINNING = (1980, 1, 1, 0, 0, 0)  # of zip: a workbook of the same rows has the same bytes
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</)")


def write_batches(schema: pa.Schema, batches: Batches, path: Path) -> int:
    """Write the rows to a .csv, .parquet, .jsonl or .xlsx file and say how many there were.

    Raises UsageError for another ending, a folder that does not exist, and more rows than a sheet has.
    """
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UsageError(f"{path}: expected a name that ends in one of {', '.join(WRITERS)}")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: the folder {path.parent} does not exist")
    part, counted = path.with_name(path.name + ".part"), _Counted(batches)
    try:
        writer(schema, counted, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return counted.rows


def json_lines(batches: Batches) -> Iterator[str]:
    """One object a row; what JSON has no sign for (days, decimals) is text, a number that is none is null."""
    for batch in batches:
        for row in batch.to_pylist():
            yield json.dumps({name: _plain(value) for name, value in row.items()}, default=str, ensure_ascii=False)


class _Counted:
    def __init__(self, batches: Batches) -> None:
        self._batches, self.rows = batches, 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            self.rows += batch.num_rows
            yield batch


def rows_of(batches: Batches) -> Iterator[tuple[Any, ...]]:
    for batch in batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _csv(schema: pa.Schema, batches: Batches, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_lines([schema.names]))
        for batch in batches:
            file.write(csv_lines(rows_of([batch])))


def _parquet(schema: pa.Schema, batches: Batches, path: Path) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for batch in batches:
            file.write_batch(batch)


def _jsonl(schema: pa.Schema, batches: Batches, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in json_lines(batches))


def _xlsx(schema: pa.Schema, batches: Batches, path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    rows = list(
        islice(rows_of(batches), MOST_ROWS + 1)
    )  # before the workbook is begun, which leaves files behind if it is not ended
    if len(rows) > MOST_ROWS:
        raise UsageError(f"a workbook holds {MOST_ROWS} rows below its header; write .csv or .parquet, or ask for less")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("rows")
    sheet.freeze_panes = "A2"

    def cell(value: Any) -> Any:
        shown = _in_a_sheet(value)
        made = WriteOnlyCell(sheet, None if isinstance(shown, str) else shown)
        if isinstance(shown, str):
            made.value = shown
            made.data_type = "s"  # else a text that begins with = is a formula
        return made

    sheet.append([cell(name) for name in schema.names])
    for row in rows:
        sheet.append([cell(value) for value in row])
    whole = io.BytesIO()
    book.save(whole)
    path.write_bytes(_without_clock(whole.getvalue()))


def _in_a_sheet(value: Any) -> Any:
    """What a cell holds: numbers as numbers where they are exact, times as times, all else as text that nothing runs."""
    plain = _plain(value)
    if isinstance(plain, datetime) and plain.tzinfo is not None:
        return plain.isoformat()
    if isinstance(plain, int) and not isinstance(plain, bool) and abs(plain) > _EXACT:
        return str(plain)
    if isinstance(plain, Decimal):
        return float(plain) if Decimal(repr(float(plain))) == plain else str(plain)
    return harmless(plain).removeprefix("'") if isinstance(plain, str) else _or_text(plain)


def _or_text(value: Any) -> Any:
    return json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, list | dict) else value


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _without_clock(data: bytes) -> bytes:
    """The same workbook without the hour in which it was written."""
    whole = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            held = source.read(name)
            if name == "docProps/core.xml":
                held = _STAMP.sub(rb"\g<1>1980-01-01T00:00:00Z\2", held)
            target.writestr(zipfile.ZipInfo(name, _BEGINNING), held, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


WRITERS: Mapping[str, Callable[[pa.Schema, Batches, Path], None]] = MappingProxyType(
    {".csv": _csv, ".parquet": _parquet, ".jsonl": _jsonl, ".xlsx": _xlsx}
)
