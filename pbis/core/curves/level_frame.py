"""The level rows: each standard level of each curve, with its recovery, its part in the fit and its influence."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pbis.core.arrays import Flags, Floats, Ints
from pbis.core.curves.batch import PlateBlock
from pbis.core.curves.computed import Computed
from pbis.core.curves.curve_frame import curve_identity
from pbis.core.curves.logistic import LN_ZERO, forward
from pbis.core.curves.standards import LevelMeans, by_level, level_means
from pbis.core.frames import LEVEL
from pbis.core.frames.stored import DIGITS, stored

_NOTES = (None, "no reading", "hook: dropped", "outside the range: anchor", "not used")


# A difference of two nearly equal fits: the noise of the last bits is larger in it.
_DIGITS = {"influence_pct": 5}


def level_table(computed: Computed) -> pa.Table:
    """frames.LEVEL: every level that the plate's ladder has, read or not, in the order of the batch."""
    points = computed.fits.packed.points
    if not computed.batch.size:
        return LEVEL.empty()
    exists = by_level(points, points.level >= 0)
    curve, level = np.nonzero(exists.T)
    raw = level_means(points)
    used = _is_used(computed)[level, curve]
    in_range = _is_in_range(computed, raw)[level, curve]
    numbers = {
        name: stored(values[level, curve], _DIGITS.get(name, DIGITS))
        for name, values in _numbers(computed, raw).items()
    }
    note = _note(computed, raw, level, curve, used, in_range)
    return LEVEL.table(
        curve_identity(computed, curve)
        | numbers
        | {
            "standard_level": pa.array(level),
            "reagent_label": _labels(computed, level, curve),
            "well_count": pa.array(raw.count[level, curve]),
            "is_used": pa.array(used),
            "is_in_range": pa.array(in_range),
            "note": pa.array(_NOTES, pa.string()).take(note),
        }
    )


def _numbers(computed: Computed, raw: LevelMeans) -> dict[str, Floats]:
    recovery, shape = computed.recovery, raw.mean.shape
    fitted = computed.fitted
    dose = _expected(computed)
    dosed = dose > 0
    ln_dose = np.where(dosed, np.log(np.where(dosed, dose, 1.0)), LN_ZERO)
    y = forward(fitted.fit.theta, ln_dose, fitted.fit.is_log_a)
    shift = 0.0 if fitted.method == "robust" else np.nan_to_num(computed.fits.background_mean)
    known = fitted.has_curve & np.isfinite(dose)
    return {
        "expected_concentration": dose,
        "mean_mfi": raw.mean,
        "cv_pct": np.where(raw.mean > 0, 100.0 * raw.sd / np.where(raw.mean > 0, raw.mean, 1.0), np.nan),
        "fitted_mfi": np.where(known, y + shift, np.nan),
        "back_calculated": _grown(recovery.back_calculated, shape),
        "recovery_pct": _grown(recovery.recovery_pct, shape),
        "back_cv_pct": _grown(recovery.back_cv_pct, shape),
        "influence_pct": _grown(computed.influence_pct, shape),
    }


def _grown(values: Floats, shape: tuple[int, ...]) -> Floats:
    """Values with rows of NaN added for levels of which no curve of the batch kept a reading."""
    return np.vstack([values, np.full((shape[0] - values.shape[0], shape[1]), np.nan)])


def _expected(computed: Computed) -> Floats:
    """(levels, n): expected concentration from all wells of the level, read or not; 0 for background, NaN where unknown."""
    level, slot = computed.fits.packed.points.level, computed.fits.packed.slot
    expected = np.take_along_axis(computed.batch.expected, slot, axis=0)
    rows = [np.zeros(level.shape[1])]
    for k in range(1, max(int(level.max()), 0) + 1):
        value = np.where((level == k) & (expected > 0), expected, 0.0).max(axis=0)
        rows.append(np.where(value > 0, value, np.nan))
    return np.stack(rows)


def _is_used(computed: Computed) -> Flags:
    return by_level(computed.fits.packed.points, computed.fitted.fit.root_weight > 0) & computed.fitted.has_curve


def _is_in_range(computed: Computed, raw: LevelMeans) -> Flags:
    dose, span = _expected(computed), computed.range
    edge = 1e-12
    inside = (dose >= span.low * (1 - edge)) & (dose <= span.high * (1 + edge)) & (dose > 0)
    return np.asarray(inside & raw.has_well & span.is_accepted)


def _note(computed: Computed, raw: LevelMeans, level: Ints, curve: Ints, used: Flags, in_range: Flags) -> Ints:
    lowest = computed.fits.raw.hook_level[curve]
    hook = (lowest > 0) & (level >= lowest) & ~used
    has = computed.fitted.has_curve[curve]
    silent = ~raw.has_well[level, curve]
    return np.select([silent, hook & has, ~used & has & (level > 0), used & ~in_range & (level > 0)], [1, 2, 4, 3], 0)


def _labels(computed: Computed, level: Ints, curve: Ints) -> pa.Array:
    """The reagent label of each level, as its first well has it."""
    by_plate = [_labels_of_plate(block) for block in computed.batch.blocks]
    plate = computed.batch.plate_of_curve[curve]
    return pa.array([by_plate[p].get(int(k)) for p, k in zip(plate, level, strict=True)], pa.string())


def _labels_of_plate(block: PlateBlock) -> dict[int, str | None]:
    labels: dict[int, str | None] = {}
    for number, label in zip(block.level.tolist(), block.well.column("reagent_label").to_pylist(), strict=True):
        labels.setdefault(number, label)
    return labels
