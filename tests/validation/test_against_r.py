"""Estimators of a validation beside values that from_r/validation.R computed; the data are the same arithmetic."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pbis.validation.stats.agreement import agreement, deming
from pbis.validation.stats.linearity import linearity, polynomial
from pbis.validation.stats.nested import nested_variances
from pbis.validation.stats.parallel import common_slope
from pbis.validation.stats.profile import precision_profile

WANT = json.loads((Path(__file__).parent / "from_r" / "validation.json").read_text(encoding="utf-8"))


def close(value: object, rel: float = 1e-9) -> object:
    return pytest.approx(value, rel=rel, abs=1e-12)


def test_components_of_wells_in_plates_in_days_equal_aov_and_projections() -> None:
    plates = [(d, p) for d in range(1, 10) for p in range(1 + d % 3)]
    rows = [(d, n) for n, (d, _) in enumerate(plates, 1) for _ in range(2 + n % 2)]
    day, plate = np.array(rows).T
    y = 100 + 3 * ((day * 7) % 5) + 4 * ((plate * 11) % 7) / 3 + ((np.arange(1, len(rows) + 1) * 37) % 11 - 5) / 2
    found = nested_variances(y, (day, plate))
    assert found is not None
    *between, error = found.components
    assert [each.value for each in found.components] == close(WANT["components"])
    assert [each.low for each in between] == close(WANT["low"])
    assert [each.high for each in between] == close(WANT["high"])
    assert (error.df, error.low, error.high) == (27, *map(close, WANT["error_ci"]))
    assert (found.total.value, found.total.df) == (close(WANT["total"]), close(WANT["total_df"]))
    assert (found.total.low, found.total.high) == tuple(map(close, WANT["total_ci"]))
    shuffled = np.random.default_rng(1).permutation(len(y))
    again = nested_variances(y[shuffled], (day[shuffled], 100 - plate[shuffled]))
    assert again is not None
    assert [each.value for each in again.components] == close(WANT["components"])


def test_components_of_a_balanced_design_equal_reml() -> None:
    plate = np.repeat(np.arange(1, 9), 3)
    y = 50 + 2 * ((plate * 5) % 8) + ((np.arange(1, 25) * 17) % 13 - 6) / 4
    found = nested_variances(y, (plate,))
    assert found is not None
    assert [each.value for each in found.components] == close(WANT["reml"], 1e-6)  # lme4's own optimiser stops there


def test_what_has_no_groups_or_no_replicates_has_no_components() -> None:
    y = np.arange(6.0)
    assert nested_variances(y, (np.zeros(6, dtype=int),)) is None
    assert nested_variances(y, (np.arange(6),)) is None
    assert nested_variances(y, (np.array([1, 1, 2, 2, 3, 3]), np.array([1, 1, 2, 2, 3, 3]))) is None


def test_a_component_that_comes_out_negative_is_none_and_the_error_keeps_its_own() -> None:
    found = nested_variances(np.array([1.0, 3.0, 3.0, 1.0, 1.0, 3.0]), (np.array([1, 1, 2, 2, 3, 3]),))
    assert found is not None
    assert [each.value for each in found.components] == [0.0, 2.0]
    assert found.total.value == 2.0
    assert found.components[0].low == 0.0


def test_polynomials_equal_lm() -> None:
    x = np.repeat(1 / 2.0 ** np.arange(7), 2)
    y = 80 * x * (1 - 0.12 * x) * (1 + ((np.arange(1, 15) * 5) % 7 - 3) / 150)
    cubic = polynomial(x, y, 3)
    assert cubic.coef == close(WANT["coef"])
    assert cubic.p[2:] == close(WANT["p3"])
    assert [polynomial(x, y, order).s for order in (1, 2, 3)] == close(WANT["s"])
    found = linearity(x, y)
    assert found is not None
    assert found.p == close((WANT["p2"], *WANT["p3"]))
    assert found.order == 2
    assert linearity(x[x > 0.1], y[x > 0.1]) is None  # four levels


def test_the_precision_profile_equals_a_gamma_glm() -> None:
    level = 2 ** np.linspace(0, 9, 24)
    truth = 0.3 + 0.006 * level**2
    found = precision_profile(level, truth * np.tile([0.4, 1.7, 0.9, 1.2, 1.1, 0.6], 4), np.tile([1.0, 1, 2, 3], 6))
    assert found is not None
    assert (found.floor, found.slope) == (close(WANT["floor"]), close(WANT["slope"]))
    assert (found.cov[0, 0], found.cov[0, 1], found.cov[1, 1]) == tuple(
        close(each, 1e-8)
        for each in WANT["cov"]  # R's are of the weights of its last step but one
    )
    crossing = found.crossing(20)
    assert crossing is not None
    assert found.cv_pct(crossing[0]) == close(20)
    assert crossing[1] < crossing[0] < crossing[2]
    assert found.crossing(5) is None  # even far above its floor the CV is 7.7 %


def test_ratio_limits_of_agreement_and_deming_equal_t_test_and_jackknife() -> None:
    first = 20 * 1.3 ** np.arange(1, 16)
    second = first * 1.08 * (1 + ((np.arange(1, 16) * 7) % 11 - 5) / 60)
    found, line = agreement(first, second), deming(first, second)
    assert found is not None
    assert line is not None
    assert found.ratio == tuple(map(close, WANT["ratio"]))
    assert found.sd == close(WANT["sd"])
    assert (line.slope[0], line.intercept[0]) == tuple(map(close, WANT["deming"]))
    half = 2.1603686564610127  # t of 13 degrees of freedom
    assert [(line.slope[2] - line.slope[0]) / half, (line.intercept[2] - line.intercept[0]) / half] == close(
        WANT["deming_se"]
    )


def test_the_slope_of_dilutions_equals_lm() -> None:
    specimen, dilution = np.repeat(np.arange(1, 5), 5), np.tile(2.0 ** np.arange(5), 4)
    measured = 40 * specimen * dilution**-0.95 * (1 + ((np.arange(1, 21) * 3) % 7 - 3) / 80)
    found = common_slope(dilution, measured, specimen)
    assert found is not None
    assert (found.value, found.low, found.high) == tuple(map(close, WANT["parallel"]))
    assert common_slope(np.ones(4), measured[:4], specimen[:4]) is None
