"""The smallest XLS that readers accept, from rows of cells: one stream of records in a compound file ([MS-XLS], [MS-CFB])."""

from __future__ import annotations

import struct
from collections.abc import Sequence

SECTOR, LEAST = 512, 4096  # bytes; a shorter stream would lie among the small sectors
FREE, LAST, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def xls_of(rows: Sequence[Sequence[str | float | None]]) -> bytes:
    """Texts as texts, numbers as numbers, None as no cell."""
    return xls(b"".join(_cell(r, c, cell) for r, row in enumerate(rows) for c, cell in enumerate(row)))


def _cell(row: int, column: int, cell: str | float | None) -> bytes:
    if cell is None:
        return b""
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(cell, str):
        return record(0x0204, place + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le"))
    return record(0x0203, place + struct.pack("<d", cell))


def xls(cells: bytes) -> bytes:
    """A workbook of one sheet that holds these records."""
    begin = struct.pack("<HHHHII", 0x0600, 0, 0x0DBB, 1996, 0, 6)
    bof = {kind: record(0x0809, begin[:2] + struct.pack("<H", kind) + begin[4:]) for kind in (0x0005, 0x0010)}
    end = record(0x000A, b"")
    sheet = bof[0x0010] + cells + end
    offset = len(bof[0x0005]) + len(record(0x0085, bytes(9))) + len(end)
    stream = bof[0x0005] + record(0x0085, struct.pack("<IBBBB", offset, 0, 0, 1, 0) + b"a") + end + sheet
    return _compound(stream.ljust(max(LEAST, -(-len(stream) // SECTOR) * SECTOR), b"\0"))


def _compound(stream: bytes) -> bytes:
    """Sectors of the stream, one of the directory, one of the table of sectors, which so has room for 126 of the stream."""
    count = len(stream) // SECTOR
    chain = [*range(1, count), LAST, LAST, TABLE]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<IIIIIIII", 1, count, 0, LEAST, LAST, 0, LAST, 0) + struct.pack(
        "<109I", count + 1, *[FREE] * 108
    )
    directory = _entry("Root Entry", 5, 1, LAST, 0) + _entry("Workbook", 2, FREE, 0, len(stream))
    return head + stream + directory.ljust(SECTOR, b"\0") + struct.pack("<128I", *chain, *[FREE] * (128 - len(chain)))


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<HBBIII", len(text), kind, 1, FREE, FREE, child)
    return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)
