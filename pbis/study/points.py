"""The score inside the study: three-valued points, bounds, group; the same rule as the service's, on the study's table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbis.study.data import COMPONENTS, POINTS
from pbis.study.settings import CutSettings
from pbis.study.stats.survival import Floats

_SAME = 1e-9  # relative: a decimal cut-off and its binary neighbour are one number


@dataclass(frozen=True)
class ScoredTable:
    """points (n, components), nan where unknown; least, most: bounds of the sum; high: 1, 0, or nan (indeterminate)."""

    names: tuple[str, ...]
    points: Floats
    high_at: int

    @property
    def least(self) -> Floats:
        return np.asarray(np.nansum(self.points, axis=1))

    @property
    def most(self) -> Floats:
        return np.asarray(self.least + np.isnan(self.points).sum(axis=1))

    @property
    def score(self) -> Floats:
        return np.where(self.least == self.most, self.least, np.nan)

    @property
    def high(self) -> Floats:
        return self.at_least(self.high_at)

    def at_least(self, cut: int) -> Floats:
        """1 where the sum is certainly at least `cut`, 0 where certainly not, else nan."""
        return np.where(self.least >= cut, 1.0, np.where(self.most < cut, 0.0, np.nan))


def contrast(cut: int) -> str:
    """How the numbers name the patients whose sum is at least `cut` against all others."""
    return f"PBIS ≥ {cut} vs below"


def cuts(score: CutSettings) -> dict[str, float]:
    """Component -> cut-off; a component without one is not part of the score."""
    return {name: value for name in COMPONENTS if (value := getattr(score, name)) is not None}


def score_table(
    frame: pd.DataFrame, score: CutSettings, components: tuple[str, ...] | None = None, use_decided: bool = True
) -> ScoredTable:
    """Points of the given components (default: all with a cut-off); those decided by the service are taken as they are."""
    chosen = {name: cut for name, cut in cuts(score).items() if components is None or name in components}
    columns = [_points(frame, name, cut, use_decided) for name, cut in chosen.items()]
    return ScoredTable(tuple(chosen), np.column_stack(columns), score.high_at)


def _points(frame: pd.DataFrame, name: str, cut: float, use_decided: bool) -> Floats:
    if use_decided and POINTS[name] in frame:
        return np.asarray(frame[POINTS[name]].to_numpy(float))
    if name not in frame:
        return np.full(len(frame), np.nan)
    return point(frame[name].to_numpy(float), operators(frame, name), cut)


def operators(frame: pd.DataFrame, name: str) -> np.ndarray:
    """=, <, <=, > or >= of every value of a marker; = where the table has no such column."""
    if f"{name}_op" not in frame:
        return np.full(len(frame), "=")
    return np.asarray(frame[f"{name}_op"].fillna("=").replace("", "=").to_numpy(str))


def point(value: Floats, operator: np.ndarray, cut: float) -> Floats:
    """value >= cut, three-valued: `<L` is 0 where L <= cut, `>U` is 1 where U >= cut, else unknown."""
    with np.errstate(invalid="ignore"):
        reaches = value >= cut * (1 - _SAME)
        decided = {
            "=": reaches * 1.0,
            "<": np.where(value <= cut * (1 + _SAME), 0.0, np.nan),
            "<=": np.where(value < cut * (1 - _SAME), 0.0, np.nan),
            ">": np.where(reaches, 1.0, np.nan),
            ">=": np.where(reaches, 1.0, np.nan),
        }
    made = np.full(len(value), np.nan)
    for sign, points in decided.items():
        made = np.where(operator == sign, points, made)
    return np.where(np.isnan(value), np.nan, made)


def analysis_value(frame: pd.DataFrame, name: str) -> Floats:
    """A marker for rank and cut-off work: a censored value counts as its limit, below every quantified value there.

    `<L` becomes just under L and `>U` just over U, so that ties at the limit stay ties and order is kept.
    """
    value, sign = frame[name].to_numpy(float), operators(frame, name)
    below, above = np.isin(sign, ("<", "<=")), np.isin(sign, (">", ">="))
    return np.asarray(np.where(below, value * (1 - 1e-6), np.where(above, value * (1 + 1e-6), value)))


def least_and_most(frame: pd.DataFrame, name: str) -> tuple[Floats, Floats]:
    """What each value of a marker is at least and at most, written as analysis_value writes it: 0 and just under L of `<L`, just over U and
    infinite of `>U`; nan where there is none."""
    value, sign = analysis_value(frame, name), operators(frame, name)
    is_known = np.isfinite(value)
    least = np.where(is_known & np.isin(sign, ("<", "<=")), 0.0, value)
    return least, np.where(is_known & np.isin(sign, (">", ">=")), np.inf, value)


def log2_value(frame: pd.DataFrame, name: str) -> Floats:
    """log2 of a marker for models per doubling; a value below its limit L counts as L / 2."""
    value, sign = frame[name].to_numpy(float), operators(frame, name)
    held = np.where(np.isin(sign, ("<", "<=")), value / 2, value)
    return np.log2(np.where(held > 0, held, np.nan))


def censored_share(frame: pd.DataFrame, name: str) -> float:
    """Share of the measured values that are only known to lie beyond a limit."""
    known = frame[name].notna().to_numpy()
    return float((operators(frame, name)[known] != "=").mean()) if known.any() else 0.0
