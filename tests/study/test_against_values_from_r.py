"""Cut-off search, Uno's C, restricted means and logistic models beside values that from_r/values.R computed (R 4.2.2)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pbis.study.stats.concordance import uno_c
from pbis.study.stats.km import restricted_mean
from pbis.study.stats.logistic import fit_logistic
from pbis.study.stats.maxstat import maxstat
from pbis.study.stats.survival import survival

VALUES = json.loads((Path(__file__).parent / "from_r" / "values.json").read_text(encoding="utf-8"))
DATA_SETS = tuple(VALUES)


@pytest.mark.parametrize("name", DATA_SETS)
def test_cut_off_statistic_and_adjusted_p_equal_maxstat(reference: Any, name: str) -> None:
    for want in VALUES[name]["maxstat"]:
        data, x = reference.model(name, [want["marker"]])
        found = maxstat(data, x[:, 0], want["min_share"])
        assert (found.n, len(found.candidate), found.estimate) == (want["n"], want["candidates"], want["estimate"]), (
            want
        )
        assert found.statistic == pytest.approx(want["statistic"], rel=1e-12)
        assert found.p_lau92 == pytest.approx(want["lau92"], rel=1e-11)
        assert found.p_lau94 == pytest.approx(min(want["lau94"], 1.0), rel=1e-9, abs=1e-15)  # R subtracts from 1 there


@pytest.mark.parametrize("name", DATA_SETS)
def test_uno_c_equals_concordance_with_its_weights(reference: Any, name: str) -> None:
    for want in VALUES[name]["concordance"]:
        data, x = reference.model(name, [want["marker"]])
        assert uno_c(data, x[:, 0]).value == pytest.approx(want["uno"], rel=1e-9), want


@pytest.mark.parametrize("name", DATA_SETS)
def test_restricted_mean_equals_survfit(reference: Any, name: str) -> None:
    table = reference.table(name)
    data = survival(table["time"], table["event"])
    for want in VALUES[name]["restricted_mean"]:
        found = restricted_mean(data, want["horizon"])
        assert (found.value, found.se) == (pytest.approx(want["mean"], rel=1e-9), pytest.approx(want["se"], rel=1e-9))


@pytest.mark.parametrize("name", DATA_SETS)
def test_logistic_model_equals_glm(reference: Any, name: str) -> None:
    want = VALUES[name]["logistic"]
    names = [want["covariates"]] if isinstance(want["covariates"], str) else want["covariates"]
    table = reference.table(name)[["event", *names]].dropna()
    fit = fit_logistic(table["event"].to_numpy(bool), table[names].to_numpy(float), names)
    np.testing.assert_allclose(fit.coef, want["coef"], rtol=1e-9)
    np.testing.assert_allclose(fit.se, want["se"], rtol=1e-9)
