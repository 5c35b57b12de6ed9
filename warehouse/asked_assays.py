"""Questions about a few assays through views that hold readings, with what trends say of other assays left out before it is joined.

DuckDB hands a condition on a view's key down to the side of a join that has the key, not to what is joined to it: a question for twenty plates read what
trends say of the readings of the whole archive (DuckDB 1.5).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from warehouse.among import is_named_among
from warehouse.append import Connection
from warehouse.connect import INTERNAL, use_internal
from warehouse.scoring import built_on, whole_views

_TREND = "trend_reading_state"


@contextmanager
def about_assays(con: Connection, assay_ids: Collection[str], *views: str) -> Iterator[Connection]:
    """A session in which the bare names of these internal views are good for rows of these assays, and for no other row."""
    with con.cursor() as session:
        use_internal(session)
        made = list(built_on({_TREND}, whole_views(*views))) if views else []
        if made:
            asked = is_named_among("assay_id", assay_ids)
            session.execute(f"create temp table {_TREND} as from {INTERNAL}.{_TREND} where {asked}")
        for name, body in made:
            session.execute(f"create temp view {name} as {body}")
        yield session
