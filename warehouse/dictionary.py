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
from warehouse.said_units import unit_of
from warehouse.start_here import start_page

PAGE = Path(__file__).parents[1] / "docs" / "dictionary.md"
HEAD = """# Dictionary

Generated from the comments in the database by `python -m warehouse.dictionary`; do not edit.

"""
LEGEND = """
## How to read it

A release has four schemas. Views of `main` are what people ask: they have no date, `subject_id`, `cohort` and `study_day` wherever a patient is, and a value is
`value` (a number, or the bound), `value_op`, `value_text` (every digit, as it was decided with) and `value_display` (for eyes). `internal` has the views by
which the program derives them, and `store` every row ever loaded, only appended to; both are without what a release leaves out, and the dates of patients are moved so that the first
dose is on 1900-01-01. `v1` has every view as it was in the version before, under its old names and with moved dates (`select * from v1.score`); it goes with the next version. A release also holds `result_wide`
(one row per specimen x plate, two columns an analyte: `il_2`, `il_2_display`), `release` and `dictionary` (this page as a table).

The class says what may stand in a column: a key (a name that study or laboratory gave), a number, a unit, a closed word, a hash, a time, a study
day, a sentence of the program. A surrogate is a cell that a file may fill with anything: it stands in a release where it is closed for its kind,
else its kind and the first digits of its sha256 do. What is private is not in a release, or empty there.
"""
# Schema -> heading of its part, in the order of the page; tables of main are of a release alone.
PARTS = (
    ("main", "Views that people ask"),
    ("store", "Tables of `store`"),
    ("internal", "Views by which the program derives"),
)


_OF_DICTIONARY = {
    "table main.dictionary": "one row per column of the views and tables of this release",
    "column main.dictionary.name": "view or table; a table of schema store with it",
    "column main.dictionary.column_name": "column",
    'column main.dictionary."type"': "its type in DuckDB",
    'column main.dictionary."class"': "what may stand in it",
    "column main.dictionary.unit": "in what its numbers are told; null where it holds none",
    "column main.dictionary.meaning": "what it says",
}


def dictionary(con: duckdb.DuckDBPyConnection) -> str:
    """The page: where to begin, then views and tables, each with its grain and columns."""
    parts = []
    for schema, heading in PARTS:
        kinds = ("duckdb_tables", "table") if schema == "store" else ("duckdb_views", "view")
        sections = (_section(con, schema, name, comment) for name, comment in _objects(con, *kinds, schema))
        parts.append(f"\n## {heading}\n{''.join(sections)}")
    return f"{HEAD}{start_page()}{LEGEND}{''.join(parts)}"


def create_dictionary(con: duckdb.DuckDBPyConnection) -> None:
    """Table dictionary of a release: a row a column of what people can ask, with type, class and unit, what they are pointed to first."""
    rows = con.execute(
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns()"
        " where schema_name in ('main', 'store', 'internal') and not internal and database_name = current_database()"
        " and not (schema_name = 'main' and table_name = 'dictionary')"
        " order by schema_name <> 'main', schema_name <> 'store', table_name, column_index"
    ).fetchall()
    beside: dict[str, set[str]] = {}
    for schema, name, column, *_ in rows:
        beside.setdefault(f"{schema}.{name}", set()).add(column)
    columns = {
        "name": [name if schema == "main" else f"{schema}.{name}" for schema, name, *_ in rows],
        "column_name": [row[2] for row in rows],
        "type": [row[3].lower() for row in rows],
        "class": [class_of(*row[:4]) for row in rows],
        "unit": [unit_of(row[2], row[3], beside[f"{row[0]}.{row[1]}"]) or None for row in rows],
        "meaning": [row[4] for row in rows],
    }
    con.register("dictionary_rows", pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))
    con.execute("create or replace table main.dictionary as from dictionary_rows")
    con.unregister("dictionary_rows")
    con.execute(";".join(f"comment on {what} is {literal(words)}" for what, words in _OF_DICTIONARY.items()))


def uncommented(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Tables, views and columns without a comment, by full name."""
    missing = con.execute(
        """
        select schema_name || '.' || table_name || '.' || column_name from duckdb_columns()
        where comment is null and not internal and schema_name in ('main', 'store', 'internal')
        union all
        select schema_name || '.' || table_name from duckdb_tables()
        where comment is null and not internal and schema_name in ('main', 'store', 'internal')
        union all
        select schema_name || '.' || view_name from duckdb_views()
        where comment is null and not internal and schema_name in ('main', 'store', 'internal')
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
    beside = {column for column, *_ in rows}
    lines = "".join(
        f"| `{column}` | {kind} | {class_of(schema, name, column, kind.upper())} | {unit_of(column, kind.upper(), beside)} |"
        f" {_cell(words)} |\n"
        for column, kind, words in rows
    )
    head = "| column | type | class | unit | meaning |\n|---|---|---|---|---|"
    return f"\n### {name if schema == 'main' else f'{schema}.{name}'}\n\n{_sentence(comment)}.\n\n{head}\n{lines}"


def _sentence(comment: str) -> str:
    return _cell(comment[:1].upper() + comment[1:])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
