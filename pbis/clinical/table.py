"""One table about patients, as delimited text or as a workbook; the content decides, never the name of the file."""

from __future__ import annotations

from pbis.clinical.extract import Extract, TableShape, bytes_of, parse_extract
from pbis.clinical.workbook import read_sheet
from pbis.core.kept import Readable
from pbis.files.workbook import is_workbook


def read_table(file: Readable, shape: TableShape, decimal_mark: str = ".", *, by_row: bool = False) -> Extract:
    """The table of the shape. decimal_mark: what numbers of a workbook are written with, as the site's map says; by_row: a row of another
    width is set aside alone.

    Raises MalformedFile and UnrecognisedFormat as `parse_extract` and `read_sheet`.
    """
    data = bytes_of(file)
    if is_workbook(data):
        return read_sheet(data, file.name, shape, decimal_mark)
    return parse_extract(data, file.name, shape, by_row=by_row)
