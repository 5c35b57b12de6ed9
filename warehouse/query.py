"""Questions to the published copy: read only, nothing outside the file, one line where the question has a mistake."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from pbis.core.errors import IntegrityError, UsageError
from warehouse.connect import connect


def open_published(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a release that cannot write, read other files, reach the network or change its settings."""
    if not path.is_file():
        raise UsageError(f"{path}: nothing is published here yet; `pbis night` publishes")
    _check_kind(path)
    con = connect(path, read_only=True)
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")
    return con


def _check_kind(path: Path) -> None:
    """DuckDB takes a CSV or Parquet file for a database in memory with that file in it, so it is not asked."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[8:] != b"DUCK":
        raise IntegrityError(f"{path}: this is no database of DuckDB; expected the pbis.duckdb of a release")


def query_published(path: Path, sql: str) -> pa.Table:
    """The answer to a question in SQL. UsageError, in one line, where SQL or its rights are wrong."""
    con = open_published(path)
    try:
        return ask(con, sql)
    finally:
        con.close()


def ask(con: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """The answer of an open release; UsageError likewise, and where it has been closed."""
    try:
        if not con.extract_statements(sql):
            raise UsageError("there is no question: expected SQL, for example: select * from score")
        return con.execute(sql).to_arrow_table()
    except duckdb.ConnectionException:
        raise UsageError("this release was closed; open it again") from None
    except duckdb.Error as error:
        raise UsageError(one_line(error)) from None


def one_line(error: duckdb.Error) -> str:
    """The message without the picture of the query, the hint kept."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("LINE ", "^"))]
    return " ".join(kept[:2]) if kept else type(error).__name__
