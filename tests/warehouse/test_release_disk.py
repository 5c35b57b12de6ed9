"""A database is copied by the system where that can be, by reading and writing where it cannot, and is the same bytes either way."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warehouse.release_disk import clone

CONTENT = bytes(range(256)) * 40


def in_parts(source: int, target: int, count: int) -> int:
    """As the system does it: it may copy less than it is asked to."""
    return os.write(target, os.read(source, min(count, 3000)))


def nowhere(source: int, target: int, count: int) -> int:
    raise OSError("between file systems")


def half(source: int, target: int, count: int) -> int:
    if os.lseek(source, 0, os.SEEK_CUR) >= 6000:
        raise OSError("stopped")
    return in_parts(source, target, count)


@pytest.mark.parametrize(("system", "by_hand"), [(in_parts, 0), (half, len(CONTENT) - 6000), (nowhere, len(CONTENT))])
def test_a_clone_is_the_same_bytes_whoever_copies(
    system: Callable[[int, int, int], int], by_hand: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(*asked: Any) -> None:
        raise OSError("shares no blocks")

    left: list[int] = []
    copy = shutil.copyfileobj

    def watched(source: Any, target: Any, size: int) -> None:
        left.append(len(CONTENT) - source.tell())
        copy(source, target, size)

    monkeypatch.setattr(fcntl, "ioctl", unable)
    monkeypatch.setattr(os, "copy_file_range", system, raising=False)
    monkeypatch.setattr(shutil, "copyfileobj", watched)
    (tmp_path / "a").write_bytes(CONTENT)
    clone(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == CONTENT
    assert left == [by_hand]
