"""Tables out to files: CSV that a spreadsheet cannot be tricked by, or Parquet; written whole or not at all."""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from pbis.core.errors import UsageError
from pbis.files.trouble import is_no_room, trouble_of

_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")  # the wide signs run in East Asian locales
_NUMBERS = re.compile(r"[+-](?:[0-9.,%()\[\] \u2013]|to)+")  # -0.05 to 0.10 runs nowhere
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and line end


def write_table(table: pa.Table, path: Path) -> None:
    """Write `table` to a .csv or .parquet file. Raises UsageError for other endings or a folder that does not exist."""
    writers = {".csv": _write_csv, ".parquet": _write_parquet}
    if path.suffix.lower() not in writers:
        raise UsageError(f"{path}: expected a name that ends in .csv or .parquet")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: the folder {path.parent} does not exist")
    part = path.with_name(path.name + ".part")
    with or_nothing(part):
        writers[path.suffix.lower()](table, part)
        part.replace(path)


def csv_text(table: pa.Table) -> str:
    """The table as CSV: full precision, empty for null, text that a spreadsheet would run as a formula made harmless."""
    return csv_rows(table.column_names, zip(*(column.to_pylist() for column in table.columns), strict=True))


def csv_rows(names: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """The same of rows under names."""
    return csv_lines([names, *rows])


def csv_lines(rows: Iterable[Iterable[object]]) -> str:
    """The same without a header: whatever this program writes as CSV passes here."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue()


def harmless(text: str) -> str:
    """Text that no spreadsheet runs and no terminal obeys: an apostrophe before what begins as a formula, as spreadsheets mark text
    themselves; control characters as their codes, \\x1b.

    Numbers stay, and a lone = or -, which is an operator column's value and runs nowhere.
    """
    is_formula = len(text) > 1 and _FORMULA.match(text) and not _is_number(text)
    shown = without_controls(text)
    return "'" + shown if is_formula else shown


def without_controls(text: str) -> str:
    """Text with control characters as their codes, \\x1b, all but tab and line end: some programs end a text at the first of them."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", text)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_whole(path, text)


def replace_whole(path: Path, text: str, mode: int = 0o666) -> None:
    """The same in a folder that exists; durable when this returns. mode: rights of the file, before the umask takes from them."""
    replace_parts(path, [text.encode()], mode)


def replace_parts(path: Path, parts: Iterable[bytes], mode: int = 0o666) -> None:
    """The same of bytes, which come one part after the other."""
    part = path.with_name(path.name + ".part")
    with or_nothing(part):
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())  # else a power cut can leave the new name with nothing in it
        part.replace(path)


@contextmanager
def or_nothing(part: Path) -> Iterator[None]:
    """Around the making of a file that gets its name at the end: where a full disk or a ctrl-C ends it before, no half of it stays."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


@contextmanager
def asked_for(path: Path) -> Iterator[None]:
    """Around the writing of a file that a person named: UsageError where it cannot be written, SiteTrouble on a full disk."""
    try:
        yield
    except OSError as error:
        trouble = trouble_of(error, (path,)) if is_no_room(error) else None
        if trouble is not None:
            raise trouble from None
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _write_csv(table: pa.Table, path: Path) -> None:
    path.write_text(csv_text(table), encoding="utf-8")


def _write_parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path, compression="zstd")


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return harmless(value)
    return repr(float(value)) if isinstance(value, float) else str(value)  # a numpy float writes its type too


def _is_number(text: str) -> bool:
    if _NUMBERS.fullmatch(text):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return text.isprintable() and text == text.strip()
