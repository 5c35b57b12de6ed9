"""Tables out to files: CSV that a spreadsheet cannot be tricked by, or Parquet; written whole or not at all."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from pbis.core.errors import UsageError

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_table(table: pa.Table, path: Path) -> None:
    """Write `table` to a .csv or .parquet file. Raises UsageError for other endings or a folder that does not exist."""
    writers = {".csv": _write_csv, ".parquet": _write_parquet}
    if path.suffix.lower() not in writers:
        raise UsageError(f"{path}: expected a name that ends in .csv or .parquet")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: the folder {path.parent} does not exist")
    part = path.with_name(path.name + ".part")
    writers[path.suffix.lower()](table, part)
    part.replace(path)


def csv_text(table: pa.Table) -> str:
    """The table as CSV: full precision, empty for null, text that a spreadsheet would run as a formula made harmless."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.column_names)
    columns = [[_cell(value) for value in column.to_pylist()] for column in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return buffer.getvalue()


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_whole(path, text)


def replace_whole(path: Path, text: str) -> None:
    """The same in a folder that exists."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # else a power cut can leave the new name with nothing in it
    part.replace(path)


@contextmanager
def asked_for(path: Path) -> Iterator[None]:
    """Around the writing of a file that a person named: UsageError where it cannot be written."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _write_csv(table: pa.Table, path: Path) -> None:
    path.write_text(csv_text(table), encoding="utf-8")


def _write_parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path, compression="zstd")


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str) and len(value) > 1 and value.startswith(_FORMULA) and not _is_number(value):
        return "'" + value  # a lone = or - is an operator column's value and runs nowhere
    return repr(value) if isinstance(value, float) else str(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
