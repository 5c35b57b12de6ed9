"""A row of Table 1: how a variable looks in two groups, with the test and the standardized mean difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbis.study.data import label
from pbis.study.points import analysis_value, censored_share, least_and_most
from pbis.study.stats.balance import smd_continuous, smd_shares
from pbis.study.stats.independence import chi_square_p, independence, mann_whitney_p, quartiles, student_t_p
from pbis.study.stats.survival import Bools, Floats


@dataclass(frozen=True)
class VariableRow:
    """low, high: the first and the second group; named_p: of the test that the paper names, named_test."""

    name: str
    low: str
    high: str
    p: float
    test: str
    smd: float
    missing: int
    named_p: float = np.nan
    named_test: str = ""


def describe(frame: pd.DataFrame, name: str, is_high: Bools) -> list[VariableRow]:
    if pd.api.types.is_numeric_dtype(frame[name]) and frame[name].nunique() > 4:
        return [_continuous(frame, name, is_high)]
    return _categorical(frame, name, is_high)


def _continuous(frame: pd.DataFrame, name: str, is_high: Bools) -> VariableRow:
    value = analysis_value(frame, name)
    kept = np.isfinite(value)
    first, second = value[kept & ~is_high], value[kept & is_high]
    p = mann_whitney_p(first, second)
    share = censored_share(frame, name)
    words = label(name) + (f" ({100 * share:.0f} % beyond a limit)" if share > 0 else "")
    smd = smd_continuous(value, is_high)
    least, most = least_and_most(frame, name)
    return VariableRow(
        words,
        quartile_words(least[kept & ~is_high], most[kept & ~is_high]),
        quartile_words(least[kept & is_high], most[kept & is_high]),
        p,
        "Mann-Whitney",
        smd,
        int((~kept).sum()),
        student_t_p(first, second),
        "Student's t",
    )


def quartile_words(least: Floats, most: Floats) -> str:
    """Median (quartiles) of values known to lie between `least` and `most` (points.least_and_most). One that censored values leave open is
    printed as the bound that they prove: `<3.2`, `>10000`, or with `≤`, `≥` where the bound is itself a plain value."""
    if not len(least):
        return "–"
    found = list(zip(quartiles(least), quartiles(most), strict=True))
    middle = abs(found[1][1] if np.isfinite(found[1][1]) else found[1][0])
    digits = 3 if middle < 1 else 2 if middle < 10 else 1
    low, median, high = (_bounded(a, b, least, most, digits) for a, b in found)
    return f"{median} ({low} to {high})"


def _bounded(low: float, high: float, least: Floats, most: Floats, digits: int) -> str:
    if low == high:
        return f"{low:.{digits}f}"
    if np.isfinite(high):
        is_limit = bool((least[most == high] < high).any())
        return f"{'<' if is_limit else '≤'}{high:.{digits}f}"
    if low > 0:
        is_limit = bool((most[least == low] > low).any())
        return f"{'>' if is_limit else '≥'}{low:.{digits}f}"
    return "not known"


def _categorical(frame: pd.DataFrame, name: str, is_high: Bools) -> list[VariableRow]:
    column = frame[name]
    kept = column.notna().to_numpy()
    text = column.map(lambda v: f"{v:g}" if isinstance(v, float) else str(v))
    levels = sorted(text[kept].unique())
    counts = np.array([[((text == v).to_numpy() & kept & g).sum() for v in levels] for g in (~is_high, is_high)])
    if len(levels) < 2 or (counts.sum(axis=1) == 0).any():
        return []
    p, test = independence(counts)
    shares = counts / counts.sum(axis=1, keepdims=True)
    smd, missing = smd_shares(shares[1], shares[0]), int((~kept).sum())
    head = VariableRow(label(name), "", "", p, test, smd, missing, chi_square_p(counts), "chi-square, no correction")
    return [
        head,
        *[
            VariableRow(f"    {v}", _share(counts, 0, k), _share(counts, 1, k), np.nan, "", np.nan, 0)
            for k, v in enumerate(levels)
        ],
    ]


def _share(counts: np.ndarray, group: int, level: int) -> str:
    count, total = int(counts[group, level]), int(counts[group].sum())
    return f"{count} ({100 * count / total:.0f} %)"
