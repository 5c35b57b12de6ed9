"""A full disk, a missing right and their like are told by folder, need and what is free; everything else is left alone."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from second_account import largest_file

from pbis.core.errors import InputRefused, SiteTrouble, UsageError
from pbis.files.table_out import asked_for, replace_whole, write_table
from pbis.files.trouble import is_passing, trouble_of
from pbis.pipeline.metrics import write_text
from pbis.pipeline.new_site import write_site
from pbis.pipeline.trace import defect
from warehouse.connect import connect


def _by_python(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"x" * 2_000_000)


def _by_duckdb(folder: Path) -> None:
    with closing(connect(folder / "a.duckdb")) as con:
        con.execute("create table t as select range as a, hash(range) as b from range(500000)")
        con.execute("checkpoint")


def _by_sqlite(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "a.sqlite")) as con:
        con.execute("pragma max_page_count = 10")  # SQLite's own way to a full disk
        con.execute("create table t (a)")
        con.execute("insert into t values (randomblob(3000000))")
        con.commit()


@pytest.mark.parametrize("write", [_by_python, _by_duckdb, _by_sqlite])
def test_a_write_that_the_system_denies_is_no_room_whoever_writes(
    write: Callable[[Path], None], tmp_path: Path
) -> None:
    with largest_file(1_000_000), pytest.raises(Exception, match=r"large|full|space|I/O") as caught:
        write(tmp_path)
    trouble = trouble_of(caught.value, (tmp_path,))
    assert trouble is not None
    assert str(tmp_path) in str(trouble)
    assert ("no room" in str(trouble), "MB that are free" in str(trouble)) == (True, True)
    assert "\n" not in str(trouble)


def test_a_full_device_is_told_by_the_folder_with_the_least_room(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as caught, Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
    assert str(trouble_of(caught.value, (tmp_path,))).startswith(f"{tmp_path}: no room")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "no room"), (errno.EDQUOT, "no room"), (errno.EACCES, "no right"), (errno.EPERM, "no right"),
        (errno.EROFS, "mount it for writing"), (errno.EIO, "the disk or share"), (errno.ESTALE, "the disk or share"),
        (errno.ENODEV, "the disk or share"), (errno.ENOLCK, "locks and renames"), (errno.ENOTSUP, "locks and renames"),
        (errno.EXDEV, "locks and renames"),
    ],
)  # fmt: skip
def test_each_of_its_kinds_has_its_sentence(code: int, said: str, tmp_path: Path) -> None:
    path = tmp_path / "archive" / "x"
    trouble = trouble_of(OSError(code, os.strerror(code), str(path)))
    assert trouble is not None
    assert (trouble.exit_code, said in str(trouble), str(trouble).startswith(f"{tmp_path}: ")) == (8, True, True)
    assert is_passing(OSError(code, "x")) == (said == "the disk or share")


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "x", "y"),
        ValueError("No space left on device"),
        UsageError("Permission denied"),
        KeyError("x"),
    ],
)
def test_nothing_else_is_taken_for_it(error: Exception) -> None:
    assert trouble_of(error) is None


def test_a_full_disk_is_no_fault_of_the_file_that_was_read_then(tmp_path: Path) -> None:
    with largest_file(1_000_000), pytest.raises(Exception, match=r"large|space") as caught:
        _by_duckdb(tmp_path)
    with pytest.raises(SiteTrouble):
        defect(tmp_path / "state", "labs.csv", caught.value)
    assert not (tmp_path / "state").exists()
    assert isinstance(defect(tmp_path / "state", "labs.csv", KeyError("x")), InputRefused)


def test_a_file_that_a_person_named_is_told_likewise(tmp_path: Path) -> None:
    with largest_file(10), pytest.raises(SiteTrouble, match="no room"), asked_for(tmp_path / "a.txt"):
        _by_python(tmp_path)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: write_table(pa.table({"a": ["much more than ten bytes"] * 9}), path.with_suffix(".csv")),
        lambda path: write_table(pa.table({"a": ["much more than ten bytes"] * 9}), path.with_suffix(".parquet")),
        lambda path: replace_whole(path, "much more than ten bytes"),
        lambda path: write_text(path, "much more than ten bytes"),
        lambda path: write_site(path, time_zone="UTC", name="Ward 7", cutoff_set="pbis-2025-il2-pgml"),
    ],
    ids=["csv", "parquet", "text", "metrics", "site"],
)
def test_half_a_file_is_none(write: Callable[[Path], object], tmp_path: Path) -> None:
    """A disk that was full leaves nothing behind, and what was refused then is done once there is room."""
    with largest_file(10), pytest.raises(OSError, match="large"):
        write(tmp_path / "a")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    write(tmp_path / "a")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] != []
