"""The forms of an export and their writers: each writes a file, and where the form has no room for it a codebook beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from pbis.core.errors import UsageError
from pbis.export.codebook import HEADER, codebook
from pbis.export.columns import COLUMNS, TITLES
from pbis.export.long_texts import fitted
from pbis.export.model import ExportAbout, ExportTable
from pbis.export.omop import omop_of
from pbis.export.sdtm import lb_of
from pbis.export.words import codes, is_known
from pbis.files.sheets_out import workbook
from pbis.files.table_out import csv_lines, csv_rows, replace_parts, replace_whole

_AT_ONCE = 20_000  # rows of a CSV file that are text in memory at a time


@dataclass(frozen=True)
class ExportedFiles:
    """rows: of data; paths: the files, data first; notes: what a person should know about them, a sentence each."""

    rows: int
    paths: tuple[Path, ...]
    notes: tuple[str, ...] = ()


def questions(what: str, form: str) -> tuple[str, ...]:
    """Names of the questions to the release (warehouse/export/) that an export needs."""
    return ("about", f"finding_{what}" if form in _FINDINGS else what)


def write_export(rows: pa.Table, about: ExportAbout, form: str, path: Path) -> ExportedFiles:
    """Write rows of about.what in this form. UsageError where the name does not end as the form's files do, the folder does not exist,
    or the form cannot hold a number or so many rows."""
    ending, writer = FORMS[form]
    if path.suffix.lower() != ending:
        raise UsageError(f"{path}: expected a name that ends in {ending} for --as {form}")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: the folder {path.parent} does not exist")
    return writer(rows, about, form, path)


def _table(rows: pa.Table, about: ExportAbout, form: str) -> ExportTable:
    return fitted(ExportTable(about.what, TITLES[about.what], COLUMNS[about.what], rows), form)


def _csv(rows: pa.Table, about: ExportAbout, form: str, path: Path) -> ExportedFiles:
    table = _table(rows, about, form)
    beside = _write_codebook(table, about, path)
    batches = table.rows.to_batches(max_chunksize=_AT_ONCE)
    lines = (csv_lines(zip(*(column.to_pylist() for column in each.columns), strict=True)) for each in batches)
    replace_parts(path, (text.encode() for text in chain([csv_lines([table.rows.column_names])], lines)))
    return ExportedFiles(table.rows.num_rows, (path, beside), tuple(_strange_words(table)))


def _xlsx(rows: pa.Table, about: ExportAbout, form: str, path: Path) -> ExportedFiles:
    table = _table(rows, about, form)
    cells = zip(*(column.to_pylist() for column in table.rows.columns), strict=True)
    book = codebook(table, about)
    sheets = {
        "data": [table.rows.column_names, *cells],
        "codebook": [HEADER, *(row for row in book if row[0] != "about")],
        "about": [("fact", "value"), *about.rows(table.rows.num_rows, table.days)],
    }
    replace_parts(path, [workbook(sheets)])
    return ExportedFiles(table.rows.num_rows, (path,), tuple(_strange_words(table)))


def _statistical(rows: pa.Table, about: ExportAbout, form: str, path: Path) -> ExportedFiles:
    from pbis.export.statistical import write_statistical

    table = _table(rows, about, form)
    beside = _write_codebook(table, about, path)
    write_statistical(table, about, form, path)
    return ExportedFiles(table.rows.num_rows, (path, beside), tuple(_strange_words(table)))


def _sdtm(rows: pa.Table, about: ExportAbout, form: str, path: Path) -> ExportedFiles:
    from pbis.export.statistical import write_statistical

    domain, tests, notes = lb_of(rows, about)
    table = fitted(domain, "xpt")
    beside = _write_codebook(table, about, path, tests)
    write_statistical(table, about, "xpt", path)
    return ExportedFiles(table.rows.num_rows, (path, beside), tuple(notes))


def _omop(rows: pa.Table, about: ExportAbout, form: str, path: Path) -> ExportedFiles:
    archive, count, notes = omop_of(rows, about)
    replace_parts(path, [archive])
    return ExportedFiles(count, (path,), tuple(notes))


def _write_codebook(table: ExportTable, about: ExportAbout, path: Path, more: Sequence[tuple[str, ...]] = ()) -> Path:
    beside = path.with_name(f"{path.name}.codebook.csv")
    replace_whole(beside, csv_rows(HEADER, [*codebook(table, about), *more]))
    return beside


def _strange_words(table: ExportTable) -> Iterator[str]:
    for column in table.columns:
        if column.words:
            found = codes(column.words, table.rows.column(column.name).unique().to_pylist())
            strange = [f"{word} is {code}" for word, code in found.items() if not is_known(code)]
            if strange:
                yield f"{column.name} holds words that have no number of their own yet: {', '.join(strange)}"


_FINDINGS = ("omop", "sdtm")
# Form -> ending of its files and writer.
FORMS: Mapping[str, tuple[str, Callable[[pa.Table, ExportAbout, str, Path], ExportedFiles]]] = MappingProxyType(
    {
        "xlsx": (".xlsx", _xlsx),
        "csv": (".csv", _csv),
        "sav": (".sav", _statistical),
        "xpt": (".xpt", _statistical),
        "dta": (".dta", _statistical),
        "omop": (".zip", _omop),
        "sdtm": (".xpt", _sdtm),
    }
)
