"""How a few keys are asked for, so that a question costs what it finds and not what the table holds.

DuckDB tests `list_contains` on a key alone while it scans and reads no other column of a block without a hit; of `in` it makes a
join, before which it reads every column of every row (DuckDB 1.5).
"""

from __future__ import annotations

from collections.abc import Collection

from warehouse.append import Connection
from warehouse.ddl import literal

MANY = 256  # keys: each row is held against each of them, so that a join is quicker from about here on


def is_among(key: str, values: Collection[str], place: int = 1) -> str:
    """SQL: whether the column is one of the values, which are to be given as one list, the parameter of that number."""
    if len(values) > MANY:
        return f"{key} in (select unnest(${place}::varchar[]))"
    return f"list_contains(${place}::varchar[], {key})"


def is_named_among(key: str, values: Collection[str]) -> str:
    """SQL: the same with the values written out, for a question that DuckDB takes apart: it pushes what it can decide by one column
    below the joins of a view, and a parameter stays above them."""
    words = ", ".join(map(literal, sorted(set(values))))
    return f"{key} in ({words})" if len(values) > MANY else f"list_contains([{words}], {key})"


def rows_of(con: Connection, table: str, key: str, values: Collection[str]) -> str:
    """SQL: what `rowid` is of the rows of a stored table whose key is one of the values: a scan reads no group of rows outside of it."""
    bounds = f"select min(rowid), max(rowid) from store.{table} where {is_among(key, values)}"
    first, last = con.execute(bounds, [list(values)]).fetchone() or (None, None)
    return "< 0" if first is None else f"between {first} and {last}"
