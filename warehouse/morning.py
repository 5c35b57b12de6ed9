"""What the morning page asks of all nights and plates, not of tonight's alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from warehouse.append import Connection

QUERIES = Path(__file__).parent / "queries"
Row = dict[str, Any]


def plate_states(con: Connection) -> list[Row]:
    """Every plate that stands, latest reading last (queries/plate_state.sql)."""
    return _rows(con, "plate_state")


def states_of_analytes(con: Connection, assay_ids: Sequence[str]) -> list[Row]:
    """Verdicts of the analytes of these assays (queries/analyte_state.sql)."""
    return _rows(con, "analyte_state", list(assay_ids)) if assay_ids else []


def scores_moved(con: Connection, night_id: str) -> list[Row]:
    """Subjects whose score or group the night changed, a row a measure behind it (queries/score_moved.sql)."""
    return _rows(con, "score_moved", *_two_nights(con, night_id))


def scores_came(con: Connection, night_id: str) -> Row:
    """How many subjects the night scored and the one before did not, and the other way round (queries/score_came.sql)."""
    return _rows(con, "score_came", *_two_nights(con, night_id))[0]


def _two_nights(con: Connection, night_id: str) -> tuple[str | None, str | None]:
    """The night whose scores are told, and the one that it is held against (queries/two_nights.sql)."""
    (found,) = _rows(con, "two_nights", night_id)
    return found["this"], found["earlier"]


def nights_before(con: Connection, night_id: str, most: int) -> list[Row]:
    """The nights before this one, latest first, at most so many: rows of view night. One that did not come to its end is not among them: the
    next one did what it left undone."""
    query = """
        select night_id, started_at, state, counts from night
        where state is distinct from 'interrupted' and sequence < coalesce((select sequence from store.night where night_id = $1), 9223372036854775807)
        order by sequence desc limit $2
    """
    return _fetched(con.execute(query, [night_id, most]))


def _rows(con: Connection, name: str, *told: Any) -> list[Row]:
    return _fetched(con.execute((QUERIES / f"{name}.sql").read_text("utf-8"), list(told)))


def _fetched(done: Any) -> list[Row]:
    return list(done.to_arrow_table().to_pylist())
