"""What a gzip file holds, expanded in memory up to a limit: its own word on its size is not believed, so it is counted while it streams."""

from __future__ import annotations

import zlib

from pbis.core.errors import MalformedFile
from pbis.files.limits import MEGABYTE, TABLE, Limits

GZIP = b"\x1f\x8b"
_WRAPPED = 16 + zlib.MAX_WBITS  # zlib's word for a gzip header and trailer around the stream
_CHUNK = MEGABYTE


def is_gzip(data: bytes) -> bool:
    """Whether the bytes begin as a gzip file does (RFC 1952)."""
    return data.startswith(GZIP)


def expanded(data: bytes, name: str, limits: Limits = TABLE) -> bytes:
    """The bytes inside, of all members one after the other; zeros after the last are padding, as gzip itself takes them.

    Raises MalformedFile where they are more than `limits.unpacked`, as soon as they are, where the file is cut or its checksum is wrong,
    or where something else follows.
    """
    found = bytearray()
    rest = data
    while rest:
        rest = _member(rest, found, name, limits).lstrip(b"\0")
        if rest and not is_gzip(rest):
            raise _broken(name, "something else after the compressed data")
    return bytes(found)


def _member(data: bytes, found: bytearray, name: str, limits: Limits) -> bytes:
    """Add what one member holds; the bytes after it."""
    stream = zlib.decompressobj(_WRAPPED)
    try:
        while not stream.eof:
            chunk = stream.decompress(data, _CHUNK)
            data = stream.unconsumed_tail
            found += chunk
            if len(found) > limits.unpacked:
                raise _too_large(name, limits)
            if not chunk and not data and not stream.eof:
                raise _broken(name, "the end is missing")
    except zlib.error as error:
        raise _broken(name, str(error)) from None
    return stream.unused_data


def _too_large(name: str, limits: Limits) -> MalformedFile:
    return MalformedFile(
        "the compressed file expands to far more than it should",
        file=name,
        expected=f"at most {limits.unpacked // MEGABYTE} MB expanded",
        found="more",
        hint="export it in several files",
    )


def _broken(name: str, found: str) -> MalformedFile:
    return MalformedFile(
        "the compressed file is broken", file=name, expected="a whole gzip file", found=found, hint="copy it again"
    )
