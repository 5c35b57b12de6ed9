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


def test_what_writes_takes_one_thread_and_checkpoints_before_its_log_is_large(tmp_path):
    con = connect(tmp_path / "new.duckdb")
    told = con.execute("select current_setting('threads'), current_setting('checkpoint_threshold')").fetchone()
    con.close()
    assert told == (1, "91.5 MiB")
