"""Trends: every plate held against the earlier plates of its series, and the limits that the next plate will meet.

A series is analyte x metric x lot x instrument x method, ordered by the start of the run; a new lot begins a new series and so
inherits no limits. A plate looks only back, so that adding a later plate changes nothing about an earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from pbis.core.frames import TREND_BASELINE
from pbis.core.frames.stored import significant
from pbis.core.frames.trend import SERIES
from pbis.core.measures import group as by
from pbis.core.measures.group import Codes, Mask, Reals
from pbis.core.measures.qc import TrendSettings
from pbis.core.measures.spec import TREND
from pbis.core.trends.baseline import GuideSet, ZScores, guide_for, limit, version
from pbis.core.trends.series import (
    CONTROLS,
    Moment,
    Plates,
    SeriesState,
    after,
    held_against,
    rows_beyond,
    used_runs,
    window_cv,
)
from pbis.core.trends.westgard import pair_beyond, range_beyond
from pbis.core.words import plural

Key = tuple[str, ...]  # analyte, metric, lot, instrument, method
ORDER = (*SERIES, "started_at", "run_id", "plate_number")
REALS = ("mean", "sd", "limit_low", "limit_high", "z", "cv_pct", "fold")
NEAR = (
    0.35  # decades to such a power within which a sentence names it: a factor of 2.2, as samples differ; judges nothing
)
THOUSANDS = (-6, -3, 3, 6)  # powers of ten between pg/mL, ng/mL and ug/mL


@dataclass(frozen=True)
class FollowedSeries:
    """point: TREND, a row per row of the history, sorted by series and time; baseline: TREND_BASELINE, a row per series; state: what
    counts of each series for plates that come later."""

    point: pa.Table
    baseline: pa.Table
    state: Mapping[Key, SeriesState]


def follow(
    history: pa.Table,
    settings: TrendSettings,
    guide_sets: Sequence[GuideSet] = (),
    since: Mapping[Key, SeriesState] = MappingProxyType({}),
) -> FollowedSeries:
    """Follow all series of a history (frames.HISTORY). Plates without any time have a row and no score.

    since: what counts of the plates that were followed before, all of which must come before those of the history.
    """
    history = history.sort_by([(name, "ascending") for name in ORDER])
    bounds = _bounds(history)
    keys = history.select(list(SERIES)).take(pa.array(bounds[:-1])).to_pylist()
    wide = {name: np.full(history.num_rows, np.nan) for name in _NUMBERS}
    kind: list[str | None] = [None] * history.num_rows
    rows, state = [], {}
    values, accepted, dated = _columns(history)
    when = _moments(history)
    for key, start, stop in zip(keys, bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        part = np.arange(start, stop)[dated[start:stop]]
        is_log = settings.log_controls and key["metric"] in CONTROLS
        one = Plates(values[part], accepted[part], [when[i][1] for i in part.tolist()], is_log)
        own = tuple(key.values())
        guide = guide_for(guide_sets, own)
        before = since.get(own, _FIRST)
        found = held_against(one, guide, settings, before)
        for name, numbers in _measures(found, one, key["metric"], guide, settings, before).items():
            wide[name][part] = numbers
        kinds = _kinds(found, guide, settings)
        for i, kind_here in zip(part.tolist(), kinds, strict=True):
            kind[i] = kind_here
        if len(part):
            moments = [when[i] for i in part.tolist()]
            state[own] = after(one, moments, found, key["metric"] in CONTROLS, guide, settings, before)
            span = {"first_at": state[own].first_at, "last_at": moments[-1][0]}
            rows.append({**key, **_next(one, guide, settings, before), **span})
    point = _point(history, wide, kind, settings)
    baseline = TREND_BASELINE.table({name: [row[name] for row in rows] for name in TREND_BASELINE.names})
    return FollowedSeries(point, baseline, state)


_FIRST = SeriesState()
_NUMBERS = (
    "baseline_count", "mean", "sd", "limit_low", "limit_high", "z", "count_2s", "count_1s", "count_side", "cv_count", "cv_pct",
    "fold",
)  # fmt: skip


def _columns(history: pa.Table) -> tuple[Reals, Mask, Mask]:
    accepted: Mask = by.numbers(history, "is_accepted") == 1
    dated: Mask = history.column("started_at").is_valid().to_numpy()
    return by.numbers(history, "value"), accepted, dated


def _moments(history: pa.Table) -> list[Moment]:
    names = ("started_at", "run_id", "plate_number")
    return list(zip(*(history.column(name).to_pylist() for name in names), strict=True))


def _bounds(history: pa.Table) -> Codes:
    """Where each series begins, and the end of the last."""
    first = by.group_by(history, SERIES).first
    return np.append(first, history.num_rows)


def _measures(
    found: ZScores, one: Plates, metric: str, guide: GuideSet | None, settings: TrendSettings, since: SeriesState
) -> dict[str, Reals]:
    is_control, is_level = metric in CONTROLS, metric == "ln_samples"
    blank = np.full(len(one.value), np.nan)
    count, cv = window_cv(one, settings.cv_plates, since) if is_control else (blank, blank)
    pairs, shifts, sides = rows_beyond(found, settings, since)
    return {
        "baseline_count": found.count.astype(np.float64),
        **_baseline(found, one.is_log and not _is_given(guide), settings),
        "z": found.z,
        "count_2s": pairs,
        "count_1s": shifts,
        "count_side": sides,
        "cv_count": count,
        "cv_pct": cv,
        "fold": np.exp(np.clip(one.value - found.mean, -700, 700)) if is_level else blank,
    }


def _baseline(found: ZScores, is_log: bool, settings: TrendSettings) -> dict[str, Reals]:
    """Mean, SD and limits in the value's unit. Of the log scale: geometric mean, its share that the SD of ln is, and the limits as
    they are on that scale, so that the upper one lies farther away."""
    limits = _limits(found.mean, found.sd, found.count, settings)
    if not is_log:
        return {"mean": found.mean, "sd": found.sd, **limits}
    centre = np.exp(found.mean)
    return {"mean": centre, "sd": centre * found.sd, **{name: np.exp(value) for name, value in limits.items()}}


def _limits(mean: Reals, sd: Reals, count: Codes, settings: TrendSettings) -> dict[str, Reals]:
    """The limits that plates meet, as far from the mean as the laboratory's rule for a control that is out."""
    ends = {"limit_low": settings.limit_low_sds, "limit_high": settings.limit_high_sds}
    return {name: limit(mean, sd, count, settings.guide_plates, sds) for name, sds in ends.items()}


