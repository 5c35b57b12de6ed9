"""Is the score better than what exists, and is every part of it needed? Comparators, ablations; crude, adjusted, discrimination."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pbis.study.data import OS, Complete, Endpoint, Population, complete, outcome_known
from pbis.study.draw.charts import Series, line_chart
from pbis.study.draw.forest import ForestRow, forest
from pbis.study.estimates import cox_model, hazard_ratios
from pbis.study.result import Cell, Figure, Number, Section, StudyTable, show, show_interval, show_p
from pbis.study.sections.compared_response import adjusted_words, compared_response
from pbis.study.sections.contenders import Field, common_field
from pbis.study.sections.discrimination import (
    OF_GROUP,
    Graded,
    base_number,
    differences,
    discrimination,
    resampled,
    resamples,
)
from pbis.study.sections.models import adjusting_columns
from pbis.study.stats.prediction import auc_at
from pbis.study.stats.scan import bootstrap_weights
from pbis.study.stats.survival import Floats
from pbis.study.study import Study

NAME = "comparison"
CRUDE, ADJUSTED = "hazard ratio", "hazard ratio, adjusted"
_FEWEST = 4  # patients: as few as a Cox model of one term is fitted on


def comparison(study: Study) -> Section:
    """Hazard ratios (crude, adjusted), C and odds ratios of response of PBIS, comparators and ablations on the same patients."""
    tables: list[StudyTable] = []
    figures: list[Figure] = []
    numbers: list[Number] = []
    for population in study.populations:
        for endpoint in study.endpoints(population):
            study.tell(f"comparison: {population.name}, {endpoint.short}")
            made = _compare(study, population, endpoint)
            tables.append(made.table)
            figures += made.figures
            numbers += made.numbers
        responses = compared_response(study, population)
        if responses is not None:
            tables.append(responses[0])
            numbers += responses[1]
    return Section(NAME, "Comparators and ablations", _LEAD, tuple(tables), tuple(figures), tuple(numbers))


_LEAD = (
    "All entries of a table are computed on the same patients: those for whom every entry is known. Like is compared with like: crude with "
    "crude and adjusted (for the same covariates) with adjusted, the C of a group with the C of the PBIS group, the C of a graded score (a sum, "
    "a measured value) with that of the PBIS sum. Differences of C have intervals from paired bootstrap samples (the same resample for both)."
)


@dataclass(frozen=True)
class _Made:
    table: StudyTable
    figures: list[Figure]
    numbers: list[Number]


@dataclass(frozen=True)
class _Table:
    """One table's set, endpoint, entries, cases, and the covariates (of the cases) that its adjusted column has."""

    study: Study
    population: Population
    endpoint: Endpoint
    field: Field
    cases: Complete
    columns: dict[str, Floats]

    @property
    def inside(self) -> Population:
        return Population(self.population.name, self.population.frame.iloc[self.cases.rows].reset_index(drop=True))

    @property
    def graded(self) -> list[Graded]:
        rows = self.cases.rows
        return [Graded(c.name, c.score[rows], c.high[rows]) for c in self.field.entries]


def _table_of(study: Study, population: Population, endpoint: Endpoint) -> _Table:
    field = common_field(study, population, outcome_known(population, endpoint))
    chosen = {f"{k} {part}": getattr(c, part) for k, c in enumerate(field.entries) for part in ("score", "high")}
    cases = complete(population, endpoint, chosen)
    columns = {name: value[cases.rows] for name, value in adjusting_columns(study, population).items()}
    return _Table(study, population, endpoint, field, cases, columns)


def _compare(study: Study, population: Population, endpoint: Endpoint) -> _Made:
    table = _table_of(study, population, endpoint)
    title = f"PBIS beside others, {population.name}, {endpoint.name.lower()}"
    name = f"comparison_{endpoint.key}_{population.name}"
    data = table.cases.data
    notes = (f"n {data.n}, events {data.events}; {table.cases.missing}.", *table.field.notes)
    if data.n < _FEWEST or not data.events or not table.field.entries:
        words = "not compared: too few patients have every entry and an event"
        return _Made(StudyTable(name, title, ("score",), ((words,),), notes), [], [])
    made = _entries(table)
    rows = tuple(_row(study, one.name, numbers) for one, numbers in zip(table.graded, made, strict=True))
    drawn = [_forest_row(one.name, numbers) for one, numbers in zip(table.graded, made, strict=True)]
    chart = forest(title, drawn, "Harrell's C of the group", 0.5, is_log=False)
    figures = [Figure(name, title, chart, "High against low, each entry. Jackknife intervals; broken line: chance.")]
    if endpoint == OS:
        figures.append(_auc_figure(table))
    words = adjusted_words(table.columns)
    return _Made(
        StudyTable(name, title, _columns(study), rows, (*notes, words)), figures, [n for each in made for n in each]
    )


