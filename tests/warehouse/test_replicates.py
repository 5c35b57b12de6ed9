"""The warehouse joins replicate wells exactly as the core's function does."""

from __future__ import annotations

import numpy as np
import pytest

from pbis.core.curves.replicates import combine

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
}


def test_view_and_function_agree(lab):
    wells = [(name, value) for name, values in CASES.items() for value in values.split()]
    lab.plate("specimen | analyte | value\n" + "\n".join(f"{name} | IL-2 | {value}" for name, value in wells))
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
    """The wells of a case through the function; an interval is 10 % to both sides, as the plates here have it."""
    values = [value for value in text.split() if value.lstrip("<>")[0].isdigit()]
    op = ["=" if value[0].isdigit() else value[0] for value in values]
    standing = np.array([float(value.lstrip("<>")) for value in values])
    quant = np.array([sign == "=" for sign in op], bool)
    low, high = (np.where(quant, standing * side, np.nan) for side in (0.9, 1.1))
    return combine(op, standing, low, high)
