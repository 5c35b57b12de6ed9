"""Laboratory tables: CSV and other delimited text, and workbooks, by the site's column map."""

from __future__ import annotations

from pbis.clinical.extract import Extract, parse_extract
from pbis.clinical.shapes import shape_of
from pbis.labs import LabsMap


def read_delimited(data: bytes, name: str, labs_map: LabsMap) -> Extract:
    """Rows of another width or without a record number are set aside. Raises MalformedFile with the line: no such columns, a broken
    quote."""
    return parse_extract(data, name, shape_of("labs", labs_map), by_row=True).with_ids("mrn")
