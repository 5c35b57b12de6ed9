"""What a file said is kept as long as the file is the same, and no longer."""

from __future__ import annotations

import os
import time
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbis.pipeline.read_once import ReadOnce, seen


class Reading:
    """A file that is read through a ReadOnce, and how often it was."""

    def __init__(self, path: Path) -> None:
        self.path, self.count, self._kept = path, 0, ReadOnce[str]()

    def __call__(self, zone: str = "UTC") -> str:
        before = seen(self.path)
        assert before is not None
        return self._kept.of(self.path, ZoneInfo(zone), before, self._read)

    def _read(self) -> str:
        self.count += 1
        return self.path.read_text(encoding="utf-8")


def settle() -> None:
    """Until what was just written is no longer of this moment."""
    time.sleep(1.1)


def test_a_file_is_read_again_only_where_it_is_another(tmp_path: Path) -> None:
    read = Reading(tmp_path / "log")
    read.path.write_text("one")
    assert [read(), read(), read.count] == [
        "one",
        "one",
        2,
    ]  # of this moment: a second writing could leave the same times
    settle()
    assert [read(), read(), read.count] == ["one", "one", 3]
    assert [read("Europe/Berlin"), read.count] == ["one", 4]  # for other people
    then = read.path.stat()
    read.path.write_text("two")  # as long as before
    os.utime(read.path, ns=(then.st_atime_ns, then.st_mtime_ns))  # and with the time of before
    assert read() == "two"
    settle()
    assert [read(), read(), read.count] == ["two", "two", 6]
    other = tmp_path / "other"
    other.write_text("six")
    os.utime(other, ns=(then.st_atime_ns, then.st_mtime_ns))
    other.replace(read.path)
    assert read() == "six"


def test_a_file_of_the_future_is_read_each_time(tmp_path: Path) -> None:
    """The clock of its disk is ahead of the machine's, so that nothing says how long ago it was written."""
    read = Reading(tmp_path / "log")
    read.path.write_text("one")
    settle()
    ahead = time.time_ns() + 3_600_000_000_000
    os.utime(read.path, ns=(ahead, ahead))
    settle()
    assert [read(), read(), read.count] == ["one", "one", 2]


def test_what_changes_while_it_is_read_is_not_kept_and_an_error_neither(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one")
    settle()
    kept, before = ReadOnce[str](), seen(path)
    assert before is not None

    def read() -> str:
        path.write_text("two")
        return "one"

    assert kept.of(path, UTC, before, read) == "one"
    now = seen(path)
    assert now is not None
    assert kept.of(path, UTC, now, lambda: "two") == "two"

    def fail() -> str:
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        kept.of(path, UTC, before, fail)
    assert seen(tmp_path / "none") is None
