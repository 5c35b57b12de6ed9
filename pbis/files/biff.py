"""Error values of an XLS: its compound file's stream of records, as far as cells of errors go; runs in the child process.

Read beside calamine, which gives '' for them. Records: BoolErr, Formula and BoundSheet8 of [MS-XLS]; container: [MS-CFB].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from pbis.files.limits import Refused

WORDS = {  # by the number that XLS stores
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip
NAMELESS = "#ERROR!"  # an error cell that stores no known word, such as a formula that nothing has computed
_BOF, _EOF, _SHEET, _BOOL_OR_ERROR, _FORMULAS = 0x0809, 0x000A, 0x0085, 0x0205, (0x0006, 0x0206, 0x0406)
_LAST_SECTOR = 0xFFFFFFFA  # this and above mark the end of a chain or a sector of the tables themselves


def biff_errors(data: bytes) -> list[dict[tuple[int, int], str]]:
    """Error cells of every sheet in the order of the workbook's list: (row, column) from 0 -> word. Raises Refused."""
    try:
        stream = _workbook_stream(data)
        return [dict(_sheet_errors(stream, offset)) for offset in _sheet_offsets(stream)]
    except (struct.error, LookupError, ValueError) as error:
        raise Refused("the workbook is broken", "an XLS file", str(error)[:200]) from None


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """(kind, body) of the records of one part of the stream, those of charts inside it left out."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _sheet_offsets(stream: bytes) -> list[int]:
    return [int(struct.unpack_from("<I", body)[0]) for kind, body in _records(stream, 0) if kind == _SHEET]


def _sheet_errors(stream: bytes, at: int) -> Iterator[tuple[tuple[int, int], str]]:
    for kind, body in _records(stream, at):
        if kind == _BOOL_OR_ERROR:
            row, column, _, value, is_error = struct.unpack_from("<HHHBB", body)
            if is_error:
                yield (row, column), WORDS.get(value, NAMELESS)
        elif kind in _FORMULAS:
            row, column, _, result, _, value, _, mark = struct.unpack_from("<HHHBBB3sH", body)
            if mark == 0xFFFF and result == 2:  # any other mark is the end of a number
                yield (row, column), WORDS.get(value, NAMELESS)


def _workbook_stream(data: bytes) -> bytes:
    """The stream Workbook (Book before 1997) of a compound file."""
    size, small_size = (1 << shift for shift in struct.unpack_from("<HH", data, 30))
    first_directory, _, cutoff, first_small = struct.unpack_from("<IIII", data, 48)
    if size not in (512, 4096) or small_size >= size:
        raise ValueError(f"sectors of {size} bytes")
    sectors = [data[at : at + size] for at in range(size, len(data), size)]
    table = _numbers(b"".join(sectors[at] for at in _table_sectors(data, sectors)))
    entries = _directory(b"".join(_chain(sectors, table, first_directory)))
    start, length = entries["workbook"] if "workbook" in entries else entries["book"]
    if length >= cutoff:
        return b"".join(_chain(sectors, table, start))[:length]
    held = b"".join(_chain(sectors, table, entries["root entry"][0]))
    small = [held[at : at + small_size] for at in range(0, len(held), small_size)]
    return b"".join(_chain(small, _numbers(b"".join(_chain(sectors, table, first_small))), start))[:length]


def _table_sectors(data: bytes, sectors: Sequence[bytes]) -> list[int]:
    """Where the table of chains lies: 109 places in the header, the others in sectors of their own."""
    places = list(struct.unpack_from("<109I", data, 76))
    (after,) = struct.unpack_from("<I", data, 68)
    for _ in sectors:
        if after >= _LAST_SECTOR:
            break
        *more, after = _numbers(sectors[after])
        places += more
    return [place for place in places if place < _LAST_SECTOR]


def _chain(sectors: Sequence[bytes], table: Sequence[int], at: int) -> Iterator[bytes]:
    for _ in range(len(sectors) + 1):
        if at >= _LAST_SECTOR:
            return
        yield sectors[at]
        at = table[at]
    raise ValueError("a chain of sectors that never ends")


def _numbers(data: bytes) -> Sequence[int]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _directory(data: bytes) -> dict[str, tuple[int, int]]:
    """Name without case -> first sector and length, of streams and of the root."""
    found: dict[str, tuple[int, int]] = {}
    for at in range(0, len(data) - 127, 128):
        (length,) = struct.unpack_from("<H", data, at + 64)
        if data[at + 66] in (2, 5) and 2 <= length <= 64:
            name = data[at : at + length - 2].decode("utf-16-le", "replace").casefold()
            found.setdefault(name, struct.unpack_from("<II", data, at + 116))
    return found
