"""What lies beside the parts of a release for people and for other programs: its dictionary as a page and a table, and datapackage.json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from warehouse.dictionary_page import dictionary_csv, dictionary_html, grains
from warehouse.release_disk import share
from warehouse.release_parts import TablePart
from warehouse.released import released_columns
from warehouse.tables import TABLES

DICTIONARY_CSV, DICTIONARY_PAGE, PACKAGE = "dictionary.csv", "dictionary.html", "datapackage.json"
# Frictionless Data Package, table schema (specs.frictionlessdata.io): its name of each of our types.
_TYPES = {
    "VARCHAR": "string", "DOUBLE": "number", "BIGINT": "integer", "INTEGER": "integer", "BOOLEAN": "boolean", "TIMESTAMP": "datetime",
    "DATE": "date",
}  # fmt: skip


def write_papers(
    con: duckdb.DuckDBPyConnection, folder: Path, release: str, parts: Iterable[TablePart], alike: Path | None = None
) -> None:
    """Write all three, of the database that is open here. alike: a release with the same dictionary, whose page and table are shared."""
    if alike:
        for name in (DICTIONARY_CSV, DICTIONARY_PAGE):
            share(alike / name, folder / name)
    else:
        (folder / DICTIONARY_CSV).write_text(dictionary_csv(con), encoding="utf-8", newline="")
        (folder / DICTIONARY_PAGE).write_text(dictionary_html(con), encoding="utf-8")
    said = {"name": f"pbis-{release.lower()}", "profile": "data-package", "resources": _resources(con, parts)}
    (folder / PACKAGE).write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def _resources(con: duckdb.DuckDBPyConnection, parts: Iterable[TablePart]) -> list[dict[str, Any]]:
    """A table a resource, with its parts in their order; tables without a row have none."""
    grain_of = grains(con)
    listed = sorted(parts, key=lambda part: (part.table, part.span))
    columns: dict[str, list[tuple[str, str, str]]] = {}
    for schema, table, *column in con.execute(
        "select schema_name, table_name, column_name, data_type, coalesce(comment, '') from duckdb_columns()"
        " where not internal and database_name = current_database() and table_oid in (select table_oid from duckdb_tables())"
        " order by schema_name, table_name, column_index"
    ).fetchall():
        columns.setdefault(table if schema == "main" else f"{schema}.{table}", []).append(tuple(column))
    return [
        _resource(table, [part.file for part in own], columns[table], grain_of.get(table) or "")
        for table, own in groupby(listed, lambda part: part.table)
    ]


def _resource(table: str, files: list[str], columns: list[tuple[str, str, str]], grain: str) -> dict[str, Any]:
    schema_name, _, name = table.rpartition(".")
    schema: dict[str, Any] = {
        "fields": [
            {"name": column, "type": _TYPES.get(kind.partition("(")[0], "any"), "description": words}
            for column, kind, words in columns
        ]
    }
    if schema_name == "store":
        key = TABLES[name].key
        if set(key) <= set(released_columns(name)) and not {
            c.name for c in TABLES[name].columns if c.is_nullable
        } & set(key):
            schema["primaryKey"] = list(key)
    return {
        "name": name.replace("_", "-"), "title": name, "description": grain, "path": files, "format": "parquet",
        "mediatype": "application/vnd.apache.parquet", "schema": schema,
    }  # fmt: skip
