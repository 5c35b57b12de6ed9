"""The part of the trends that a plate's page shows: what came before it and itself, so that a later plate changes nothing about it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from expectations import load_suite, trend_settings
from pbis.core.frames import HISTORY
from pbis.core.trends.state import TrendState
from pbis.core.trends.trend import follow

SETTINGS = trend_settings(load_suite("research"))
FIRST = datetime(2026, 1, 1)
VALUES = (100.0, 104.0, 97.0, 101.0, 99.0, 103.0, 96.0, 118.0, 102.0, 98.0)


def history(plates: int, at: list[datetime | None] | None = None) -> pa.Table:
    """Plates P0, P1 ... of one lot, a day apart, with two analytes and two controls; all named by their number."""
    times = at or [FIRST + timedelta(days=i) for i in range(plates)]
    rows = [
        {
            "assay_id": f"{i:064d}", "run_id": f"r{i}", "plate": f"P{i}", "plate_number": 1, "analyte": analyte,
            "metric": metric, "lot": "K17", "instrument": "LX1", "method": "robust", "kit": "kit", "started_at": times[i],
            "is_accepted": True, "value": VALUES[(i + len(analyte)) % len(VALUES)],
        }
        for i in range(plates) for analyte in ("IL-6", "IL-12") for metric in ("qc1", "qc2")
    ]  # fmt: skip
    return HISTORY.table({name: [row[name] for row in rows] for name in HISTORY.names})


def of_plate(table: pa.Table, number: int, most: int = 30) -> pa.Table:
    state = TrendState(follow(table, SETTINGS).point)
    return state.of_plate(f"{number:064d}", 1, most).drop_columns(["row_key"])


def test_later_plates_change_nothing_of_what_a_page_shows() -> None:
    then = of_plate(history(8), 7)
    assert then.num_rows == 4 * 8
    assert of_plate(history(10), 7).equals(then)
    assert pc.count(then.column("z")).as_py() == 4 * 3, "the first five plates have nothing to be held against"


def test_a_plate_of_the_same_moment_that_sorts_after_it_is_not_before_it() -> None:
    at: list[datetime | None] = [FIRST + timedelta(days=i) for i in range(7)] + [FIRST + timedelta(days=6)]
    shown = of_plate(history(8, at), 6)
    assert set(shown.column("plate").to_pylist()) == {f"P{i}" for i in range(7)}


def test_a_page_gets_the_last_plates_of_each_series_alone() -> None:
    shown = of_plate(history(10), 9, most=3)
    assert shown.num_rows == 4 * 3
    whole = of_plate(history(10), 9)
    assert shown.equals(whole.filter(pc.is_in(whole.column("plate"), pa.array(["P7", "P8", "P9"]))))


def test_a_plate_without_any_time_has_no_plate_before_it() -> None:
    at = [*(FIRST + timedelta(days=i) for i in range(7)), None]
    assert of_plate(history(8, at), 7).num_rows == 0
    assert of_plate(history(8, at), 99).num_rows == 0
