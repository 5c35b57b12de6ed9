"""Propensity matching 1:1: greedy nearest neighbour without replacement, as MatchIt 4.5.0 does it.

Everything that changes the pairs is an argument: scale of the distance, caliper in SDs of that scale over all subjects,
and the order in which the treated choose. Ties go to the first subject of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pbis.study.stats.logistic import LogisticFit, fit_logistic
from pbis.study.stats.survival import Bools, Floats, Ints

SCALES = ("probability", "logit")
ORDERS = ("largest", "smallest", "data")


@dataclass(frozen=True)
class MatchedPairs:
    """Pairs as row positions, in the order they were made. distance: difference on `scale`; width: the caliper on it."""

    treated: Ints
    control: Ints
    distance: Floats
    propensity: Floats
    scale: str
    caliper_sd: float
    width: float
    order: str
    model: LogisticFit

    @property
    def pairs(self) -> int:
        return len(self.treated)

    @property
    def rows(self) -> Ints:
        return np.concatenate([self.treated, self.control])


def match_nearest(
    is_treated: Bools,
    x: Floats,
    names: Sequence[str],
    caliper_sd: float = 0.2,
    scale: str = "probability",
    order: str = "largest",
) -> MatchedPairs:
    """Fit the propensity, then pair each treated subject with the nearest free control within the caliper."""
    if scale not in SCALES or order not in ORDERS:
        raise ValueError(f"scale: one of {', '.join(SCALES)}; order: one of {', '.join(ORDERS)}")
    model = fit_logistic(is_treated, x, names)
    value = model.fitted if scale == "probability" else np.log(model.fitted / (1 - model.fitted))
    width = caliper_sd * float(np.std(value, ddof=1))
    treated, control = np.flatnonzero(is_treated), np.flatnonzero(~is_treated)
    first, second = _greedy(value, _queue(model.fitted, treated, order), control, width)
    distance = np.abs(value[first] - value[second])
    return MatchedPairs(first, second, distance, model.fitted, scale, caliper_sd, width, order, model)


def _queue(propensity: Floats, treated: Ints, order: str) -> Ints:
    if order == "data":
        return treated
    sign = -1.0 if order == "largest" else 1.0
    return treated[np.argsort(sign * propensity[treated], kind="stable")]


def _greedy(value: Floats, queue: Ints, control: Ints, width: float) -> tuple[Ints, Ints]:
    free = np.ones(len(control), bool)
    pairs: list[tuple[int, int]] = []
    for subject in queue.tolist():
        away = np.where(free, np.abs(value[control] - value[subject]), np.inf)
        nearest = int(np.argmin(away)) if free.any() else -1
        if nearest >= 0 and away[nearest] <= width:
            free[nearest] = False
            pairs.append((subject, int(control[nearest])))
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]
