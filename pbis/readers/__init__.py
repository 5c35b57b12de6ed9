"""Plate exports and plate layouts: bytes -> declared frames, or a refusal that names file, line, expected and found."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa

from pbis.core.plates.plate import PlateRead
from pbis.files import source
from pbis.files.date_order import OrderWords
from pbis.readers.registry import FORMATS, Format
from pbis.readers.registry import read_bytes as _read_bytes
from pbis.readers.xponent.crc import resealed

__all__ = [
    "FORMATS",
    "Format",
    "attach_lot_sheet",
    "layout_from_bytes",
    "lot_sheet_from_bytes",
    "read",
    "read_bytes",
    "read_layout",
    "read_lot_sheet",
    "resealed",
]


def read(
    path: str | os.PathLike[str], *, name: str | None = None, cap_bytes: int = source.DEFAULT_CAP_BYTES
) -> PlateRead:
    """Read one plate export. `name` is what the user calls the file, where that differs from the path.

    Raises UnstableFile (no regular file, empty, over cap_bytes), UnrecognisedFormat, MalformedFile, AmbiguousValue or
    CorruptedLadder.
    """
    loaded = source.load(Path(path), name=name, cap_bytes=cap_bytes)
    return _read_bytes(loaded.data, loaded.name)


def read_bytes(data: bytes, name: str, *, date_order: str | None = None, site_order: str | None = None) -> PlateRead:
    """Read one plate export from memory. date_order: dmy, mdy or ymd as a person told it of this file; site_order: mdy or dmy,
    the site's last word where nothing in the file decides. The same refusals as `read`."""
    source.check_size(name, len(data))
    return _read_bytes(data, name, OrderWords(date_order, site_order))


def read_layout(path: str | os.PathLike[str], *, name: str | None = None) -> pa.Table:
    """Read a plate layout (CSV or XLSX, one row a well or a picture of the plate) into the frame layout_well."""
    from pbis.readers.layouts.layout import read_layout as from_file

    return from_file(Path(path), name=name)


def layout_from_bytes(data: bytes, name: str) -> pa.Table:
    """Read a plate layout from memory; the same refusals as `read_layout`."""
    from pbis.readers.layouts.layout import layout_from_bytes as from_bytes

    source.check_size(name, len(data))
    return from_bytes(data, name)


def lot_sheet_from_bytes(data: bytes, name: str) -> pa.Table:
    """Read a kit's lot sheet from memory; the same refusals as `read_lot_sheet`."""
    from pbis.readers.lot_sheets.sheet import lot_sheet_from_bytes as from_bytes

    source.check_size(name, len(data))
    return from_bytes(data, name)


def read_lot_sheet(path: str | os.PathLike[str], *, name: str | None = None) -> pa.Table:
    """Read a kit's lot sheet (CSV or XLSX) into the frame lot_sheet: concentrations, control ranges, units, lot."""
    from pbis.readers.lot_sheets.sheet import read_lot_sheet as from_file

    return from_file(Path(path), name=name)


def attach_lot_sheet(read: PlateRead, sheet: pa.Table, *, name: str = "lot sheet") -> PlateRead:
    """A plate that was run with analysis off, with its kit's lot sheet; raises MalformedFile or CorruptedLadder."""
    from pbis.readers.lot_sheets.attach import attach_lot_sheet as attach

    return attach(read, sheet, name=name)
