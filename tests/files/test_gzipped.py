"""A gzip file is expanded whole or refused: by its expanded size while it streams, a cut, a wrong checksum, or what follows it."""

from __future__ import annotations

import gzip
import tracemalloc
from dataclasses import replace

import pytest

from pbis.core.errors import MalformedFile
from pbis.files.gzipped import expanded, is_gzip
from pbis.files.limits import MEGABYTE, TABLE

TEXT = b"one line\n" * 5000
WHOLE = gzip.compress(TEXT, mtime=0)  # of no moment: names of tests must not change between processes


@pytest.mark.parametrize(
    "data", [WHOLE, gzip.compress(TEXT[:1800], mtime=0) + gzip.compress(TEXT[1800:], mtime=0), WHOLE + b"\0" * 512]
)
def test_all_of_it_comes_out(data: bytes) -> None:
    assert is_gzip(data)
    assert expanded(data, "a.gz") == TEXT


def test_nothing_comes_out_of_an_empty_one() -> None:
    assert expanded(gzip.compress(b""), "a.gz") == b""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (WHOLE[:-1], "the end is missing"),
        (WHOLE[:40], "the end is missing"),
        (WHOLE[:5], "the end is missing"),
        (WHOLE[:-6] + b"\0\0" + WHOLE[-4:], "incorrect data check"),
        (WHOLE + b"tail", "something else after"),
        (b"\x1f\x8b\x09" + WHOLE[3:], "unknown compression method"),
    ],
)
def test_a_broken_one_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(MalformedFile, match="the compressed file is broken") as refusal:
        expanded(data, "a.gz")
    assert words in str(refusal.value)


def test_a_bomb_is_refused_before_it_is_expanded() -> None:
    bomb = gzip.compress(bytes(200 * MEGABYTE), compresslevel=1)
    tracemalloc.start()
    with pytest.raises(MalformedFile, match="expected at most 4 MB expanded"):
        expanded(bomb, "a.gz", replace(TABLE, unpacked=4 * MEGABYTE))
    assert tracemalloc.get_traced_memory()[1] < 16 * MEGABYTE
    tracemalloc.stop()
