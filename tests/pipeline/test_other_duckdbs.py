"""Investigators open a release with the DuckDB that they have: each supported one reads every view as ours does, all rows of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

import warehouse
from pbis.config import Site

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "other_duckdb.py"
PINS = {path.stem.removeprefix("duckdb-"): path for path in sorted((ROOT / "requirements").glob("duckdb-*.txt"))}


@cache
def read_with(folder: Path, database: Path, *views: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, (folder, database, *views))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def require_alike(line: str, site: Site, *, is_by_text: bool) -> None:
    folder = Path(sys.prefix) / "duckdb" / line
    assert folder.is_dir(), f"{folder} is not there: run make duckdbs, which make test does"
    database = warehouse.published_database(site.path("releases")).resolve()
    views = (database.parent / warehouse.SHAPE,) if is_by_text else ()
    ours, theirs = (read_with(one, database, *views) for one in (Path(duckdb.__file__).parents[1], folder))
    (pinned,) = re.findall(r"^duckdb==(\S+)", PINS[line].read_text(), re.MULTILINE)
    assert theirs["version"] == pinned
    assert {name: theirs["found"].get(name) for name in ours["found"]} == ours["found"]
    assert {name: said for name, said in ours["found"].items() if not said[0].isdigit()} == {}
    assert not is_by_text or len(ours["found"]) > len(ours["views"]) > 250
    assert (theirs["views"], theirs["comments"]) == (ours["views"], ours["comments"])


@pytest.mark.parametrize("line", sorted(PINS))
def test_every_view_of_a_release_reads_alike_in_other_versions(line: str, good: Site) -> None:
    require_alike(line, good, is_by_text=True)


@pytest.mark.prove
@pytest.mark.parametrize("line", sorted(PINS))
def test_duckdbs_read_every_view_of_a_release_as_it_stands(line: str, good: Site) -> None:
    require_alike(line, good, is_by_text=False)


def test_the_readme_names_the_versions_that_are_tried() -> None:
    said = (ROOT / "README.md").read_text("utf-8")
    assert f"any DuckDB from {min(PINS)} to {max(PINS)}" in said
