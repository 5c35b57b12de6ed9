"""Control charts and rules against published numbers: limits of a charted pair of controls, and how often good runs are rejected."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from expectations import load_suite, trend_settings
from pbis.core.frames import HISTORY
from pbis.core.trends.baseline import GuideSet
from pbis.core.trends.trend import follow
from pbis.core.trends.westgard import pair_beyond, range_beyond, run_length

# The two controls with which the Levey-Jennings chart is taught (Westgard, Basic QC Practices): 200 +- 4 and 250 +- 5 mg/dL,
# limits at 2 SD 192-208 and 240-260, at 3 SD 188-212 and 235-265.
CONTROLS = {"qc1": (200.0, 4.0, 188.0, 212.0), "qc2": (250.0, 5.0, 235.0, 265.0)}
START = datetime(2026, 1, 5)


def charted(days: list[tuple[float, float]]) -> dict[str, list[dict[str, object]]]:
    rows = []
    for day, values in enumerate(days):
        for metric, value in zip(CONTROLS, values, strict=True):
            own = {
                "assay_id": f"a{day}",
                "run_id": f"r{day}",
                "plate": f"P{day}",
                "plate_number": 1,
                "is_accepted": True,
            }
            series = {"analyte": "GLU", "lot": "L", "instrument": "I", "method": "robust", "kit": "K"}
            rows.append({**own, **series, "metric": metric, "value": value, "started_at": START + timedelta(days=day)})
    guides = tuple(GuideSet("GLU", m, "", "", (), c[0], c[1], "lab", "published", "x") for m, c in CONTROLS.items())
    table = HISTORY.table({name: [row[name] for row in rows] for name in HISTORY.names})
    point = follow(table, trend_settings(load_suite("research")), guides).point.to_pylist()
    return {metric: [row for row in point if row["metric"] == metric] for metric in CONTROLS}


@pytest.mark.parametrize("metric", CONTROLS)
def test_limits_of_the_chart(metric: str) -> None:
    (row,) = charted([(200.0, 250.0)])[metric]
    assert (row["mean"], row["sd"], row["limit_low"], row["limit_high"]) == CONTROLS[metric]


def test_values_at_the_published_limits_are_inside_and_beyond_them_outside() -> None:
    days = [(208.0, 240.0), (208.1, 250.0), (208.1, 250.0), (191.9, 260.1), (212.1, 250.0), (209.0, 261.0)]
    found = charted(days)
    assert [row["z"] > 2 for row in found["qc1"]] == [False, True, True, False, True, True]
    assert [row["z"] > 3 for row in found["qc1"]] == [False, False, False, False, True, False]
    assert [row["count_2s"] for row in found["qc1"]] == [
        0,
        1,
        2,
        1,
        1,
        2,
    ]  # 2_2s across runs on day 3, within the run on day 6
    assert [row["is_range_4s"] for row in found["qc1"]] == [0, 0, 0, 1, 0, 0]  # 191.9 with 260.1


@pytest.mark.parametrize(
    ("rule", "controls", "rate"),
    [
        ("1_2s", 1, 0.05),  # rejections of good runs, as published for one, two and four controls a run
        ("1_2s", 2, 0.09),
        ("1_2s", 4, 0.17),
        ("1_3s", 1, 0.003),
        ("1_3s", 2, 0.005),
        ("1_3s/2_2s/r_4s", 2, 0.01),
    ],
)
def test_good_runs_are_rejected_as_often_as_published(rule: str, controls: int, rate: float) -> None:
    z = np.random.default_rng(1981).normal(size=(controls, 200_000))
    rejected = (np.abs(z) > (2 if rule == "1_2s" else 3)).any(axis=0)
    if "2_2s" in rule:
        rejected |= pair_beyond(z[0], z[1], 2.0) | range_beyond(z[0], z[1], 2.0)
        rejected |= np.array([run_length(one, 2.0) >= 2 for one in z]).any(axis=0)
    assert rejected.mean() == pytest.approx(rate, abs=0.005)
