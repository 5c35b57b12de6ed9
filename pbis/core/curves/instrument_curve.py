"""The export's own coefficients as curves, beside the two methods that fit: nothing is estimated, so there is no interval.

Only rising curves have a place on the ladder (B > A, C > 0, D < 0, F > 0, or the same 4PL written with A and B exchanged);
coefficients of another shape give no curve.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from pbis.core.arrays import Floats
from pbis.core.curves.fit import FIVE_PL, FOUR_PL, NO_MODEL, Fitted
from pbis.core.curves.instrument import coefficient_table
from pbis.core.curves.logistic import from_instrument
from pbis.core.curves.robust import CurveFit
from pbis.core.curves.screen import screen
from pbis.core.curves.standards import Standards
from pbis.core.curves.xponent import instrument_root_weight
from pbis.core.errors import MalformedFile
from pbis.core.plates.plate import PlateRead
from pbis.core.tolerances import Tolerances


def require_own_numbers(read: PlateRead) -> None:
    """Refuse an export that holds neither a Result nor the coefficients of an analyte: there is nothing of the instrument's to give."""
    if has_results(read) or np.isfinite(coefficient_table(read.analyte)).all(axis=0).any():
        return
    raise MalformedFile(
        "has no number and no curve of the instrument's own",
        file=read.run.file_name,
        expected="the block Result, or the block Analysis Coefficients with A, B, C, D (and F)",
        found=f"neither; the export's analysis is {read.run.analysis_mode or 'not named'}",
        hint="choose the method robust or xponent, which fit the standards, or export again with the analysis on",
    )


def has_results(read: PlateRead) -> bool:
    """Whether the export gives a concentration, or a bound, for any reading."""
    return bool(read.reading.column("result_reported_op").null_count < read.reading.num_rows)


def instrument_curves(points: Standards, coefficients: Floats, tolerances: Tolerances) -> Fitted:
    """Curves of A, B, C, D, F (5, n), C in the curve's unit, NaN where an analyte has none; points on net MFI.

    A curve without a standard of known concentration has no range to report in, and is left out.
    """
    screened = screen(points, tolerances, may_drop=False)
    theta = from_instrument(_rising(coefficients))
    is_five = coefficients[4] != 1.0
    is_rising = np.asarray(np.isfinite(theta).all(axis=0))
    usable = is_rising & np.isfinite(screened.levels.lowest_dose)
    model = np.where(usable, np.where(is_five, FIVE_PL, FOUR_PL), NO_MODEL)
    fit = _known(points, np.where(usable, theta, 0.0))
    given = np.isfinite(coefficients).all(axis=0)
    no = np.zeros(given.size, bool)
    return Fitted("instrument", screened, fit, model, no, no, given & ~is_rising)


def with_export_curves(fitted: Fitted, points: Standards, coefficients: Floats, tolerances: Tolerances) -> Fitted:
    """The export's own curves in the place of fits that ended at a bound or did not converge; no curve where it has none."""
    poor = fitted.has_curve & (fitted.fit.is_at_bound.any(axis=0) | ~fitted.fit.is_converged)
    if not poor.any():
        return fitted
    own = instrument_curves(points, coefficients, tolerances)
    taken = poor & own.has_curve
    values = {
        field.name: np.where(taken, getattr(own.fit, field.name), getattr(fitted.fit, field.name))
        for field in fields(fitted.fit)
        if field.name != "is_log_a"
    }
    model = np.where(taken, own.model, np.where(poor, NO_MODEL, fitted.model))
    fit = replace(fitted.fit, **values)
    return replace(
        fitted, fit=fit, model=model, failed=fitted.failed | (poor & ~taken), hit_bound=poor, from_export=taken
    )


def _rising(coefficients: Floats) -> Floats:
    """A 4PL that falls from A to B as the dose to the power -D is the same curve that rises from B to A."""
    a, b, c, d, f = coefficients
    exchanged = (f == 1.0) & (a > b) & (d > 0.0)
    return np.where(exchanged, np.stack([b, a, c, -d, f]), coefficients)


def _known(points: Standards, theta: Floats) -> CurveFit:
    n = points.size
    unknown, no = np.full(n, np.nan), np.zeros((5, n), bool)
    return CurveFit(
        theta=theta,
        covariance=np.full((5, 5, n), np.nan),
        scale=unknown,
        error_scale=unknown,
        freedom=np.ones(n),
        root_weight=instrument_root_weight(points.without(points.level == 0)),
        is_converged=np.ones(n, bool),
        is_at_bound=no,
        iterations=np.zeros(n, np.int64),
        is_log_a=False,
    )
