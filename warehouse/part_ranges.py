"""How a table is cut into parts, and what a part rests on: by that it is known again without reading the readings in it.

TableRows are cut by their place in the order in which they were stored, which never changes, since a store is only appended to. A night adds parts
behind those that are there, and takes into its own what is small: parts of a table are no more than one in 61,440 rows and some small ones.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from warehouse.ddl import literal, quoted
from warehouse.released import MOVED, SHOWN_AS, SHOWN_WHERE, Replaced, expression, released_columns, released_rows
from warehouse.tables import TABLES

LARGEST = 122_880  # rows of a row group of DuckDB and of Parquet: 30 plates of 41 analytes
CLOSED = 61_440  # half of it: from here on a part stays as it is, so that a night of 20 plates writes what is its own and no more
SMALL = 4_096  # rows of a plate of 41 analytes: a part below that is written again, rather than having many of them
# What a plate gave is immutable and named by its hash: rows under such a name are those that they were.
_NAMES = ("assay_id", "run_id", "judgement_id")


@dataclass(frozen=True, order=True)
class Span:
    """TableRows of a table, counted from 0 in the order in which they were stored."""

    first: int
    rows: int

    @property
    def end(self) -> int:
        """The row behind the last."""
        return self.first + self.rows


def spans(rows: int, before: Iterable[Span] = ()) -> list[Span]:
    """How a table of so many rows is cut. before: how the release before cut it, of which as much is kept as may be."""
    known = sorted(before)
    if sum(span.rows for span in known) != (known[-1].end if known else 0) or (known and known[-1].end > rows):
        known = []
    while known and known[-1].end < rows and known[-1].rows < max(SMALL, min(CLOSED, rows - known[-1].end + 1)):
        known.pop()
    first = known[-1].end if known else 0
    return [*known, *(Span(at, min(LARGEST, rows - at)) for at in range(first, rows, LARGEST))]


def extent(con: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int]:
    """How many rows a stored table has, and the place behind the last: a higher one where rows were taken out, and places say nothing."""
    count, end = con.execute(f"select count(*), coalesce(max(rowid) + 1, 0) from store.{table}").fetchone() or (0, 0)
    return int(count), int(end)


def rows_told(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Stored table -> how many rows the catalogue says it has, for a choice by size: all tables for one question."""
    query = "select table_name, estimated_size from duckdb_tables() where database_name = current_database() and schema_name = 'store'"
    return dict(con.execute(query).fetchall())


def is_named(table: str) -> bool:
    """Whether rows of the table are known again by the hash that they hang on: neither a moved date nor other words depend on what came later,
    but for closed cells, which are looked at."""
    columns = released_columns(table)
    is_plain = not (table in MOVED or table in SHOWN_AS or table in SHOWN_WHERE)
    return is_plain and any(name in columns for name in _NAMES)


def bases(con: duckdb.DuckDBPyConnection, table: str, replaced: Replaced, asked: Iterable[Span]) -> dict[Span, str]:
    """What rows of a named table rest on, as a hash: under which names they hang, in which order, what of them is closed, how they are shown.
    Needs closed_cell. Nothing where rows of one name do not lie together."""
    name = next(each for each in _NAMES if each in released_columns(table))
    query = f"select {quoted(name)}, min(rowid), count(*), max(rowid) from store.{table} group by all order by 2"
    runs = con.execute(query).fetchall()
    if any(last - first + 1 != count for _, first, count, last in runs):
        return {}
    words = _closed(con, table, name, replaced)
    told = json.dumps(released_rows(table, replaced).split(" from store.")[0])
    found = {}
    for span in asked:
        own = [
            (each, first - span.first, count, words.get(each, []))
            for each, first, count, _ in runs[_place(runs, span.first) : _place(runs, span.end - 1) + 1]
        ]
        found[span] = hashlib.sha256(json.dumps([told, span.first, span.rows, own]).encode()).hexdigest()
    return found


def _place(runs: list[tuple[str, int, int, int]], row: int) -> int:
    """Which of the runs holds the row."""
    return bisect_right(runs, row, key=lambda run: run[1]) - 1


def _closed(con: duckdb.DuckDBPyConnection, table: str, name: str, replaced: Replaced) -> dict[str, list[list[str]]]:
    """Name -> column, word and what is shown of it, of every cell under the name that is not shown as it is."""
    found: dict[str, list[list[str]]] = {}
    for (owner, column), kind in sorted(replaced.items()):
        query = f"""
            select distinct stored.{quoted(name)}, closed_cell.word, closed_cell.shown
            from store.{table} as stored join closed_cell
                on closed_cell.kind = {literal(kind)} and closed_cell.word = {expression(table, column)}
            order by all
        """
        for each, *row in con.execute(query).fetchall() if owner == table else ():
            found.setdefault(each, []).append([column, *row])
    return found


def order_of(table: str) -> str:
    """By what rows of a part are sorted: the key of the table as far as it is published, then the place."""
    own = released_columns(table)
    return ", ".join([*(quoted(name) for name in TABLES[table].key if name in own), "rowid"])
