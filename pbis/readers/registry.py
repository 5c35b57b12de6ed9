"""Which reader reads which bytes: one line a format. A file is claimed by its content, never by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pbis.core.errors import UnrecognisedFormat
from pbis.core.plate import PlateRead
from pbis.readers import intelliflex_flat, refused, xponent
from pbis.readers.document import Document
from pbis.readers.sheet import decode, first_line


@dataclass(frozen=True)
class Format:
    """One format: its name in `run.format`, what it is, how it is recognised, how it is read."""

    name: str
    title: str
    claims: Callable[[Document], bool]
    read: Callable[[Document], PlateRead]


FORMATS = (
    Format(xponent.FORMAT, "xPONENT CSV (LX100/LX200, MAGPIX, FLEXMAP 3D, INTELLIFLEX)", xponent.claims, xponent.read),
    Format(intelliflex_flat.FORMAT, "flat INTELLIFLEX CSV", intelliflex_flat.claims, intelliflex_flat.read),
)


def open_document(data: bytes, name: str) -> Document:
    """The bytes as text. Raises UnrecognisedFormat for files of kinds that are refused by name."""
    refused.check_bytes(name, data)
    text = decode(name, data)
    refused.check_text(text)
    return Document(name, data, text=text)


def read_bytes(data: bytes, name: str) -> PlateRead:
    """Read one export from its bytes. Raises UnrecognisedFormat where no reader claims it, or the reader's refusal."""
    return read_document(open_document(data, name))


def read_document(document: Document) -> PlateRead:
    """Read one export that is already decoded; the same refusals as `read_bytes`."""
    claimed = [known for known in FORMATS if known.claims(document)]
    if len(claimed) != 1:
        raise UnrecognisedFormat(
            "is no plate export that we read",
            file=document.name,
            line=1,
            expected="; ".join(known.title for known in FORMATS),
            found=repr(_first_cells(document)[:60]),
        )
    return claimed[0].read(document)


def _first_cells(document: Document) -> str:
    return first_line(document.text.text) if document.text else ""
