"""Does the score work the same under another treatment, and at every site?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pbis.study.data import Endpoint, Population, complete
from pbis.study.draw.forest import ForestRow, forest
from pbis.study.estimates import NO_ESTIMATE, cox_model, hazard_ratios
from pbis.study.result import ChapterPart, Figure, Number, Section, StudyTable, show_interval, show_p
from pbis.study.sections.survival import HIGH
from pbis.study.stats.heterogeneity import Heterogeneity, Interaction, cochran, interaction
from pbis.study.study import Study

NAME = "subgroups"


def subgroups(study: Study) -> Section:
    """Hazard ratio by regimen and by cohort, with tests of interaction."""
    splits = [("regimen", study.treated)] if study.comparison else []
    splits += [("cohort", study.main)] if study.others else []
    if not splits:
        words = "The data has one regimen and one cohort: there is nothing to compare."
        return Section(NAME, "Treatment and site", words)
    found = sum((_split(study, p, column, e) for column, p in splits for e in study.endpoints(p)), ChapterPart())
    lead = (
        "A score that is prognostic works under every treatment; one that is predictive works differently. The test of interaction answers, "
        "not the comparison of two p values. With few patients in a group it says little: read the interval of the ratio of hazard ratios."
    )
    columns = (
        *("split", "endpoint", "ratio of hazard ratios (95 % CI)", "interaction p (likelihood ratio)"),
        *("Cochran Q p", "I²", "n / events"),
    )
    table = StudyTable("interaction", "Interaction with PBIS group", columns, found.rows)
    return Section(NAME, "Treatment and site", lead, (table,), found.figures, found.numbers)


def _split(study: Study, population: Population, column: str, endpoint: Endpoint) -> ChapterPart:
    level = population.frame[column].astype(str).to_numpy()
    numbers = []
    for name in sorted(set(level)):
        part = population.where(level == name, f"{column} {name}")
        model = cox_model(part, endpoint, {HIGH: study.scored(part).high}, study.settings.methods.ties)
        numbers.append(hazard_ratios(NAME, part, endpoint, model)[0])
    rows = [_forest_row(name, number) for name, number in zip(sorted(set(level)), numbers, strict=True)]
    title = f"PBIS high vs low by {column}: {endpoint.name.lower()}"
    drawn = forest(title, rows, "Hazard ratio, PBIS high vs low")
    own = ChapterPart(numbers=tuple(numbers), figures=(Figure(f"by_{column}_{endpoint.key}", title, drawn, ""),))
    return own + _interaction(study, population, column, endpoint, numbers)


def _forest_row(name: str, number: Number) -> ForestRow:
    words = f"{show_interval(number.value, number.low, number.high)}; n {number.n}"
    return ForestRow(name, number.value, number.low, number.high, words)


def _interaction(
    study: Study, population: Population, column: str, endpoint: Endpoint, parts: Sequence[Number]
) -> ChapterPart:
    """The ratios of hazard ratios, the test of interaction and Cochran's Q, and their row."""
    cases = complete(population, endpoint, {HIGH: study.scored(population).high})
    level = population.frame[column].astype(str).to_numpy()[cases.rows]
    found = interaction(cases.data, cases.x[:, 0], level, study.settings.methods.ties)
    size = f"{cases.data.n} / {cases.data.events}"
    if found is None:
        return ChapterPart(rows=((column, endpoint.short, "not estimable", "–", "–", "–", size),))
    unlike = cochran([(n.value, n.low, n.high) for n in parts if n.value and n.low and n.high])
    base = Number(
        section=NAME, population=population.name, endpoint=endpoint.key, term=f"{HIGH} by {column}", quantity="", value=None,
        ties=study.settings.methods.ties, n=cases.data.n, events=cases.data.events, missing=cases.missing,
    )  # fmt: skip
    ratios = _ratios(base, found)
    first = ratios[0]
    words = show_interval(first.value, first.low, first.high) if found.df == 1 else "several"
    split = f"{column}: {found.levels[1]} over {found.levels[0]}" if found.df == 1 else column
    row = (split, endpoint.short, words, show_p(found.p), show_p(unlike.p), _share(unlike.i2), size)
    return ChapterPart(rows=(row,), numbers=(*ratios, *_tests(base, found, unlike, column)))


def _ratios(base: Number, found: Interaction) -> list[Number]:
    if not found.fit.is_converged:
        term = f"{HIGH}, by {', '.join(found.levels)}"
        number = replace(
            base, term=term, quantity="ratio of hazard ratios", note=NO_ESTIMATE, test="Wald, stratified Cox model"
        )
        return [number]
    intervals = found.fit.interval()
    return [
        replace(
            base,
            term=f"{HIGH}, {name} over {found.levels[0]}",
            quantity="ratio of hazard ratios",
            value=float(found.fit.hr[k]),
            low=float(intervals[k][0]),
            high=float(intervals[k][1]),
            p=float(found.fit.p[k]),
            test="Wald, stratified Cox model",
            direction="above 1: stronger in the first",
        )
        for k, name in enumerate(found.levels[1:], start=1)
    ]


def _share(value: float) -> str:
    return f"{100 * value:.0f} %" if np.isfinite(value) else "–"


def _tests(base: Number, found: Interaction, unlike: Heterogeneity, column: str) -> list[Number]:
    ratio = f"likelihood ratio, {found.df} df, baseline hazard per {column}"
    weighted = f"chi-square of inverse-variance weighted log hazard ratios; I2 {unlike.i2:.3f}"
    return [
        replace(base, quantity="interaction chi-square", value=found.chisq, p=found.p, test=ratio),
        replace(base, quantity="Cochran's Q", value=unlike.q, p=unlike.p, test=weighted),
    ]
