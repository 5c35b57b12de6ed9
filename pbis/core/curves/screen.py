"""Can a curve be fitted, and with which model: steps 0 to 2 of the fallback ladder, before any fit.

0. levels with a read well: six or more 5PL, five 4PL, four 4PL with a warning, fewer no curve.
1. flat: highest level less than `flat_ratio` times the background (or the lowest level where there is none): no curve.
2. hook: top level below `hook_ratio` of the next: the top level is dropped, and the upper limit with it; looked for twice.

The two ratios are the laboratory's (pbis.core.tolerances); how often a hook is looked for is the method's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.core.arrays import Flags, Floats, Ints
from pbis.core.curves.method import FIT, FitRules
from pbis.core.curves.standards import LevelMeans, Standards, level_means
from pbis.core.tolerances import Tolerances


@dataclass(frozen=True)
class Screened:
    """What the standards of n curves allow. Arrays (n,) except `points` and `levels`.

    points: after dropped levels; levels: their means; level_count: dosed levels with a read well, before any drop;
    hook_level: lowest level dropped (or, where nothing may be dropped, the level that hooks), 0 where none.
    """

    points: Standards
    levels: LevelMeans
    level_count: Ints
    hook_level: Ints
    has_background: Flags
    has_replicates: Flags
    is_flat: Flags
    is_falling: Flags
    is_non_monotone: Flags

    @property
    def used_levels(self) -> Ints:
        return np.asarray(self.levels.has_well[1:].sum(axis=0), dtype=np.int64)


def screen(points: Standards, tolerances: Tolerances, *, may_drop: bool, rules: FitRules = FIT) -> Screened:
    """Screen every curve; may_drop False (the instrument's method) names a hook and keeps the level."""
    levels = level_means(points)
    count = np.asarray(levels.has_well[1:].sum(axis=0), dtype=np.int64)
    hook = np.zeros(points.size, np.int64)
    for _ in range(rules.most_hooked_levels if may_drop else 1):
        found = _hook_level(levels, tolerances.hook_ratio)
        hook = np.where(found > 0, found, hook)
        if may_drop:
            points = points.without((points.level >= hook) & (hook > 0))
            levels = level_means(points)
    bottom = _bottom(levels)
    top = _highest(levels)
    return Screened(
        points=points,
        levels=levels,
        level_count=count,
        hook_level=hook,
        has_background=np.asarray(levels.has_well[0]),
        has_replicates=np.asarray((levels.count[1:] > 1).any(axis=0)),
        is_flat=~(top >= tolerances.flat_ratio * bottom) | (top <= 0),
        is_falling=_end(levels, last=True) < _end(levels, last=False),
        is_non_monotone=_inverted(levels, 1 - tolerances.inversion_pct / 100),
    )


def _hook_level(levels: LevelMeans, ratio: float) -> Ints:
    """The highest read level where it lies below `ratio` of the next lower read one, else 0."""
    top, below = _last_two(levels)
    value = np.nan_to_num(levels.mean)
    columns = np.arange(top.size)
    hooked = (below > 0) & (value[top, columns] < ratio * value[below, columns])
    return np.where(hooked, top, 0)


def _last_two(levels: LevelMeans) -> tuple[Ints, Ints]:
    """Highest and second highest dosed level that has a read well, 0 where there is none."""
    number = np.arange(levels.mean.shape[0])[:, None] * levels.has_well
    top = number.max(axis=0)
    return top, np.where(number < top, number, 0).max(axis=0)


def _highest(levels: LevelMeans) -> Floats:
    dosed = np.where(levels.has_well[1:], levels.mean[1:], -np.inf)
    highest = dosed.max(axis=0, initial=-np.inf)
    return np.where(np.isfinite(highest), highest, 0.0)


def _bottom(levels: LevelMeans) -> Floats:
    """Background mean, or the lowest level where there is no background; at least 0."""
    dosed = np.where(levels.has_well[1:], levels.mean[1:], np.inf).min(axis=0, initial=np.inf)
    bottom = np.where(levels.has_well[0], np.nan_to_num(levels.mean[0]), dosed)
    return np.maximum(np.where(np.isfinite(bottom), bottom, 0.0), 0.0)


def _end(levels: LevelMeans, *, last: bool) -> Floats:
    """Mean response of the last or first dosed level that was read; 0 where there is none."""
    has, mean = levels.has_well[1:], np.nan_to_num(levels.mean[1:])
    if not has.shape[0]:
        return np.zeros(has.shape[1])
    row = has.shape[0] - 1 - np.argmax(has[::-1], axis=0) if last else np.argmax(has, axis=0)
    return np.where(has.any(axis=0), mean[row, np.arange(has.shape[1])], 0.0)


def _inverted(levels: LevelMeans, ratio: float) -> Flags:
    """Whether some read level lies clearly below the highest level under it."""
    so_far = np.full(levels.mean.shape[1], -np.inf)
    inverted = np.zeros(levels.mean.shape[1], bool)
    for has, mean in zip(levels.has_well[1:], np.nan_to_num(levels.mean[1:]), strict=True):
        inverted |= has & (so_far > 0) & (mean < ratio * so_far)
        so_far = np.where(has, np.maximum(so_far, mean), so_far)
    return inverted
