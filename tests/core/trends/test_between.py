"""By how much plates of a lot differ: what both controls share, beyond their curve, from the plates before and from no other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from pbis.core.frames import CONTROL_PAIR
from pbis.core.trends.between import Between, between_plates, shared_variance

SHARED, OWN = 0.15, 0.10  # SD of ln: of the plate, and of each control on it


def pairs(count: int, **changes: dict[int, Any]) -> pa.Table:
    """Plates of a lot, a day apart; changes: column -> number of the plate -> another value."""
    rng = np.random.default_rng(3)
    plate, own = rng.normal(0, SHARED, count), rng.normal(0, OWN, (2, count))
    rows = {
        "assay_id": [f"a{i:03d}" for i in range(count)],
        "run_id": [f"a{i:03d}" for i in range(count)],
        "plate_number": [1] * count,
        "measure": ["il2"] * count,
        "analyte": ["IL-2"] * count,
        "lot": ["L"] * count,
        "instrument": ["I"] * count,
        "method": ["robust"] * count,
        "started_at": [datetime(2026, 1, 1) + timedelta(days=i) for i in range(count)],
        "is_accepted": [True] * count,
        "qc1": list(100 * np.exp(plate + own[0])),
        "qc2": list(900 * np.exp(plate + own[1])),
        "shared_width_squared": [None] * count,
        "place_variance": [0.0] * count,
        "place_error": [0.001] * count,
    }
    for name, values in changes.items():
        for number, value in values.items():
            rows[name][number] = value
    return CONTROL_PAIR.table(rows)


def test_what_only_one_control_has_is_not_of_the_plates() -> None:
    """With the controls' own 10 % beside the plates' 15 % either control alone varies by 18 %."""
    found = between_plates(pairs(1500), 20)[("a1499", 1, "il2")]
    assert found.plates == 1499
    assert found.cv_pct == pytest.approx(100 * SHARED, rel=0.05)


def test_plates_that_agree_differ_by_nothing_and_the_curve_is_taken_off() -> None:
    rng = np.random.default_rng(5)
    first, second = rng.normal(0, OWN, (2, 400))
    curve = np.full(400, 0.02)
    assert shared_variance(first, second, curve) == 0.0
    shift = rng.normal(0, SHARED, 400)
    with_curve, without = (shared_variance(first + shift, second + shift, part) for part in (curve * 0, curve))
    assert with_curve - without == pytest.approx(0.02)


def test_a_plate_looks_only_back_and_waits_for_enough_plates() -> None:
    whole, before = between_plates(pairs(40), 20), between_plates(pairs(40).slice(0, 30), 20)
    assert set(whole) == {(f"a{i:03d}", 1, "il2") for i in range(20, 40)}
    assert {key: whole[key] for key in before} == before
    assert [whole[key].plates for key in sorted(whole)] == list(range(20, 40))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"place_variance": dict.fromkeys(range(20), 0.0036)}, False),  # a gradient of 10 %
        ({"place_error": dict.fromkeys(range(20), 0.1)}, False),  # they cannot tell
        ({"place_variance": {3: None}}, False),  # nineteen of the twenty before it say so: too few
        ({"place_variance": {20: 1.0}}, True),  # the plate itself is not asked
    ],
)
def test_plates_are_even_where_those_before_show_it(changes: dict[str, dict[int, Any]], expected: bool) -> None:
    assert between_plates(pairs(21, **changes), 20)[("a020", 1, "il2")].is_even is expected


def test_the_order_of_rows_changes_no_digit() -> None:
    table = pairs(40)
    assert between_plates(table.take(pa.array(range(39, -1, -1))), 20) == between_plates(table, 20)


@pytest.mark.parametrize(
    "changes",
    [
        {"is_accepted": {3: False}},
        {"started_at": {3: None}},
        {"qc1": {3: 0.0}},  # no logarithm
        {"lot": {3: "another"}},
        {"instrument": {3: "another"}},
        {"method": {3: "xponent"}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_plate_that_says_nothing_of_the_series_does_not_count(changes: dict[str, dict[int, Any]]) -> None:
    found = between_plates(pairs(24, **changes), 20)
    assert found[("a023", 1, "il2")].plates == 22
    assert ("a020", 1, "il2") not in found  # nineteen plates of its series before it
    assert isinstance(found[("a021", 1, "il2")], Between)
