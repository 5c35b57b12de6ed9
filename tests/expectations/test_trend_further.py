"""Plates that are followed night by night give what they give at once, to the last bit; only what is new is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from expectations import JudgedBefore, TrendChecked, judge_trend, judged_together, load_suite
from expectations.suite import Suite
from pbis.core.frames import BRIDGE, HISTORY
from pbis.core.trends.baseline import GuideSet
from pbis.core.trends.lots import heads, rows_of

FIRST = datetime(2026, 1, 5, 9, 0)
METRICS = ("qc1", "qc2", "auc", "background", "ln_samples")
GUIDES = (
    GuideSet("IL-6", "qc1", "", "LX1", (), 100.0, 5.0, "K. Lab", "peers", "x"),
    GuideSet("IL-6", "qc2", "", "LX1", ("r03", "r05", "r07"), None, None, "K. Lab", "first plates", "x"),
)


def plates(count: int) -> pa.Table:
    """Plates of two instruments, with two lots on the first; some are not accepted, some have no time, one repeats another's numbers."""
    rng, rows = np.random.default_rng(11), []
    for i in range(count):
        own = {
            "assay_id": f"a{i:02d}", "run_id": f"r{i:02d}", "plate": f"P{i}", "plate_number": 1 + i % 2, "kit": "kit",
            "instrument": "LX2" if i % 5 == 4 else "LX1", "method": "robust", "is_accepted": i % 7 != 3,
            "started_at": None if i in (6, 19) else FIRST + timedelta(days=i),
        }  # fmt: skip
        lot = "K1" if i < count // 2 else "K2"
        for analyte in ("IL-2", "IL-6", "IL-12"):
            level = rng.normal(0, 0.1) + (0.5 if i % 9 == 8 else 0.0)
            for metric in METRICS if i % 11 else METRICS[:3]:
                control = "; controls C1" if metric.startswith("qc") else ""
                value = float(100 * np.exp(level + rng.normal(0, 0.05)))
                rows.append({**own, "analyte": analyte, "metric": metric, "lot": lot + control, "value": value})
    copied = [row["value"] for row in rows if row["plate"] == "P20"]
    for row, value in zip((row for row in rows if row["plate"] == "P24"), copied, strict=True):
        row["value"] = value
    return HISTORY.table({name: [row[name] for row in rows] for name in HISTORY.names})


def part(history: pa.Table, start: int, stop: int) -> pa.Table:
    names = [f"a{i:02d}" for i in range(start, stop)]
    return history.filter(pc.is_in(history.column("assay_id"), pa.array(names, pa.string())))


def night_by_night(history: pa.Table, cuts: Sequence[int], suite: Suite) -> list[TrendChecked]:
    state: dict[Any, Any] = {}
    found, seen = [], HISTORY.empty()
    for start, stop in zip((0, *cuts[:-1]), cuts, strict=True):
        tonight, earlier = part(history, start, stop), part(history, 0, start)
        same = rows_of(heads(earlier), earlier) if start else HISTORY.empty()
        before = JudgedBefore(state, pa.concat_tables([seen, same])) if start else None
        found.append(judge_trend(tonight, BRIDGE.empty(), suite, before))
        state |= found[-1].state
        seen = pa.concat_tables([seen, heads(tonight)])
    return found


def rows(tables: Sequence[pa.Table], *without: str) -> list[str]:
    return sorted(
        repr({k: v for k, v in row.items() if k not in without}) for table in tables for row in table.to_pylist()
    )


@pytest.mark.parametrize("guides", [(), GUIDES], ids=["own baselines", "given ones"])
@pytest.mark.parametrize("cuts", [(1, 2, 3, 30), (18, 30), tuple(range(8, 31)), (12, 25, 28, 30)])
def test_plates_in_parts_give_what_they_give_at_once(guides: tuple[GuideSet, ...], cuts: tuple[int, ...]) -> None:
    cuts = tuple(cut for cut in cuts if not guides or cut > 7)  # a night with a plate that is named begins anew
    suite = replace(load_suite("research"), guide_sets=guides)
    history = plates(30)
    whole, parts = judge_trend(history, BRIDGE.empty(), suite), night_by_night(history, cuts, suite)
    assert rows([one.point for one in parts], "row_key") == rows([whole.point], "row_key")
    assert rows([one.finding for one in parts]) == rows([whole.finding])
    assert {"duplicate_plate", "lot_change", "trend_undated"} <= set(whole.finding.column("rule").to_pylist())
    latest = {tuple(row.values())[:5]: row for one in parts for row in one.baseline.to_pylist()}
    assert sorted(map(repr, latest.values())) == rows([whole.baseline])
    together = parts[0].judged
    for one in parts[1:]:
        together = judged_together(together, one.judged, suite)
    assert together.equals(whole.judged)
    assert whole.is_whole


def test_only_further_plates_are_judged() -> None:
    history = plates(30)
    last = night_by_night(history, (29, 30), load_suite("research"))[-1]
    assert set(last.point.column("assay_id").to_pylist()) == {"a29"}
    assert set(last.finding.column("assay_id").to_pylist()) <= {"a29"}
    assert max(len(one.sums) for one in last.state.values()) <= 21, "what is kept of a series does not grow"
