"""The readings of a panel's plates in a release, for a validation of the assay."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pyarrow as pa

from warehouse.explain import QUERIES
from warehouse.query import open_published


def validation_readings(path: Path, panel: str) -> pa.Table:
    """Rows of queries/validation.sql, sorted by analyte, plate and well; none where no plate is of the panel."""
    with closing(open_published(path)) as con:
        return con.execute((QUERIES / "validation.sql").read_text("utf-8"), [panel]).to_arrow_table()
