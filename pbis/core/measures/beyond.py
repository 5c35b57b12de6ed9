"""Readings below or above the range, where they are held against numbers: at the nearest number that they allow, so that what differs even so is known to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pbis.core.measures import group as by
from pbis.core.measures.group import Groups, Mask, Reals


@dataclass(frozen=True)
class Bounds:
    """What lies below or above a number, NaN where nothing says so; arrays of one shape."""

    below: Reals
    above: Reals

    def nearest(self, target: Reals) -> Reals:
        """The number that the bound allows and that is nearest to the target; NaN without a bound or without a target."""
        return np.where(np.isnan(self.below), np.maximum(target, self.above), np.minimum(target, self.below))


def bounds(result: pa.Table) -> Bounds:
    """The bound of each reading; NaN on both sides of one that is quantified or has no result."""
    bound = by.numbers(result, "concentration_bound")
    return Bounds(*(np.where(by.is_in(result, "concentration_op", sign), bound, np.nan) for sign in ("<", ">")))


def nearest(result: pa.Table, target: Reals) -> Reals:
    """The concentration of each reading; of one beyond the range the allowed number that is nearest to its target."""
    number = by.numbers(result, "concentration")
    return np.where(np.isnan(number), bounds(result).nearest(target), number)


def group_bounds(result: pa.Table, groups: Groups, valid: Mask) -> Bounds:
    """What each group's valid wells say together, where all of them lie on one side of the range: the weakest of their bounds."""
    own = bounds(result)
    below, above = (np.where(valid, side, np.nan) for side in (own.below, own.above))
    wells = by.count(groups, valid)
    all_below, all_above = (by.count(groups, ~np.isnan(side)) == wells for side in (below, above))
    return Bounds(
        np.where(all_below, by.largest(groups, below), np.nan), np.where(all_above, by.smallest(groups, above), np.nan)
    )
