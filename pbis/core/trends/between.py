"""By how much do plates of a lot differ, beyond the errors that their own curves state: from the controls of the plates before.

A plate's two controls share what shifts the whole plate against its standards; each has its own pipetting, wells and place besides.
So the covariance of the two over the plates of a lot is what plates differ by, and their variance is not: that would count a
well's noise twice, which the interval of a reading already holds. The error of the curve is shared by the two as well and is in
every interval; it is taken off. What a gradient within the plate does far from the controls they cannot show; whether there is
one the samples of the same plates say (place.py).

A plate looks only back, as in trends: what a plate was found to be stays, whatever its lot does later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pbis.core.measures import group as by
from pbis.core.measures.group import Mask, Reals
from pbis.core.trends.place import is_even

# 97.5 % quantile of Student's t for the eleven degrees of freedom of seven levels and a background in duplicate: half width of
# an interval in standard errors.
T_975 = 2.2

PlateMeasure = tuple[str, int, str]  # assay_id, plate_number, measure


@dataclass(frozen=True)
class Between:
    """cv_pct: SD between plates of the lot, percent (ln x 100); plates: earlier accepted plates of the series that say so.
    is_even: whether their samples show that the place on a plate adds little; False also where they cannot tell."""

    cv_pct: float
    plates: int
    is_even: bool = False


def between_plates(pairs: pa.Table, least_plates: int) -> Mapping[PlateMeasure, Between]:
    """What is known of each plate x measure of `pairs` (frames.CONTROL_PAIR) from at least so many plates of its series before it;
    a plate without as many, or without a time, is not in the answer."""
    order = ("measure", "lot", "instrument", "method", "started_at", "run_id", "plate_number")
    pairs = pairs.filter(pairs.column("started_at").is_valid()).sort_by([(name, "ascending") for name in order])
    series = by.group_by(pairs, order[:4]).code
    first, second, curve = _of_controls(pairs)
    variance, error = (by.numbers(pairs, name) for name in ("place_variance", "place_error"))
    has_place: Mask = np.isfinite(variance) & np.isfinite(error)
    is_known: Mask = (by.numbers(pairs, "is_accepted") == 1) & np.isfinite(first) & np.isfinite(second)
    found: dict[PlateMeasure, Between] = {}
    keys = pairs.select(["assay_id", "plate_number", "measure"]).to_pylist()
    for one in np.unique(series):
        rows = np.flatnonzero(series == one)
        for place, row in enumerate(rows.tolist()):
            before = rows[:place][is_known[rows[:place]]]
            if before.size >= max(least_plates, 2):
                shared = shared_variance(first[before], second[before], curve[before])
                placed = before[has_place[before]]
                even = placed.size >= least_plates and is_even(variance[placed], error[placed])
                found[tuple(keys[row].values())] = Between(100 * float(np.sqrt(shared)), int(before.size), even)
    return found


def shared_variance(first: Reals, second: Reals, curve: Reals) -> float:
    """Variance of what both controls of a plate share, beyond `curve`, the variance that the plate's curve gives both; 0 or more.

    first, second: ln concentration of a plate's two controls; two plates or more."""
    covariance = float(((first - first.mean()) * (second - second.mean())).sum() / (first.size - 1))
    return max(0.0, covariance - float(curve.mean()))


def _of_controls(pairs: pa.Table) -> tuple[Reals, Reals, Reals]:
    """ln of both controls, and the variance of ln x that the curve gives both; a plate without an interval has no such part."""
    squared_width = np.nan_to_num(by.numbers(pairs, "shared_width_squared"))
    return by.log(by.numbers(pairs, "qc1")), by.log(by.numbers(pairs, "qc2")), squared_width / (2 * T_975) ** 2
