"""Two-by-two tables: every usual test by its name, and the odds ratio three ways.

Tables are [[responders, others] of the first group, [responders, others] of the second].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import barnard_exact, boschloo_exact, chi2, chi2_contingency, fisher_exact, hypergeom, norm
from scipy.stats.contingency import odds_ratio

from pbis.study.stats.survival import Ints
from pbis.study.stats.wald import WALD_Z


@dataclass(frozen=True)
class TwoByTwo:
    """P by test name, and odds ratios with 95 % intervals: conditional (exact) and sample (Wald on the log)."""

    table: Ints
    p: dict[str, float]
    conditional_or: float
    conditional_low: float
    conditional_high: float
    sample_or: float
    sample_low: float
    sample_high: float
    min_expected: float

    @property
    def rates(self) -> tuple[float, float]:
        """Share of responders in each group."""
        first, second = (float(row[0] / row.sum()) for row in self.table)
        return first, second


TESTS = {
    "fisher": "Fisher's exact test, two-sided",
    "pearson": "Pearson's chi-square, no correction",
    "yates": "chi-square with Yates' correction",
    "likelihood ratio": "likelihood-ratio chi-square (G)",
    "mid-p": "Fisher's exact test, two-sided mid-p",
    "n-1": "chi-square with (N - 1) / N",
    "barnard": "Barnard's unconditional test",
    "boschloo": "Boschloo's unconditional test",
    "wald": "Wald test of the log odds ratio",
}


def two_by_two(first: tuple[int, int], second: tuple[int, int], with_unconditional: bool = False) -> TwoByTwo:
    """All tests of one table. first, second: (responders, others). Unconditional tests take about 0.1 s."""
    table = np.array([first, second], dtype=np.int64)
    conditional = odds_ratio(table, kind="conditional")
    interval = conditional.confidence_interval(0.95)
    sample, low, high, wald = _sample_odds_ratio(table)
    p = {"fisher": float(fisher_exact(table).pvalue), **_chi_squares(table), "mid-p": _mid_p(table), "wald": wald}
    if with_unconditional:
        p |= {"barnard": float(barnard_exact(table).pvalue), "boschloo": float(boschloo_exact(table).pvalue)}
    return TwoByTwo(
        table,
        p,
        float(conditional.statistic),
        float(interval.low),
        float(interval.high),
        sample,
        low,
        high,
        float(_expected(table).min()),
    )


def _expected(table: Ints) -> np.ndarray:
    return np.asarray(np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum())


def _chi_squares(table: Ints) -> dict[str, float]:
    """nan where a row or a column is empty."""
    if (_expected(table) == 0).any():
        return dict.fromkeys(("pearson", "yates", "likelihood ratio", "n-1"), float("nan"))
    n = table.sum()
    plain = chi2_contingency(table, correction=False)
    return {
        "pearson": float(plain.pvalue),
        "yates": float(chi2_contingency(table, correction=True).pvalue),
        "likelihood ratio": float(chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue),
        "n-1": float(chi2.sf(plain.statistic * (n - 1) / n, 1)),
    }


def _mid_p(table: Ints) -> float:
    """Fisher's two-sided p less half the probability of all tables exactly as likely as this one."""
    (a, b), (c, d) = table.tolist()
    law = hypergeom(a + b + c + d, a + c, a + b).pmf(np.arange(max(0, a - d), min(a + b, a + c) + 1))
    itself = law[a - max(0, a - d)]
    return float(law[law < itself * (1 - 1e-7)].sum() + 0.5 * law[np.abs(law - itself) <= itself * 1e-7].sum())


def _sample_odds_ratio(table: Ints) -> tuple[float, float, float, float]:
    """ad / bc with Woolf's interval; one half is added to every cell where one is empty (Haldane, Anscombe)."""
    cells = table + (0.5 if (table == 0).any() else 0.0)
    log = float(np.log(cells[0, 0] * cells[1, 1] / (cells[0, 1] * cells[1, 0])))
    se = float(np.sqrt((1 / cells).sum()))
    wide = WALD_Z * se
    return float(np.exp(log)), float(np.exp(log - wide)), float(np.exp(log + wide)), float(2 * norm.sf(abs(log) / se))


def wilson(count: int, n: int) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927)."""
    if n == 0:
        return float("nan"), float("nan")
    z, share = WALD_Z, count / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return max(0.0, middle - half), min(1.0, middle + half)
