"""Names in files of any kind: the texts that a file holds, and the file with other names in it, everything else byte for byte.

A container is opened by its parts, and a workbook also as its readers open it: a name that is split over formatted pieces of a cell is
found and cannot be renamed, so that whoever renames looks at what came out.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from pbis.core.errors import InputRefused
from pbis.files.gzipped import expanded, is_gzip
from pbis.files.sheet import encoding_of
from pbis.files.workbook import is_workbook, open_cells

_ZIP, PARQUET = b"PK\x03\x04", b"PAR1"
_BOMS = {"utf-8-sig": (b"\xef\xbb\xbf", "utf-8"), "utf-16": (b"", "utf-16-le")}
_PIECE = re.compile(r"[,;\t|^~&\r\n\"<>]+")
_RUN = re.compile(rb"<(?:\w+:)?r>")  # a formatted piece of a cell: several of them are one text
_STAMP = (1980, 1, 1, 0, 0, 0)  # of a part of a ZIP, so that the same content is the same bytes


def decoded_whole(data: bytes, declared: str = "") -> tuple[bytes, str, str]:
    """Mark, text and codec of bytes that are text; every byte comes back when the text is encoded again. declared: the codec of what is
    neither UTF-8 nor UTF-16."""
    encoding = encoding_of(data)
    mark, codec = _BOMS.get(encoding, (b"", encoding))
    if encoding == "utf-16":
        mark, codec = data[:2], "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-16-be"
    if declared and encoding == "cp1252":
        codec = declared
    try:
        text = data[len(mark) :].decode(codec)
        if text.encode(codec) == data[len(mark) :]:
            return mark, text, codec
    except ValueError:
        pass  # latin-1 takes any byte and gives it back
    return b"", data.decode("latin-1"), "latin-1"


def texts_of(data: bytes, name: str) -> Iterator[str]:
    """All texts in which a name can stand, whole and piece by piece. What cannot be opened gives none."""
    try:
        if is_gzip(data):
            yield from texts_of(expanded(data, name), name)
        elif data.startswith(PARQUET):
            for column in pq.read_table(io.BytesIO(data)).columns:
                yield from (str(each) for each in column.unique().to_pylist() if each is not None)
        elif data.startswith(_ZIP):
            has_runs = False
            for _, part in _parts(data):
                has_runs = has_runs or _RUN.search(part) is not None
                yield from _pieces(decoded_whole(part)[1])
            if has_runs:
                yield from _cells(data, name)
        elif is_workbook(data):
            yield from _cells(data, name)
        else:
            yield from _pieces(decoded_whole(data)[1])
    except (
        InputRefused,
        pa.ArrowException,
        zipfile.BadZipFile,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ):
        return  # no reader gets at a name in it either


def renamed(data: bytes, name: str, rename: Callable[[str], str]) -> bytes | None:
    """The file with every name in its texts renamed; None for kinds that cannot be written again (XLS, Parquet, what cannot be opened)."""
    if is_gzip(data):
        inside = renamed(expanded(data, name), name, rename)
        return None if inside is None else gzip.compress(inside, mtime=0)
    if data.startswith(_ZIP):
        try:
            return _zipped([(info, _renamed_text(part, rename)) for info, part in _parts(data)])
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
            return None
    if data.startswith(PARQUET) or is_workbook(data):
        return None
    return _renamed_text(data, rename)


def _renamed_text(data: bytes, rename: Callable[[str], str]) -> bytes:
    mark, text, codec = decoded_whole(data)
    found = rename(text)
    return data if found == text else mark + found.encode(codec)


def _pieces(text: str) -> Iterator[str]:
    yield text
    yield from set(_PIECE.split(text))


def _cells(data: bytes, name: str) -> Iterator[str]:
    for sheet in open_cells(data, name):
        yield from (_cell(value) for row in sheet.rows for value in row if value is not None)


def _cell(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def _parts(data: bytes) -> Iterator[tuple[zipfile.ZipInfo, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        for info in file.infolist():
            yield info, file.read(info)


def _zipped(parts: list[tuple[zipfile.ZipInfo, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for info, part in parts:
            file.writestr(zipfile.ZipInfo(info.filename, _STAMP), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()
