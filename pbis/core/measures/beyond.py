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


@dataclass(frozen=True)
class OppositeEnds:
    """Groups of which a lower dilution of their tube lies on the other side of the range: that dilution, its bound, and the group's own; NaN for the others."""

    dilution: Reals
    base: Reals
    standing: Reals


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


def group_middle(result: pa.Table, groups: Groups, valid: Mask) -> Reals:
    """Of each group of which one valid well lies below a bound and another above one: the middle of the two bounds, from which both are equally far; NaN
    for other groups."""
    own = bounds(result)
    below, above = (np.where(valid, side, np.nan) for side in (own.below, own.above))
    return np.asarray((by.smallest(groups, below) + by.largest(groups, above)) / 2)


def opposite_ends(tubes: Groups, dilution: Reals, said: Bounds) -> OppositeEnds:
    """What of a tube's lowest dilution that lies beyond the range cannot be so beside another: below a bound there, above a higher one here, or the reverse.
    dilution: of each group, NaN where it is not known."""
    is_beyond = ~np.isnan(said.below) | ~np.isnan(said.above)
    lowest = by.smallest(tubes, np.where(is_beyond, dilution, np.nan))[tubes.code]
    at_lowest = dilution == lowest
    below, above = (by.mean(tubes, np.where(at_lowest, side, np.nan))[tubes.code] for side in (said.below, said.above))
    is_above, is_below = (said.above >= below) & np.isnan(above), (said.below <= above) & np.isnan(below)
    either = is_above | is_below
    base, standing = np.where(is_above, below, above), np.where(is_above, said.above, said.below)
    return OppositeEnds(*(np.where(either, each, np.nan) for each in (lowest, base, standing)))
