"""What may be said about a well: status, operator and bound; a number only inside the reportable range.

QUANT has a concentration. BELOW_* say "< bound" and ABOVE_* "> bound", where the bound is the end of the reportable range (or
the outermost standard where the curve has no range), times the dilution. The other statuses say nothing about an amount.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.core.arrays import Flags, Floats, Ints

STATUSES = (
    "QUANT",
    "BELOW_LLOQ",
    "BELOW_LOD",
    "BELOW_CURVE",
    "ABOVE_ULOQ",
    "ABOVE_STANDARDS",
    "ABOVE_CURVE",
    "NO_CURVE",
    "CURVE_FAILED",
    "LOW_BEADS",
    "MISSING",
    "BACKGROUND",
    "EXCLUDED",
    "HELD",
)
CODE = {name: code for code, name in enumerate(STATUSES)}
_BELOW = (CODE["BELOW_LLOQ"], CODE["BELOW_LOD"], CODE["BELOW_CURVE"])
_ABOVE = (CODE["ABOVE_ULOQ"], CODE["ABOVE_STANDARDS"], CODE["ABOVE_CURVE"])


@dataclass(frozen=True)
class ReportableRange:
    """Limits of n curves: low, high the binding limits; lowest, highest the standards used; lod; NaN where there is none.

    has_curve: a curve exists; is_accepted: its numbers may be used; was_tried: there was something to fit.
    """

    low: Floats
    high: Floats
    lowest: Floats
    highest: Floats
    lod: Floats
    has_curve: Flags
    is_accepted: Flags
    was_tried: Flags


@dataclass(frozen=True)
class Readings:
    """What is known of wells before any number, (slots, n): no reading; set aside by a person; background; held until a
    person says more; too few beads."""

    is_missing: Flags
    is_excluded: Flags
    is_background: Flags
    is_held: Flags
    is_low: Flags


@dataclass(frozen=True)
class Censored:
    """(slots, n): status code; bound NaN where there is none. `op` is derived from the status."""

    status: Ints
    bound: Floats

    @property
    def is_quant(self) -> Flags:
        return np.asarray(self.status == CODE["QUANT"])

    @property
    def op(self) -> Ints:
        """0 '=', 1 '<', 2 '>', 3 none."""
        below, above = np.isin(self.status, _BELOW), np.isin(self.status, _ABOVE)
        return np.where(self.is_quant, 0, np.where(below, 1, np.where(above, 2, 3)))


OPERATORS = ("=", "<", ">", None)


def censor(x: Floats, limits: ReportableRange, readings: Readings) -> Censored:
    """Judge wells (slots, n) from undiluted concentrations x: 0 at or below the lower asymptote, inf at or above the upper.

    The low end is the greater of LLOQ and LOD. BELOW_LOD is below it and the LOD; its bound is still the low end, because an
    undetected amount is not proven to be below the LOD: half of the samples that hold exactly the LOD read lower.
    """
    low = np.where(np.isfinite(limits.low), limits.low, limits.lowest)
    high = np.where(np.isfinite(limits.high), limits.high, limits.highest)
    choices = (
        (readings.is_missing & ~readings.is_held, "MISSING"),
        (readings.is_excluded, "EXCLUDED"),
        (readings.is_background, "BACKGROUND"),
        (readings.is_held, "HELD"),
        (readings.is_low, "LOW_BEADS"),
        (limits.was_tried & ~limits.is_accepted, "CURVE_FAILED"),
        (~limits.has_curve, "NO_CURVE"),
        (x <= 0.0, "BELOW_CURVE"),
        (np.isposinf(x), "ABOVE_CURVE"),
        ((x < low) & (x < limits.lod), "BELOW_LOD"),
        (x < low, "BELOW_LLOQ"),
        (x > limits.highest, "ABOVE_STANDARDS"),
        (x > high, "ABOVE_ULOQ"),
    )
    shape = x.shape
    conditions = [np.broadcast_to(condition, shape) for condition, _ in choices]
    status = np.select(conditions, [CODE[name] for _, name in choices], CODE["QUANT"])
    bound = np.where(np.isin(status, _BELOW), low, np.where(np.isin(status, _ABOVE), high, np.nan))
    return Censored(status, bound)
