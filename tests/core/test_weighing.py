"""How likely the high group is: exact for independent components, an interval where one is missing, nothing where nobody says how sure."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from pbis.core.scoring.components import Measure, decide
from pbis.core.scoring.cutoffs import Cutoff
from pbis.core.scoring.weighing import ANYTHING, Chance, at_least, expected_wrong, weigh

IL2 = Cutoff("il2", "3.2", ">=", "pg/mL", "paper", "interpreted", cv_pct="15")


def enumerated(chances: tuple[float, ...], count: int) -> float:
    cases = product((0, 1), repeat=len(chances))
    return sum(
        float(np.prod([p if hit else 1 - p for p, hit in zip(chances, case, strict=True)]))
        for case in cases
        if sum(case) >= count
    )


@pytest.mark.parametrize("chances", [(0.0, 1.0, 0.3, 0.5), (0.1, 0.2, 0.9), (1.0, 1.0, 0.0, 0.0), (0.5,)])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_it_is_the_sum_over_all_states(chances: tuple[float, ...], count: int) -> None:
    assert at_least(chances, count) == pytest.approx(enumerated(chances, count))


def test_a_missing_component_leaves_an_interval_and_an_unknown_error_nothing() -> None:
    sure, never, half = (Chance(p, p, "assay") for p in (1.0, 0.0, 0.5))
    whole = weigh({"nlr": sure, "crp": never, "il12": never, "il2": half}, 2)
    assert whole is not None
    assert (whole.p, whole.basis) == (0.5, "nlr: assay; crp: assay; il12: assay; il2: assay")
    open_one = weigh({"nlr": sure, "crp": never, "il12": never, "il2": ANYTHING}, 2)
    assert open_one is not None
    assert (open_one.p, open_one.low, open_one.high) == (None, 0.0, 1.0)
    decided = weigh({"nlr": sure, "crp": sure, "il12": never, "il2": ANYTHING}, 2)
    assert decided is not None
    assert decided.p == 1.0  # whatever the missing one is
    assert weigh({"nlr": sure, "crp": None}, 2) is None


@pytest.mark.parametrize(
    ("measure", "low", "high", "basis"),
    [
        (Measure("=", "3.2", "pg/mL", ci_low=2.6, ci_high=3.94), 0.5, 0.5, "assay"),
        (Measure("<", "3.2", "pg/mL", ci_low=2.6, ci_high=3.6), 0.245, 0.245, "assay"),
        (Measure("=", "3.2", "pg/mL"), 0.5, 0.5, "cv"),
        (Measure("<", "3.2", "pg/mL"), 0.0, 0.5, "cv"),  # only the bound is known
        (Measure(">", "3.2", "pg/mL"), 0.5, 1.0, "cv"),
        (Measure(reason="qns"), 0.0, 1.0, "nothing"),
    ],
)
def test_a_component_says_what_its_probability_rests_on(measure: Measure, low: float, high: float, basis: str) -> None:
    found = decide(IL2, {"il2": measure}).chance
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.01)
    assert found.basis == basis


def test_wrong_groups_expected_are_the_chances_of_the_other_group() -> None:
    rows = [("high", 0.9, 0.9), ("low", 0.2, 0.3), ("indeterminate", 0.5, 0.5), ("low", None, None)]
    assert expected_wrong(rows) == pytest.approx((0.3, 0.4))
