"""A lot's pooled curve, and which plates a chart's limits are taken from."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from expectations import load_suite, trend_settings
from pbis.core.frames import HISTORY, LOT_CURVE_LEVEL
from pbis.core.trends.baseline import GuideSet
from pbis.core.trends.guide import in_guide_set
from pbis.core.trends.pooled import pooled
from pbis.core.trends.trend import follow

SETTINGS = replace(trend_settings(load_suite("research")), guide_plates=4, least_plates=2)
FIRST = datetime(2026, 1, 1)


def level(plate: int, lot: str, mfi: float, is_accepted: bool = True) -> dict[str, object]:
    return {
        "assay_id": f"a{plate}", "run_id": f"r{plate}", "plate": f"P{plate}", "plate_number": 1, "analyte": "IL-6",
        "standard_level": 1, "lot": lot, "instrument": "LX1", "method": "robust", "started_at": FIRST, "is_accepted": is_accepted,
        "expected_concentration": 10.0, "fitted_mfi": mfi,
    }  # fmt: skip


def test_the_pooled_curve_is_the_geometric_mean_of_the_accepted_plates_of_the_lot() -> None:
    rows = [level(1, "K17", 100.0), level(2, "K17", 400.0), level(3, "K17", 9000.0, False), level(4, "K18", 50.0)]
    table = LOT_CURVE_LEVEL.table({name: [row[name] for row in rows] for name in LOT_CURVE_LEVEL.names})
    found = pooled(table)
    assert found.pooled_mfi.tolist() == pytest.approx([200, 200, 200, 50])
    assert found.ratio_pct.tolist() == pytest.approx([50, 200, 4500, 100])
    assert found.plates.tolist() == [2, 2, 2, 1]
    assert found.spread[:3].tolist() == pytest.approx([math.log(4) / math.sqrt(2)] * 3)
    assert math.isnan(found.spread[3]), "one plate has no spread"


def series(accepted: str, dated: str = "") -> pa.Table:
    """A plate a letter: y accepted, n not; of `dated`, n has no time."""
    size = len(accepted)
    times = [None if mark == "n" else FIRST + timedelta(days=i) for i, mark in enumerate(dated or "y" * size)]
    same = {
        "plate_number": 1,
        "analyte": "IL-6",
        "metric": "qc1",
        "lot": "K",
        "instrument": "I",
        "method": "robust",
        "kit": "k",
    }
    columns = {name: [value] * size for name, value in same.items()} | {"started_at": times}
    columns |= {name: [f"{name}{i}" for i in range(size)] for name in ("assay_id", "run_id", "plate")}
    columns |= {"is_accepted": [mark == "y" for mark in accepted], "value": np.arange(size) + 1.0}
    return follow(HISTORY.table(columns), SETTINGS).point


def marked(point: pa.Table, *guides: GuideSet) -> str:
    return "".join("g" if one else "." for one in in_guide_set(point, SETTINGS, guides))


@pytest.mark.parametrize(
    ("accepted", "dated", "expected"),
    [
        ("yyyyyyy", "", "gggg..."),
        ("nyynyyy", "", ".gg.gg."),
        ("ynnn", "", "...."),  # one accepted plate gives no limits
        ("yynyy", "nyyyy", "g.gg."),  # the plate without any time stands last
    ],
)
def test_the_guide_set_is_the_first_accepted_plates(accepted: str, dated: str, expected: str) -> None:
    assert marked(series(accepted, dated)) == expected


def test_a_person_may_name_the_guide_set_or_give_its_numbers() -> None:
    own = GuideSet("IL-6", "qc1", "K", "I", ("run_id5", "run_id6"), None, None, "A. Name", "why", "book")
    assert marked(series("yyyyyyy"), own) == ".....gg"
    assert marked(series("yyyyyyy"), replace(own, runs=(), mean=1.0, sd=1.0)) == "......."
    assert marked(series("yyyyyyy"), replace(own, lot="another")) == "gggg..."