def _kinds(found: ZScores, guide: GuideSet | None, settings: TrendSettings) -> list[str | None]:
    full = "guide" if guide is None or guide.mean is None else "given"
    known = ~np.isnan(found.mean)
    is_full = (found.count == 0) | (found.count >= settings.guide_plates)
    return [None if not k else full if f else "running" for k, f in zip(known.tolist(), is_full.tolist(), strict=True)]


def _next(one: Plates, guide: GuideSet | None, settings: TrendSettings, since: SeriesState) -> dict[str, object]:
    """The baseline that a further plate of the series would meet, limits included."""
    found = held_against(one.and_one_more(), guide, settings, since)
    count, is_given = int(found.count[-1]), _is_given(guide)
    used = used_runs(one, settings, since)
    parts = [f"{guide.mean} {guide.sd}"] if guide and is_given else list(guide.runs) if guide else list(used)
    full = is_given or count >= settings.guide_plates
    numbers = _baseline(found, one.is_log and not is_given, settings)
    return {
        "kind": "given" if is_given else "guide" if full else "running",
        "version": version(parts),
        "plate_count": None if is_given else len(used) if guide is None else count,
        **{name: _number(value[-1]) for name, value in numbers.items()},
    }


def _is_given(guide: GuideSet | None) -> bool:
    return guide is not None and guide.mean is not None


def _number(value: float) -> float | None:
    return float(significant(np.array([value]))[0]) if np.isfinite(value) else None


def _point(history: pa.Table, wide: dict[str, Reals], kind: list[str | None], settings: TrendSettings) -> pa.Table:
    wide |= _within_run(history, wide, settings)
    same = ("assay_id", "run_id", "plate", "plate_number", *SERIES, "started_at", "is_accepted")
    columns: dict[str, object] = {name: history.column(name) for name in same}
    columns |= {name: significant(values) if name in REALS else values for name, values in wide.items()}
    columns |= {
        "value": by.numbers(history, "value"),
        "baseline_kind": kind,
        "baseline_text": _texts(history, kind, wide["baseline_count"], settings),
        "fold_text": [_power(fold) for fold in wide["fold"].tolist()],
    }
    return by.conform(TREND, columns, absent=("well", "replicate_group"))


def _within_run(history: pa.Table, wide: dict[str, Reals], settings: TrendSettings) -> dict[str, Reals]:
    """Rules over the two controls of a run: 2_2s on both, R_4s once, on the first."""
    partner = np.full(history.num_rows, np.nan)
    first, second = (np.flatnonzero(by.is_in(history, "metric", name)) for name in ("qc1", "qc2"))
    key = ("assay_id", "plate_number", "analyte")
    for here, there in ((first, second), (second, first)):
        row = by.match(history.take(pa.array(here)), history.take(pa.array(there)), key)
        partner[here] = by.pick(wide["z"][there], row)
    together = pair_beyond(wide["z"], partner, settings.pair_sds)
    far = range_beyond(wide["z"], partner, settings.range_sds)
    apart = np.where(np.isnan(wide["z"]) | np.isnan(partner), np.nan, far)
    return {
        "count_2s": np.where(together, np.fmax(wide["count_2s"], 2.0), wide["count_2s"]),
        "is_range_4s": np.where(by.is_in(history, "metric", "qc1"), apart, np.nan),
        "partner_z": significant(partner),
    }


def _texts(history: pa.Table, kind: list[str | None], count: Reals, settings: TrendSettings) -> list[str | None]:
    is_log = by.is_in(history, "metric", *CONTROLS) & settings.log_controls
    return [_words(*one) for one in zip(kind, count.tolist(), is_log.tolist(), strict=True)]


def _words(kind: str | None, count: float, is_log: bool) -> str | None:
    if kind is None:
        return None
    if kind == "given":
        return "as given by the laboratory"
    plates = plural(round(count), "accepted plate")
    return (f"guide set of {plates}" if kind == "guide" else f"{plates} so far") + (", log scale" if is_log else "")


def _power(fold: float) -> str:
    """For example ", about 1000 times less" where a fold is near to a power of a thousand, else nothing."""
    if not np.isfinite(fold) or fold <= 0:
        return ""
    power = next((p for p in THOUSANDS if abs(np.log10(fold) - p) < NEAR), None)
    return "" if power is None else f", about {10 ** abs(power):.0f} times {'more' if power > 0 else 'less'}"
