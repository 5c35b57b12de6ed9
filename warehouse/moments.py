"""Moments of the service's own clock in the store: UTC since migration 0030, which turns what earlier builds wrote.

They wrote wall time of the site. Rows are turned in the order in which they were written, since in the hour that comes twice at the end of
summer time only the order tells which of the two is meant. It is done once: it stands in the transaction of the migration.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

import duckdb
import pyarrow as pa

from pbis.core.errors import IntegrityError
from pbis.core.frames.model import MOMENT
from pbis.core.site_time import in_order, stored

TO_UTC = "0030_utc.sql"
# Table -> the column, and the order in which a night wrote its rows; where no column tells it, rows lie as they were appended.
_OF_A_NIGHT = {
    "run": ("loaded_at", "sequence"),
    "assay": ("assayed_at", "rowid"),
    "clinical_import": ("imported_at", "sequence"),
    "refusal": ("refused_at", "rowid"),
    "night_end": ("finished_at", "rowid"),
}
Connection = duckdb.DuckDBPyConnection


def has_utc(con: Connection) -> bool:
    """Whether a working file or a release holds UTC; else it is of an earlier build and holds wall time of the site."""
    row = con.execute("select count(*) from store.warehouse_migration where name = $1", [TO_UTC]).fetchone()
    return bool(row and row[0])


def turn_to_utc(con: Connection, zone: tzinfo | None) -> None:
    """Turn all wall times of the site into UTC. IntegrityError where there are some and no zone is given."""
    nights = con.execute("select night_id, started_at from store.night order by sequence").fetchall()
    decided = con.execute("select sequence, decided_at from store.decision order by sequence").fetchall()
    if not (nights or decided):
        return
    if zone is None:
        raise IntegrityError(
            "the warehouse holds wall times of its site: expected the site's time zone to turn them, found none"
        )
    began = dict(zip((name for name, _ in nights), in_order((at for _, at in nights), zone), strict=True))
    for table, (column, order) in _OF_A_NIGHT.items():
        _turn_rows(con, table, column, order, began, zone)
    _put(con, "night", "started_at", "t.night_id = turned.key", list(began), list(began.values()))
    _put(
        con,
        "decision",
        "decided_at",
        "t.sequence::varchar = turned.key",
        [str(number) for number, _ in decided],
        in_order((at for _, at in decided), zone),
    )


def _turn_rows(con: Connection, table: str, column: str, order: str, began: dict[str, datetime], zone: tzinfo) -> None:
    """Rows of every night, each night's from its start on."""
    rows = con.execute(
        f"select night_id, rowid::varchar, {column} from store.{table} order by night_id, {order}"
    ).fetchall()
    of_night: dict[str, list[tuple[str, datetime]]] = {}
    for night, row, at in rows:
        of_night.setdefault(night, []).append((row, at))
    keys = [row for own in of_night.values() for row, _ in own]
    moments = [at for night, own in of_night.items() for at in in_order((at for _, at in own), zone, began.get(night))]
    _put(con, table, column, "t.rowid::varchar = turned.key", keys, moments)


def _put(con: Connection, table: str, column: str, joined: str, keys: list[str], moments: list[datetime]) -> None:
    turned = pa.table({"key": pa.array(keys, pa.string()), "at": pa.array(map(stored, moments), MOMENT)})
    con.register("turned", turned)
    try:
        con.execute(f"update store.{table} as t set {column} = turned.at from turned where {joined}")
    finally:
        con.unregister("turned")
