"""All series as they were followed once, and the part of them that one plate belongs to: what came before it and itself, nothing later."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames.trend import SERIES
from pbis.core.measures import group as by
from pbis.core.measures.group import Codes

SHOWN = (
    "assay_id", "run_id", "plate", "plate_number", *SERIES, "started_at", "is_accepted", "baseline_text", "value", "mean",
    "limit_low", "limit_high", "z",
)  # fmt: skip


def shown(point: pa.Table) -> pa.Table:
    """The columns of TREND that pages show, which are kept from night to night."""
    return point.select(list(SHOWN))


def in_order(point: pa.Table) -> pa.Table:
    """Sorted by series and time, as pbis.core.trends.trend.follow gives it."""
    return point.sort_by([(name, "ascending") for name in (*SERIES, "started_at", "run_id", "plate_number")])


@dataclass(frozen=True)
class TrendState:
    """point: TREND as pbis.core.trends.trend.follow gives it, sorted by series and time; of the columns at least SHOWN."""

    point: pa.Table

    def of_plate(self, assay_id: str, plate_number: int, most: int) -> pa.Table:
        """TREND of the series that a plate belongs to, oldest first and itself last, the last `most` plates of each.

        A plate without any time stands in no order: it has none before it, and no rows here.
        """
        own = self._rows.get((assay_id, plate_number), [])
        parts = [np.arange(max(int(self._start[row]), row - most + 1), row + 1) for row in own if self._is_dated[row]]
        rows = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        return self.point.take(pa.array(rows))

    @cached_property
    def _start(self) -> Codes:
        """Of each row the first row of its series."""
        series = by.group_by(self.point, SERIES)
        return series.first[series.code]

    @cached_property
    def _is_dated(self) -> list[bool]:
        dated: list[bool] = pc.is_valid(self.point.column("started_at")).to_pylist()
        return dated

    @cached_property
    def _rows(self) -> dict[tuple[str, int], list[int]]:
        """Rows of each plate, one a series."""
        found: dict[tuple[str, int], list[int]] = {}
        keys = zip(*(self.point.column(name).to_pylist() for name in ("assay_id", "plate_number")), strict=True)
        for row, key in enumerate(keys):
            found.setdefault(key, []).append(row)
        return found
