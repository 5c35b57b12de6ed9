"""A small analysed plate that the reader tests damage one way at a time."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pbis.core.plates.plate import PlateRead
from pbis.readers import read_bytes

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
Edit = tuple[str, str]


def sealed(text: str) -> bytes:
    """The text as an untouched export: CRLF, and a footer that matches its bytes."""
    head, mark, _ = text.replace("\r\n", "\n").partition("-- CRC --")
    data = head.replace("\n", "\r\n").encode()
    return data + f"{mark}\r\nCRC32: {zlib.crc32(data):08X}\r\n".encode() if mark else data


@pytest.fixture(scope="session")
def golden_text() -> str:
    return (GOLDEN / "xponent_small.csv").read_bytes().decode().replace("\r\n", "\n")


@pytest.fixture
def edited(golden_text: str) -> Callable[..., bytes]:
    """edited((old, new), ...) -> bytes of the golden export with each first occurrence replaced, sealed again."""

    def make(*edits: Edit) -> bytes:
        text = golden_text
        for old, new in edits:
            assert old in text, old
            text = text.replace(old, new, 1)
        return sealed(text)

    return make


@pytest.fixture
def read_edited(edited: Callable[..., bytes]) -> Callable[..., PlateRead]:
    return lambda *edits: read_bytes(edited(*edits), "plate.csv")


@pytest.fixture
def read_golden(read_edited: Callable[..., PlateRead]) -> PlateRead:
    return read_edited()
