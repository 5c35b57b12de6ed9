"""The views in their three schemas, made where their text has changed since the last time.

internal  by which the program itself derives (views/): dates of patients and steps between, as no promise to anybody
main      which people are pointed to (public/): thin, on internal ones, one name for one thing and no date
v1        every view as it was in the version before (v1.sql); it goes with the next version

The program's own connections look into internal first, people's into main (warehouse/connect.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

import duckdb

from warehouse.comments import inherit_comments
from warehouse.connect import INTERNAL, transaction, use_internal

HERE = Path(__file__).parent
PUBLIC, FORMER = "main", "v1"
SCHEMAS = (INTERNAL, PUBLIC, FORMER)

# What stands for $display in a public view: value and value_op of the same row as people read it, with four significant digits (more
# before the point than four stand as zeros). Doubles are compared and joined by value; this is for eyes.
_DISPLAY = """concat(
        nullif(value_op, '='),
        case
            when isfinite(value) and abs(value) >= 1000 then format('{:.0f}', round(value, (3 - floor(log10(abs(value))))::integer))
            else format('{:.4g}', value)
        end
    )"""
DISPLAY = f"case when value is not null then {_DISPLAY} end"


def view_files() -> list[Path]:
    """Of the internal views, in the order of their numbers, which is the order of their dependence."""
    return sorted((HERE / "views").glob("[0-9]*.sql"))


def public_files() -> list[Path]:
    """Of the views that people are pointed to, by name: each rests on internal ones alone."""
    return sorted((HERE / "public").glob("*.sql"))


def internal_texts() -> dict[str, str]:
    """Name -> SQL of the internal views, in order."""
    return {path.stem.partition("_")[2]: path.read_text("utf-8") for path in view_files()}


def public_texts() -> dict[str, str]:
    """Name -> SQL of the public views, by name."""
    return {path.stem: path.read_text("utf-8").replace("$display", DISPLAY) for path in public_files()}


def former_text() -> str:
    """SQL of schema v1."""
    return (HERE / "v1.sql").read_text("utf-8")


def every_text() -> str:
    """All that the views of this build are made from; a file whose last one differs has other views."""
    return "\n".join([*internal_texts().values(), *public_texts().values(), former_text()])


def make_views(con: duckdb.DuckDBPyConnection) -> None:
    """Make all views of this build, in the place of those that are there. Can be repeated: whoever records that it was done does so
    afterwards."""
    internal, public = internal_texts(), public_texts()
    place_views(con, internal, [*public.values(), former_text()])
    with transaction(con):
        inherit_comments(con, internal, INTERNAL)
        inherit_comments(con, public, PUBLIC)


def place_views(con: duckdb.DuckDBPyConnection, internal: Mapping[str, str], thin: Iterable[str]) -> None:
    """Make these views, in the place of those that are there. internal: name -> SQL, in the order of their dependence; thin: SQL that
    makes views of main and v1 on internal ones, or on each other in this order."""
    with transaction(con):
        for schema in (INTERNAL, FORMER):
            con.execute(f"create schema if not exists {schema}")
        use_internal(con)
        _create_internal(con, internal)
        _clear(con)
    _copy_thin(con, thin)


def _quoted(name: str) -> str:
    """A name as SQL writes one."""
    return '"' + name.replace('"', '""') + '"'


def _create_internal(con: duckdb.DuckDBPyConnection, texts: Mapping[str, str]) -> None:
    """Each view in turn, while those that it reads are covered by temporary ones that have but their columns: DuckDB binds a view by
    binding all below it again, which takes three times as long in all. What it keeps of a view is the text, so the file is the same.
    """
    for view, text in texts.items():
        con.execute(text)
        columns = con.execute(f"describe {INTERNAL}.{_quoted(view)}").fetchall()
        con.execute(f"create temp view {_quoted(view)} as {_cover((name, kind) for name, kind, *_ in columns)}")
    con.execute(";".join(f"drop view temp.{_quoted(view)}" for view in texts))


def _cover(columns: Iterable[tuple[str, str]]) -> str:
    """A query with these columns and types, and nothing behind them."""
    return "select " + ", ".join(f"null::{kind} as {_quoted(name)}" for name, kind in columns)


def _covers(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """A cover for all that internal has; in a release a table is among it."""
    rows = con.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = $1"
        " and database_name = current_database() order by table_name, column_index",
        [INTERNAL],
    ).fetchall()
    return {
        view: _cover((name, kind) for _, name, kind in columns)
        for view, columns in groupby(rows, lambda row: str(row[0]))
    }


def _clear(con: duckdb.DuckDBPyConnection) -> None:
    """Take out the thin views of the build before, and those that it had in main."""
    there = con.execute(
        "select schema_name, view_name from duckdb_views() where database_name = current_database() and not internal"
        f" and schema_name in ('{PUBLIC}', '{FORMER}')"
    ).fetchall()
    ours = {*internal_texts(), *public_texts()}
    for schema, view in there:
        if schema == FORMER or view in ours:
            con.execute(f"drop view {schema}.{_quoted(view)}")


def _copy_thin(con: duckdb.DuckDBPyConnection, thin: Iterable[str]) -> None:
    """Views on internal ones, made over covers in a database in memory and copied from there: to make them over the true views takes
    twenty times as long, since DuckDB binds all below each, and a copied view is bound when it is read."""
    (own,) = con.execute("select current_database()").fetchone() or ("",)
    covers = _covers(con)
    con.execute("attach ':memory:' as thin")
    try:
        con.execute(f"use thin; create schema {INTERNAL}; create schema {FORMER}")
        con.execute(";".join(f"create view {INTERNAL}.{_quoted(view)} as {text}" for view, text in covers.items()))
        for text in thin:
            con.execute(text)
        con.execute(f"drop schema {INTERNAL} cascade; use {_quoted(own)}")
        con.execute(f"copy from database thin to {_quoted(own)} (schema)")
    finally:
        con.execute(f"use {_quoted(own)}; detach thin")
        use_internal(con)
