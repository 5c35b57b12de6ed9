"""What is said about a well, as a table."""

from __future__ import annotations

import numpy as np
import pytest

from pbis.core.censor import OPERATORS, STATUSES, ReportableRange, censor


def span(*, has: bool = True, accepted: bool = True, tried: bool = True, low: float = 10.0) -> ReportableRange:
    one = np.ones(1)
    return ReportableRange(
        one * low, one * 500, one * 3.2, one * 2000, np.array([has]), np.array([accepted]), np.array([tried])
    )


@pytest.mark.parametrize(
    ("x", "limits", "status", "op", "bound"),
    [
        (10.0, span(), "QUANT", "=", None),
        (500.0, span(), "QUANT", "=", None),
        (9.99, span(), "BELOW_LLOQ", "<", 10.0),
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
    no = np.zeros((1, 1), bool)
    judged = censor(np.array([[x]]), limits, no, no, no)
    assert STATUSES[judged.status[0, 0]] == status
    assert OPERATORS[judged.op[0, 0]] == op
    assert judged.bound[0, 0] == bound if bound is not None else np.isnan(judged.bound[0, 0])


def test_a_missing_reading_comes_before_everything() -> None:
    yes, no = np.ones((1, 1), bool), np.zeros((1, 1), bool)
    x = np.array([[50.0]])
    assert STATUSES[censor(x, span(), yes, yes, yes).status[0, 0]] == "MISSING"
    assert STATUSES[censor(x, span(), no, yes, yes).status[0, 0]] == "BACKGROUND"
    assert STATUSES[censor(x, span(), no, no, yes).status[0, 0]] == "LOW_BEADS"
