"""Files that a person named: whole or not at all, and one sentence where they cannot be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pbis.core.errors import UsageError
from pbis.files.table_out import asked_for, replace_whole, write_whole


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.csv"
    write_whole(path, "a\nb\n")
    replace_whole(path, "c\n")
    assert path.read_bytes() == b"c\n"
    assert [one.name for one in path.parent.iterdir()] == ["out.csv"]


def test_what_is_private_is_so_from_its_first_moment_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "key"
    before = os.umask(0)
    try:
        replace_whole(path, "secret\n", 0o600)
        write_whole(tmp_path / "page.html", "open\n")
    finally:
        os.umask(before)
    assert [one.stat().st_mode & 0o777 for one in (path, tmp_path / "page.html")] == [0o600, 0o666]


def test_a_folder_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "out.csv"
    with pytest.raises(UsageError, match=r"out\.csv: cannot be written: No such file or directory"), asked_for(path):
        replace_whole(path, "c\n")
    assert not path.parent.exists()