def _columns(study: Study) -> tuple[str, ...]:
    month = study.settings.methods.prediction_month
    return (
        *("score", "HR high vs low (95 % CI)", "p", "HR adjusted (95 % CI)", "p adjusted"),
        *("C of the group (95 % CI)", "C − C of PBIS, groups", "p of groups"),
        *("C of the score", f"AUC at {month:g} months", "C − C of PBIS, scores"),
    )


def _entries(table: _Table) -> list[list[Number]]:
    """The numbers of each entry; PBIS, where it is there, is the first and what the others are compared with."""
    study, cases = table.study, table.cases
    rng = study.rng(f"comparison {table.population.name} {table.endpoint.key}")
    weights = bootstrap_weights(cases.data.n, study.settings.methods.resamples, rng)
    base = base_number(NAME, table.population.name, table.endpoint.key, cases)
    months = sorted({*study.settings.methods.horizons_months, study.settings.methods.prediction_month})
    pairs = resamples(cases, weights)
    reference = resampled(pairs, table.graded[0]) if table.field.has_pbis else None
    found = []
    for k, one in enumerate(table.graded):
        made = _effects(table, one) + discrimination(base, cases, one, months)
        if k and reference is not None:
            made += differences(base, one.name, resampled(pairs, one), reference)
        found.append(made)
    return found


def _effects(table: _Table, one: Graded) -> list[Number]:
    """Hazard ratio of the group, alone and with the covariates."""
    ties, own = table.study.settings.methods.ties, {f"{one.name}: high vs low": one.high}
    inside = table.inside
    crude = cox_model(inside, table.endpoint, own, ties)
    made = [replace(hazard_ratios(NAME, inside, table.endpoint, crude)[0], missing=table.cases.missing)]
    if not table.columns:
        return made
    kept = np.isfinite(np.column_stack(list(table.columns.values()))).all(axis=1)
    varying = {n: v for n, v in table.columns.items() if kept.any() and np.ptp(v[kept]) > 0}
    model = cox_model(inside, table.endpoint, own | varying, ties)
    adjusted = hazard_ratios(NAME, inside, table.endpoint, model, ADJUSTED)[0]
    return [*made, replace(adjusted, missing=f"{table.cases.missing}; {int((~kept).sum())} without a covariate")]


def _row(study: Study, name: str, made: list[Number]) -> tuple[Cell, ...]:
    by = {n.quantity: n for n in made}
    hr, adjusted, group, c = (by.get(q) for q in (CRUDE, ADJUSTED, f"Harrell's C{OF_GROUP}", "Harrell's C"))
    auc = by[f"AUC at {study.settings.methods.prediction_month:g} months"]
    gap, of_groups = by.get("difference of Harrell's C"), by.get(f"difference of Harrell's C{OF_GROUP}")
    return (
        name,
        *_two(hr),
        *_two(adjusted),
        _words(group, 3),
        *((_words(of_groups, 3), show_p(of_groups.p)) if of_groups else ("–", "")),
        _words(c, 3),
        show(auc.value, 3),
        f"{_words(gap, 3)}; p {show_p(gap.p)}" if gap else "–",
    )


def _two(number: Number | None) -> tuple[str, str]:
    return (_words(number, 2), show_p(number.p)) if number else ("–", "–")


def _words(number: Number | None, digits: int) -> str:
    return show_interval(number.value, number.low, number.high, digits) if number else "–"


def _forest_row(name: str, made: list[Number]) -> ForestRow:
    c = next(n for n in made if n.quantity == f"Harrell's C{OF_GROUP}")
    return ForestRow(name, c.value, c.low, c.high, show_interval(c.value, c.low, c.high, 3))


def _auc_figure(table: _Table) -> Figure:
    data = table.cases.data
    times = np.quantile(data.time[data.event], np.linspace(0.1, 0.9, 25))
    shown = [one for one in table.graded if not one.name.startswith("PBIS without")][:5]
    lines = [Series(one.name, times, np.array([auc_at(data, one.score, t) for t in times])) for one in shown]
    title = f"Time-dependent AUC, {table.population.name}, {table.endpoint.name.lower()}"
    drawn = np.concatenate([line.y[np.isfinite(line.y)] for line in lines])
    ends = min(0.4, float(drawn.min(initial=0.4))), max(0.9, float(drawn.max(initial=0.9)))
    chart = line_chart(title, lines, ("Months from first dose", "AUC"), ends)
    return Figure(
        f"auc_{table.endpoint.key}_{table.population.name}",
        title,
        chart,
        "Cumulative events against those still event-free; between the 10th and the 90th percentile of event times.",
    )
