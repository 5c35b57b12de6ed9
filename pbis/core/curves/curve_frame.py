"""The curve rows: parameters, limits with the rule that binds, status, reasons and the ladder as walked."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.arrays import Floats, Ints
from pbis.core.curves.acceptance import STATES
from pbis.core.curves.computed import Computed
from pbis.core.curves.fit import FIVE_PL, NO_MODEL
from pbis.core.curves.ladder_steps import flagged, ladder_steps
from pbis.core.curves.logistic import ln_ec50, to_instrument
from pbis.core.curves.method import METHOD_VERSION
from pbis.core.curves.xponent import weighted_r2
from pbis.core.frames import CURVE
from pbis.core.frames.stored import stored

DETECTION = "detection limit"


def curve_table(computed: Computed) -> pa.Table:
    """frames.CURVE, one row a plate x analyte, in the order of the batch."""
    if not computed.batch.size:
        return CURVE.empty()
    numbers = {name: stored(values) for name, values in _numbers(computed).items()}
    return CURVE.table(_names(computed) | numbers | _counts(computed) | _limit_reasons(computed) | _story(computed))


def curve_identity(computed: Computed, curve: Ints) -> dict[str, pa.Array]:
    """assay_id, run_id, plate_number, analyte and analyte_reported of the curves, for any rows about curves."""
    batch = computed.batch
    plate = batch.plate_of_curve[curve]
    return {
        "assay_id": pa.array([b.assay_id for b in batch.blocks], pa.string()).take(plate),
        "run_id": pa.array([b.run_id for b in batch.blocks], pa.string()).take(plate),
        "plate_number": pa.array([b.plate_number for b in batch.blocks], pa.int64()).take(plate),
        "analyte": pa.array([k.name for k in batch.keys], pa.string()).take(curve),
        "analyte_reported": pa.array([k.reported for k in batch.keys], pa.string()).take(curve),
    }


def _names(computed: Computed) -> dict[str, pa.Array]:
    batch, method, n = computed.batch, computed.options.method, computed.batch.size
    model = computed.fitted.model
    texts = np.where(model == NO_MODEL, 0, np.where(model == FIVE_PL, 2, 1))
    return curve_identity(computed, np.arange(n)) | {
        "plate": pa.array([b.plate for b in batch.blocks], pa.string()).take(batch.plate_of_curve),
        "method": pa.repeat(method, n),
        "method_version": pa.repeat(METHOD_VERSION[method], n),
        "model": pa.array(["none", "4PL", "5PL"]).take(texts),
        "coefficients_source": pa.array([None, "fit", "export"]).take(_source(computed)),
        "response": pa.repeat("mfi" if method == "robust" else "net_mfi", n),
        "unit": pa.array([k.unit for k in batch.keys], pa.string()),
    }


def _source(computed: Computed) -> Ints:
    """0 no curve, 1 fitted here, 2 the export's own coefficients."""
    fitted = computed.fitted
    given = np.full(fitted.has_curve.size, fitted.method == "instrument")
    given |= False if fitted.from_export is None else fitted.from_export
    return np.where(fitted.has_curve, np.where(given, 2, 1), 0)


def _numbers(computed: Computed) -> dict[str, Floats]:
    fitted, span, limits = computed.fitted, computed.range, computed.limits
    has = fitted.has_curve
    fit = fitted.fit
    a, b, c, d, f = np.where(has, to_instrument(fit.theta, fit.is_log_a), np.nan)
    scale = fit.scale if fitted.method == "robust" else np.full(has.size, np.nan)
    return {
        "coef_a": a,
        "coef_b": b,
        "coef_c": c,
        "coef_d": d,
        "coef_f": f,
        "ec50": np.where(has, np.exp(np.clip(ln_ec50(fit.theta), -700.0, 700.0)), np.nan),
        "r2": np.where(has, weighted_r2(fitted.points, fit.theta, fit.is_log_a, fit.root_weight), np.nan),
        "scale_pct": np.where(has, 100.0 * scale, np.nan),
        "lowest_standard": span.lowest,
        "highest_standard": span.highest,
        "lloq": span.low,
        "uloq": span.high,
        "lod": limits.lod,
        "background_mfi": computed.fits.background_mean,
        "background_sd": computed.fits.background_sd,
        "lloq_recovery": limits.recovery_low,
        "uloq_recovery": limits.recovery_high,
        "lloq_precision": limits.precision_low,
        "uloq_precision": limits.precision_high,
        "kit_low": np.array([key.kit_low for key in computed.batch.keys]),
        "kit_high": np.array([key.kit_high for key in computed.batch.keys]),
    }


