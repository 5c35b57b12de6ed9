"""A checkpoint writes the rows that came and none of the archive; many small groups of rows are merged, a few at a time."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from warehouse import connect, opened
from warehouse.row_groups import MERGED_AT, let_merge, not_logged

PLATES = 78_720  # readings of 20 plates of 41 analytes
_GROUPS = """
    select list(rows order by row_group_id) from (
        select row_group_id, sum(count)::bigint as rows from pragma_storage_info('store.reading')
        where segment_type <> 'VALIDITY' group by row_group_id
    )
"""


@pytest.fixture
def working(tmp_path: Path) -> Path:
    """A store of one table, which the readings of 20 plates fill."""
    path = tmp_path / "working.duckdb"
    with closing(connect(path)) as con:
        con.execute(f"create schema store; create table store.reading as select range as mfi from range({PLATES})")
    return path


def night(path: Path, readings: int) -> list[int]:
    """A night of so many readings; how the table is cut before it."""
    with opened(path) as con:
        (groups,) = con.execute(_GROUPS).fetchone() or ([],)
        con.execute(f"insert into store.reading select range from range({readings})")
        return list(groups)


def test_a_night_leaves_the_groups_of_earlier_ones_as_they_are(working: Path) -> None:
    seen = [night(working, PLATES) for _ in range(4)]
    assert seen[-1] == [PLATES] * 4  # else they would be merged into three, all of them written anew
    size = working.stat().st_size
    night(working, PLATES)
    assert working.stat().st_size - size < size / 4


def test_many_small_groups_are_merged_and_hold_the_same_rows(working: Path) -> None:
    seen = [night(working, 1) for _ in range(2 * MERGED_AT)]
    assert max(map(len, seen)) == MERGED_AT + 1
    assert sum(seen[-1]) == PLATES + 2 * MERGED_AT - 1


def test_a_large_store_is_not_merged_for_as_many_small_groups_as_it_has_others(tmp_path: Path) -> None:
    """Else a store that grew by nights which end in a small group writes most of its archive anew, night after night."""
    path, rows = tmp_path / "working.duckdb", 122_880 + 1_000
    with closing(connect(path)) as con:
        con.execute("create schema store; create table store.reading (mfi bigint)")
        for _ in range(MERGED_AT + 2):
            con.execute(f"insert into store.reading select range from range({rows}); force checkpoint")
        (groups,) = con.execute(_GROUPS).fetchone() or ([],)
        assert sum(count < 61_440 for count in groups) > MERGED_AT
        assert not let_merge(con, "working")
        con.execute("insert into store.reading values (1); force checkpoint")
        assert let_merge(con, "working")


def test_rows_that_a_release_takes_go_into_its_file_at_once_and_the_settings_come_back(tmp_path: Path) -> None:
    log, sizes = tmp_path / "new.duckdb.wal", []
    asked = "select current_setting('checkpoint_threshold'), current_setting('max_vacuum_tasks')"
    with closing(connect(tmp_path / "working.duckdb")) as con:
        con.execute(f"attach '{tmp_path / 'new.duckdb'}' as release")

        def fill() -> None:
            with not_logged(con, "release"):
                con.execute(f"create table release.reading as select range as mfi from range({PLATES})")
                sizes.append(log.stat().st_size if log.exists() else 0)
                con.execute("this is no statement")

        with pytest.raises(duckdb.ParserException):
            fill()
        assert sizes == [0]
        assert con.execute(asked).fetchone() == ("91.5 MiB", 0)
        assert not let_merge(con, "release")  # which has no table of a store


def test_a_file_that_is_made_new_has_small_blocks_and_opens_from_duckdb_1_4_on(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "new.duckdb")) as con:
        (tags,) = con.execute("select tags from duckdb_databases() where database_name = 'new'").fetchone() or ({},)
        con.execute(f"attach '{tmp_path / 'other.duckdb'}' as release")
        sizes = con.execute("select distinct block_size from pragma_database_size()").fetchall()
    assert tags["storage_version"].startswith("v1.4.0")
    assert sizes == [(65_536,)]
