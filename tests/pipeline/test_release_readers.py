"""People read while the service publishes: no reading fails, and none is of two releases."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from made_once import copied
from release_reader import ASKED, reading

import warehouse
from pbis.config import Site, load_site

READER = Path(__file__).parents[1] / "release_reader.py"
KEPT = 3  # releases that the loop leaves, as a laboratory that prunes does


def publish_one(site: Site, number: int) -> list[str]:
    """Write a release that holds a row more than the one before; what it says, before anybody is led to it."""
    name, releases = f"loop-{number}", site.path("releases")
    with closing(warehouse.connect(site.path("warehouse"))) as con:
        (night,) = con.execute("select max(night_id) from store.night").fetchone() or ("",)
        note = {"code": "note", "kind": None, "name": None, "sha256": None, "message": f"release {number}"}
        warehouse.record_notes(con, night, [note] * number)
    written = warehouse.write_release(site.path("warehouse"), releases, name)
    said = reading(written)
    assert said[0] == name
    warehouse.make_current(releases, name)
    shutil.rmtree(releases / f"loop-{number - KEPT}", ignore_errors=True)
    return said


def read_while_publishing(site: Site, readers: int, seconds: float) -> tuple[list[str], list[list[str]]]:
    """Lines of all readers, and what each release said, the first of them before any reader began."""
    releases, stop = site.path("releases"), site.root / "stop"
    said = [publish_one(site, 1)]
    ways = ["duckdb"] * (readers - readers // 4) + ["pbis"] * (readers // 4)
    command = [sys.executable, str(READER), str(releases), str(stop)]
    seen = [site.root / f"seen-{number}" for number in range(readers)]
    started = []
    for way, path in zip(ways, seen, strict=True):
        with path.open("w") as file:  # a pipe that nobody empties would stop the reader
            started.append(subprocess.Popen([*command, way], stdout=file))
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until or len(said) < 2:
            said.append(publish_one(site, len(said) + 1))
    finally:
        stop.touch()
        assert [each.wait(60) for each in started] == [0] * readers
    return [line for path in seen for line in path.read_text().splitlines()], said


def require_whole(lines: list[str], said: list[list[str]], readers: int) -> None:
    known = {" ".join(each) for each in said}
    assert len(known) == len(said)  # releases can be told apart
    assert [line for line in lines if line not in known] == []
    assert len(lines) >= readers
    assert all(len(line.split()) == len(ASKED) for line in lines)


def test_readers_of_a_few_seconds_see_one_release_each(finished: Path, tmp_path: Path) -> None:
    site = load_site(copied(finished, tmp_path / "site"))
    lines, said = read_while_publishing(site, readers=2, seconds=0)
    require_whole(lines, said, readers=2)


def test_a_reading_of_two_releases_would_be_seen() -> None:
    said = [["loop-1", "1", "7", "0"], ["loop-2", "3", "9", "0"]]
    with pytest.raises(AssertionError):
        require_whole(["loop-1 1 7 0", "loop-2 1 7 0"], said, readers=1)


@pytest.mark.prove
def test_readers_of_minutes(finished: Path, tmp_path: Path) -> None:
    site = load_site(copied(finished, tmp_path / "site"))
    lines, said = read_while_publishing(site, readers=8, seconds=150)
    require_whole(lines, said, readers=8)
    print(f"{len(lines)} readings by 8 readers of {len(said)} releases")
