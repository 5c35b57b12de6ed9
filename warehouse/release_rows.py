"""TableRows of a release's database: all of them where it is made from nothing, else what is new or other than in the release before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from warehouse.connect import let_go
from warehouse.ddl import comment_on, literal, quoted
from warehouse.part_ranges import LARGEST, Span, bases, extent, is_named, rows_told, spans
from warehouse.released import Replaced, released_columns, released_rows
from warehouse.tables import BULK, TABLES

_AT_ONCE = (
    4 * LARGEST
)  # rows, whole groups of them: 120 plates of 41 analytes, of which each column takes 4 MB in memory, read and written


@dataclass(frozen=True)
class TableRows:
    """What a table of the release holds. kept: so many of its first rows are those of the release before; spans: how it is cut; basis: what
    each part rests on, of a table whose rows are named by a hash."""

    kept: int
    spans: Sequence[Span]
    basis: Mapping[Span, str]


@dataclass(frozen=True)
class Known:
    """What the release before says of a stored table: its parts, with what each rests on (empty where its rows are compared).
    is_base: the database that is filled is a copy of its own."""

    is_base: bool
    parts: Mapping[Span, str]


NOTHING_KNOWN = Known(False, {})


def fill(
    con: duckdb.DuckDBPyConnection, replaced: Replaced, before: Mapping[str, Known], tables: Iterable[str]
) -> dict[str, TableRows]:
    """Make these tables of the attached database `release` what today's store is to people. before: by stored table. Needs day_shift and
    closed_cell. Outside of a transaction, what is written of a large table is in the file, and out of memory, some plates at a time."""
    return {
        table: _filled(con, table, replaced, before.get(table, NOTHING_KNOWN))
        for table in tables
        if released_columns(table)
    }


def large_tables(con: duckdb.DuckDBPyConnection, before: Mapping[str, Known]) -> list[str]:
    """Those that get rows of every reading, and others of which much is written: nothing is kept of them, or much is new."""
    rows = rows_told(con)

    def new(table: str) -> int:
        known = before.get(table, NOTHING_KNOWN)
        return rows[table] - (sum(span.rows for span in known.parts) if known.is_base else 0)

    return [table for table in TABLES if released_columns(table) and (table in BULK or new(table) > _AT_ONCE)]


def _filled(con: duckdb.DuckDBPyConnection, table: str, replaced: Replaced, before: Known) -> TableRows:
    rows, behind = extent(con, table)
    held = _count(con, f"release.store.{table}") if before.is_base else 0
    cut = spans(rows, before.parts)
    basis = (
        bases(con, table, replaced, {*cut, *before.parts} if held <= rows else cut) if is_named(table) and rows else {}
    )
    kept = held if 0 < held <= rows == behind and _is_kept(con, table, held, replaced, before, basis) else 0
    if not kept and (rows or held or not before.is_base):
        con.execute(f"create or replace table release.store.{table} as {released_rows(table, replaced)} limit 0")
        _comment(con, table)
    for first in range(kept, behind, _AT_ONCE):
        wanted = f"stored.rowid >= {first} and stored.rowid < {first + _AT_ONCE}"
        con.execute(f"insert into release.store.{table} {released_rows(table, replaced, wanted)}")
        if behind > first + _AT_ONCE:
            let_go(con)
    return TableRows(kept, cut, {span: basis[span] for span in cut if span in basis})


def _is_kept(
    con: duckdb.DuckDBPyConnection, table: str, held: int, replaced: Replaced, before: Known, basis: Mapping[Span, str]
) -> bool:
    """Whether the first rows of the store are, as they are shown today, the rows that the release has."""
    if basis:
        known = before.parts
        return sum(span.rows for span in known) == held and all(basis[span] == known[span] for span in known)
    shown = released_rows(table, replaced, f"stored.rowid < {held}")
    return _sum(con, table, f"({shown})") == _sum(con, table, f"release.store.{table}")


def _sum(con: duckdb.DuckDBPyConnection, table: str, source: str) -> tuple[object, ...] | None:
    """Count of the rows and the sum of their hashes, each of all cells."""
    columns = ", ".join(quoted(name) for name in released_columns(table))
    return con.execute(f"select count(*), sum(hash({columns})::hugeint) from {source}").fetchone()


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    (count,) = con.execute(f"select count(*) from {table}").fetchone() or (0,)
    return int(count)


def _comment(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Words that a table made by a question does not have."""
    spec, released = TABLES[table], set(released_columns(table))
    said = [f"comment on table store.{table} is {literal(f'one row per {spec.grain}')};"]
    said += [comment_on(spec, column) for column in spec.columns if column.name in released]
    con.execute("\n".join(each.replace(" store.", " release.store.", 1) for each in said))
