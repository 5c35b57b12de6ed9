"""Luminex 100 IS exports (IS 2.3, before xPONENT): the same grammar, locations `1 (A1)`, units inside the cells."""

from __future__ import annotations

import re

from pbis.core.plates.plate import PlateRead
from pbis.files.delimiter import first_line, sniff_delimiter
from pbis.files.sheet import tokenise
from pbis.readers.kit.cut import require_end
from pbis.readers.kit.document import Document
from pbis.readers.kit.notes import Notes
from pbis.readers.xponent.crc import check as check_crc
from pbis.readers.xponent.export import first_cells, read_sheet

FORMAT = "luminex_is_csv"
_PROGRAM = re.compile(r"luminex \d+ ?is( .*)?")


def claims(document: Document) -> bool:
    """True for text whose first line is `Program,Luminex 100 IS`."""
    cells = first_cells(document.text.text)[:2] if document.text else []
    return len(cells) == 2 and cells[0] == "program" and _PROGRAM.fullmatch(cells[1]) is not None


def read(document: Document) -> PlateRead:
    """Read one export. Raises MalformedFile, AmbiguousValue or CorruptedLadder with line, column, expected and found."""
    assert document.text is not None
    require_end(document.name, document.text.text)
    sheet = tokenise(document.text, sniff_delimiter(first_line(document.text.text)))
    return read_sheet(sheet, document, check_crc(document.data, sheet.encoding), FORMAT, Notes())
