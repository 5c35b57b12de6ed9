"""Linearity by polynomials (CLSI EP06-A): is a curve of order two or three better than the straight line, and how far is it from it?

Weights are one over the level squared, since the error of an immunoassay grows with the concentration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from pbis.validation.stats.nested import Floats


@dataclass(frozen=True)
class Linearity:
    """order: 1 where no bend is significant, else 2 or 3; p: of the bends of the orders 2 and 3 (x squared; x squared and cubed);
    levels: distinct x; linear, best: fitted at the levels; deviation_pct: best from linear, percent of linear."""

    order: int
    p: tuple[float, ...]
    levels: Floats
    linear: Floats
    best: Floats
    deviation_pct: Floats


@dataclass(frozen=True)
class PolynomialFit:
    """Coefficients from the constant up, p of each, and the weighted residual standard error."""

    coef: Floats
    p: Floats
    s: float


def polynomial(x: Floats, y: Floats, order: int) -> PolynomialFit:
    """Least squares weighted by 1/x squared. x > 0."""
    design = np.vander(x / x.max(), order + 1, increasing=True)
    rooted = 1 / x
    q, r = np.linalg.qr(design * rooted[:, None])
    coef = np.linalg.solve(r, q.T @ (y * rooted))
    df = len(x) - order - 1
    s = float(np.sqrt((((y - design @ coef) * rooted) ** 2).sum() / df))
    se = s * np.sqrt((np.linalg.inv(r) ** 2).sum(axis=1))
    scale = x.max() ** -np.arange(order + 1.0)
    return PolynomialFit(coef * scale, 2 * t.sf(np.abs(coef / se), df), s)


def linearity(x: Floats, y: Floats, alpha: float = 0.05) -> Linearity | None:
    """x: relative concentration, y: measured in the well. None with fewer than five levels, or no more values than a cubic has terms."""
    levels = np.unique(x)
    if len(levels) < 5 or len(x) < 6:
        return None
    fits = [polynomial(x, y, order) for order in (1, 2, 3)]
    bends = (fits[1].p[2], *fits[2].p[2:])
    order = 1 + int(np.argmin([fit.s for fit in fits])) if min(bends) < alpha else 1
    linear, best = (np.asarray(np.vander(levels, k + 1, increasing=True) @ fits[k - 1].coef) for k in (1, order))
    return Linearity(order, tuple(map(float, bends)), levels, linear, best, 100 * (best - linear) / linear)
