"""All series as they were followed once, and the part of them that one plate belongs to: what came before it and itself, nothing later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames.trend import SERIES
from pbis.core.measures import group as by
from pbis.core.measures.group import Codes
from pbis.core.trends.series import CONTROLS

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


def only_controls(point: pa.Table, *, others: bool = False) -> pa.Table:
    """Rows of controls, or the others."""
    is_control = pc.is_in(point.column("metric"), pa.array(CONTROLS))
    return point.filter(pc.invert(is_control) if others else is_control)


def is_enough(point: pa.Table, wanted: pa.Table, most: int) -> bool:
    """Whether `point` has of each series in `wanted` as many plates, besides those of `wanted`, as a page shows before one."""
    dated = point.filter(pc.is_valid(point.column("started_at")))
    series = wanted.take(pa.array(by.group_by(wanted, SERIES).first))
    place = by.match(dated, series, SERIES)
    return bool((np.bincount(place[place >= 0], minlength=series.num_rows) >= most).all())


@dataclass(frozen=True)
class TrendState:
    """point: TREND as pbis.core.trends.trend.follow gives it, sorted by series and time, of the columns at least SHOWN; of all plates, or
    of some. complete: plates (assay_id, number) of which it holds all that a page shows, None where of all; whole, controls: tell all
    rows, and those of controls, where it does not hold them."""

    point: pa.Table
    complete: frozenset[tuple[str, int]] | None = None
    whole: Callable[[], pa.Table] | None = None
    controls: Callable[[], pa.Table] | None = None

    def of_plate(self, assay_id: str, plate_number: int, most: int) -> pa.Table:
        """TREND of the series that a plate belongs to, oldest first and itself last, the last `most` plates of each.

        A plate without any time stands in no order: it has none before it, and no rows here.
        """
        if self.complete is not None and (assay_id, plate_number) not in self.complete:
            return self._all.of_plate(assay_id, plate_number, most)
        own = self._rows.get((assay_id, plate_number), [])
        parts = [np.arange(max(int(self._start[row]), row - most + 1), row + 1) for row in own if self._is_dated[row]]
        rows = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        return self.point.take(pa.array(rows))

    def of_controls(self) -> pa.Table:
        """TREND of the controls of all plates."""
        return only_controls(self.point) if self.controls is None else self.controls()

    @cached_property
    def _all(self) -> TrendState:
        return self if self.whole is None else TrendState(self.whole())

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
