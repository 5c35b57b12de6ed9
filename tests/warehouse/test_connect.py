"""Opening the file: one writer, no extensions, no names of Python taken for tables."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pyarrow as pa
import pytest

from pbis.core.errors import IntegrityError, SiteBusy
from warehouse import connect


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


def test_a_small_file_is_read_by_one_thread_and_a_large_one_by_all(tmp_path):
    def threads(path):
        con = connect(path)
        try:
            return con.execute("select current_setting('threads')").fetchone()[0]
        finally:
            con.close()

    large = tmp_path / "large.duckdb"
    connect(large).close()
    assert threads(large) == threads(tmp_path / "new.duckdb") == 1
    with large.open("r+b") as file:
        file.truncate(65_000_000)  # blocks that the header does not know of are no part of the database
    usual = duckdb.connect()
    assert threads(large) == usual.execute("select current_setting('threads')").fetchone()[0]
    usual.close()