def _counts(computed: Computed) -> dict[str, pa.Array]:
    fitted, raw = computed.fitted, computed.fits.raw
    hook = raw.hook_level
    return {
        "level_count": pa.array(raw.level_count),
        "point_count": pa.array((fitted.fit.root_weight > 0).sum(axis=0)),
        "passing_levels": pa.array(computed.limits.passing),
        "required_levels": pa.array(computed.limits.required),
        "required_passing": pa.array(computed.limits.required_passing),
        "is_converged": pa.array(fitted.has_curve & fitted.fit.is_converged),
        "hook_level": pa.array(hook, mask=hook == 0),
    }


def _limit_reasons(computed: Computed) -> dict[str, pa.Array]:
    limits, fitted, span = computed.limits, computed.fitted, computed.range
    n = computed.batch.size
    is_detection = span.low == limits.lod
    if fitted.method != "robust":
        has = fitted.has_curve
        low = np.where(is_detection, 2, has)
        return {
            "lloq_reason": pa.array([None, "lowest standard", DETECTION]).take(low),
            "uloq_reason": pa.array([None, "highest standard"]).take(has.astype(np.int64)),
        }
    has_run = np.isfinite(limits.low)
    number = np.arange(fitted.screened.levels.mean.shape[0])[:, None] * fitted.screened.levels.has_well
    at_top = limits.last == number.max(axis=0)
    at_bottom = limits.first == np.where(number > 0, number, n + number.size).min(axis=0)
    hook = at_top & (computed.fits.raw.hook_level > 0)
    low = np.select([~has_run, is_detection, limits.kit_binds_low, at_bottom], [0, 4, 1, 2], 3)
    high = np.select([~has_run, limits.kit_binds_high, hook, at_top], [0, 1, 2, 3], 4)
    return {
        "lloq_reason": pa.array([None, "kit range", "lowest standard", "recovery run", DETECTION]).take(low),
        "uloq_reason": pa.array([None, "kit range", "hook", "highest standard", "recovery run"]).take(high),
    }


def _story(computed: Computed) -> dict[str, pa.Array]:
    reasons = [flagged(flags, name) for name, flags in computed.acceptance.reasons.items()]
    from_panel = np.array([k.is_unit_from_panel for k in computed.batch.keys], dtype=bool)
    reasons.append(flagged(from_panel, "unit_from_panel"))
    is_wrong = np.array([k.is_ladder_wrong for k in computed.batch.keys], dtype=bool)
    reasons.append(flagged(is_wrong, "wrong_expected_concentration"))
    if computed.fitted.method != "robust":
        reasons.append(_recovery_run(computed))
    if computed.own is not None:
        is_alone = computed.own.is_given.any(axis=0) & ~computed.fitted.has_curve & ~computed.fitted.failed
        reasons.append(flagged(is_alone, "export_results"))
        reasons.append(flagged(computed.own.has_unknown_factor, "result_of_unknown_factor"))
    return {
        "status": pa.array(STATES).take(computed.acceptance.state),
        "reasons": _joined(reasons),
        "steps": _joined(ladder_steps(computed)),
        "proposed_exclusions": _proposals(computed),
    }


def _recovery_run(computed: Computed) -> pa.Array:
    limits = computed.limits
    has = computed.fitted.has_curve & (limits.first > 0)
    low, high = (pc.cast(pa.array(level), pa.string()) for level in (limits.first, limits.last))
    run = pc.binary_join_element_wise("recovery_run:levels ", low, "-", high, "")
    return pc.if_else(pa.array(has), run, "")


def _proposals(computed: Computed) -> pa.Array:
    texts: list[str | None] = [None] * computed.batch.size
    for curve in np.flatnonzero(computed.proposed.any(axis=0)):
        wells = computed.batch.blocks[computed.batch.plate_of_curve[curve]].well.column("well")
        slots = computed.fits.packed.slot[computed.proposed[:, curve], curve]
        texts[curve] = ";".join(wells[int(slot)].as_py() for slot in sorted(slots))
    return pa.array(texts, pa.string())


def _joined(parts: list[pa.Array]) -> pa.Array:
    """Texts joined by ';' where they are not empty, null where all are.

    Not with null_handling="skip": Arrow then leaves out rows of which every part is null.
    """
    led = [pc.if_else(pc.equal(part, ""), "", pc.binary_join_element_wise(";", part, "")) for part in parts]
    text = pc.utf8_ltrim(pc.binary_join_element_wise(*led, ""), characters=";")
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
