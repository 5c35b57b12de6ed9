"""Bring a database to the present shape: each migration once, in its own transaction with its record; then the views."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path

import duckdb

from pbis.core.errors import IntegrityError
from warehouse.comments import inherit_comments
from warehouse.connect import transaction
from warehouse.moments import TO_UTC, turn_to_utc

HERE = Path(__file__).parent
RECORD = "store.warehouse_migration"


def migrate(con: duckdb.DuckDBPyConnection, *, with_views: bool = True, zone: tzinfo | None = None) -> tuple[str, ...]:
    """Apply what is missing and return the names of it. zone: the site's, which a database of an earlier build needs. IntegrityError
    where an applied migration's text has changed, or the zone is needed and not given."""
    applied = _applied(con)
    names = [path.name for path in migrations() if _apply(con, path, applied, zone)]
    if with_views and create_views(con):
        names.append("views")
    return tuple(names)


def is_of_an_earlier_build(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a migration is missing."""
    applied = _applied(con)
    return any(path.name not in applied for path in migrations())


def migrations() -> list[Path]:
    return sorted((HERE / "migrations").glob("[0-9]*.sql"))


def view_files() -> list[Path]:
    """In the order of their numbers, which is the order of their dependence."""
    return sorted((HERE / "views").glob("[0-9]*.sql"))


def create_views(con: duckdb.DuckDBPyConnection) -> bool:
    """(Re)create all views where their text has changed since the last time; False where nothing was to do."""
    texts = {path.stem.partition("_")[2]: path.read_text("utf-8") for path in view_files()}
    text = "\n".join(texts.values())
    if _latest(con, "views") == _sha256(text):
        return False
    with transaction(con):
        _create(con, texts)
        inherit_comments(con, texts)
        _record(con, "views", text)
    return True


def _create(con: duckdb.DuckDBPyConnection, texts: Mapping[str, str]) -> None:
    """Each view in turn, while those that it reads are covered by temporary ones that have but their columns: DuckDB binds a view by
    binding all below it again, which takes three times as long in all. What it keeps of a view is the text, so the file is the same.
    """
    for view, text in texts.items():
        con.execute(text)
        con.execute(cover_of(con, view))
    con.execute(";".join(f'drop view temp."{view}"' for view in texts))


def cover_of(con: duckdb.DuckDBPyConnection, view: str) -> str:
    """Statement that makes a temporary view of the same name and columns, without rows."""
    columns = con.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = 'main' and table_name = $1"
        " and database_name = current_database() order by column_index",
        [view],
    ).fetchall()
    cover = ", ".join(f'null::{kind} as "{name.replace(chr(34), chr(34) * 2)}"' for name, kind in columns)
    return f'create temp view "{view}" as select {cover}'


def _apply(con: duckdb.DuckDBPyConnection, path: Path, applied: dict[str, str], zone: tzinfo | None) -> bool:
    text = path.read_text("utf-8")
    if path.name in applied:
        if applied[path.name] != _sha256(text):
            raise IntegrityError(
                f"{path.name}: its text has changed since it was applied; write a new migration instead"
            )
        return False
    with transaction(con):
        con.execute(text)
        if path.name == TO_UTC:
            turn_to_utc(con, zone)
        _record(con, path.name, text)
    return True


def _applied(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    known = con.execute(
        "select 1 from duckdb_tables() where schema_name = 'store' and table_name = 'warehouse_migration'"
        " and database_name = current_database()"
    ).fetchone()
    return dict(con.execute(f"select name, sha256 from {RECORD} order by sequence").fetchall()) if known else {}


def _latest(con: duckdb.DuckDBPyConnection, name: str) -> str | None:
    row = con.execute(f"select arg_max(sha256, sequence) from {RECORD} where name = $1", [name]).fetchone()
    return row[0] if row else None


def _record(con: duckdb.DuckDBPyConnection, name: str, text: str) -> None:
    con.execute(
        f"insert into {RECORD} by name select $1 as name, $2 as sha256, "
        f"coalesce(max(sequence), 0) + 1 as sequence from {RECORD}",
        [name, _sha256(text)],
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
