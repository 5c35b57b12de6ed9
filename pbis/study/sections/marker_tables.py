"""Markers beside what else is known of the patients: clinical variables (rank correlations), and the score (medians from 0 to 4)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pbis.study.data import COMPONENTS, Population, label, markers
from pbis.study.points import analysis_value
from pbis.study.result import ChapterPart, Number, StudyTable, show, show_p
from pbis.study.sections.describe import lowest_limit, quartile_words
from pbis.study.stats.correlation import discovery_rates, spearman_pair
from pbis.study.stats.independence import kruskal_wallis
from pbis.study.stats.survival import Floats
from pbis.study.study import Study

NAME = "markers"
# What the paper correlates cytokines with, as far as it is a number or a grade, and what such tables have beside it.
_CLINICAL = (
    *("age", "ecog", "child_pugh", "tumour_size_cm", "afp_ng_ml", "pivka_mau_ml"),
    *("albumin_g_l", "bilirubin_umol_l", "platelets_10_9_l"),
)
_MISSING = "pairwise complete; censored values tie at their limit"


def clinical_correlations(study: Study) -> tuple[StudyTable, tuple[Number, ...]]:
    """Spearman's rho of every marker with every clinical variable, all patients of the main regimen."""
    population = study.main
    clinical = [c for c in _CLINICAL if c in population.frame and population.frame[c].notna().sum() >= 4]
    pairs = [(m, c) for m in markers(population.frame) for c in clinical if m != c]
    numbers = _with_discovery_rate([_correlation(population, marker, other) for marker, other in pairs])
    rows = tuple(
        (label(m), label(c), show(n.value), show_p(n.p), (n.note or "").removeprefix("Benjamini-Hochberg q "), n.n)
        for (m, c), n in zip(pairs, numbers, strict=True)
    )
    title = f"Markers with clinical variables, {population.name}"
    columns = ("marker", "with", "rho", "p", "FDR q", "n")
    notes = (f"Spearman, t approximation; {_MISSING}. FDR: Benjamini-Hochberg over the pairs of this table.",)
    return StudyTable("spearman_clinical", title, columns, rows, notes), tuple(numbers)


def _correlation(population: Population, marker: str, other: str) -> Number:
    values = [analysis_value(population.frame, name) for name in (marker, other)]
    rho, p, n = spearman_pair(*values)
    return Number(
        section=NAME,
        population=population.name,
        endpoint=None,
        term=f"{marker} with {other}",
        quantity="Spearman's rho with a clinical variable",
        value=rho,
        p=p,
        test="Spearman, t approximation",
        direction="positive: rise together",
        n=n,
        missing=_MISSING,
    )


def _with_discovery_rate(numbers: list[Number]) -> list[Number]:
    rates = discovery_rates(np.array([np.nan if n.p is None else n.p for n in numbers])).tolist()
    words = [f"Benjamini-Hochberg q {q:.4g}" if np.isfinite(q) else None for q in rates]
    return [replace(n, note=said) for n, said in zip(numbers, words, strict=True)]


def markers_by_score(study: Study) -> tuple[StudyTable, tuple[Number, ...]]:
    """Median (quartiles) of every cytokine at each sum of the score, with tests of any difference and of a trend."""
    population = study.main
    score = study.scored(population).score
    names = [m for m in markers(population.frame) if m.endswith("_pg_ml")]
    sums = sorted(int(s) for s in np.unique(score[np.isfinite(score)]))
    part = sum((_one_marker(population, name, score, sums) for name in names), ChapterPart())
    sizes = [int((score == s).sum()) for s in sums]
    heads = tuple(f"{s} (n = {n})" for s, n in zip(sums, sizes, strict=True))
    columns = ("marker", *heads, "Kruskal-Wallis p", "rho with the score", "p of trend", "n")
    notes = (
        "Medians with quartiles (< L: below its limit). A part of the score rises with it by construction; the others need not.",
    )
    title = f"Cytokines by score, {population.name}"
    return StudyTable("markers_by_score", title, columns, part.rows, notes), part.numbers


def _one_marker(population: Population, name: str, score: Floats, sums: list[int]) -> ChapterPart:
    value, limits = analysis_value(population.frame, name), lowest_limit(population.frame, name)
    kept = np.isfinite(value) & np.isfinite(score)
    groups = [value[kept & (score == s)] for s in sums]
    statistic, p = kruskal_wallis(groups)
    rho, trend, n = spearman_pair(value, score)
    number = Number(
        section=NAME,
        population=population.name,
        endpoint=None,
        term=f"{name} by score",
        quantity="Kruskal-Wallis chi-square",
        value=statistic,
        p=p,
        test="Kruskal-Wallis over the sums of the score",
        n=n,
        missing=f"indeterminate scores and missing values left out: {population.n - n} of {population.n}",
        note="part of the score" if name in COMPONENTS else None,
    )
    along = replace(
        number, quantity="Spearman's rho with the score", value=rho, p=trend, test="Spearman, t approximation"
    )
    words = label(name) + (" (part of the score)" if name in COMPONENTS else "")
    cells = [quartile_words(group, limits) for group in groups]
    return ChapterPart(((words, *cells, show_p(p), show(rho), show_p(trend), n),), (number, along))
