"""Components against their cut-offs: the tables of tests/spec, exact ratios, properties of censoring, nearness."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbis.core.amount import Amount
from pbis.core.scoring.components import ComponentPoint, Measure, decide
from pbis.core.scoring.cutoffs import Cutoff
from pbis.core.scoring.interval import interval_of, point, ratio_point

SPEC = Path(__file__).resolve().parents[1] / "spec"
NLR = Cutoff("nlr", "3.5", ">=", "1", "paper", "as_published", cv_pct="5")
POINT = {"1": 1, "0": 0, "?": None}
REFERENCE = {"pos": 1, "neg": 0, "unk": None}


def rows(name: str) -> list[dict[str, str]]:
    with (SPEC / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def measure(text: str, unit: str) -> Measure:
    op = text[: len(text) - len(text.lstrip("<>="))]
    return Measure(op or "=", text.lstrip("<>="), unit)


def counts(neutrophils: Measure, lymphocytes: Measure) -> dict[str, Measure]:
    return {"neutrophils": neutrophils, "lymphocytes": lymphocytes}


@pytest.mark.parametrize(
    "row", rows("comparators.csv"), ids=lambda row: f"{row['value']} {row['unit']} at {row['cut']}"
)
def test_a_value_against_its_cut(row: dict[str, str]) -> None:
    cut = Cutoff(row["component"], row["cut"], ">=", row["cut_unit"], "paper", "as_published")
    decision = decide(cut, {row["component"]: measure(row["value"], row["unit"])})
    assert decision.point == POINT[row["point"]]
    assert (decision.reason is None) == (decision.point is not None)


@pytest.mark.parametrize("row", rows("nlr.csv"), ids=lambda row: f"{row['neutrophils']} over {row['lymphocytes']}")
def test_a_ratio_against_its_cut(row: dict[str, str]) -> None:
    upper = measure(row["neutrophils"], row["neutrophils_unit"])
    lower = measure(row["lymphocytes"], row["lymphocytes_unit"])
    assert decide(NLR, counts(upper, lower)).point == POINT[row["point"]]


def test_the_reference_cases_of_comparators(shared: Path) -> None:
    cases = json.loads((shared / "reference/r/pbis_truth_table.json").read_text())["comparator_cases"]
    for case in cases:
        unit = "mg/dL" if "CRP" in case["analyte"] else "pg/mL"
        cut = Cutoff("il2", case["cut"], ">=", unit, "reference", "as_published")
        found = decide(cut, {"il2": Measure(case["comparator"], case["value"], unit)}).point
        assert found == REFERENCE[case["status"]], case
    assert len(cases) > 90


def test_the_reference_cases_of_ratios(shared: Path) -> None:
    for case in json.loads((shared / "reference/r/pbis_truth_table.json").read_text())["nlr_cases"]:
        upper = Measure(case["neut_cmp"], case["neut"], "10*9/L")
        lower = Measure(case["lymph_cmp"], case["lymph"], "10*9/L")
        assert decide(NLR, counts(upper, lower)).point == REFERENCE[case["status"][:3]], case


@pytest.mark.parametrize("decimals", [1, 2, 3])
def test_every_pair_at_exactly_three_and_a_half_earns_the_point(decimals: int) -> None:
    """L in units of the last decimal up to 30.0; N = 7 L / 2 where that is whole. Just below, the point is lost."""
    scale = 10**decimals
    lymphocytes = np.arange(2, 30 * scale, 2)
    neutrophils = 7 * lymphocytes // 2
    assert (2 * neutrophils == 7 * lymphocytes).all()
    for n, low in zip(neutrophils.tolist(), lymphocytes.tolist(), strict=True):
        lower = interval_of(Amount("=", f"{low / scale:.{decimals}f}"))
        assert ratio_point(interval_of(Amount("=", f"{n / scale:.{decimals}f}")), lower, NLR.bound) == 1
        assert ratio_point(interval_of(Amount("=", f"{(n - 1) / scale:.{decimals}f}")), lower, NLR.bound) == 0


def test_floating_point_would_lose_many_of_them() -> None:
    """The reason for exact fractions, kept as a measurement."""
    lymphocytes = np.arange(2, 300, 2)
    lost = (7 * lymphocytes // 2 / 10) / (lymphocytes / 10) < 3.5
    assert 0.1 < lost.mean() < 0.5


NUMBER = st.decimals(min_value="0.001", max_value=100, places=3).map(str)
OPERATOR = st.sampled_from(["=", "<", "<=", ">", ">="])


@settings(derandomize=True, max_examples=300)
@given(OPERATOR, NUMBER, NUMBER, NUMBER)
def test_tightening_a_censor_never_undecides(op: str, bound: str, other: str, cut: str) -> None:
    """A set inside another decides at least what the other decides, and the same way."""
    wide = interval_of(Amount(op, bound))
    tight = interval_of(Amount("=", other))
    if op[0] == "<":
        tight = interval_of(Amount(op, min(bound, other, key=Fraction)))
    elif op[0] == ">":
        tight = interval_of(Amount(op, max(bound, other, key=Fraction)))
    else:
        tight = wide
    before = point(wide, Fraction(cut))
    assert before is None or point(tight, Fraction(cut)) == before


@settings(derandomize=True, max_examples=300)
@given(OPERATOR, NUMBER, OPERATOR, NUMBER, st.integers(0, 1000), st.integers(0, 1000))
def test_a_decided_ratio_holds_for_every_pair_of_values(op: str, n: str, other: str, low: str, i: int, j: int) -> None:
    upper, lower = interval_of(Amount(op, n)), interval_of(Amount(other, low))
    decided = ratio_point(upper, lower, NLR.bound)
    top, bottom = _inside(upper, i), _inside(lower, j)
    if decided is not None and bottom:
        assert (top >= NLR.bound * bottom) == (decided == 1)


def _inside(values: object, thousandth: int) -> Fraction:
    """A value of the set: between its ends, and far out where it has no upper end."""
    low, high = values.low, values.high  # type: ignore[attr-defined]
    if low == high:
        return Fraction(low)
    share = Fraction(2 * thousandth + 1, 2002)
    return Fraction(low + (high - low) * share if high is not None else low + share * 10**6)


def test_zero_lymphocytes_are_unknown_with_a_reason() -> None:
    decision = decide(NLR, counts(Measure("=", "5", "10*9/L"), Measure("=", "0", "10*9/L")))
    assert (decision.point, decision.reason, decision.text) == (None, "below_range_undecided", None)


@pytest.mark.parametrize(
    ("upper", "lower", "shown"),
    [
        (("=", "7"), ("=", "3"), ("=", "2.33333333333")),
        (("<", "7"), ("=", "2"), ("<", "3.5")),
        (("=", "5"), ("<", "0.2"), (">", "25")),
        (("<=", "7"), (">", "2"), ("<", "3.5")),
        (("<", "7"), ("<", "2"), (None, None)),
    ],
)
def test_the_ratio_is_shown_with_its_operator(
    upper: tuple[str, str], lower: tuple[str, str], shown: tuple[str | None, str | None]
) -> None:
    decision = decide(NLR, counts(Measure(*upper, "10*9/L"), Measure(*lower, "10*9/L")))
    assert (decision.op, decision.text) == shown


def test_reasons_of_missing_measures_come_through() -> None:
    lost = counts(Measure("=", "5", "10*9/L"), Measure(reason="qns"))
    assert decide(NLR, lost).reason == "qns"
    assert decide(NLR, {}).reason == "not_received"


IL12 = Cutoff("il12", "11.6", ">=", "pg/mL", "paper", "as_published")


def test_at_the_cut_is_near_with_even_odds() -> None:
    decision = decide(IL12, {"il12": Measure("=", "0.0116", "ng/mL", ci_low=0.0100, ci_high=0.0134)})
    assert (decision.point, decision.is_at_cut, decision.is_near_cut) == (1, True, True)
    assert decision.flip_probability == pytest.approx(0.5)


@pytest.mark.parametrize(("value", "is_near"), [("11.0", True), ("12.4", True), ("14.6", False), ("8.0", False)])
def test_near_means_that_the_confidence_interval_reaches_the_cut(value: str, is_near: bool) -> None:
    middle = float(value)
    decision = decide(IL12, {"il12": Measure("=", value, "pg/mL", ci_low=middle / 1.2, ci_high=middle * 1.2)})
    assert decision.is_near_cut is is_near
    assert decision.flip_probability is not None
    assert (decision.flip_probability > 0.01) is is_near


def test_without_a_confidence_interval_the_assumed_cv_decides() -> None:
    near = decide(NLR, counts(Measure("=", "7.5", "10*9/L"), Measure("=", "2", "10*9/L")))
    far = decide(NLR, counts(Measure("=", "7.8", "10*9/L"), Measure("=", "2", "10*9/L")))
    assert (near.is_near_cut, far.is_near_cut) == (True, False)
    assert near.flip_probability is None


@pytest.mark.parametrize(
    ("upper", "lower", "point", "is_near"),
    [
        ("<7", "2", 0, True),  # < 3.5
        ("<6", "2", 0, False),
        ("7", ">2", 0, True),
        ("<=7", ">2", 0, True),
        (">=7", "2", 1, True),
        ("0.35", "<0.1", 1, True),  # > 3.5
        ("5", "<0.2", 1, False),
        (">7", "<2", 1, True),
        ("<7.2", "2", None, False),  # undecided
        ("<7", "<2", None, False),
        ("7", "0", None, False),
    ],
)
def test_a_ratio_of_a_bound_is_as_near_as_its_end(upper: str, lower: str, point: int | None, is_near: bool) -> None:
    found = decide(NLR, counts(measure(upper, "10*9/L"), measure(lower, "10*9/L")))
    assert (found.point, found.is_near_cut) == (point, is_near)


def below(limit: str, low: float, high: float | None) -> ComponentPoint:
    return decide(IL12, {"il12": Measure("<", limit, "pg/mL", ci_low=low, ci_high=high)})


@pytest.mark.parametrize(
    ("low", "high", "is_near", "flip"),
    [
        (9.0, 13.0, True, 0.171),  # the reading's interval holds the cut
        (4.0, 6.0, False, 0.0),
        (0.0, 12.0, True, 0.0098),  # no lower end: undetected, and yet it may reach the cut
        (0.0, 3.0, False, 0.0),
    ],
)
def test_a_value_below_a_limit_that_equals_the_cut_is_as_near_as_its_interval(
    low: float, high: float, is_near: bool, flip: float
) -> None:
    decision = below("11.6", low, high)
    assert (decision.point, decision.is_near_cut) == (0, is_near)
    assert decision.flip_probability == pytest.approx(flip, abs=0.005)


def test_a_value_below_a_limit_is_no_point_or_unknown_as_the_setting_says() -> None:
    near = {"il12": Measure("<", "11.6", "pg/mL", ci_low=9.0, ci_high=13.0)}
    far = {"il12": Measure("<", "11.6", "pg/mL", ci_low=1.0, ci_high=2.0)}
    assert (decide(IL12, near).point, decide(IL12, far, "unknown").point) == (0, 0)
    asked = decide(IL12, near, "unknown")
    assert (asked.point, asked.reason, asked.is_near_cut) == (None, "below_range_undecided", False)


def test_a_bound_that_does_not_decide_has_a_probability_and_no_mark() -> None:
    decision = below("13", 9.0, 13.0)
    assert (decision.point, decision.is_near_cut, decision.flip_probability) == (None, False, None)
    assert decision.p_reached == pytest.approx(0.171, abs=0.005)


def test_a_bound_without_an_interval_is_as_near_as_the_assumed_cv_says() -> None:
    assumed = replace(IL12, cv_pct="15")
    near, far = (decide(assumed, {"il12": Measure("<", limit, "pg/mL")}) for limit in ("11.6", "8"))
    assert (near.is_near_cut, far.is_near_cut, near.flip_probability) == (True, False, None)


def test_above_a_limit_without_an_upper_end_there_is_no_probability() -> None:
    decision = decide(IL12, {"il12": Measure(">", "12", "pg/mL", ci_low=11.0)})
    assert (decision.point, decision.is_near_cut, decision.flip_probability) == (1, True, None)


def test_plates_that_differ_make_a_value_nearer_to_its_cut() -> None:
    one, other = (
        decide(replace(IL12, plate_cv_pct=cv), {"il12": Measure("=", "13.2", "pg/mL", ci_low=12.2, ci_high=14.2)})
        for cv in (None, "15")
    )
    assert (one.is_near_cut, other.is_near_cut) == (False, True)
    assert one.flip_probability is not None
    assert other.flip_probability is not None
    assert one.flip_probability < 0.01 < 0.1 < other.flip_probability


@pytest.mark.parametrize(
    ("found", "is_even", "place", "flip"),
    [
        (None, None, None, 0.198),  # nobody knows the lot: the cut-off set's 15 %, which holds the place
        (4.0, True, None, 0.004),  # its plates agree and are even: the probability follows them, and the mark stays
        (4.0, True, "8", 0.086),  # what wells far from the controls add stays beside them
        (4.0, False, "8", 0.159),  # that they are even is not shown: 12 %
        (4.0, False, "20", 0.264),  # the laboratory knows worse
        (25.0, True, None, 0.304),  # its controls agree worse than was assumed
    ],
)
def test_what_the_controls_of_the_lot_say_stands_in_the_place_of_what_is_assumed(
    found: float | None, is_even: bool | None, place: str | None, flip: float
) -> None:
    """Value 13.2 at 11.6 with an SE of 3 %: of 0.129 in ln, z is over the root of the squares."""
    cut = replace(IL12, plate_cv_pct="15", place_cv_pct=place, uneven_cv_pct="12")
    measure = Measure("=", "13.2", "pg/mL", ci_low=12.2, ci_high=14.2, plate_cv_pct=found, is_plate_even=is_even)
    said = decide(cut, {"il12": measure})
    assert said.is_near_cut
    assert said.flip_probability == pytest.approx(flip, abs=0.002)
