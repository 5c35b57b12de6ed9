"""Laboratory tables: CSV and other delimited text, and workbooks, by the site's column map."""

from __future__ import annotations

from pbis.clinical.extract import Extract, TableShape, parse_extract
from pbis.labs import LabsMap

UNSAID = "preliminary"  # what a blank status is until a site says more: it never scores
OPTIONAL = frozenset({"site", "accession", "resulted_at", "reference_range", "order_id"})


def labs_shape(labs_map: LabsMap) -> TableShape:
    """The columns of a laboratory table under a site's map; without one of status only where the map says what a blank status means."""
    says_blank = labs_map.blank_status != UNSAID
    return TableShape(
        "clinical labs", labs_map.columns["labs"], OPTIONAL | ({"status"} if says_blank else set()), labs_map.encoding
    )


def read_delimited(data: bytes, name: str, labs_map: LabsMap) -> Extract:
    """Rows of another width or without a record number are set aside. Raises MalformedFile with the line: no such columns, a broken
    quote."""
    return parse_extract(data, name, labs_shape(labs_map), by_row=True).with_ids("mrn")
