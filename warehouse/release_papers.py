"""What lies beside the parts of a release for people and for other programs: its dictionary as a page and a table, and datapackage.json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from warehouse.ddl import literal
from warehouse.release_parts import TablePart
from warehouse.released import released_columns
from warehouse.tables import TABLES

DICTIONARY_CSV, DICTIONARY_PAGE, PACKAGE = "dictionary.csv", "dictionary.html", "datapackage.json"
# Frictionless Data Package, table schema (specs.frictionlessdata.io): its name of each of our types.
_TYPES = {
    "VARCHAR": "string", "DOUBLE": "number", "BIGINT": "integer", "INTEGER": "integer", "BOOLEAN": "boolean", "TIMESTAMP": "datetime",
    "DATE": "date",
}  # fmt: skip
_GRAINS = """
    select case schema_name when 'main' then '' else schema_name || '.' end || name, comment from (
        select schema_name, table_name as name, comment from duckdb_tables() where not internal and database_name = current_database()
        union all
        select schema_name, view_name, comment from duckdb_views() where not internal and database_name = current_database()
    ) order by schema_name <> 'main', name
"""


def write_papers(con: duckdb.DuckDBPyConnection, folder: Path, release: str, parts: Iterable[TablePart]) -> None:
    """Write all three, of the database that is open here."""
    con.execute(f"copy dictionary to {literal(str(folder / DICTIONARY_CSV))} (format csv, header)")
    (folder / DICTIONARY_PAGE).write_text(_page(con, release), encoding="utf-8")
    said = {"name": f"pbis-{release.lower()}", "profile": "data-package", "resources": _resources(con, parts)}
    (folder / PACKAGE).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def _page(con: duckdb.DuckDBPyConnection, release: str) -> str:
    grains = dict(con.execute(_GRAINS).fetchall())
    rows = con.execute('select name, column_name, "class", meaning from dictionary').fetchall()
    found = {name: list(columns) for name, columns in groupby(rows, lambda row: row[0])}
    sections = "".join(
        f"<h2 id='{escape(name)}'>{escape(name)}</h2>\n<p>{escape(grains[name] or '')}</p>\n"
        "<table><tr><th>column</th><th>class</th><th>meaning</th></tr>\n"
        + "".join(
            f"<tr><td>{escape(column)}</td><td>{escape(kind or '')}</td><td>{escape(words or '')}</td></tr>\n"
            for _, column, kind, words in found[name]
        )
        + "</table>\n"
        for name in grains
        if name in found
    )
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>Dictionary of release "
        f"{escape(release)}</title>\n<style>body{{font-family:sans-serif;max-width:60em;margin:2em auto}}"
        "td,th{text-align:left;vertical-align:top;padding:.1em .8em .1em 0}</style></head>\n<body>"
        f"<h1>Dictionary of release {escape(release)}</h1>\n{sections}</body></html>\n"
    )


def _resources(con: duckdb.DuckDBPyConnection, parts: Iterable[TablePart]) -> list[dict[str, Any]]:
    """A table a resource, with its parts in their order; tables without a row have none."""
    grains = dict(con.execute(_GRAINS).fetchall())
    listed = sorted(parts, key=lambda part: (part.table, part.span))
    columns: dict[str, list[tuple[str, str, str]]] = {}
    for schema, table, *column in con.execute(
        "select schema_name, table_name, column_name, data_type, coalesce(comment, '') from duckdb_columns()"
        " where not internal and database_name = current_database() order by schema_name, table_name, column_index"
    ).fetchall():
        columns.setdefault(table if schema == "main" else f"{schema}.{table}", []).append(tuple(column))
    return [
        _resource(table, [part.file for part in own], columns[table], grains.get(table) or "")
        for table, own in groupby(listed, lambda part: part.table)
    ]


def _resource(table: str, files: list[str], columns: list[tuple[str, str, str]], grain: str) -> dict[str, Any]:
    name = table.removeprefix("store.")
    schema: dict[str, Any] = {
        "fields": [
            {"name": column, "type": _TYPES.get(kind.partition("(")[0], "any"), "description": words}
            for column, kind, words in columns
        ]
    }
    if table != name:
        key = TABLES[name].key
        if set(key) <= set(released_columns(name)) and not {
            c.name for c in TABLES[name].columns if c.is_nullable
        } & set(key):
            schema["primaryKey"] = list(key)
    return {
        "name": name.replace("_", "-"), "title": name, "description": grain, "path": files, "format": "parquet",
        "mediatype": "application/vnd.apache.parquet", "schema": schema,
    }  # fmt: skip
