"""What was read is given back, what is not in the file yet is kept, and DuckDB may hold as much as before."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb

import warehouse

ROWS = 2_000_000


def held(con: duckdb.DuckDBPyConnection, is_read: bool) -> int:
    """Bytes of blocks that were read, or of all else."""
    sign = "=" if is_read else "<>"
    query = f"select coalesce(sum(memory_usage_bytes), 0) from duckdb_memory() where tag {sign} 'BASE_TABLE'"
    return int((con.execute(query).fetchone() or (0,))[0])


def test_memory_of_what_was_read_is_given_back_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "some.duckdb"
    with closing(warehouse.connect(file)) as con:
        con.execute(f"create table kept as select hash(range) as a, hash(range + 1) as b from range({ROWS})")
    with closing(warehouse.connect(file)) as con:
        asked = "select bit_xor(a), bit_xor(b) from kept"
        said = con.execute(asked).fetchone()
        con.execute("create temp table own as select hash(range) as a from range(1_000_000)")
        read, own = held(con, is_read=True), held(con, is_read=False)
        assert read > 8 * ROWS  # two columns of eight bytes
        warehouse.let_go(con)
        assert held(con, is_read=True) <= 8_000_000
        assert held(con, is_read=False) == own
        assert con.execute(asked).fetchone() == said
        # more than it held when it gave back: the limit is the one of before
        con.execute(f"create temp table more as select hash(range) as a, hash(range + 1) as b from range({2 * ROWS})")
        assert held(con, is_read=False) > own + 16 * ROWS


def test_little_is_not_worth_it(tmp_path: Path) -> None:
    with closing(warehouse.connect(tmp_path / "some.duckdb")) as con:
        limit = con.execute("select current_setting('memory_limit')").fetchone()
        warehouse.let_go(con)
        assert con.execute("select current_setting('memory_limit')").fetchone() == limit
