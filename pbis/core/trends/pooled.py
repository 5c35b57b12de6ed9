"""Each plate's curves against the pooled curve of their lot: the geometric mean of the accepted plates' curves at each standard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pbis.core.measures import group as by
from pbis.core.measures.group import Codes, Reals

OF_A_LOT = ("analyte", "lot", "instrument", "method", "standard_level")


@dataclass(frozen=True)
class PooledCurves:
    """Arrays of the length of the rows. ratio_pct: the plate's curve in percent of the pooled one; spread: SD of ln MFI over the
    accepted plates, NaN for fewer than two; plates: how many these are."""

    ratio_pct: Reals
    pooled_mfi: Reals
    spread: Reals
    plates: Codes


def pooled(level: pa.Table) -> PooledCurves:
    """Hold frames.LOT_CURVE_LEVEL rows against the accepted plates of the same analyte, lot, instrument, method and level.

    A curve that bends otherwise is off at some levels and right at others, which no single number of it shows.
    """
    groups = by.group_by(level, OF_A_LOT)
    value = by.log(by.numbers(level, "fitted_mfi"))
    is_accepted = by.numbers(level, "is_accepted") == 1
    taken = np.where(is_accepted, value, np.nan)
    centre, plates = by.mean(groups, taken), by.count(groups, is_accepted)
    square = by.total(groups, (taken - centre[groups.code]) ** 2)
    spread = np.sqrt(by.ratio(square, plates - 1))
    middle = centre[groups.code]
    return PooledCurves(
        100 * np.exp(value - middle), np.exp(middle), spread[groups.code], plates[groups.code].astype(np.int64)
    )
