"""Parts of a release: its tables as Parquet files, sorted, and shared with the release before by hard link where they are the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pbis.core.errors import IntegrityError
from warehouse.connect import let_go
from warehouse.ddl import literal, quoted
from warehouse.part_ranges import CLOSED, Span, order_of, spans
from warehouse.release_disk import sha256_of, share
from warehouse.release_rows import TableRows

FOLDER = "parts"
_READ_ONLY = 0o440
# Of 20 plates zstd's first level takes a sixth less CPU than its third, DuckDB's own, and leaves 3 % less: most columns are dictionaries by then.
_FORM = "compression zstd, compression_level 1, parquet_version v2"


@dataclass(frozen=True)
class TablePart:
    """One file. table: with its schema where that is not main; basis: what its rows rest on, empty where the rows themselves are compared."""

    table: str
    file: str
    span: Span
    sha256: str
    basis: str = ""


@dataclass(frozen=True)
class Before:
    """The release whose parts may be taken over: its folder, and its parts by table and span."""

    folder: Path
    parts: Mapping[tuple[str, Span], TablePart]


def write_parts(
    con: duckdb.DuckDBPyConnection, folder: Path, rows: Mapping[str, TableRows], before: Before | None
) -> list[TablePart]:
    """The parts of the database that is open here, written below folder or linked. rows: of each stored table."""
    (folder / FOLDER).mkdir()
    threads = con.execute("select current_setting('threads')").fetchone()
    con.execute("set threads = 1")  # so that groups of rows end where they end on every machine
    try:
        return [part for table in _tables(con) for part in _parts(con, folder, table, rows, before)]
    finally:
        con.execute(f"set threads = {threads[0] if threads else 1}")


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        "select schema_name, table_name from duckdb_tables() where not internal and database_name = current_database()"
        " and schema_name in ('main', 'store', 'internal') order by all"
    ).fetchall()
    return [name if schema == "main" else f"{schema}.{name}" for schema, name in found]


def _parts(
    con: duckdb.DuckDBPyConnection, folder: Path, table: str, rows: Mapping[str, TableRows], before: Before | None
) -> Iterator[TablePart]:
    known = rows.get(table.removeprefix("store.")) if table.startswith("store.") else None
    for span in known.spans if known else spans(_count(con, table)):
        basis = known.basis.get(span, "") if known else ""
        old = before.parts.get((table, span)) if before else None
        if before and old and known and span.end <= known.kept:
            part = TablePart(table, old.file, span, old.sha256, basis)
            share(before.folder / old.file, folder / old.file)
        else:
            part = _written(con, folder, table, span, basis)
            if before and old and old.sha256 == part.sha256:
                (folder / part.file).unlink()
                share(before.folder / old.file, folder / part.file)
        yield part


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    (count,) = con.execute(f"select count(*) from {table}").fetchone() or (0,)
    return int(count)


def _written(con: duckdb.DuckDBPyConnection, folder: Path, table: str, span: Span, basis: str) -> TablePart:
    schema, _, name = table.rpartition(".")
    file = f"{FOLDER}/{name}-{span.first:010d}.parquet"
    order = (
        order_of(name)
        if schema == "store"
        else ", ".join(quoted(column) for column in _columns(con, schema or "main", name))
    )
    done = con.execute(
        f"copy (select * from {table} where rowid >= {span.first} and rowid < {span.end} order by {order})"
        f" to {literal(str(folder / file))} (format parquet, {_FORM})"
    ).fetchone()
    if done != (span.rows,):
        raise IntegrityError(
            f"{table}: expected {span.rows} rows from row {span.first} on, found {done and done[0]}; nothing was published"
        )
    (folder / file).chmod(_READ_ONLY & (folder / file).stat().st_mode)
    if (
        span.rows >= CLOSED
    ):  # a release that is made from nothing writes every part: what was read for one is of no use to the next
        let_go(con)
    return TablePart(table, file, span, sha256_of(folder / file), basis)


def _columns(con: duckdb.DuckDBPyConnection, schema: str, name: str) -> list[str]:
    found = con.execute(
        "select column_name from duckdb_columns() where schema_name = $1 and table_name = $2 order by column_index",
        [schema, name],
    ).fetchall()
    return [column for (column,) in found]
