"""Comments of view columns: a column that a view hands on under its name keeps its comment, so views word only what they make."""

from __future__ import annotations

import re
from collections.abc import Mapping

import duckdb

SOURCE = re.compile(r"\b(?:from|join)\s+(?:(store|internal)\.)?(\w+)", re.IGNORECASE)
Comments = dict[tuple[str, str], dict[str, str | None]]


def inherit_comments(con: duckdb.DuckDBPyConnection, texts: Mapping[str, str], schema: str) -> None:
    """Comment the columns of each view of a schema, in order, from the first table or earlier view that its text reads them from."""
    known = comments(con)
    done: set[str] = set()
    statements = []
    for view, text in texts.items():
        own = known[(schema, view)]
        for column in [name for name, comment in own.items() if comment is None]:
            own[column] = _found(column, _sources(text, schema, done, known))
            if own[column] is not None:
                words = str(own[column]).replace("'", "''")
                statements.append(f"""comment on column {schema}."{view}"."{column}" is '{words}'""")
        done.add(view)
    con.execute(";\n".join(statements))


def comments(con: duckdb.DuckDBPyConnection) -> Comments:
    """(schema, table or view) -> column -> its comment, columns in their order."""
    con.execute(
        "select schema_name, table_name, column_name, comment from duckdb_columns()"
        " where schema_name in ('store', 'internal', 'main') and not internal and database_name = current_database()"
        " order by schema_name, table_name, column_index"
    )
    found: Comments = {}
    for schema, table, column, comment in con.fetchall():
        found.setdefault((schema, table), {})[column] = comment
    return found


def _sources(text: str, own: str, done: set[str], known: Comments) -> list[dict[str, str | None]]:
    names = [(schema or own, name) for schema, name in SOURCE.findall(text)]
    return [known[key] for key in names if key in known and (key[0] != own or key[1] in done)]


def _found(column: str, sources: list[dict[str, str | None]]) -> str | None:
    return next((source[column] for source in sources if source.get(column)), None)
