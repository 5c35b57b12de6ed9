"""Where to start: the best of a grid of shapes, with the two linear parameters in closed form.

For a position c, slope B and asymmetry G the curve is linear in A and S, so a weighted straight line gives both. The shapes
depend on the ladder of doses only; curves with the same ladder (up to its unit) share them, and the sums become matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.core.arrays import Floats, Ints
from pbis.core.curves.logistic import LN_ZERO
from pbis.core.curves.standards import LevelMeans


@dataclass(frozen=True)
class Grid:
    """Trial shapes: c as a share of the ladder's span above its lowest dose; B; G. `shapes` has one row a trial."""

    position: tuple[float, ...]
    slope: tuple[float, ...]
    asymmetry: tuple[float, ...]

    @property
    def shapes(self) -> Floats:
        mesh = np.meshgrid(self.position, np.log(self.slope), np.log(self.asymmetry), indexing="ij")
        return np.stack([m.ravel() for m in mesh], axis=1)


FIVE = Grid((0.1, 0.3, 0.5, 0.65, 0.8, 1.0), (0.6, 0.9, 1.3, 1.9, 2.8), (0.5, 1.0, 2.0))
FOUR = Grid(FIVE.position, FIVE.slope, (1.0,))
_CHUNK = 256  # curves whose trials are compared at a time, to stay in the processor's cache
_PEELED = 8  # ladders peeled off before the rest is sorted; own choice, for speed only
_DECIMALS = 6  # the last bits of a matrix product depend on its shape, and a start need not
_PRIOR_SHARE = (
    0.05  # a mild pull to unremarkable shapes, in units of the relative residual, so that ties fall the same way
)


def grid_start(levels: LevelMeans, weight: Floats, grid: Grid, *, is_log_a: bool, rank: int = 0) -> Floats:
    """theta (5, n) from level means (levels, n) and weights (levels, n; 0 where a level is absent or not used).

    rank 0 is the best trial; rank 1 the best trial whose asymmetry differs from rank 0's, and so on.
    """
    n = weight.shape[1]
    theta = np.empty((5, n))
    ln_dose = np.where(levels.dose > 0, np.log(np.where(levels.dose > 0, levels.dose, 1.0)), LN_ZERO)
    low, span = _ladder_span(ln_dose, weight)
    relative = np.where(ln_dose > LN_ZERO, np.round((ln_dose - low) / span, 4), LN_ZERO)
    relative = np.where(weight > 0, relative, LN_ZERO)
    stamped = np.concatenate([relative, np.round(span, 3)[None]])
    for members in _alike(stamped):
        ladder = stamped[:, members[0]]
        rise = _rises(ladder[:-1], float(ladder[-1]), grid)
        for curves in np.split(members, range(_CHUNK, members.size, _CHUNK)):
            theta[:, curves] = _best(rise, levels.mean[:, curves], weight[:, curves], grid, is_log_a, rank)
    theta[2] = low + theta[2] * span
    return np.round(theta, _DECIMALS)


def _alike(stamped: Floats) -> list[Ints]:
    """Groups of equal columns. Most plates share a few ladders, which are peeled off; sorting is for what is left."""
    groups: list[Ints] = []
    left = np.arange(stamped.shape[1])
    while left.size and len(groups) < _PEELED:
        same = (stamped[:, left] == stamped[:, left[:1]]).all(axis=0)
        groups.append(left[same])
        left = left[~same]
    if left.size:
        _, member = np.unique(stamped[:, left], axis=1, return_inverse=True)
        order = np.argsort(member.ravel(), kind="stable")
        groups += np.split(left[order], np.flatnonzero(np.diff(member.ravel()[order])) + 1)
    return groups


def _ladder_span(ln_dose: Floats, weight: Floats) -> tuple[Floats, Floats]:
    dosed = (ln_dose > LN_ZERO) & (weight > 0)
    low = np.where(dosed, ln_dose, np.inf).min(axis=0, initial=np.inf)
    high = np.where(dosed, ln_dose, -np.inf).max(axis=0, initial=-np.inf)
    low = np.where(np.isfinite(low), low, 0.0)
    span = np.where(np.isfinite(high), high - low, 0.0)
    return low, np.maximum(span, 1.0)


def _rises(relative: Floats, span: float, grid: Grid) -> Floats:
    """h of every trial at every level, (trials, levels)."""
    position, ln_b, ln_g = grid.shapes.T
    u = -np.exp(ln_b)[:, None] * (relative[None, :] - position[:, None]) * span
    h = np.exp(-np.exp(ln_g)[:, None] * np.logaddexp(0.0, u))
    return np.where(relative[None, :] > LN_ZERO, h, 0.0)


def _best(rise: Floats, mean: Floats, weight: Floats, grid: Grid, is_log_a: bool, rank: int) -> Floats:
    """The trial of `rank` for curves of one ladder: a (or ln a), ln S, position share, ln B, ln G; shape (5, curves)."""
    y = np.where(weight > 0, mean, 0.0)
    sw, swy, swyy = weight.sum(axis=0), (weight * y).sum(axis=0), (weight * y * y).sum(axis=0)
    swh, swhh, swhy = rise @ weight, np.maximum((rise * rise) @ weight, 1e-300), rise @ (weight * y)
    determinant = np.maximum(sw * swhh - swh * swh, 1e-12 * sw * swhh + 1e-300)
    a = (swhh * swy - swh * swhy) / determinant
    if is_log_a:
        least = 0.2 * np.where(weight > 0, np.abs(mean), np.inf).min(axis=0, initial=np.inf)
        np.maximum(a, np.where(np.isfinite(least), np.maximum(least, 1e-9), 1.0), out=a)
    rest = swhy - a * swh  # what is left for the rise to explain
    s = rest / swhh
    cost = swyy - a * (2.0 * swy - a * sw) - rest * s
    shapes = grid.shapes
    pull = _PRIOR_SHARE**2 * (((shapes[:, 1] - 0.2) / 0.6) ** 2 + (shapes[:, 2] / 0.7) ** 2)
    cost = np.where(s > 0, cost + pull[:, None], np.inf)
    trial = _ranked(cost, shapes[:, 2], rank)
    columns = np.arange(cost.shape[1])
    size = np.where(s > 0, s, 1.0)[trial, columns]
    low = a[trial, columns]
    return np.stack([np.log(low) if is_log_a else low, np.log(size), *shapes[trial].T])


def _ranked(cost: Floats, ln_g: Floats, rank: int) -> Ints:
    """The best trial, or for rank r the best of the r-th best asymmetry."""
    if rank == 0:
        return np.asarray(np.argmin(cost, axis=0))
    values = np.unique(ln_g)
    best = np.stack([np.where((ln_g == v)[:, None], cost, np.inf).min(axis=0) for v in values])
    which = np.argsort(best, axis=0, kind="stable")[min(rank, values.size - 1)]
    return np.asarray(np.argmin(np.where(ln_g[:, None] == values[which][None, :], cost, np.inf), axis=0))
