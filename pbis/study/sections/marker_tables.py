"""Markers beside what else is known of the patients: clinical variables (rank correlations), and the score (medians from 0 to 4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pbis.draw import palette
from pbis.study.data import COMPONENTS, Population, label, markers, short
from pbis.study.draw.charts import cross_map
from pbis.study.draw.small_multiples import PanelLine, SmallPanel, panels
from pbis.study.points import analysis_value, least_and_most
from pbis.study.result import ChapterPart, Figure, Number, StudyTable, show, show_p
from pbis.study.sections.describe import quartile_words
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
_Q = "Benjamini-Hochberg q "
# Dots of a score lie over half of the way to the next, each the golden ratio of it further than the one before: never two in one place.
_SPREAD, _STEP = 0.5, 0.6180339887498949
_GRADES = 5  # of so few values each is a grade (ECOG, Child-Pugh points), not an amount
_MISSING = "pairwise complete; censored values tie at their limit"


@dataclass(frozen=True)
class MarkerPart:
    """A table of the chapter with its numbers and figures."""

    table: StudyTable
    numbers: tuple[Number, ...]
    figures: tuple[Figure, ...]


def clinical_correlations(study: Study) -> MarkerPart:
    """Spearman's rho of every marker with every clinical variable, all patients of the main regimen, and the map of it."""
    population = study.main
    clinical = [c for c in _CLINICAL if c in population.frame and population.frame[c].notna().sum() >= 4]
    pairs = [(m, c) for m in markers(population.frame) for c in clinical if m != c]
    numbers = _with_discovery_rate([_correlation(population, marker, other) for marker, other in pairs])
    rows = tuple(
        (label(m), label(c), show(n.value), show_p(n.p), (n.note or "").removeprefix(_Q), n.n)
        for (m, c), n in zip(pairs, numbers, strict=True)
    )
    title = f"Markers with clinical variables, {population.name}"
    columns = ("marker", "with", "rho", "p", "FDR q", "n")
    notes = (f"Spearman, t approximation; {_MISSING}. FDR: Benjamini-Hochberg over the pairs of this table.",)
    table = StudyTable("spearman_clinical", title, columns, rows, notes)
    figures = (_clinical_map(title, pairs, numbers), _strongest(population, pairs, numbers)) if pairs else ()
    return MarkerPart(table, tuple(numbers), figures)


def _clinical_map(title: str, pairs: Sequence[tuple[str, str]], numbers: Sequence[Number]) -> Figure:
    rows, columns = (list(dict.fromkeys(pair[k] for pair in pairs)) for k in (0, 1))
    rho, q = np.full((2, len(rows), len(columns)), np.nan)
    for (marker, other), found in zip(pairs, numbers, strict=True):
        at = rows.index(marker), columns.index(other)
        rho[at] = np.nan if found.value is None else found.value
        q[at] = float(found.note.removeprefix(_Q)) if found.note else np.nan
    svg = cross_map(title, ([short(m) for m in rows], [short(c) for c in columns]), rho, q)
    words = "Spearman's rho, pairwise complete. Bold: false discovery rate below 5 % over the pairs of this map (Benjamini-Hochberg)."
    return Figure("spearman_clinical", title, svg, words)


def _strongest(population: Population, pairs: Sequence[tuple[str, str]], numbers: Sequence[Number]) -> Figure:
    """The six pairs with the least p, patient by patient."""
    p = np.array([np.nan if n.p is None else n.p for n in numbers])
    order = np.argsort(p, kind="stable").tolist()  # where there is no p, last
    drawn = []
    for k in order[:6]:
        marker, other = (analysis_value(population.frame, name) for name in pairs[k])
        kept = np.isfinite(marker) & np.isfinite(other) & (marker > 0)
        if kept.any():
            name = f"{short(pairs[k][0])} by {short(pairs[k][1])}, rho {show(numbers[k].value)}"
            drawn.append(_scattered(name, other[kept], marker[kept]))
    title = f"The six strongest pairs, {population.name}"
    words = "Clinical variable across (logarithmic where it spans more than ten times its least), marker upwards (logarithmic), a dot a patient; a value below its limit stands at the limit."
    return Figure(
        "spearman_clinical_pairs", title, panels(title, drawn, "Clinical variable", "Marker", (False, True)), words
    )


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
    words = [f"{_Q}{q:.4g}" if np.isfinite(q) else None for q in rates]
    return [replace(n, note=said) for n, said in zip(numbers, words, strict=True)]


