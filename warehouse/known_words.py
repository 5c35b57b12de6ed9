"""Which words stand in the columns of large tables, kept beside them: what a night asks of the whole archive is what came since.

A store is only appended to, so that a word found once stays. What takes rows or words out of it (warehouse/erase.py) lets go of all that is kept here. A
release has none of it. A lake has none either, and is asked whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pbis.core.frames.model import Column
from warehouse.append import Connection
from warehouse.closed_cells import worth_a_look
from warehouse.connect import INTERNAL, transaction
from warehouse.ddl import literal
from warehouse.migrate import migrations
from warehouse.part_ranges import LARGEST, extent, rows_told
from warehouse.released import expression
from warehouse.tables import TABLES

MANY = LARGEST  # rows
Place = tuple[str, Column]  # a stored table, and a column of it
_SEEN, _UNTIL = KEPT = (f"{INTERNAL}.word_seen", f"{INTERNAL}.word_until")
_IS_KEPT = "select count(*) = 2 from duckdb_tables() where database_name = current_database() and schema_name = $1 and list_contains($2, table_name)"
_CAN_KEEP = "select type = 'duckdb' and not readonly from duckdb_databases() where database_name = current_database()"


def words_of(con: Connection, place: Place, until: Mapping[str, int]) -> list[str]:
    """What the column would show, once each, in order; without what is certainly closed. until: what `known_until` says."""
    own, behind = _name(place), until.get(_name(place), 0)
    seen = f" union select word from {_SEEN} where place = {literal(own)}" if behind else ""
    rows = con.execute(f"select word from ({_question(place, behind)}{seen}) order by word").fetchall()
    return [word for (word,) in rows]


def known_until(con: Connection) -> dict[str, int]:
    """Place -> how many of the first rows of its table are known, by the question that is asked of them today."""
    if con.execute(_IS_KEPT, [INTERNAL, ["word_seen", "word_until"]]).fetchone() != (True,):
        return {}
    rows = con.execute(f"select place, question, behind from {_UNTIL}").fetchall()
    found = {}
    for own, question, behind in rows:
        table, _, name = own.partition(".")
        column = next((each for each in TABLES[table].columns if each.name == name), None) if table in TABLES else None
        if column is not None and question == _today((table, column)):
            found[own] = behind
    ends = {table: _end(con, table) for table in sorted({own.partition(".")[0] for own in found})}
    return {own: behind for own, behind in found.items() if behind <= ends[own.partition(".")[0]]}


def keep_words(con: Connection, places: Iterable[Place]) -> None:
    """Keep the words of tables of which MANY rows are not known yet: a night that adds few writes nothing here."""
    if con.execute(_CAN_KEEP).fetchone() != (True,):
        return
    rows = rows_told(con)
    named = {_name(place): place for place in places if rows[place[0]] >= MANY}
    known = {own: behind for own, behind in known_until(con).items() if own in named}
    ends = {table: _end(con, table) for table in sorted({table for table, _ in named.values()})}
    due = {own: place for own, place in named.items() if ends[place[0]] - known.get(own, 0) >= MANY}
    if not due:
        return
    seen = [f"select place, word from {_SEEN} where place in ({', '.join(map(literal, known))})"] if known else []
    asked = [f"select {literal(own)}, word from ({_question(place, known.get(own, 0))})" for own, place in due.items()]
    until = known | {own: ends[table] for own, (table, _) in due.items()}
    until_rows = [f"({literal(own)}, {literal(_today(named[own]))}, {behind})" for own, behind in sorted(until.items())]
    with transaction(con):
        con.execute(
            f"create or replace table {_SEEN} as select * from ({' union '.join([*seen, *asked])}) as found (place, word) order by all"
        )
        con.execute(
            f"create or replace table {_UNTIL} as from (values {', '.join(until_rows)}) as until (place, question, behind)"
        )


def _today(place: Place) -> str:
    """What is asked of all rows, and of which shape of the store: a migration may write words."""
    return f"{migrations()[-1].name}: {_question(place)}"


def _question(place: Place, first: int = 0) -> str:
    table, column = place
    shown = expression(table, column.name)
    rows = f"stored.rowid >= {first} and " if first else ""
    looked = worth_a_look(column.kind, shown)
    return (
        f"select distinct {shown} as word from store.{table} as stored where {rows}({shown}) is not null and {looked}"
    )


def _end(con: Connection, table: str) -> int:
    """How many rows the table has; 0 where some were taken out, since the places of the others say nothing then."""
    count, end = extent(con, table)
    return count if count == end else 0


def _name(place: Place) -> str:
    table, column = place
    return f"{table}.{column.name}"
