"""Bring a database to the present shape: each migration once, in its own transaction with its record; then the views."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb

from pbis.core.errors import IntegrityError
from warehouse.connect import transaction

HERE = Path(__file__).parent
RECORD = "store.warehouse_migration"


def migrate(con: duckdb.DuckDBPyConnection, *, with_views: bool = True) -> tuple[str, ...]:
    """Apply what is missing and return the names of it. IntegrityError where an applied migration's text has changed."""
    applied = _applied(con)
    names = [path.name for path in migrations() if _apply(con, path, applied)]
    if with_views and create_views(con):
        names.append("views")
    return tuple(names)


def migrations() -> list[Path]:
    return sorted((HERE / "migrations").glob("[0-9]*.sql"))


def view_files() -> list[Path]:
    """In the order of their numbers, which is the order of their dependence."""
    return sorted((HERE / "views").glob("[0-9]*.sql"))


def create_views(con: duckdb.DuckDBPyConnection) -> bool:
    """(Re)create all views where their text has changed since the last time; False where nothing was to do."""
    text = "\n".join(path.read_text("utf-8") for path in view_files())
    if _latest(con, "views") == _sha256(text):
        return False
    with transaction(con):
        con.execute(text)
        _inherit_comments(con)
        _record(con, "views", text)
    return True


def _apply(con: duckdb.DuckDBPyConnection, path: Path, applied: dict[str, str]) -> bool:
    text = path.read_text("utf-8")
    if path.name in applied:
        if applied[path.name] != _sha256(text):
            raise IntegrityError(
                f"{path.name}: its text has changed since it was applied; write a new migration instead"
            )
        return False
    with transaction(con):
        con.execute(text)
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


def _inherit_comments(con: duckdb.DuckDBPyConnection) -> None:
    """A column that keeps its name keeps its comment: views need words only for the columns that they make."""
    con.execute(
        """
        select view_column.table_name, view_column.column_name, min(stored.comment)
        from duckdb_columns() as view_column
        join duckdb_columns() as stored
            on stored.schema_name = 'store' and stored.column_name = view_column.column_name
            and stored.database_name = view_column.database_name
        where view_column.schema_name = 'main' and not view_column.internal and view_column.comment is null
            and view_column.database_name = current_database()
        group by all
        having count(distinct stored.comment) = 1
        order by all
        """
    )
    for view, column, comment in con.fetchall():
        words = comment.replace("'", "''")
        con.execute(f"""comment on column main."{view}"."{column}" is '{words}'""")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
