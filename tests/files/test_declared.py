"""A bomb is refused by what it says of itself, before a byte of it is expanded."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from dataclasses import replace

import pytest

from pbis.core.errors import BeyondLimits
from pbis.files.declared import require_modest
from pbis.files.limits import TABLE

SMALL = replace(TABLE, unpacked=100_000, parts=3)


def zipped(*sizes: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, size in enumerate(sizes):
            archive.writestr(f"xl/{number}.xml", bytes(size))
    return made.getvalue()


def says(data: bytes, size: int) -> bytes:
    """The archive of one part, whose list says another size of it."""
    place = data.rfind(b"PK\x01\x02") + 24
    return data[:place] + struct.pack("<I", size) + data[place + 4 :]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped(60_000, 60_000), "expected at most 0.09537 MB unpacked"),
        (says(zipped(10), 4_000_000_000), "found 3815 MB"),  # it holds ten bytes: nothing was unpacked to know
        (zipped(1, 1, 1, 1), "at most 3 parts"),
        (gzip.compress(bytes(200_000)), "found 0.1907 MB"),
        (gzip.compress(b"x")[:-4] + struct.pack("<I", 3_000_000_000), "found 2861 MB"),
    ],
)
def test_what_says_too_much_of_itself_is_refused(data: bytes, words: str) -> None:
    assert len(data) < 1_000
    with pytest.raises(BeyondLimits, match="unpacks to far more than it should") as refused:
        require_modest(data, "a.xlsx", SMALL)
    assert words in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06", b"mrn,test\n", zipped(60_000), gzip.compress(bytes(50_000)), b"\x1f\x8b", zipped(1)[:-30]])  # fmt: skip
def test_what_is_small_broken_or_no_container_passes(data: bytes) -> None:
    require_modest(data, "a", SMALL)
