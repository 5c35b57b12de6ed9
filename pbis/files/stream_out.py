"""An answer out to a file as its rows come: CSV, Parquet, one JSON object a line, or a workbook; whole, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from pbis.core.errors import UsageError
from pbis.files.sheets_out import MOST_ROWS, plain, workbook
from pbis.files.table_out import csv_lines

Batches = Iterable[pa.RecordBatch]


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
            yield json.dumps({name: plain(value) for name, value in row.items()}, default=str, ensure_ascii=False)


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
    rows = list(islice(rows_of(batches), MOST_ROWS + 1))
    path.write_bytes(workbook({"rows": [schema.names, *rows]}))


WRITERS: Mapping[str, Callable[[pa.Schema, Batches, Path], None]] = MappingProxyType(
    {".csv": _csv, ".parquet": _parquet, ".jsonl": _jsonl, ".xlsx": _xlsx}
)
