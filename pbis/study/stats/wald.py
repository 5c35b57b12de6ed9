"""Wald's 95 % interval: an estimate, and the quantile of the normal distribution times its standard error on either side."""

from __future__ import annotations

WALD_Z = 1.959963984540054  # the normal distribution's 97.5 % point, to the last digit of a double


def wald_interval(value: float, se: float) -> tuple[float, float]:
    """Low and high; nan where the standard error is."""
    wide = WALD_Z * se
    return value - wide, value + wide
