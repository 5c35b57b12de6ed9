"""Laboratory tables: CSV and other delimited text, and workbooks, by the site's column map."""

from __future__ import annotations

from pbis.clinical.extract import Extract, TableShape, parse_extract
from pbis.labs import LabsMap

OPTIONAL = frozenset({"site", "accession", "resulted_at", "reference_range", "order_id"})


def labs_shape(labs_map: LabsMap) -> TableShape:
    """The columns of a laboratory table under a site's map."""
    return TableShape("clinical labs", labs_map.columns["labs"], OPTIONAL)


def read_delimited(data: bytes, name: str, labs_map: LabsMap) -> Extract:
    """Raises MalformedFile with the line: no such columns, another width, a row without a record number."""
    extract = parse_extract(data, name, labs_shape(labs_map))
    extract.require("mrn")
    return extract
