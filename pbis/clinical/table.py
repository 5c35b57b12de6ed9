"""One table about patients, as delimited text or as a workbook; the content decides, never the name of the file."""

from __future__ import annotations

from pathlib import Path

from pbis.clinical.extract import Extract, Shape, bytes_of, parse_extract
from pbis.clinical.recognise import recognise
from pbis.clinical.workbook import read_sheet
from pbis.files.workbook import is_workbook


def read_table(path: Path, shape: Shape, decimal_mark: str = ".") -> Extract:
    """The table of the shape. decimal_mark: what numbers of a workbook are written with, as the site's map says.

    Raises MalformedFile and UnrecognisedFormat as `parse_extract` and `read_sheet`; XLS is refused by name.
    """
    data = bytes_of(path)
    if is_workbook(data):
        recognise(data, path.name)
        return read_sheet(data, path.name, shape, decimal_mark)
    return parse_extract(data, path.name, shape)
