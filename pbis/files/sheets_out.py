"""Workbooks and archives out: cells that nothing runs, and the same bytes for the same rows, whatever the hour."""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from pbis.core.errors import UsageError
from pbis.files.table_out import without_controls

MOST_ROWS = 1_048_575  # of a sheet below its header: the format ends there
_EXACT = 2**53  # a spreadsheet's numbers are doubles: a larger whole number is text
_BEGINNING = (1980, 1, 1, 0, 0, 0)  # of zip: files of the same content have the same bytes
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</)")


def workbook(sheets: Mapping[str, Sequence[Iterable[Any]]]) -> bytes:
    """A workbook: name of a sheet -> its rows, the header first. UsageError for more rows than a sheet has."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    if max(map(len, sheets.values())) > MOST_ROWS + 1:  # before it is begun: one that is not ended leaves files behind
        raise UsageError(f"a workbook holds {MOST_ROWS} rows below its header; write .csv or .parquet, or ask for less")
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for row in rows:
            cells = []
            for value in map(_in_a_sheet, row):
                cell = WriteOnlyCell(sheet, None if isinstance(value, str | float) else value)
                if isinstance(value, str):
                    cell.value = value
                    cell.data_type = "s"  # else a text that begins with = is a formula
                elif isinstance(value, float):
                    cell.value = repr(float(value))  # openpyxl writes 16 figures of a number: some need 17
                    cell.data_type = "n"
                cells.append(cell)
            sheet.append(cells)
    whole = io.BytesIO()
    book.save(whole)
    return _without_clock(whole.getvalue())


def archive_of(files: Mapping[str, str]) -> bytes:
    """A zip of texts: name -> text in UTF-8, in this order."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in files.items():
            target.writestr(zipfile.ZipInfo(name, _BEGINNING), text.encode(), zipfile.ZIP_DEFLATED)
    return whole.getvalue()


def plain(value: Any) -> Any:
    """The value, None for a number that is none."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _in_a_sheet(value: Any) -> Any:
    """What a cell holds: numbers as numbers where they are exact, times as times, all else as text that nothing runs."""
    found = plain(value)
    if isinstance(found, datetime) and found.tzinfo is not None:
        return found.isoformat()
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) > _EXACT:
        return str(found)
    if isinstance(found, Decimal):
        return float(found) if Decimal(repr(float(found))) == found else str(found)
    return without_controls(found) if isinstance(found, str) else _or_text(found)


def _or_text(value: Any) -> Any:
    return json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, list | dict) else value


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
