"""SPSS, Stata and SAS transport files: numbers with labels for closed words, text for what is exact, the release's hour in the head.

Of what the forms cannot hold: a text is never null (empty stands for it), a number never infinite, a decimal is no type of theirs.
Transport files are of version 5: eight letters a name, and rows are told from the filling of their last record only by what is not
blank, which the sequence number never is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pbis.core.errors import UsageError
from pbis.export.clock import with_clock
from pbis.export.model import ExportAbout, ExportColumn, ExportTable
from pbis.export.read_back import require_read_back, told_where_full
from pbis.export.words import codes
from pbis.files.table_out import replace_parts

_LARGEST_XPT = 7.2e75  # what a number of IBM's is at most; larger ones are read as infinite
_LARGEST_DTA = 2_147_483_620  # largest whole number of Stata's four bytes; what is above means missing
_STATA = 14  # files of 15 are opened by its edition for several processors alone
_YES_NO: Mapping[int | float, str] = {0: "no", 1: "yes"}


@dataclass(frozen=True)
class _Frame:
    """data: columns as the form names them; labels: of columns; words: column -> number -> label."""

    data: pd.DataFrame
    labels: list[str | None]
    words: dict[str, dict[int | float, str]]


def write_statistical(table: ExportTable, about: ExportAbout, form: str, path: Path) -> None:
    """Write a sav, dta or xpt file that reads back as what was given, or none. UsageError for a number that the form does not hold."""
    frame = _frame(table, form)
    title = f"PBIS {table.name}, release {about.release}"
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(b"")  # a folder that gives no right says so itself
        with told_where_full(part, form):
            _WRITERS[form](frame, title, table.name, part)
            require_read_back(part, form, frame.data, frame.words)
        replace_parts(path, [with_clock(part.read_bytes(), form, about.began_at)])
    finally:
        part.unlink(missing_ok=True)


def _frame(table: ExportTable, form: str) -> _Frame:
    data: dict[str, Any] = {}
    words: dict[str, dict[int | float, str]] = {}
    for column in table.columns:
        name, values = column.short if form == "xpt" else column.name, table.rows.column(column.name)
        data[name] = _values(column, values, form)
        if column.words and form != "xpt":
            words[name] = {code: word for word, code in codes(column.words, values.unique().to_pylist()).items()}
        elif column.kind == "yes_no":
            words[name] = dict(_YES_NO)
    return _Frame(pd.DataFrame(data), [column.label for column in table.columns], words)


def _values(column: ExportColumn, values: pa.ChunkedArray, form: str) -> Any:
    if column.words and form != "xpt":
        number_of = codes(column.words, values.unique().to_pylist())
        numbers = [None if word is None else number_of[word] for word in values.to_pylist()]
        return _whole(column, numbers, form)
    if column.kind == "text":
        return pd.Series(["" if each is None else each for each in values.to_pylist()], dtype=object)
    if column.kind == "number":
        return _number(column, values, form)
    return _whole(column, [None if each is None else int(each) for each in values.to_pylist()], form)


def _whole(column: ExportColumn, numbers: list[int | None], form: str) -> Any:
    """Stata's whole numbers where they fit; a number of the other forms is a double, and so is a larger one."""
    most = max((abs(each) for each in numbers if each is not None), default=0)
    if most > 2**53:
        raise UsageError(f"{column.name}: {most} has more figures than a number of a {form} file; write csv")
    if form == "dta" and most <= _LARGEST_DTA:
        return pd.array(numbers, dtype="Int32")
    return np.array([np.nan if each is None else each for each in numbers], dtype="float64")


def _number(column: ExportColumn, values: pa.ChunkedArray, form: str) -> Any:
    found = values.to_numpy(zero_copy_only=False).astype("float64")
    found = np.where(np.isfinite(found), found, np.nan)
    if form == "xpt" and bool(np.any(np.abs(found) >= _LARGEST_XPT)):
        raise UsageError(f"{column.name}: a number is larger than a transport file holds ({_LARGEST_XPT:g}); write csv")
    return found


def _sav(frame: _Frame, title: str, name: str, path: Path) -> None:
    import pyreadstat

    pyreadstat.write_sav(
        frame.data, path, file_label=title[:64], column_labels=frame.labels, variable_value_labels=frame.words
    )


def _dta(frame: _Frame, title: str, name: str, path: Path) -> None:
    import pyreadstat

    pyreadstat.write_dta(
        frame.data,
        path,
        file_label=title[:80],
        column_labels=frame.labels,
        version=_STATA,
        variable_value_labels=frame.words,
    )


def _xpt(frame: _Frame, title: str, name: str, path: Path) -> None:
    import pyreadstat

    pyreadstat.write_xport(
        frame.data,
        path,
        file_label=title[:40],
        column_labels=frame.labels,
        table_name=name.upper()[:8],
        file_format_version=5,
    )


_WRITERS: Mapping[str, Callable[[_Frame, str, str, Path], None]] = MappingProxyType(
    {"sav": _sav, "dta": _dta, "xpt": _xpt}
)
