"""Bring a database to the present shape: each migration once, in its own transaction with its record; then the views. One that has
nothing yet gets what they leave as a copy (warehouse/fresh.py)."""

from __future__ import annotations

import hashlib
from datetime import tzinfo
from pathlib import Path

import duckdb

from pbis.core.errors import IntegrityError
from warehouse.connect import transaction
from warehouse.fresh import copy_shape, has_nothing
from warehouse.moments import TO_UTC, turn_to_utc
from warehouse.shapes import every_text, make_views

HERE = Path(__file__).parent
RECORD = "store.warehouse_migration"


def migrate(con: duckdb.DuckDBPyConnection, *, with_views: bool = True, zone: tzinfo | None = None) -> tuple[str, ...]:
    """Apply what is missing and return the names of it. zone: the site's, which a database of an earlier build needs. IntegrityError
    where an applied migration's text has changed, a newer program applied one, or the zone is needed and not given."""
    applied = _applied(con)
    _require_known(applied)
    if with_views and not applied and has_nothing(con):
        copy_shape(con, _sha256(_steps_text()), _step_by_step)
        return (*(path.name for path in migrations()), "views")
    names = [path.name for path in migrations() if _apply(con, path, applied, zone)]
    if with_views and create_views(con):
        names.append("views")
    return tuple(names)


def _step_by_step(con: duckdb.DuckDBPyConnection) -> None:
    """The same for a database that has no rows, without the way of `copy_shape`."""
    for path in migrations():
        _apply(con, path, {}, None)
    create_views(con)


def _steps_text() -> str:
    return "\n".join([*(path.read_text("utf-8") for path in migrations()), every_text()])


def _require_known(applied: dict[str, str]) -> None:
    """An older program would write rows that lack what the newer one relies on, and put its own views in the place of newer ones."""
    known = {path.name for path in migrations()}
    newer = sorted(name for name in applied if name.endswith(".sql") and name not in known)
    if newer:
        raise IntegrityError(
            f"a newer program brought this database to {newer[-1]}, which this one does not know: run the newer program, or go back to "
            "a backup from before the upgrade (docs/upgrade.md); nothing was changed"
        )


def hash_of_views() -> str:
    """sha256 of all that the views of this build are made from, as it is recorded beside the migrations."""
    return _sha256(every_text())


def is_of_an_earlier_build(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a migration is missing."""
    applied = _applied(con)
    return any(path.name not in applied for path in migrations())


def migrations() -> list[Path]:
    return sorted((HERE / "migrations").glob("[0-9]*.sql"))


def create_views(con: duckdb.DuckDBPyConnection) -> bool:
    """(Re)create all views where their text has changed since the last time; False where nothing was to do."""
    text = every_text()
    if _latest(con, "views") == _sha256(text):
        return False
    make_views(con)
    with transaction(con):
        _record(con, "views", text)
    return True


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
