"""Which reader reads which bytes: one line a format. A file is claimed by its content, never by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pbis.core.errors import MalformedFile
from pbis.core.plates.plate import PlateRead
from pbis.files.date_order import NOTHING_SAID, OrderWords
from pbis.files.sheet import decode
from pbis.files.workbook import is_workbook, open_book
from pbis.readers import refused
from pbis.readers.bioplex import book as bioplex
from pbis.readers.bioplex import xml as bioplex_xml
from pbis.readers.intelliflex import flat as intelliflex_flat
from pbis.readers.kit.cut import as_cut
from pbis.readers.kit.document import Document
from pbis.readers.kit.net_doubts import with_net_doubts
from pbis.readers.xponent import book as xponent_book
from pbis.readers.xponent import export as xponent
from pbis.readers.xponent import luminex_is


@dataclass(frozen=True)
class Format:
    """One format: its name in `run.format`, what it is, how it is recognised, how it is read."""

    name: str
    title: str
    claims: Callable[[Document], bool]
    read: Callable[[Document], PlateRead]


LOOKED_AT = 30  # lines of a file that nobody claims, in which it may say what it is

FORMATS = (
    Format(xponent.FORMAT, "xPONENT CSV (LX100/LX200, MAGPIX, FLEXMAP 3D, INTELLIFLEX)", xponent.claims, xponent.read),
    Format(intelliflex_flat.FORMAT, "flat INTELLIFLEX CSV", intelliflex_flat.claims, intelliflex_flat.read),
    Format(luminex_is.FORMAT, "Luminex 100 IS CSV", luminex_is.claims, luminex_is.read),
    Format(xponent_book.WHOLE, "xPONENT CSV saved as a workbook", xponent_book.claims_whole, xponent_book.read_whole),
    Format(
        xponent_book.SHEETS,
        "xPONENT workbook with a sheet a data type",
        xponent_book.claims_sheets,
        xponent_book.read_sheets,
    ),
    Format(bioplex.FORMAT, "Bio-Plex Manager workbook", bioplex.claims, bioplex.read),
    Format(bioplex_xml.FORMAT, "Bio-Plex Manager XML", bioplex_xml.claims, bioplex_xml.read),
)


def open_document(data: bytes, name: str, order: OrderWords = NOTHING_SAID) -> Document:
    """The bytes as text, or as the sheets of a workbook. Raises UnrecognisedFormat for files of kinds that are refused by name."""
    if is_workbook(data):
        book = open_book(data, name)
        refused.check_book(book)
        return Document(name, data, book=book, order=order)
    refused.check_bytes(name, data)
    text = decode(name, data)
    refused.check_text(text)
    return Document(name, data, text=text, order=order)


def read_bytes(data: bytes, name: str, order: OrderWords = NOTHING_SAID) -> PlateRead:
    """Read one export from its bytes; order: what people say of its dates. Raises UnrecognisedFormat where no reader claims it, or
    the reader's refusal."""
    return read_document(open_document(data, name, order))


def read_document(document: Document) -> PlateRead:
    """Read one export that is already decoded; the same refusals as `read_bytes`."""
    claimed = [known for known in FORMATS if known.claims(document)]
    if len(claimed) != 1:
        raise refused.unclaimed(document.name, _first_lines(document), [known.title for known in FORMATS])
    try:
        return with_net_doubts(claimed[0].read(document))
    except MalformedFile as error:
        raise error if document.text is None else as_cut(error, document.text.text) from None


def _first_lines(document: Document) -> list[str]:
    if document.book is not None:
        return [f"sheets {', '.join(sheet.name for sheet in document.book.sheets)}"]
    return document.text.text[:65536].split("\n")[:LOOKED_AT] if document.text else []
