"""What must not reach a parser of workbooks: macros, links, passwords, doctypes, bombs; runs in the child process."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib

from pbis.files.limits import CSV_INSTEAD, MEGABYTE, Limits, Refused

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
COPY_AGAIN = "copy or export it again"
_LIST_BYTES = 22  # of the record that ends a ZIP archive
_HEADER_BYTES, _LAST_SECTOR = 512, 0xFFFFFFFA  # of a compound file: its header; numbers above are no sectors
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error,
    ValueError, EOFError, OSError, NotImplementedError, RuntimeError, KeyError,
)  # fmt: skip
_DOCUMENTS = {
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a presentation",
    "content.xml": "an OpenDocument file",
    "index/document.iwa": "an Apple Numbers or Pages file",
}


def check(data: bytes, limits: Limits) -> None:
    """Raise Refused for what is not to be opened, by what the container holds and not by what it says of itself."""
    if data.startswith(OLE):
        _check_ole(data, limits)
    else:
        _check_zip(data, limits)


def _check_ole(data: bytes, limits: Limits) -> None:
    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        raise Refused("is a password-protected workbook", hint="save it without a password")
    if holds("_VBA_PROJECT") or holds("VBA_PROJECT_CUR"):
        raise _macros()
    if _is_cut(data):
        raise Refused(
            "the workbook was cut off, or is broken",
            "as many bytes as its table of parts names",
            f"{len(data)}",
            hint=COPY_AGAIN,
        )
    if not holds("Workbook") and not holds("Book"):
        raise Refused("is no workbook", "an XLS file", "another office document")
    if len(data) > limits.xls_bytes:
        raise Refused("is too large", f"at most {limits.xls_bytes // MEGABYTE} MB", f"{len(data) // MEGABYTE} MB")


def _is_cut(data: bytes) -> bool:
    """Whether the directory, or a sector of the table that finds everything, would lie behind the last byte."""
    if len(data) < _HEADER_BYTES:
        return False  # too little to tell what it began
    size = 1 << min(struct.unpack_from("<H", data, 30)[0], 16)
    places = struct.unpack_from("<109I", data, 76)
    wanted = [struct.unpack_from("<I", data, 48)[0], *(place for place in places if place < _LAST_SECTOR)]
    return any((place + 1) * size >= len(data) for place in wanted)


def _macros() -> Refused:
    return Refused("is a workbook with macros", hint=f"macros are never opened; {CSV_INSTEAD}")


def _check_zip(data: bytes, limits: Limits) -> None:
    end = data.rfind(b"PK\x05\x06")
    if not 0 <= end <= len(data) - _LIST_BYTES:
        raise Refused(
            "the workbook was cut off, or is broken",
            "the list of its parts at the end of the file",
            "none",
            hint=COPY_AGAIN,
        )
    entries, directory = struct.unpack_from("<HI", data, end + 10)
    if not 0 < entries <= limits.parts or directory > limits.directory:
        raise Refused("the workbook is broken", f"1 to {limits.parts} parts", f"{entries}")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        _check_parts(archive.infolist(), limits)
        _check_contents(archive, limits)
    except _BROKEN as error:
        raise Refused("the workbook is broken", "an XLSX file", str(error)[:200]) from None


def _check_parts(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = [part_name(part.filename) for part in parts]
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("is a password-protected workbook", hint="save it without a password")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise _macros()
    if any("externallinks/" in name for name in names):
        raise Refused("is a workbook with links to other files", hint="paste the values and save it again")
    if not any(name.startswith("xl/") for name in names):
        raise _other_document(names)
    if "xl/workbook.bin" in names:  # its error cells cannot be told from empty ones
        raise Refused("is a binary workbook (XLSB)", "XLSX", hint=f"save it as XLSX; or {CSV_INSTEAD}")
    if len(set(names)) < len(names):
        raise Refused("the workbook is broken", "every part once", "two parts of one name")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.unpacked:
        raise _bomb(limits, f"{unpacked // MEGABYTE} MB")


def part_name(written: str) -> str:
    """A part's name as parsers look it up: slashes one way, without case."""
    return written.replace("\\", "/").casefold()


def _bomb(limits: Limits, found: str | None = None) -> Refused:
    expected = f"at most {limits.unpacked // MEGABYTE} MB"
    return Refused("the workbook unpacks to far more than it should", expected, found)


def _other_document(names: list[str]) -> Refused:
    """What a ZIP container without a workbook in it is, by its parts."""
    title = next((title for part, title in _DOCUMENTS.items() if part in names), None)
    if title is None:
        return Refused("is a ZIP archive", "a workbook", "no workbook in it", hint="unpack it and drop the exports")
    return Refused(f"is {title}", hint="save it as XLSX, or export the CSV again")


def _check_contents(archive: zipfile.ZipFile, limits: Limits) -> None:
    left = limits.unpacked
    for part in archive.infolist():
        with archive.open(part) as handle:
            data = handle.read(left + 1)
        left -= len(data)
        if left < 0:
            raise _bomb(limits)
        bare = without_nuls(data)
        if b"<!DOCTYPE" in bare or b"<!ENTITY" in bare:
            raise Refused("a part of the workbook declares entities", found=part.filename)
        rows = len(_ROW.findall(bare)) if "worksheets/" in part.filename else 0
        if rows > limits.rows:
            raise Refused("a sheet of the workbook is too long", f"{limits.rows} rows", f"{rows}")


def without_nuls(data: bytes) -> bytes:
    """XML to be searched for ASCII: UTF-16 hides nothing either."""
    return data.replace(b"\x00", b"") if b"\x00" in data[:8] else data
