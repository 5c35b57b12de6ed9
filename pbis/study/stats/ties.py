"""When two survival times are one: R's rule (`survival::aeqSurv`, what `timefix = TRUE` does in survfit, coxph, survdiff, concordance).

Months are days divided by something, and the same day comes out a rounding apart when two people divide differently. Read as
two times, they order two deaths that happened on one day, and every estimate that ranks or compares times moves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))  # aeqSurv's: a time carries half of a double's digits, not all


def tie_times(time: Floats) -> Floats:
    """Every time as the first of those it is tied with; unchanged, to the bit, where none are.

    Neighbours among the distinct times are tied where they differ by at most TOLERANCE, absolutely or in units of the mean of
    the distinct times; a chain of such neighbours is one time.
    """
    distinct = np.unique(time)
    if len(distinct) < 2:
        return time
    gap = np.diff(distinct)
    tied = gap <= _rounding(distinct)
    if not tied.any():
        return time
    first = distinct[np.concatenate([[True], ~tied])]
    return np.asarray(first[np.searchsorted(first, time, side="right") - 1])


def asked_times(times: Floats, observed: Floats) -> Floats:
    """Times that somebody asks about, each as the observed time (at least one is given) that it is tied with, if there is one.

    Whether a death at month 12 falls into the first 12 months is then no matter of its last digit either.
    """
    asked, distinct = np.atleast_1d(np.asarray(times, dtype=np.float64)), np.unique(observed)
    if not len(distinct):
        return asked
    place = np.clip(np.searchsorted(distinct, asked), 1, max(len(distinct) - 1, 1))
    below, above = distinct[place - 1], distinct[np.minimum(place, len(distinct) - 1)]
    nearest = np.where(np.abs(asked - below) <= np.abs(above - asked), below, above)
    return np.where(np.abs(nearest - asked) <= _rounding(distinct), nearest, asked)


def whole_months(time: float) -> float:
    """The last full month of a follow-up; one that ends a rounding before a full month has it."""
    return float(np.floor(time + TOLERANCE * max(1.0, time)))


def _rounding(times: Floats) -> float:
    """aeqSurv's two limits in one: TOLERANCE itself, or in units of the mean of the distinct times where that is larger."""
    return TOLERANCE * max(1.0, float(np.abs(np.unique(times)).mean()))
