"""The one way in: rows are appended to a table of the store by the names of their columns, and nothing is ever changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from pbis.core.errors import IntegrityError
from warehouse.tables import TABLES

Connection = duckdb.DuckDBPyConnection


def append(con: Connection, name: str, frame: pa.Table, **constants: str) -> int:
    """Append a frame, each of `constants` a column of one text in every row; the number of rows."""
    if frame.num_rows:
        chosen = "".join(f", ${key}::varchar as {key}" for key in constants)
        con.register("incoming", frame)
        try:
            con.execute(f"insert into store.{name} by name select *{chosen} from incoming", constants or None)
        except duckdb.ConstraintException as error:
            raise IntegrityError(f"{name}: {str(error).splitlines()[0]}") from error
        finally:
            con.unregister("incoming")
    return int(frame.num_rows)


def append_row(con: Connection, name: str, row: Mapping[str, Any]) -> None:
    """Append one row, which names every column of the table."""
    append_rows(con, name, [row])


def append_rows(con: Connection, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows, each of which names every column of the table."""
    if rows:
        append(con, name, TABLES[name].table({key: [row[key] for row in rows] for key in rows[0]}))


def next_sequence(con: Connection, name: str) -> int:
    """1 + the largest sequence of the table; safe because the night is the only writer."""
    return int(_one(con, f"select coalesce(max(sequence), 0) + 1 from store.{name}"))


def has(con: Connection, name: str, key: str, value: str) -> bool:
    """Whether the table has a row with that key."""
    return bool(_one(con, f"select count(*) from store.{name} where {key} = $1", [value]))


def known(con: Connection, name: str, key: str, values: Sequence[str]) -> frozenset[str]:
    """Those of the values that a row of the table has as its key."""
    rows = con.execute(f"select {key} from store.{name} where {key} in (select unnest($1::varchar[]))", [list(values)])
    return frozenset(str(value) for (value,) in rows.fetchall())


def _one(con: Connection, query: str, values: list[Any] | None = None) -> Any:
    row = con.execute(query, values).fetchone()
    return row[0] if row else None
