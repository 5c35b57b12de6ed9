"""Declared frames as SQL: `python -m warehouse.ddl` prints what the migrations still lack, to be pasted into the next one."""

from __future__ import annotations

import sys

import duckdb
import pyarrow as pa

from pbis.core.frames.model import Column, FrameSpec
from warehouse.connect import connect
from warehouse.migrate import migrate
from warehouse.tables import BULK, TABLES

SQL_TYPE = {
    pa.string(): "VARCHAR",
    pa.float64(): "DOUBLE",
    pa.int64(): "BIGINT",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us"): "TIMESTAMP",
    pa.date32(): "DATE",
}


def quoted(name: str) -> str:
    """An SQL identifier that is safe whatever the name holds (`group` is a keyword; an analyte may hold a quote)."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def create_table(spec: FrameSpec) -> str:
    """CREATE TABLE with every comment and, but for bulk tables and keys that may be null, the primary key."""
    lines = [f"    {quoted(c.name)} {SQL_TYPE[c.type]}{'' if c.is_nullable else ' not null'}" for c in spec.columns]
    nullable = {c.name for c in spec.columns if c.is_nullable}
    if spec.name not in BULK and not nullable & set(spec.key):
        lines.append(f"    primary key ({', '.join(quoted(k) for k in spec.key)})")
    body = ",\n".join(lines)
    comments = [f"comment on table store.{spec.name} is {literal(f'one row per {spec.grain}')};"]
    comments += [comment_on(spec, c) for c in spec.columns]
    return f"create table store.{spec.name} (\n{body}\n);\n" + "\n".join(comments) + "\n"


def add_column(spec: FrameSpec, column: Column) -> str:
    """ALTER TABLE for a column that a later version of the frame declares."""
    if not column.is_nullable:
        raise ValueError(f"{spec.name}.{column.name}: a column added later must be nullable")
    return f"alter table store.{spec.name} add column {quoted(column.name)} {SQL_TYPE[column.type]};\n" + (
        comment_on(spec, column) + "\n"
    )


def comment_on(spec: FrameSpec, column: Column) -> str:
    return f"comment on column store.{spec.name}.{quoted(column.name)} is {literal(column.doc)};"


def missing(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Statements that would bring a migrated database to the declared frames; empty where nothing is missing."""
    present = con.execute("select table_name, column_name from duckdb_columns() where schema_name = 'store'").fetchall()
    columns = set(present)
    tables = {table for table, _ in present}
    statements = [create_table(spec) for spec in TABLES.values() if spec.name not in tables]
    for spec in TABLES.values():
        if spec.name in tables:
            statements += [add_column(spec, c) for c in spec.columns if (spec.name, c.name) not in columns]
    return statements


def main() -> None:
    con = connect(None)
    migrate(con, with_views=False)
    sys.stdout.write("\n".join(missing(con)))


if __name__ == "__main__":
    main()
