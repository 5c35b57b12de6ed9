"""What was measured at which dose: the standard and background wells of many curves as padded arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from pbis.core.arrays import Flags, Floats, Ints
from pbis.core.curves.logistic import LN_ZERO

PAD = -1  # level of a slot that holds no well


@dataclass(frozen=True)
class Standards:
    """Points of n curves, (points, n); the curve index is last.

    level: 0 background, 1 lowest standard, ..., PAD where a curve has fewer points than the widest;
    dose: expected concentration, 0 for background, in the curve's unit; y: response, finite where `is_read`;
    is_read: the well has a response and a dose.
    """

    level: Ints
    dose: Floats
    y: Floats
    is_read: Flags

    @property
    def size(self) -> int:
        return int(self.y.shape[1])

    @cached_property
    def ln_dose(self) -> Floats:
        dosed = self.dose > 0.0
        return np.where(dosed, np.log(np.where(dosed, self.dose, 1.0)), LN_ZERO)

    def take(self, which: Ints | Flags) -> Standards:
        """The points of some curves."""
        return Standards(*(np.ascontiguousarray(getattr(self, f.name)[:, which]) for f in fields(self)))

    def without(self, drop: Flags) -> Standards:
        """The same curves with the points of `drop` (points, n) unread."""
        return replace(self, is_read=self.is_read & ~drop)


def standards(level: Ints, dose: Floats, y: Floats) -> Standards:
    """Standards from arrays with NaN for what is missing; a dosed level without a positive dose is unread."""
    dosed = np.where(level == 0, 0.0, dose)
    known = np.isfinite(y) & (level != PAD) & ((level == 0) | (np.isfinite(dosed) & (dosed > 0.0)))
    return Standards(level, np.where(known, dosed, 0.0), np.where(known, y, 0.0), known)


@dataclass(frozen=True)
class LevelMeans:
    """Level summaries (levels, n), row 0 the background: wells read, mean response, SD(n-1), dose; NaN where no well."""

    count: Ints
    mean: Floats
    sd: Floats
    dose: Floats

    @cached_property
    def has_well(self) -> Flags:
        return np.asarray(self.count > 0)

    @cached_property
    def lowest_dose(self) -> Floats:
        """Lowest dose above 0 with a read well, (n,); NaN where there is none."""
        lowest = np.where(self._dosed, self.dose, np.inf).min(axis=0, initial=np.inf)
        return np.where(np.isfinite(lowest), lowest, np.nan)

    @cached_property
    def highest_dose(self) -> Floats:
        """Highest dose with a read well, (n,); NaN where there is none."""
        highest = np.where(self._dosed, self.dose, 0.0).max(axis=0, initial=0.0)
        return np.where(highest > 0.0, highest, np.nan)

    @property
    def _dosed(self) -> Flags:
        return np.asarray(self.has_well & (np.nan_to_num(self.dose) > 0.0))

    def ln_dose_at(self, share: float) -> Floats:
        """ln dose (n,) at a share of the way from the lowest to the highest dose on the log scale; 0 where there is none."""
        low, high = (np.log(np.nan_to_num(dose, nan=1.0)) for dose in (self.lowest_dose, self.highest_dose))
        return np.asarray(low + share * (high - low))

    def take(self, which: Ints | Flags) -> LevelMeans:
        """The levels of some curves."""
        return LevelMeans(*(np.ascontiguousarray(getattr(self, f.name)[:, which]) for f in fields(self)))


def one_point_a_level(levels: LevelMeans) -> Standards:
    """The level means as points. Where the wells of a level share one weight, a fit of their mean with the weight times
    their count has the same minimum as a fit of the wells, with half the arithmetic."""
    number = np.repeat(np.arange(levels.mean.shape[0])[:, None], levels.mean.shape[1], axis=1)
    mean, dose = (np.nan_to_num(values) for values in (levels.mean, levels.dose))
    return Standards(np.where(levels.has_well, number, PAD), dose, mean, levels.has_well)


def level_means(points: Standards, value: Floats | None = None) -> LevelMeans:
    """Summaries of `value` (default: the response) by level; NaN values are left out."""
    value = points.y if value is None else value
    read = points.is_read & np.isfinite(value)
    safe = np.where(read, value, 0.0)
    rows = [_one_level(safe, points.dose, read & (points.level == k)) for k in range(_top_level(points) + 1)]
    return LevelMeans(*(np.stack(part) for part in zip(*rows, strict=True)))


def _top_level(points: Standards) -> int:
    return max(int(points.level.max(initial=0)), 0)


def _one_level(value: Floats, dose: Floats, here: Flags) -> tuple[Floats, ...]:
    count = here.sum(axis=0)
    several = np.maximum(count, 1)
    mean = np.where(here, value, 0.0).sum(axis=0) / several
    spread = np.where(here, value - mean, 0.0)
    sd = np.sqrt((spread * spread).sum(axis=0) / np.maximum(count - 1, 1))
    level_dose = np.where(here, dose, 0.0).max(axis=0, initial=0.0)
    none = count == 0
    return (
        count,
        np.where(none, np.nan, mean),
        np.where(count < 2, np.nan, sd),
        np.where(none, np.nan, level_dose),
    )


def spread(points: Standards, by_level: Floats, fill: float) -> Floats:
    """A level's value at each of its points, (points, n); `fill` at padding and where the level has none."""
    row = np.maximum(points.level, 0)
    value = np.take_along_axis(by_level, row, axis=0)
    return np.where((points.level == PAD) | ~np.isfinite(value), fill, value)


def by_level(points: Standards, value: Flags) -> Flags:
    """(levels, n): whether any point of the level has the flag."""
    return np.stack([(value & (points.level == k)).any(axis=0) for k in range(_top_level(points) + 1)])
