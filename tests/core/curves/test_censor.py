"""What is said about a well, as a table."""

from __future__ import annotations

import numpy as np
import pytest

from pbis.core.curves.censor import OPERATORS, STATUSES, Readings, ReportableRange, censor
from pbis.core.verdicts.reading import RESULT_STATUSES

YES, NO = np.ones((1, 1), bool), np.zeros((1, 1), bool)
NOTHING_KNOWN = Readings(NO, NO, NO, NO, NO)


def span(
    *, has: bool = True, accepted: bool = True, tried: bool = True, low: float = 10.0, lod: float = np.nan
) -> ReportableRange:
    one = np.ones(1)
    flags = (np.array([flag]) for flag in (has, accepted, tried))
    return ReportableRange(one * low, one * 500, one * 3.2, one * 2000, one * lod, *flags)


@pytest.mark.parametrize(
    ("x", "limits", "status", "op", "bound"),
    [
        (10.0, span(), "QUANT", "=", None),
        (500.0, span(), "QUANT", "=", None),
        (9.99, span(), "BELOW_LLOQ", "<", 10.0),
        (9.99, span(lod=2.0), "BELOW_LLOQ", "<", 10.0),
        (1.99, span(lod=2.0), "BELOW_LOD", "<", 10.0),
        (9.99, span(lod=20.0), "BELOW_LOD", "<", 10.0),
        (10.5, span(lod=20.0), "QUANT", "=", None),  # quantifiable by the standards, so the LOD has no say
        (0.0, span(lod=2.0), "BELOW_CURVE", "<", 10.0),
        (0.5, span(low=np.nan, lod=2.0), "BELOW_LOD", "<", 3.2),
        (0.0, span(), "BELOW_CURVE", "<", 10.0),
        (501.0, span(), "ABOVE_ULOQ", ">", 500.0),
        (2001.0, span(), "ABOVE_STANDARDS", ">", 500.0),
        (np.inf, span(), "ABOVE_CURVE", ">", 500.0),
        (50.0, span(accepted=False), "CURVE_FAILED", None, None),
        (50.0, span(has=False, accepted=False, tried=False), "NO_CURVE", None, None),
        (50.0, span(has=False, accepted=False), "CURVE_FAILED", None, None),
        (1.0, span(low=np.nan), "BELOW_LLOQ", "<", 3.2),
    ],
)
def test_status_operator_and_bound(
    x: float, limits: ReportableRange, status: str, op: str, bound: float | None
) -> None:
    judged = censor(np.array([[x]]), limits, NOTHING_KNOWN)
    assert STATUSES[judged.status[0, 0]] == status
    assert OPERATORS[judged.op[0, 0]] == op
    assert judged.bound[0, 0] == bound if bound is not None else np.isnan(judged.bound[0, 0])


@pytest.mark.parametrize(
    ("readings", "status"),
    [
        (Readings(YES, YES, YES, NO, YES), "MISSING"),
        (Readings(YES, NO, NO, YES, YES), "HELD"),
        (Readings(YES, YES, YES, YES, YES), "EXCLUDED"),
        (Readings(NO, NO, YES, YES, YES), "BACKGROUND"),
        (Readings(NO, NO, NO, YES, YES), "HELD"),
        (Readings(NO, NO, NO, NO, YES), "LOW_BEADS"),
    ],
)
def test_what_is_known_of_a_reading_comes_before_its_number(readings: Readings, status: str) -> None:
    judged = censor(np.array([[50.0]]), span(), readings)
    assert STATUSES[judged.status[0, 0]] == status
    assert OPERATORS[judged.op[0, 0]] is None


def test_every_status_with_a_number_or_a_bound_counts_as_a_result() -> None:
    with_op = {"QUANT", *(name for name in STATUSES if name.startswith(("BELOW_", "ABOVE_")))}
    assert with_op == set(RESULT_STATUSES)
