"""What plates differ by, and what of it follows their lot or instrument: specimens of one plate share its error, so plates are counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from pbis.validation.stats.nested import Floats, Labels


@dataclass(frozen=True)
class Contrast:
    """A difference of logarithms between two levels, with its 95 % interval from `df` plates beyond those that it takes to estimate it."""

    value: float
    low: float
    high: float
    df: int


def plate_effects(values: Floats, specimen: Labels, plate: Labels) -> Floats:
    """Effect of each plate, 0 on average, from ln values = specimen + plate by least squares. Labels count from 0."""
    plates, specimens = int(plate.max()) + 1, int(specimen.max()) + 1
    design = np.zeros((len(values), specimens + plates))
    rows = np.arange(len(values))
    design[rows, specimen] = 1.0
    design[rows, specimens + plate] = 1.0
    found = np.linalg.lstsq(design, values, rcond=None)[0][specimens:]
    return np.asarray(found - found.mean())


def contrast(effects: Floats, level: Labels, beside: Labels) -> Contrast | None:
    """Level 1 less level 0 of the plates' effects, `beside` (another factor) held equal; None where the two cannot be told apart, or
    where no plate is left to tell the error from."""
    others = np.eye(int(beside.max()) + 1)[beside]
    design = np.column_stack([level.astype(float), others])
    rank = int(np.linalg.matrix_rank(design))
    df = len(effects) - rank
    if int(np.linalg.matrix_rank(others)) == rank or df < 1:
        return None
    inverse = np.linalg.pinv(design.T @ design)
    coef = inverse @ design.T @ effects
    rest = effects - design @ coef
    width = float(t.ppf(0.975, df) * np.sqrt(rest @ rest / df * inverse[0, 0]))
    return Contrast(float(coef[0]), float(coef[0]) - width, float(coef[0]) + width, df)
