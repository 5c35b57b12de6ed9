"""A release of much is written some plates at a time, in blocks in which DuckDB packs doubles, and holds the same rows in the same order."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from warehouse import connect, open_parts, publish, release_rows
from warehouse.connect import PACKING_BLOCK
from warehouse.part_ranges import Span
from warehouse.release_rows import Known
from warehouse.tables import BULK

PLATE = """specimen | analyte | value
S1 | IL-2 | 7.5
S1 | IL-6 | <3.2
S2 | IL-2 | LOW_BEADS
S3 | IL-2 | 8.25
S3 | IL-6 | 9.125"""
_BLOCK = "select block_size from pragma_database_size()"


@pytest.fixture
def working(new_lab: Callable[..., object], tmp_path: Path) -> Path:
    lab = new_lab(tmp_path / "working.duckdb")
    lab.plate(PLATE)
    lab.con.close()
    return tmp_path / "working.duckdb"


def rows_of(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every stored table as it lies there."""
    with closing(duckdb.connect(str(database), read_only=True)) as con:
        tables = con.execute(
            "select table_name from duckdb_tables() where schema_name = 'store' order by all"
        ).fetchall()
        return {name: con.execute(f"from store.{name} order by rowid").fetchall() for (name,) in tables}


def in_any_order(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """The same by what a row says: parts are sorted by the key of their table."""
    return {name: sorted(rows, key=repr) for name, rows in rows_of(database).items()}


def test_rows_come_in_their_order_however_many_at_a_time(
    working: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rows_of(publish(working, tmp_path / "whole", "first"))
    monkeypatch.setattr(release_rows, "_AT_ONCE", 2)
    parts = rows_of(publish(working, tmp_path / "parts", "first"))
    assert max(map(len, whole.values())) > 2
    assert parts == whole


def test_doubles_are_packed_where_there_is_much(working: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("warehouse.connect"), "MUCH", 1)
    database = publish(working, tmp_path / "releases", "first")
    with closing(duckdb.connect(str(database), read_only=True)) as con:
        assert con.execute(_BLOCK).fetchone() == (PACKING_BLOCK,)
    again = open_parts(database.parent, tmp_path / "again.duckdb")
    with closing(duckdb.connect(str(again), read_only=True)) as con:
        assert con.execute(_BLOCK).fetchone() == (PACKING_BLOCK,)
    assert in_any_order(again) == in_any_order(database)


@pytest.mark.parametrize(("block", "is_packed"), [(65_536, False), (131_072, False), (PACKING_BLOCK, True)])
def test_duckdb_packs_doubles_in_blocks_of_this_size(tmp_path: Path, block: int, is_packed: bool) -> None:
    """And says nothing of it: readings with one decimal, as an instrument writes them (1.5.5)."""
    with closing(duckdb.connect(str(tmp_path / "own.duckdb"), config={"default_block_size": str(block)})) as con:
        con.execute("create table mfi as select (range * 7919 % 200000) / 10 as value from range(200000)")
        con.execute("force checkpoint")
        query = "select bool_and(compression like 'ALP%') from pragma_storage_info('mfi') where segment_type = 'DOUBLE'"
        assert con.execute(query).fetchone() == (is_packed,)


def test_what_much_is_written_of_is_told_from_what_is_kept(working: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_rows, "_AT_ONCE", 2)
    with closing(connect(working)) as con:
        (rows,) = con.execute("select count(*) from store.curve").fetchone() or (0,)
        large = release_rows.large_tables(con, {})
        kept = release_rows.large_tables(
            con, {"standard_level": Known(True, {Span(0, _count(con, "standard_level")): ""})}
        )
    assert {*BULK, "standard_level"} <= set(large)
    assert rows <= 2
    assert "curve" not in large
    assert "standard_level" not in kept


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    (count,) = con.execute(f"select count(*) from store.{table}").fetchone() or (0,)
    return int(count)
