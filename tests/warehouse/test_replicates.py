"""The warehouse joins replicate wells exactly as the core's function does."""

from __future__ import annotations

import numpy as np
import pytest

from pbis.core.curves.replicates import combine

# Wells of a case: a value, and after a colon the ends of its interval where they are not 10 % to both sides.
CASES = {
    "pair": "7.5 9.25",
    "alike": "7.5 7.5 7.5",
    "single": "3.25",
    "below": "<3.2 <6.4",
    "above": ">100 >200 >150",
    "half_below": "7.5 <3.2",
    "half_above": "7.5 9 >100",
    "mixed_up": "<3.2 >100",
    "nothing": "LOW_BEADS MISSING",
    "near_the_limit": "<3.2:2.5/3.4 <3.2:2.6/3.6",
    "undetected": "<3.2:0/1.5 <3.2:0.2/2.5",
    "half_below_known": "3.5:3.1/3.95 <3.2:2.6/3.6",
    "above_known": ">100:90/130 >100:95/-",
}


def test_view_and_function_agree(lab):
    wells = [(name, *value.partition(":")) for name, values in CASES.items() for value in values.split()]
    lines = [f"{name} | IL-2 | {value} | {reach.replace('/', ' ')}" for name, value, _, reach in wells]
    lab.plate("specimen | analyte | value | reach\n" + "\n".join(lines))
    found = lab.con.execute(
        "select specimen_id, value_op, value, ci_low, ci_high, is_contradictory from replicate_result"
    ).fetchall()
    assert {row[0] for row in found} == set(CASES)
    for name, op, *numbers, is_contradictory in found:
        ours = combined(CASES[name])
        assert (ours.op, ours.is_contradictory) == (op, is_contradictory), name
        for mine, theirs in zip((ours.value, ours.ci_low, ours.ci_high), numbers, strict=True):
            assert mine == pytest.approx(theirs, rel=1e-14) if theirs is not None else np.isnan(mine), name


def combined(text: str):
    """The wells of a case through the function, four tenths of their variance shared, as the plates here have it."""
    said = [value.partition(":")[::2] for value in text.split() if value.lstrip("<>")[0].isdigit()]
    op = ["=" if value[0].isdigit() else value[0] for value, _ in said]
    standing = np.array([float(value.lstrip("<>")) for value, _ in said])
    ends = [reach.split("/") if reach else None for _, reach in said]
    low, high = (
        np.array(
            [
                _end(each, side, is_quant, x)
                for each, is_quant, x in zip(ends, np.array(op) == "=", standing, strict=True)
            ]
        )
        for side in (0, 1)
    )
    return combine(op, standing, low, high, np.full(len(op), 0.4))


def _end(reach: list[str] | None, side: int, is_quant: bool, value: float) -> float:
    if reach is None:
        return value * (0.9, 1.1)[side] if is_quant else np.nan
    return np.nan if reach[side] == "-" else float(reach[side])


@pytest.mark.parametrize(
    ("wells", "low", "high"),
    [
        ("7.5:6/9.375", 6.0, 9.375),  # one well keeps its own interval
        ("7.5:6/9.375 7.5:6/9.375", 7.5 / 1.25**0.7**0.5, 7.5 * 1.25**0.7**0.5),  # two: sqrt(0.4 + 0.6 / 2) of it
        ("<3.2:2.5/3.6 <3.2:2.5/3.6", 3.0 / 1.2**0.7**0.5, 3.0 * 1.2**0.7**0.5),
        ("<3.2:0/2 <3.2:0/2", 0.0, 1 + 0.7**0.5),
    ],
)
def test_wells_together_know_more_than_one(wells: str, low: float, high: float) -> None:
    both = combined(wells)
    assert (both.ci_low, both.ci_high) == pytest.approx((low, high))