def _scattered(name: str, x: Floats, y: Floats) -> SmallPanel:
    """A dot a patient; grades side by side, a variable over more than a decade on a logarithmic axis."""
    grades = np.unique(x).tolist()
    if len(grades) <= _GRADES:
        groups = [np.sort(y[x == grade]) for grade in grades]
        beside = np.concatenate([_beside(grade, group) for grade, group in zip(grades, groups, strict=True)])
        return SmallPanel(name, [(beside, np.concatenate(groups), palette.BLUE)], ticks=grades)
    is_wide = bool(x.min() > 0 and x.max() / x.min() > 10)
    return SmallPanel(name, [(x, y, palette.BLUE)], is_log_x=is_wide)


def _beside(place: float, group: Floats) -> Floats:
    """Where the dots of a sorted group stand: side by side, so that none hides another and each run draws the same."""
    return np.asarray(place + _SPREAD * ((np.arange(len(group)) * _STEP) % 1 - 0.5))


def markers_by_score(study: Study) -> MarkerPart:
    """Median (quartiles) of every cytokine at each sum of the score, with tests of any difference and of a trend, and each drawn."""
    population = study.main
    score = study.scored(population).score
    names = [m for m in markers(population.frame) if m.endswith("_pg_ml")]
    sums = sorted(int(s) for s in np.unique(score[np.isfinite(score)]))
    part = sum((_one_marker(population, name, score, sums) for name in names), ChapterPart())
    sizes = [int((score == s).sum()) for s in sums]
    heads = tuple(f"{s} (n = {n})" for s, n in zip(sums, sizes, strict=True))
    columns = ("marker", *heads, "Kruskal-Wallis p", "rho with the score", "p of trend", "n")
    notes = (
        "Medians with quartiles (< L: below its limit, > U: above it). A part of the score rises with it by construction; the others need not.",
    )
    title = f"Cytokines by score, {population.name}"
    drawn = [panel for name in names for panel in _by_score(population, name, score, sums)]
    words = "A dot a patient, medians joined; logarithmic. A value below its limit stands at the limit. Scores that are not certain are left out."
    figure = Figure("markers_by_score", title, panels(title, drawn, "Score", "pg/mL", (False, True)), words)
    return MarkerPart(StudyTable("markers_by_score", title, columns, part.rows, notes), part.numbers, (figure,))


def _by_score(population: Population, name: str, score: Floats, sums: list[int]) -> Iterator[SmallPanel]:
    value = analysis_value(population.frame, name)
    kept = np.isfinite(value) & np.isfinite(score) & (value > 0)
    if not kept.any():
        return
    x, y, medians = [], [], []
    for s in sums:
        group = np.sort(value[kept & (score == s)])
        if not len(group):
            continue
        x.append(_beside(s, group))
        y.append(group)
        medians.append((float(s), float(np.median(group))))
    at, middle = np.array(medians).T
    line = PanelLine(at, middle, palette.RED)
    yield SmallPanel(
        short(name), [(np.concatenate(x), np.concatenate(y), palette.PALE)], [line], ticks=[float(s) for s in sums]
    )


def _one_marker(population: Population, name: str, score: Floats, sums: list[int]) -> ChapterPart:
    value, (least, most) = analysis_value(population.frame, name), least_and_most(population.frame, name)
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
    cells = [quartile_words(least[kept & (score == s)], most[kept & (score == s)]) for s in sums]
    return ChapterPart(((words, *cells, show_p(p), show(rho), show_p(trend), n),), (number, along))
