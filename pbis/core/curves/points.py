"""Which wells are the standards: the background and standard wells of a batch, packed into as few slots as hold them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.core.arrays import Flags, Floats, Ints
from pbis.core.curves.batch import Batch
from pbis.core.curves.standards import PAD, Standards, standards


@dataclass(frozen=True)
class Packed:
    """Standards of a batch on raw MFI; slot (points, n) is the well slot that each point came from."""

    points: Standards
    slot: Ints

    def with_response(self, response: Floats) -> Standards:
        """The same points with another response (slots, n)."""
        y = np.take_along_axis(response, self.slot, axis=0)
        return standards(self.points.level, self.points.dose, np.where(self.points.is_read, y, np.nan))


def pack(batch: Batch, unusable: Flags) -> Packed:
    """Points sorted by level, then well. unusable (slots, n): readings that are not to take part, though they exist."""
    if not batch.mfi.size:
        nothing = np.zeros((1, batch.size))
        return Packed(standards(nothing.astype(np.int64) + PAD, nothing, nothing), nothing.astype(np.int64))
    level = batch.level
    rank = np.where(level == PAD, np.iinfo(np.int64).max, level)
    widest = max(int((level != PAD).sum(axis=0).max(initial=0)), 1)
    slot = np.argsort(rank, axis=0, kind="stable")[:widest]
    y = np.where(unusable, np.nan, batch.mfi)
    picked = [np.take_along_axis(array, slot, axis=0) for array in (level, batch.expected, y)]
    return Packed(standards(*picked), slot)


def background(points: Standards) -> tuple[Floats, Floats]:
    """(mean, SD(n-1)) of the background wells' response, (n,); NaN where there are none, or one for the SD."""
    here = points.is_read & (points.level == 0)
    count = here.sum(axis=0)
    mean = np.where(here, points.y, 0.0).sum(axis=0) / np.maximum(count, 1)
    off = np.where(here, points.y - mean, 0.0)
    sd = np.sqrt((off * off).sum(axis=0) / np.maximum(count - 1, 1))
    return np.where(count > 0, mean, np.nan), np.where(count > 1, sd, np.nan)
