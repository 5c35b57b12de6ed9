"""A release that several threads of one process ask at once, as the desk does: each gets its answer, and none may do more than read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from warehouse.query import open_published, query_published


@pytest.fixture
def release(tmp_path: Path) -> Path:
    path = tmp_path / "pbis.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(
            "create schema internal; create view internal.told as select 'internal' as what; create view told as select 'public' as what"
        )
    return path


def test_threads_that_ask_one_release_at_once_all_get_their_answer(release: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: query_published(release, "select what from told").to_pylist(), range(64)))
    assert found == [[{"what": "internal"}]] * 64


def test_whoever_opens_it_second_may_no_more_than_the_first(release: Path) -> None:
    with closing(open_published(release)) as first, closing(open_published(release, for_people=True)) as second:
        for con in (first, second):
            with pytest.raises(duckdb.Error, match="locked"):
                con.execute("set enable_external_access = true")
            with pytest.raises(duckdb.PermissionException):
                con.execute("select * from read_csv('/etc/hostname')")
        assert [con.execute("from told").fetchone() for con in (first, second)] == [("internal",), ("public",)]
