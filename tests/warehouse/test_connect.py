"""Opening the file: one writer, no extensions, no names of Python taken for tables."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pbis.core.errors import IntegrityError, SiteBusy
from warehouse import connect, write_out
from warehouse.connect import CONFIG


def test_another_process_holds_the_file(warehouse):
    program = f"import duckdb, sys; c = duckdb.connect({str(warehouse)!r}); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        with pytest.raises(SiteBusy, match="another process holds the warehouse"):
            connect(warehouse)
    finally:
        holder.communicate()


def test_a_file_that_is_no_database(tmp_path):
    path = tmp_path / "working.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(IntegrityError, match="cannot be opened"):
        connect(path)


def test_nothing_is_installed_or_fetched(con):
    with pytest.raises(duckdb.Error):
        con.execute("select * from 'https://example.org/x.parquet'")
    settings = con.execute(
        "select name from duckdb_settings() where name like 'auto%known_extensions' and value = 'true'"
    ).fetchall()
    assert settings == []


def test_a_python_variable_is_no_table(con):
    frame = pa.table({"a": [1]})
    with pytest.raises(duckdb.CatalogException):
        con.execute("select * from frame")
    assert frame.num_rows == 1


def test_what_writes_takes_one_thread_and_checkpoints_before_its_log_is_large(tmp_path):
    con = connect(tmp_path / "new.duckdb")
    told = con.execute("select current_setting('threads'), current_setting('checkpoint_threshold')").fetchone()
    con.close()
    assert told == (1, "91.5 MiB")


def test_what_was_loaded_is_held_in_memory_until_it_is_written_out(tmp_path: Path) -> None:
    held = "select coalesce(sum(memory_usage_bytes), 0) from duckdb_memory() where tag = 'IN_MEMORY_TABLE'"
    with closing(connect(tmp_path / "store.duckdb")) as con:
        columns = ", ".join(f"'a text of row ' || i || ' and of column {n}' as c{n}" for n in range(40))
        con.execute(f"create table t as select {columns} from range(3000) as r(i) limit 0")
        con.execute(f"insert into t select {columns} from range(3000) as r(i)")
        (before,) = con.execute(held).fetchone() or (0,)
        write_out(con)
        (after,) = con.execute(held).fetchone() or (0,)
    assert before > 40 * int(CONFIG["default_block_size"]) > 10 * after, "a block a column"
