"""What the score is computed from: the join rules of the views, as one declared frame."""

from __future__ import annotations

import pyarrow as pa

from pbis.core.frames import SCORE_INPUT
from warehouse.append import Connection
from warehouse.load_night import ScoreSettings, set_settings


def score_input(con: Connection, settings: ScoreSettings | None = None) -> pa.Table:
    """frames.SCORE_INPUT: six measures for each treated subject, sorted by subject and measure.

    Settings, where given, are stored first, since the views read them.
    """
    if settings is not None:
        set_settings(con, settings)
    columns = ", ".join(SCORE_INPUT.names)
    table = con.execute(f"select {columns} from pbis_input order by subject_id, measure").to_arrow_table()
    return SCORE_INPUT.check(table.cast(SCORE_INPUT.schema))
