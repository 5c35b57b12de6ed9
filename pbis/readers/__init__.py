"""Plate exports and plate layouts: bytes -> declared frames, or a refusal that names file, line, expected and found."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from pbis.core.plate import PlateRead
from pbis.readers import source
from pbis.readers.registry import FORMATS, Format
from pbis.readers.registry import read_bytes as _read_bytes

__all__ = ["FORMATS", "Format", "read", "read_bytes", "read_layout"]


def read(path: Path, *, name: str | None = None, cap_bytes: int = source.DEFAULT_CAP_BYTES) -> PlateRead:
    """Read one plate export. `name` is what the user calls the file, where that differs from the path.

    Raises UnstableFile (no regular file, empty, over cap_bytes), UnrecognisedFormat, MalformedFile, AmbiguousValue or
    CorruptedLadder.
    """
    loaded = source.load(path, name=name, cap_bytes=cap_bytes)
    return _read_bytes(loaded.data, loaded.name)


def read_bytes(data: bytes, name: str) -> PlateRead:
    """Read one plate export from memory; the same refusals as `read`."""
    source.check_size(name, len(data))
    return _read_bytes(data, name)


def read_layout(path: Path, *, name: str | None = None) -> pa.Table:
    """Read a plate layout (CSV or XLSX) into the frame layout_well; openpyxl loads only here."""
    from pbis.readers.layout import read_layout as from_file

    return from_file(path, name=name)
