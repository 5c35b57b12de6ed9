"""What waits for a person: asked of the store by the queries open_*.sql, kept where it is another set than the night before found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from warehouse.append import Connection, append, append_row, has, next_sequence
from warehouse.connect import transaction
from warehouse.explain import QUERIES
from warehouse.scoring import computed
from warehouse.tables import TABLES

Row = dict[str, Any]
# What the questions name again and again, a row for each run or plate: computed once, since DuckDB binds a view anew wherever it is named.
OF_PLATES = ("current_run", "current_assay", "excluded_plate", "held_plate", "plate")
ASKED = ("open_plates", "open_files", "open_people", "open_decisions")
_LATEST = """
    select found.* from store.open_item_found as found
    where night_id = (select arg_max(night_id, sequence) from store.open_check) order by position
"""
_PUT_OFF = "select told from decision where kind = 'later' and is_standing order by sequence"


def open_rows(con: Connection, night_id: str, today: date) -> list[Row]:
    """What is open, a row for each cause (see pbis.core.open_items.open_item); what people put off is among it."""
    given = {"night": night_id, "today": today}
    found: list[Row] = []
    with computed(con, *OF_PLATES, only=OF_PLATES) as session:
        for name in ASKED:
            text = (QUERIES / f"{name}.sql").read_text("utf-8")
            body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
            values = {key: value for key, value in given.items() if f"${key}" in body}
            found += session.execute(body, values).to_arrow_table().to_pylist()
    return found


def put_off(con: Connection) -> list[Row]:
    """What people put off, in the order of the log: kind, key and the day until which."""
    return [json.loads(told) for (told,) in con.execute(_PUT_OFF).fetchall()]


def record_open_items(con: Connection, night_id: str, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> bool:
    """Keep what is open, in this order, with the night that found each first; False where nothing of it has changed.

    names: the columns of `rows` that tell whether something has.
    """
    before = con.execute(_LATEST).to_arrow_table().to_pylist()
    known = con.execute("select count(*) from store.open_check").fetchone() != (0,)
    if known and [_said(row, names) for row in before] == [_said(row, names) for row in rows]:
        return False
    since = {(row["kind"], row["object_key"]): row["since_night"] for row in before}
    stored = [
        {**row, "position": place, "since_night": since.get((row["kind"], row["object_key"]), night_id)}
        for place, row in enumerate(rows, 1)
    ]
    basis = hashlib.sha256(json.dumps([_said(row, names) for row in rows]).encode()).hexdigest()
    check: Row = {"night_id": night_id, "sequence": next_sequence(con, "open_check"), "basis": basis}
    check |= {"item_count": len(rows), "blocking_count": sum(row["blocks"] is not None for row in rows)}
    spec = TABLES["open_item_found"]
    columns = {name: [row.get(name) for row in stored] for name in spec.names if name != "night_id"}
    with transaction(con):
        append_row(con, "open_check", check)
        append(con, "open_item_found", spec.table({"night_id": [night_id] * len(stored), **columns}))
    return True


def has_open_items(con: Connection) -> bool:
    """Whether any night has looked for them; a store of an earlier build has no place for them."""
    known = con.execute("select 1 from duckdb_views() where view_name = 'open_item'").fetchone()
    return known is not None and con.execute("select count(*) from store.open_check").fetchone() != (0,)


def open_items(con: Connection) -> list[Row]:
    """Rows of view open_item, in their order."""
    return list(con.execute("select * from open_item order by position").to_arrow_table().to_pylist())


def open_basis(con: Connection) -> str:
    """Names what is open: sha256 over the items as the latest night that looked found them; '' before any has."""
    row = con.execute("select arg_max(basis, sequence) from store.open_check").fetchone()
    return str(row[0]) if row and row[0] else ""


def record_notes(con: Connection, night_id: str, notes: Sequence[Mapping[str, Any]]) -> None:
    """Append sentences of a night behind those that it has; each with code, kind, name, sha256 and message."""
    row = con.execute(
        "select coalesce(max(position), 0) from store.night_note where night_id = $1", [night_id]
    ).fetchone()
    first = int(row[0]) + 1 if row else 1
    spec = TABLES["night_note"]
    columns = {name: [note.get(name) for note in notes] for name in spec.names if name not in ("night_id", "position")}
    places = {"night_id": [night_id] * len(notes), "position": list(range(first, first + len(notes)))}
    append(con, "night_note", spec.table(places | columns))


def was_noted(con: Connection, message: str) -> bool:
    """Whether any night said this sentence."""
    return has(con, "night_note", "message", message)


def refused_names(con: Connection, night_id: str) -> set[tuple[str, str]]:
    """Kind and name of every file that a night before this one refused."""
    query = "select distinct kind, name from store.refusal where night_id <> $1"
    return set(con.execute(query, [night_id]).fetchall())


def notes_of_night(con: Connection, night_id: str) -> list[Row]:
    """Rows of view night_note of one night, in their order."""
    query = "select * from night_note where night_id = $1 order by position"
    return list(con.execute(query, [night_id]).to_arrow_table().to_pylist())


def _said(row: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    return [row.get(name) for name in names]
