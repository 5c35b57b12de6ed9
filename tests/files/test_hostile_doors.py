"""A hostile workbook gets one answer, before any library parses it, whatever folder it was dropped in."""

from __future__ import annotations

import io
import struct
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical import (
    read_labs,
    read_linkage,
    read_outcomes,
    read_specimens,
    read_treatments,
)  # fmt: skip
from pbis.core.errors import UnrecognisedFormat
from pbis.labs import load_map
from pbis.readers import read_bytes
from pbis.readers.layouts.layout import layout_from_bytes
from pbis.readers.lot_sheets.sheet import lot_sheet_from_bytes
from pbis.simulate.xlsx import workbook

ZONE = ZoneInfo("UTC")
MAP = load_map("default")
PLAIN = workbook([("plate", [["a", 1]])])


def parts() -> dict[str, bytes]:
    source = zipfile.ZipFile(io.BytesIO(PLAIN))
    return {name: source.read(name) for name in source.namelist()}


def packed(*entries: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # a part of one name twice
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


def with_parts(*entries: tuple[str, bytes]) -> bytes:
    return packed(*parts().items(), *entries)


def with_text(old: bytes, new: bytes) -> bytes:
    return packed(*((name, data.replace(old, new, 1)) for name, data in parts().items()))


def declared(size: int) -> bytes:
    """Its directory declares one part, ours, as large as `size`."""
    data = bytearray(with_parts(("xl/media/x", b"0" * 100)))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", size)
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(PLAIN)
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "declared too large": (lambda: declared(3_000_000_000), "unpacks to far more"),
    "a bomb": (lambda: with_parts(("xl/media/x", bytes(450_000_000))), "unpacks to far more"),
    "too many parts": (lambda: with_parts(*((f"xl/p{i}", b"") for i in range(2_100))), "broken"),
    "macros": (lambda: with_parts(("xl/vbaProject.bin", b"x")), "with macros"),
    "macros in capitals and another slash": (lambda: with_parts(("XL\\VBAPROJECT.BIN", b"x")), "with macros"),
    "links to other files": (
        lambda: with_parts(("xl/externalLinks/externalLink1.xml", b"<x/>")),
        "links to other files",
    ),
    "a document type": (lambda: with_text(b"?>", b'?><!DOCTYPE x SYSTEM "file:///none">'), "declares entities"),
    "an entity": (lambda: with_text(b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>'), "declares entities"),
    "a part twice": (lambda: with_parts(("xl/workbook.xml", b"<x/>")), "broken.*every part once"),
    "a part twice in other capitals": (lambda: with_parts(("XL/Workbook.xml", b"<x/>")), "broken.*every part once"),
    "an encrypted part": (encrypted, "password-protected"),
    "a Word document": (lambda: packed(("word/document.xml", b"<x/>")), "a Word document"),
    "an archive in an archive": (lambda: packed(("inner.xlsx", PLAIN)), "a ZIP archive"),
    "names that climb out": (lambda: packed(("../../etc/x.xml", b"<x/>")), "a ZIP archive"),
    "binary workbook": (lambda: with_parts(("xl/workbook.bin", b"x")), "XLSB"),
    "cut in its directory": (lambda: PLAIN[:-40], "cut off"),
    "cut in half": (lambda: PLAIN[: len(PLAIN) // 2], "cut off"),
    "nothing but a mark": (lambda: b"PK\x03\x04" + bytes(60), "cut off"),
}


def _linkage(folder: Path):
    path = folder / "own link.csv"
    path.write_text("site,mrn,subject,valid_from\nnorth,M,S,\n", encoding="utf-8")
    return read_linkage(path)


DOORS: dict[str, Callable[[Path], object]] = {
    "plates": lambda path: read_bytes(path.read_bytes(), path.name),
    "layouts": lambda path: layout_from_bytes(path.read_bytes(), path.name),
    "lot_sheets": lambda path: lot_sheet_from_bytes(path.read_bytes(), path.name),
    "specimens": lambda path: read_specimens(path, MAP, ZONE),
    "labs": lambda path: read_labs(path, _linkage(path.parent), MAP, ZONE),
    "treatments": lambda path: read_treatments(path, _linkage(path.parent), MAP, ZONE),
    "linkage": read_linkage,
    "outcomes": lambda path: read_outcomes(path, MAP),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_every_folder_gives_the_same_refusal(name, tmp_path):
    make, words = HOSTILE[name]
    path = tmp_path / "dropped.xlsx"
    path.write_bytes(make())
    for door, read in DOORS.items():
        begins = time.perf_counter()
        with pytest.raises(UnrecognisedFormat, match=words):
            read(path)
        assert time.perf_counter() - begins < 10, door  # a second alone; a shared machine takes longer
