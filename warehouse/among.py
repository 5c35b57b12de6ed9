"""How a few keys are asked for, so that a question costs what it finds and not what the table holds.

DuckDB tests `list_contains` on a key alone while it scans and reads no other column of a block without a hit; of `in` it makes a
join, before which it reads every column of every row (DuckDB 1.5).
"""

from __future__ import annotations

from collections.abc import Collection

MANY = 256  # keys: each row is held against each of them, so that a join is quicker from about here on


def is_among(key: str, values: Collection[str], place: int = 1) -> str:
    """SQL: whether the column is one of the values, which are to be given as one list, the parameter of that number."""
    if len(values) > MANY:
        return f"{key} in (select unnest(${place}::varchar[]))"
    return f"list_contains(${place}::varchar[], {key})"
