"""Levey-Jennings, Westgard and lots on series that can be computed by hand, and against scipy."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import integrate, stats

from expectations import load_suite, trend_settings
from pbis.core.frames import BRIDGE, HISTORY
from pbis.core.measures.qc import TrendSettings
from pbis.core.trends.baseline import GuideSet, as_normal, limit, scores
from pbis.core.trends.lots import bridges, lots
from pbis.core.trends.points import trapezoid
from pbis.core.trends.trend import FollowedSeries, follow
from pbis.core.trends.westgard import pair_beyond, range_beyond, run_length

LOG_SETTINGS = trend_settings(load_suite("research"))
SETTINGS = replace(LOG_SETTINGS, log_controls=False)  # numbers that can be followed by hand
START = datetime(2026, 1, 5, 9, 0)
# Mean 100, SD (n - 1) exactly 10 x sqrt(20/19) = 10.2598: ten plates at 90 and ten at 110.
GUIDE = [90.0, 110.0] * 10


def history(values: list[float], metric: str = "qc1", **own: Any) -> list[dict[str, Any]]:
    base = {"analyte": "IL-6", "metric": metric, "lot": "K1", "instrument": "LX1", "method": "robust", "kit": "kit"}
    return [
        {
            **base, "assay_id": f"a{i:03d}", "run_id": f"r{i:03d}", "plate": f"P{i}", "plate_number": 1, "value": value,
            "started_at": START + timedelta(days=i), "is_accepted": True, **own,
        }
        for i, value in enumerate(values)
    ]  # fmt: skip


def followed(
    *rows: dict[str, Any], settings: TrendSettings = SETTINGS, guides: tuple[GuideSet, ...] = ()
) -> FollowedSeries:
    return follow(HISTORY.table({name: [row[name] for row in rows] for name in HISTORY.names}), settings, guides)


def column(found: FollowedSeries, name: str) -> list[Any]:
    return found.point.column(name).to_pylist()


@pytest.mark.parametrize(
    ("z", "beyond", "lengths"),
    [
        ([2.1, 2.1, -2.1, 2.1], 2.0, [1, 2, 1, 1]),
        ([2.1, 1.9, 2.1], 2.0, [1, 0, 1]),
        ([2.0, 2.0], 2.0, [0, 0]),
        ([1.1, 1.2, 1.3, 1.4, 0.9], 1.0, [1, 2, 3, 4, 0]),
        ([1.1, np.nan, 1.3], 1.0, [1, 0, 2]),
        ([0.1] * 10 + [-0.1], 0.0, [*range(1, 11), 1]),
        ([0.1, 0.0, 0.1], 0.0, [1, 0, 1]),
    ],
)
def test_points_in_a_row(z: list[float], beyond: float, lengths: list[int]) -> None:
    assert run_length(np.array(z), beyond).tolist() == lengths


def test_two_controls_of_a_run() -> None:
    one, other = np.array([2.1, 2.1, 2.1, 3.9, -2.1, np.nan]), np.array([2.1, -2.1, -1.9, -0.2, 2.1, -3.0])
    assert pair_beyond(one, other, 2.0).tolist() == [True, False, False, False, False, False]
    assert range_beyond(one, other, 2.0).tolist() == [False, True, False, False, True, False]


def test_scores_against_a_full_guide_set_are_plain() -> None:
    sd = 10 * np.sqrt(20 / 19)
    z = column(followed(*history([*GUIDE, 100.0, 100 + 2.5 * sd, 100 - 3.1 * sd])), "z")
    assert z[20:] == pytest.approx([0.0, 2.5, -3.1])


@pytest.mark.parametrize("metric", ["qc1", "ln_ec50"])
def test_controls_are_held_against_their_plates_on_the_log_scale(metric: str) -> None:
    """As far above as below in shares of the mean; what is a logarithm already, or no concentration, stays as it is."""
    ln_sd = 0.1 * np.sqrt(20 / 19)
    guide = [float(100 * np.exp(side * 0.1)) for side in (-1, 1)] * 10
    far = [float(100 * np.exp(2.5 * ln_sd)), float(100 * np.exp(-2.5 * ln_sd))]
    found = followed(*history([*guide, *far], metric), settings=LOG_SETTINGS)
    z = column(found, "z")[20:]
    (row,) = found.baseline.to_pylist()
    if metric == "qc1":
        assert z == pytest.approx([2.5, -2.5])
        assert (row["mean"], row["sd"]) == pytest.approx((100.0, 100 * ln_sd))
        assert (row["limit_low"], row["limit_high"]) == pytest.approx(
            (100 * np.exp(-3 * ln_sd), 100 * np.exp(3 * ln_sd))
        )
    else:
        assert z != pytest.approx([2.5, -2.5], abs=0.1)
        assert row["mean"] == pytest.approx(np.mean(guide))


def test_mean_and_sd_that_a_person_gave_are_in_the_unit_of_the_control() -> None:
    guide = GuideSet("IL-6", "qc1", "", "", (), 100.0, 10.0, "a", "r", "s")
    found = followed(*history([110.0, 90.0]), settings=LOG_SETTINGS, guides=(guide,))
    assert column(found, "z") == pytest.approx([1.0, -1.0])
    assert found.baseline.column("limit_high").to_pylist() == pytest.approx([130.0])


def test_a_control_without_a_logarithm_has_no_score_and_leaves_the_others_theirs() -> None:
    z = column(followed(*history([*GUIDE, 0.0, 100.0]), settings=LOG_SETTINGS), "z")
    assert z[20] is None
    assert z[21] is not None


def test_the_guide_set_stays_while_the_process_drifts() -> None:
    found = followed(*history([*GUIDE[::-1], *([130.0] * 20)]))
    assert set(column(found, "mean")[20:]) == {100.0}
    assert column(found, "count_side")[20:30] == [float(n) for n in range(1, 11)]
    (limit,) = found.baseline.to_pylist()
    assert (limit["kind"], limit["plate_count"], limit["mean"]) == ("guide", 20, 100.0)
    assert limit["limit_high"] == pytest.approx(100 + 30 * np.sqrt(20 / 19))
    assert (limit["first_at"], limit["last_at"]) == (START, START + timedelta(days=39))


def test_few_plates_leave_limits_as_wide_as_student_s_t() -> None:
    five = [8.0, 9.0, 10.0, 11.0, 12.0]
    found = followed(*history([*five, 14.0]))
    assert column(found, "z")[:5] == [None] * 5
    t = (14 - 10) / (np.std(five, ddof=1) * np.sqrt(1.2))
    assert column(found, "z")[5] == pytest.approx(stats.norm.isf(stats.t.sf(t, 4)), rel=1e-6)
    reach = stats.t.isf(stats.norm.sf(3), 4) * np.sqrt(1.2) * np.std(five, ddof=1)
    assert column(found, "limit_high")[5] == pytest.approx(10 + reach, rel=1e-6)
    assert column(found, "baseline_text")[5] == "5 accepted plates so far"


def test_a_plate_at_its_limit_scores_three() -> None:
    count = np.array([5, 12, 20, 0])
    low, high = (limit(np.full(4, 50.0), np.full(4, 2.0), count, 20, sds) for sds in (-3.0, 3.0))
    reach = (high - 50) / 2
    assert as_normal(reach[:2], count[:2]) == pytest.approx([3.0, 3.0])
    assert reach[2:].tolist() == [3.0, 3.0]
    assert (50 - low) == pytest.approx(high - 50)


def test_in_control_series_are_rejected_as_rarely_as_promised() -> None:
    rng = np.random.default_rng(7)
    z = [scores(x, np.ones(12, bool), 20, 5).z[5:] for x in rng.normal(10, 1, (4000, 12))]
    assert np.mean(np.abs(z) > 2) == pytest.approx(0.0455, abs=0.004)
    assert np.mean(np.abs(z) > 3) == pytest.approx(0.0027, abs=0.0012)


def test_plates_that_failed_make_no_baseline_but_are_judged() -> None:
    rows = history([*GUIDE, 100.0])
    rows[3] |= {"is_accepted": False, "value": 900.0}
    found = followed(*rows)
    assert column(found, "baseline_count")[-1] == 19
    assert column(found, "mean")[-1] == pytest.approx((2000 - 110) / 19)


def test_a_plate_looks_only_back() -> None:
    rows = history([float(v) for v in np.random.default_rng(3).normal(50, 5, 40)])
    whole, part = followed(*rows).point, followed(*rows[:30]).point
    shared = [name for name in part.column_names if name != "row_key"]
    assert whole.slice(0, 30).select(shared).equals(part.select(shared))


def test_the_order_of_loading_does_not_matter() -> None:
    rows = [*history([*GUIDE, 125.0]), *history([*GUIDE, 90.0], "qc2")]
    assert followed(*rows[::-1]).point.equals(followed(*rows).point)


def test_a_new_lot_inherits_nothing() -> None:
    rows = history([*GUIDE, 130.0])
    rows[20]["lot"] = "K2"
    found = followed(*rows)
    assert column(found, "z")[20] is None
    assert [(r["lot"], r["kind"], r["plate_count"]) for r in found.baseline.to_pylist()] == [
        ("K1", "guide", 20), ("K2", "running", 1),
    ]  # fmt: skip


def test_two_controls_beyond_two_sd_are_paired_within_the_run() -> None:
    sd = 10 * np.sqrt(20 / 19)
    same = followed(*history([*GUIDE, 100 + 2.1 * sd]), *history([*GUIDE, 100 + 2.2 * sd], "qc2"))
    assert column(same, "count_2s")[20] == column(same, "count_2s")[41] == 2.0
    apart = followed(*history([*GUIDE, 100 + 2.1 * sd]), *history([*GUIDE, 100 - 2.2 * sd], "qc2"))
    assert (column(apart, "is_range_4s")[20], column(apart, "is_range_4s")[41]) == (1.0, None)
    assert column(apart, "count_2s")[20] == 1.0


def test_a_given_mean_and_sd_hold_from_the_first_plate() -> None:
    guide = GuideSet("IL-6", "qc1", "", "", (), 100.0, 5.0, "K. Lab", "peer group", "kit insert")
    found = followed(*history([115.1, 100.0]), guides=(guide,))
    assert column(found, "z") == pytest.approx([3.02, 0.0])
    assert set(column(found, "baseline_kind")) == {"given"}
    assert column(followed(*history([115.1], "qc2"), guides=(guide,)), "z") == [None]


def test_named_runs_become_the_guide_set_of_the_plates_after_them() -> None:
    runs = tuple(f"r{i:03d}" for i in range(4, 24))
    guide = GuideSet("IL-6", "qc1", "K1", "LX1", runs, None, None, "K. Lab", "after service", "log 12")
    values = [500.0, 500.0, 500.0, 500.0, *GUIDE, 100.0]
    found = followed(*history(values), guides=(guide,))
    assert column(found, "mean")[24] == 100.0
    assert column(found, "z")[10] != pytest.approx((values[10] - 100) / 10.26, rel=0.1)


def test_inter_assay_cv_of_the_window() -> None:
    found = followed(*history([*GUIDE, 100.0]))
    assert column(found, "cv_pct")[1] == pytest.approx(100 * stats.variation([90, 110], ddof=1))
    assert column(found, "cv_pct")[20] == pytest.approx(100 * stats.variation([*GUIDE[1:], 100.0], ddof=1))
    assert column(found, "cv_count")[20] == 20


def test_a_batch_a_thousand_times_off_says_so() -> None:
    found = followed(*history([3.0, 3.1, 2.9, 3.0, 3.05, 3.0 - np.log(1000)], "ln_samples"))
    assert column(found, "fold")[5] == pytest.approx(0.001, rel=0.02)
    assert column(found, "fold_text")[5] == ", about 1000 times less"


def test_lots_are_compared_with_the_plate_before() -> None:
    rows = history([1.0, 1.0, 1.0, 1.0])
    rows[2]["lot"] = rows[3]["lot"] = "K2"
    other = history([1.0], instrument="LX2", lot="K9", assay_id="b0")
    found = lots(HISTORY.table({n: [r[n] for r in [*rows, *other]] for n in HISTORY.names})).to_pylist()
    assert [(r["lot_differs"], r["lot_before"], r["plates_of_lot"]) for r in found] == [
        (None, None, 0.0), (0.0, "K1", 1.0), (1.0, "K1", 0.0), (0.0, "K2", 1.0), (None, None, 0.0),
    ]  # fmt: skip


def bridge(specimen: str, lot: str, day: int, value: float) -> dict[str, Any]:
    return {
        "assay_id": f"a{day}", "run_id": f"r{day}", "plate": f"P{day}", "plate_number": 1, "well": f"A{specimen}",
        "analyte": "IL-6", "lot": lot, "instrument": "LX1", "kit": "kit", "started_at": START + timedelta(days=day),
        "specimen_id": specimen, "value": value,
    }  # fmt: skip


def test_a_lot_is_bridged_by_the_specimens_that_both_read() -> None:
    old = [bridge(name, "K1", 1, value) for name, value in (("1", 10.0), ("2", 20.0), ("3", 40.0), ("4", 7.0))]
    new = [bridge(name, "K2", 9, value) for name, value in (("1", 13.0), ("2", 26.0), ("3", 52.0), ("5", 7.0))]
    rows = [*new, *old]
    (one,) = bridges(BRIDGE.table({n: [r[n] for r in rows] for n in BRIDGE.names})).to_pylist()
    assert (one["lot_before"], one["lot"], one["plate"], one["specimen_count"]) == ("K1", "K2", "P9", 3.0)
    assert [one[n] for n in ("ratio_pct", "ratio_low_pct", "ratio_high_pct")] == pytest.approx([130.0] * 3)


def test_trapezoid_against_scipy() -> None:
    x = np.log([3.2, 12.8, 51.2, 204.8, 1.0, 5.0])
    y = np.array([20.0, 61.0, 240.0, 910.0, 7.0, 8.0])
    areas = trapezoid(x, y, np.array([0, 0, 0, 0, 1, 1]), 2)
    assert areas == pytest.approx([integrate.trapezoid(y[:4], x[:4]), 7.5 * np.log(5)])


def test_no_history() -> None:
    found = followed()
    assert (found.point.num_rows, found.baseline.num_rows) == (0, 0)
    assert lots(HISTORY.empty()).num_rows == bridges(BRIDGE.empty()).num_rows == 0
    assert isinstance(found.point, pa.Table)
