"""The checksum footer of an xPONENT export: CRC-32 over every byte before `-- CRC --`, where an untouched file confirmed that.

A match proves itself: no other arithmetic gives the same 32 bits by chance. A mismatch says something only where the arithmetic is
known to be that of the instrument and version.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace

from pbis.files.sheet import encoding_of

_MARK = "-- CRC --"
# Instrument and version -> evidence that its untouched files carry this CRC-32. Elsewhere a mismatch is not judged: untouched files of LX200
# (xPONENT 3.1: 0 of 2), FLEXMAP 3D (4.3: 0 of 1) and INTELLIFLEX (0 of 14) never matched, so they are computed otherwise.
KNOWN = {("magpix", "4.2"): "4 of 4 untouched exports match, and no re-saved one does"}
_FOOTER = re.compile(r"CRC\d*:\s*([0-9A-Za-z]+)")


@dataclass(frozen=True)
class Crc:
    """state: match, mismatch, absent or not_judged; expected is the footer's, found is that of the bytes, both 8 hex digits."""

    state: str
    expected: str | None = None
    found: str | None = None


def judged(crc: Crc, instrument: str | None, version: str | None) -> Crc:
    """The same, a mismatch not judged where the arithmetic of the instrument's version is not known. It stands where an instrument of
    KNOWN names no version, or none is named: these write both, so that somebody took a line out."""
    model, number = (instrument or "").strip().casefold(), ".".join((version or "").strip().split(".")[:2])
    is_cut = not model or (not number and any(model == known for known, _ in KNOWN))
    is_judged = is_cut or (model, number) in KNOWN
    return replace(crc, state="not_judged") if crc.state == "mismatch" and not is_judged else crc


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


def resealed(before: bytes, after: bytes) -> bytes:
    """The export after labels of it were blanked by the service itself, its footer right again where it was right before."""
    encoding = encoding_of(before)
    was, now = check(before, encoding), check(after, encoding)
    if was.state != "match" or now.expected is None or now.found is None:
        return after
    codec = encoding.removesuffix("-sig") if encoding != "utf-16" else _wide(before)
    head, mark, tail = after.rpartition(now.expected.encode(codec))
    return head + now.found.encode(codec) + tail if mark else after


def _wide(data: bytes) -> str:
    return "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be"
