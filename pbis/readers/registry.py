"""Which reader reads which bytes: one line a format. A file is claimed by its content, never by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pbis.core.errors import UnrecognisedFormat
from pbis.core.plate import PlateRead
from pbis.readers import refused, xponent
from pbis.readers.sheet import Text, decode, first_line


@dataclass(frozen=True)
class Format:
    """One format: its name in `run.format`, what it is, how it is recognised, how it is read."""

    name: str
    title: str
    claims: Callable[[Text], bool]
    read: Callable[[Text, bytes], PlateRead]


FORMATS = (
    Format(
        xponent.FORMAT, "xPONENT CSV (LX100/LX200, MAGPIX, FLEXMAP 3D, INTELLIFLEX)", xponent.claims, xponent.read_text
    ),
)


def read_bytes(data: bytes, name: str) -> PlateRead:
    """Read one export from its bytes. Raises UnrecognisedFormat where no reader claims it, or the reader's refusal."""
    refused.check_bytes(name, data)
    text = decode(name, data)
    refused.check_text(text)
    claimed = [known for known in FORMATS if known.claims(text)]
    if len(claimed) != 1:
        raise UnrecognisedFormat(
            "is no plate export that we read",
            file=name,
            line=1,
            expected="; ".join(known.title for known in FORMATS),
            found=repr(first_line(text.text)[:60]),
        )
    return claimed[0].read(text, data)
