"""A reader with a DuckDB of its own: reads every view and table of a release, all rows, and prints what it found as JSON.

    python other_duckdb.py FOLDER_OF_THE_PACKAGE DATABASE SHAPE
    python other_duckdb.py FOLDER_OF_THE_PACKAGE DATABASE

With the texts of the views (shape.sql of the release) each is run once, on tables that hold what the views below it gave, and those that
stand on tables alone are asked as they stand too. Without, every view is asked as it stands: all below it are bound again and again, which takes half a minute of a core.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

TABLES = "select schema_name, table_name from duckdb_tables() where not internal and not temporary order by all"
VIEWS = "select schema_name, view_name from duckdb_views() where not internal and not temporary order by all"
COMMENTS = """
    select count(comment) from duckdb_columns()
    where schema_name = 'store' and not internal and database_name = current_database()
"""
TEXT = re.compile(
    r"^create (?:or replace )?view (?:(main|v1|internal)\.)?(\w+) as\s+(.*?)(?:;\s*$|;?\s*\Z)",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
SHALLOW = ("score", "score_component", "score_input", "open_item", "release_change", "outcome", "night")


def main() -> None:
    folder, database, *texts = sys.argv[1:]
    sys.path.insert(0, folder)
    import duckdb

    if not duckdb.__file__.startswith(folder):
        raise SystemExit(f"expected DuckDB of {folder}; found {duckdb.__file__}")
    con = duckdb.connect(database, read_only=True)
    con.execute("set threads = 1")
    (comments,) = con.execute(COMMENTS).fetchone()
    views = con.execute(VIEWS).fetchall()
    asked = [
        *con.execute(TABLES).fetchall(),
        *(each for each in views if not texts or each in [("main", name) for name in SHALLOW]),
    ]
    found = {f"{schema}.{name}": read(con, f'from "{schema}"."{name}"') for schema, name in asked}
    for schema, name in con.execute(TABLES).fetchall():  # one in the place of a view
        if schema == "internal":
            con.execute(f'create temp table "{name}" as from internal."{name}"')
    for schema, name, body in texts_of(Path(*texts)) if texts else ():
        # what is below it stands in temporary tables, under the bare name that of the internal view
        table = name if schema == "internal" else f"{schema}_{name}"
        if (schema, name) in views:
            bare = re.sub(r"\bmain\.", "main_", body.replace("internal.", ""))
            found[f"text of {schema}.{name}"] = read(con, f'from "{table}"', f'create temp table "{table}" as {bare}')
    print(json.dumps({"version": duckdb.__version__, "found": found, "views": views, "comments": comments}))


def texts_of(shape: Path) -> list[tuple[str, str, str]]:
    """Schema, name and query of each view, in the order of their dependence."""
    return [
        (schema or "internal", name, body)
        for schema, name, body in TEXT.findall(
            shape.read_text("utf-8").replace("\n;;\n", ";\n").replace("\n;;;;\n", ";\n")
        )
    ]


def read(con, query: str, *before: str) -> str:
    """How many rows, and a hash of them; the first line of the refusal where there is one."""
    try:
        for statement in before:
            con.execute(statement)
        rows = con.execute(query).fetchall()
    except Exception as error:  # of a module that is known when it runs
        return str(error).splitlines()[0]
    return f"{len(rows)} {hashlib.sha256(chr(10).join(sorted(map(repr, rows))).encode()).hexdigest()}"


if __name__ == "__main__":
    main()
