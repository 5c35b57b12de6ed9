"""The checksum footer of an xPONENT export: CRC-32 over every byte before `-- CRC --`, confirmed on untouched files."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

_MARK = "-- CRC --"
_FOOTER = re.compile(r"CRC\d*:\s*([0-9A-Za-z]+)")


@dataclass(frozen=True)
class Crc:
    """state: match, mismatch or absent; expected is the footer's, found is that of the bytes, both 8 hex digits."""

    state: str
    expected: str | None = None
    found: str | None = None


def check(data: bytes, encoding: str) -> Crc:
    """Compare the footer with the bytes. A mismatch means re-saved or edited since export; it rejects nothing."""
    at = data.rfind(_MARK.encode(encoding.removesuffix("-sig") if encoding != "utf-16" else _wide(data)))
    if at < 0:
        return Crc("absent")
    tail = data[at:].decode("latin-1").replace("\x00", "")
    footer = _FOOTER.search(tail)
    if footer is None:
        return Crc("absent")
    found = f"{zlib.crc32(data[:at]):08X}"
    expected = footer.group(1).upper()
    return Crc("match" if expected == found else "mismatch", expected, found)


def _wide(data: bytes) -> str:
    return "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be"
