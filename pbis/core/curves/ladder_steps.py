"""How was the fallback ladder walked: one short text a step, in the order of the steps, for the curve row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.arrays import Flags, Floats, Ints
from pbis.core.curves.computed import Computed
from pbis.core.curves.fit import FIVE_PL
from pbis.core.curves.logistic import forward
from pbis.core.curves.method import FIT


def ladder_steps(computed: Computed) -> list[pa.Array]:
    """The ladder as walked, one text a step, null where the step was not reached."""
    fitted, raw = computed.fitted, computed.fits.raw
    tried = fitted.has_curve | fitted.failed
    is_five = (fitted.model == FIVE_PL) | fitted.fell_back
    robust = fitted.method == "robust"
    given = np.full(tried.size, fitted.method == "instrument")
    down = (_huber_share(computed) < 0.999).sum(axis=0)
    proposals = computed.proposed.sum(axis=0)
    return [
        numbered(np.full(tried.size, True), "levels:", raw.level_count, ""),
        numbered(raw.hook_level > 0, "hook:level ", raw.hook_level, " and above dropped" if robust else " kept"),
        _first_fit(computed, tried, is_five),
        numbered(tried & ~given, "least squares:", fitted.fit.iterations, " iterations"),
        flagged(tried & given, "coefficients:of the export"),
        _own_results(computed),
        numbered(tried & (down > 0) & robust, "huber:", down, " down-weighted"),
        flagged(fitted.fell_back & fitted.hit_bound, "fallback:4PL, a parameter of the 5PL at a bound"),
        flagged(fitted.fell_back & ~fitted.hit_bound, "fallback:4PL, no convergence of the 5PL"),
        flagged(fitted.failed, "stop:not fitted"),
        numbered(proposals > 0, "proposed:", proposals, " for exclusion"),
        _most_influential(computed),
        numbered(fitted.has_curve, "passing levels:", computed.limits.passing, ""),
    ]


def _first_fit(computed: Computed, tried: Flags, is_five: Flags) -> pa.Array:
    """The model that was tried first, or why none was."""
    raw = computed.fits.raw
    names = ("start:5PL", "start:4PL", "stop:no standards", "stop:too few levels", "stop:flat", "stop:falling")
    few = raw.used_levels < FIT.levels_for_4pl
    choices = (tried & is_five, tried, raw.level_count == 0, few, raw.is_flat, raw.is_falling)
    return pa.array([*names, "stop:no curve"]).take(np.select(choices, range(len(names)), len(names)))


def _own_results(computed: Computed) -> pa.Array:
    """How many wells have the export's own Result in the place of a computed concentration."""
    own = computed.own
    count = np.zeros(computed.batch.size, np.int64) if own is None else own.is_given.sum(axis=0)
    return numbered(count > 0, "results:", count, " of the export")


def _most_influential(computed: Computed) -> pa.Array:
    """The level that decides most, and by how much a mid-range concentration moves without it."""
    influence = np.nan_to_num(computed.influence_pct, nan=-1.0)
    level = np.argmax(influence, axis=0)
    most = influence[level, np.arange(level.size)]
    whole = np.rint(np.clip(most, 0, 1000)).astype(np.int64)
    text = pc.binary_join_element_wise(
        "influence:level ",
        pc.cast(pa.array(level), pa.string()),
        pc.if_else(pa.array(whole < 1000), " moves ", " moves over "),
        pc.cast(pa.array(whole), pa.string()),
        " %",
        "",
    )
    return pc.if_else(pa.array(most >= 0), text, "")


def _huber_share(computed: Computed) -> Floats:
    """Huber's weight of every point, 1 where it has its full weight or no part in the fit."""
    fitted = computed.fitted
    if fitted.method != "robust":
        return np.ones(fitted.points.y.shape)
    response = forward(fitted.fit.theta, fitted.points.ln_dose, fitted.fit.is_log_a)
    full = np.maximum(fitted.fit.scale, 1e-12) * response
    used = fitted.fit.root_weight > 0
    return np.where(used, (fitted.fit.root_weight * full) ** 2, 1.0)


def flagged(flags: Flags, text: str) -> pa.Array:
    """The text where flags (n,) hold, empty elsewhere."""
    return pc.if_else(pa.array(flags), text, "")


def numbered(flags: Flags, before: str, number: Ints, after: str) -> pa.Array:
    """The number (n,) between two texts where flags (n,) hold, empty elsewhere."""
    text = pc.binary_join_element_wise(before, pc.cast(pa.array(number), pa.string()), after, "")
    return pc.if_else(pa.array(flags), text, "")
