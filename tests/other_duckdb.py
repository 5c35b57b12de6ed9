"""A reader with a DuckDB of its own: reads every view and table of a release, all rows, and prints what it found as JSON.

    python other_duckdb.py FOLDER_OF_THE_PACKAGE DATABASE FOLDER_OF_VIEWS
    python other_duckdb.py FOLDER_OF_THE_PACKAGE DATABASE

With the views' texts each is run once, on tables that hold what the views below it gave, and those that stand on tables alone are asked as
they stand too. Without, every view is asked as it stands: all below it are bound again and again, which takes half a minute of a core.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

TABLES = "select schema_name, table_name from duckdb_tables() where not internal and not temporary order by all"
VIEWS = "select view_name from duckdb_views() where not internal and not temporary order by all"
COMMENTS = """
    select count(comment) from duckdb_columns()
    where schema_name = 'store' and not internal and database_name = current_database()
"""
TEXT = re.compile(r"^create or replace view (\w+) as\n(.*?);$", re.DOTALL | re.MULTILINE)
SHALLOW = ("score", "score_component", "score_input", "current_run", "open_item", "release_change", "outcome", "night")


def main() -> None:
    folder, database, *texts = sys.argv[1:]
    sys.path.insert(0, folder)
    import duckdb

    if not duckdb.__file__.startswith(folder):
        raise SystemExit(f"expected DuckDB of {folder}; found {duckdb.__file__}")
    con = duckdb.connect(database, read_only=True)
    con.execute("set threads = 1")
    (comments,) = con.execute(COMMENTS).fetchone()
    views = [name for (name,) in con.execute(VIEWS).fetchall()]
    asked = [(f"{schema}.{name}", f'from "{schema}"."{name}"') for schema, name in con.execute(TABLES).fetchall()]
    asked += [(name, f'from "{name}"') for name in views if not texts or name in SHALLOW]
    found = {name: read(con, query) for name, query in asked}
    for path in sorted(Path(*texts).glob("[0-9]*.sql")) if texts else ():
        name, body = TEXT.search(path.read_text("utf-8")).groups()
        if name in views:
            found[f"text of {name}"] = read(con, f'from "{name}"', f'create temp table "{name}" as {body}')
    print(json.dumps({"version": duckdb.__version__, "found": found, "views": len(views), "comments": comments}))


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
