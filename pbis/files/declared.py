"""What a container says that it unpacks to, believed only where that is too much: nothing is expanded, so that a bomb costs nothing.

A container that says less than it holds is caught where it is expanded, up to a limit (container.py, gzipped.py).
"""

from __future__ import annotations

import io
import struct
import zipfile

from pbis.core.errors import BeyondLimits
from pbis.files.gzipped import is_gzip
from pbis.files.limits import MEGABYTE, TABLE, Limits

_END = b"PK\x05\x06"  # begins the record that ends a ZIP archive
_END_BYTES = 22  # of that record
_LEAST = 18  # bytes of a gzip file: its header and what ends it
_SIZE_BYTES = 4  # of the size, modulo 2^32, at the end of a gzip file (RFC 1952, 2.3.1)


def require_modest(data: bytes, name: str, limits: Limits = TABLE) -> None:
    """BeyondLimits where a ZIP or gzip file says that it unpacks to more than `limits.unpacked`, or has more parts than `limits.parts`. What is
    neither, or is broken, passes: whoever reads it says so."""
    size = _of_gzip(data) if is_gzip(data) else _of_zip(data, name, limits)
    if size > limits.unpacked:
        raise _beyond(name, f"at most {limits.unpacked / MEGABYTE:.4g} MB unpacked", f"{size / MEGABYTE:.4g} MB")


def _of_gzip(data: bytes) -> int:
    if len(data) < _LEAST:
        return 0
    last: int = struct.unpack("<I", data[-_SIZE_BYTES:])[0]
    return last


def _of_zip(data: bytes, name: str, limits: Limits) -> int:
    """The sizes that its list of parts names; the list itself is looked at only where it is not too long."""
    end = data.rfind(_END)
    if not data.startswith(b"PK") or not 0 <= end <= len(data) - _END_BYTES:
        return 0
    entries, directory = struct.unpack_from("<HI", data, end + 10)
    if entries > limits.parts or directory > limits.directory:
        raise _beyond(name, f"at most {limits.parts} parts", f"{entries}, in a list of {directory} bytes")
    try:
        return sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except (zipfile.BadZipFile, struct.error, ValueError, EOFError, OSError, NotImplementedError):
        return 0


def _beyond(name: str, expected: str, found: str) -> BeyondLimits:
    return BeyondLimits(
        "the file unpacks to far more than it should, or was cut off",  # the end of a cut gzip file is any number
        file=name,
        expected=expected,
        found=found,
        hint="copy it again; or export it in several files, or as CSV",
    )
