"""What the instrument's software derives from medians: Net MFI, its curves, Result, recoveries, comments.

Rules as observed on real exports: Net MFI subtracts the mean background; the curve is fitted to every standard well
with weight 1/y^2; Result carries the dilution factor and is censored at the curve's asymptotes only, `< x` with x the
lowest standard without the factor; Comments say 'Control Failed.' exactly where a control's Result leaves its range.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.simulate import curve
from pbis.simulate.model import BACKGROUND, CONTROL, STANDARD, Counts, Reals, SimulatedPlate


@dataclass(frozen=True, eq=False)
class Derived:
    """Everything of shape (wells, analytes) but the coefficients (5, analytes) and r2, low, high (analytes).

    dose: undiluted, -inf / +inf beyond the asymptotes, NaN where there is none; result: dose x dilution.
    expected: expected concentration of standard and control wells, NaN elsewhere.
    """

    net_mfi: Reals
    coefficients: Reals
    r2: Reals
    dose: Reals
    result: Reals
    expected: Reals
    recovery_pct: Reals
    is_failed_control: np.ndarray
    is_extrapolated: np.ndarray
    lowest: Reals
    highest: Reals


def derive(plate: SimulatedPlate) -> Derived:
    """Compute as the instrument does."""
    net = net_mfi(plate)
    expected = expected_per_well(plate)
    standards = plate.wells.of_role(STANDARD)
    coefficients = curve.fit(expected[standards], net[standards])
    dose = _dose(plate, net, coefficients)
    result = dose * _factors(plate)[:, None]
    return Derived(
        net,
        coefficients,
        curve.weighted_r2(expected[standards], net[standards], coefficients),
        dose,
        result,
        expected,
        100.0 * result / expected,
        _failed_controls(plate, result),
        _extrapolated(plate, net, dose),
        plate.reagents.expected.min(axis=0),
        plate.reagents.expected.max(axis=0),
    )


def net_mfi(plate: SimulatedPlate) -> Reals:
    """Median minus the mean of the background wells; the median itself where there is no background well."""
    background = plate.wells.of_role(BACKGROUND)
    return plate.median - np.nanmean(plate.median[background], axis=0) if len(background) else plate.median


def expected_per_well(plate: SimulatedPlate) -> Reals:
    """Expected concentration of each standard and control well, NaN elsewhere."""
    known = dict(zip(plate.reagents.standards, plate.reagents.expected, strict=True))
    known |= zip(plate.reagents.controls, plate.reagents.control_expected, strict=True)
    nothing = np.full(len(plate.analytes), np.nan)
    return np.array([known.get(label or "", nothing) for label in plate.wells.reagent])


def control_limits(plate: SimulatedPlate) -> tuple[Reals, Reals]:
    """Low and high end of each control well's range, NaN elsewhere."""
    low = np.full(plate.median.shape, np.nan)
    high = low.copy()
    for position, label in enumerate(plate.reagents.controls):
        wells = plate.wells.of_reagent(label)
        low[wells], high[wells] = plate.reagents.control_low[position], plate.reagents.control_high[position]
    return low, high


def _factors(plate: SimulatedPlate) -> Reals:
    """An instrument takes 1 where its protocol gives no factor that it can use."""
    return np.array([factor if factor and factor > 0 else 1.0 for factor in plate.wells.dilution])


def _dose(plate: SimulatedPlate, net: Reals, coefficients: Reals) -> Reals:
    dose = curve.invert(net, coefficients[:, None, :])
    dose[plate.wells.of_role(BACKGROUND)] = np.nan
    return dose


def _failed_controls(plate: SimulatedPlate, result: Reals) -> np.ndarray:
    low, high = control_limits(plate)
    inside = (result >= low) & (result <= high)
    return np.asarray(~np.isnan(low) & ~inside)


def _extrapolated(plate: SimulatedPlate, net: Reals, dose: Reals) -> np.ndarray:
    """Outside the span of the standards' mean Net MFI while the curve still gives a number."""
    levels = np.array([_mean(net, plate.wells.of_reagent(label)) for label in plate.reagents.standards])
    outside = (net < np.nanmin(levels, axis=0)) | (net > np.nanmax(levels, axis=0))
    is_control = np.array([role == CONTROL for role in plate.wells.role])[:, None]
    return np.asarray(outside & np.isfinite(dose) & ~(is_control & _failed_controls(plate, dose)))


def _mean(values: Reals, rows: Counts) -> Reals:
    chosen = values[rows]
    count = np.sum(~np.isnan(chosen), axis=0)
    return np.where(count > 0, np.nansum(chosen, axis=0) / np.maximum(count, 1), np.nan)
