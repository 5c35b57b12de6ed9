"""Which format a file of results has, by its first bytes; kinds that are never read are refused by name."""

from __future__ import annotations

import re

from pbis.core.errors import UnrecognisedFormat
from pbis.files.gzipped import expanded, is_gzip
from pbis.files.sheet import encoding_of
from pbis.files.workbook import is_workbook

TABLE, WORKBOOK, HL7, FHIR, OMOP, OMOP_PARQUET = "table", "workbook", "hl7", "fhir", "omop", "omop_parquet"


def recognise(data: bytes, name: str) -> str:
    """The name of the format. UnrecognisedFormat for what is known and not read; text that nothing else claims is a table."""
    for mark, kind, hint in _REFUSED:
        if data.startswith(mark):
            raise UnrecognisedFormat(f"{kind} is not read", file=name, expected=EXPECTED, hint=hint)
    if is_workbook(data):
        return WORKBOOK
    if data.startswith(b"PAR1"):
        return OMOP_PARQUET
    head = _head(data)
    if _XML.match(head):
        raise UnrecognisedFormat("XML is not read", file=name, expected=EXPECTED, hint="export JSON or HL7 v2 instead")
    form = next((form for form, pattern in _PATTERNS if pattern.match(head)), TABLE)
    return _by_later_lines(head, _head(data, LATER)) if form == TABLE else form


def plain(data: bytes, name: str) -> bytes:
    """The file itself where it was compressed by gzip, as Bulk Data often is. Raises as `pbis.files.gzipped.expanded`, and
    UnrecognisedFormat where an archive of several files is inside."""
    if not is_gzip(data):
        return data
    text = expanded(data, name)
    if text[_TAR_AT : _TAR_AT + 5] == b"ustar" or is_gzip(text):
        raise UnrecognisedFormat(
            "an archive inside a gzip file is not read", file=name, expected=EXPECTED, hint="unpack it first"
        )
    return text


def is_fhir(text: bytes, name: str) -> bool:
    """Whether these plain bytes are FHIR; what is refused by its format is not."""
    try:
        return recognise(text, name) == FHIR
    except UnrecognisedFormat:
        return False


def _by_later_lines(head: str, more: str) -> str:
    """What seems a table by its first line may be one damaged or added line above a message or a resource."""
    if _LATER_MESSAGE.search(head):
        return HL7
    return FHIR if _LATER_RESOURCE.search(more) else TABLE


def _head(data: bytes, size: int = 4096) -> str:
    """The first characters after marks, frames and blanks."""
    head = data[:size]
    text = head.decode(encoding_of(head), "replace")
    return text.lstrip("\ufeff\v \t\r\n")


_TAR_AT = 257  # where the header of a tar archive says what it is
EXPECTED = "CSV, XLSX, XLS, HL7 v2, FHIR JSON or OMOP MEASUREMENT"
_XML = re.compile(r"<[?!A-Za-z]")
_PATTERNS = (
    (HL7, re.compile(r"(?:MSH|FHS|BHS)[^A-Za-z0-9\s,;]|(?:EVN|PID|PD1|PV1|NTE|ORC|OBR|OBX|SPM|BTS|FTS|ZZ.)\|")),
    (FHIR, re.compile(r"[{\[]")),
    (OMOP, re.compile(r"(?=[^\r\n]*\bmeasurement_concept_id\b)[^\r\n]*\bperson_id\b", re.IGNORECASE)),
)
_LATER_MESSAGE = re.compile(
    r"[\r\n][\v\ufeff \t]*MSH\|\^"
)  # a message below a title: no table, whatever stands above it
LATER = 1 << 16  # bytes; a resource with a narrative is longer than a row of a table
_LATER_RESOURCE = re.compile(r'[\r\n][ \t]*\{[^\r\n]*"resourceType"')
_REFUSED = ((b"%PDF", "a PDF", "export the table itself"),)
