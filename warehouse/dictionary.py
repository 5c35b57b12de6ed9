"""docs/dictionary.md, from the comments in the database: `python -m warehouse.dictionary` writes it, `--check` compares."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.classes import class_of
from warehouse.connect import connect
from warehouse.ddl import literal
from warehouse.migrate import migrate

PAGE = Path(__file__).parents[1] / "docs" / "dictionary.md"
HEAD = """# Dictionary

Generated from the comments in the database by `python -m warehouse.dictionary`; do not edit.

Views say what counts and are what people query. Tables of schema `store` hold every row ever loaded and are only appended to;
a release leaves some of their columns out and moves the dates of patients so that the first dose is on 1900-01-01. A release also holds `result_wide` (one row per specimen x plate, two columns an
analyte), `release` and `dictionary` (this page as a table).

The class says what may stand in a column: a key (a name that study or laboratory gave), a number, a unit, a closed word, a hash, a time, a study
day, a sentence of the program. A surrogate is a cell that a file may fill with anything: it stands in a release where it is closed for its kind,
else its kind and the first digits of its sha256 do. What is private is not in a release, or empty there.
"""


_OF_DICTIONARY = {
    "table dictionary": "one row per column of the views and tables of this release",
    "column dictionary.name": "view or table; a table of schema store with it",
    "column dictionary.column_name": "column",
    'column dictionary."class"': "what may stand in it",
    "column dictionary.meaning": "what it says",
}


def dictionary(con: duckdb.DuckDBPyConnection) -> str:
    """The page: views, then tables, each with its grain and columns."""
    views = "".join(
        _section(con, "main", name, comment) for name, comment in _objects(con, "duckdb_views", "view", "main")
    )
    tables = "".join(
        _section(con, "store", name, comment) for name, comment in _objects(con, "duckdb_tables", "table", "store")
    )
    return f"{HEAD}\n## Views\n{views}\n## Tables of `store`\n{tables}"


def create_dictionary(con: duckdb.DuckDBPyConnection) -> None:
    """Table dictionary of a release: a row a column of what people can ask, with its class."""
    rows = con.execute(
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() where schema_name in ('main', 'store')"
        " and table_name <> 'dictionary' and not internal and database_name = current_database()"
        " order by schema_name, table_name, column_index"
    ).fetchall()
    columns = {
        "name": [name if schema == "main" else f"{schema}.{name}" for schema, name, *_ in rows],
        "column_name": [row[2] for row in rows],
        "class": [class_of(*row[:4]) for row in rows],
        "meaning": [row[4] for row in rows],
    }
    con.register("dictionary_rows", pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))
    con.execute("create or replace table dictionary as from dictionary_rows")
    con.unregister("dictionary_rows")
    con.execute(";".join(f"comment on {what} is {literal(words)}" for what, words in _OF_DICTIONARY.items()))


def uncommented(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Tables, views and columns without a comment, by full name."""
    missing = con.execute(
        """
        select schema_name || '.' || table_name || '.' || column_name from duckdb_columns()
        where comment is null and not internal and schema_name in ('main', 'store')
        union all
        select schema_name || '.' || table_name from duckdb_tables()
        where comment is null and not internal and schema_name in ('main', 'store')
        union all
        select schema_name || '.' || view_name from duckdb_views()
        where comment is null and not internal and schema_name in ('main', 'store')
        order by 1
        """
    ).fetchall()
    return [name for (name,) in missing]


def dictionary_page() -> str:
    """The page as the migrations and views of this version say it."""
    con = connect(None)
    migrate(con)
    return dictionary(con)


def main(arguments: Sequence[str]) -> int:
    text = dictionary_page()
    if "--check" in arguments:
        is_equal = PAGE.is_file() and PAGE.read_text("utf-8") == text
        if not is_equal:
            sys.stderr.write(f"{PAGE.name} is not what the database says: run python -m warehouse.dictionary\n")
        return 0 if is_equal else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, "utf-8")
    return 0


def _objects(con: duckdb.DuckDBPyConnection, function: str, kind: str, schema: str) -> list[tuple[str, str]]:
    return con.execute(
        f"select {kind}_name, comment from {function}() where schema_name = $1 and not internal order by 1", [schema]
    ).fetchall()


def _section(con: duckdb.DuckDBPyConnection, schema: str, name: str, comment: str) -> str:
    rows = con.execute(
        "select column_name, lower(data_type), comment from duckdb_columns()"
        " where schema_name = $1 and table_name = $2 order by column_index",
        [schema, name],
    ).fetchall()
    lines = "".join(
        f"| `{column}` | {kind} | {class_of(schema, name, column, kind.upper())} | {_cell(words)} |\n"
        for column, kind, words in rows
    )
    return f"\n### {name}\n\n{_sentence(comment)}.\n\n| column | type | class | meaning |\n|---|---|---|---|\n{lines}"


def _sentence(comment: str) -> str:
    return _cell(comment[:1].upper() + comment[1:])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
