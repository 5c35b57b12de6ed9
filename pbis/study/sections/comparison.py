"""Is the score better than what exists, and is every part of it needed? Comparators, ablations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from pbis.study.data import OS, Complete, Endpoint, Population, complete
from pbis.study.draw.charts import Series, line_chart
from pbis.study.draw.forest import ForestRow, forest
from pbis.study.estimates import cox_model, hazard_ratios
from pbis.study.result import Cell, Figure, Number, Section, StudyTable, show, show_interval, show_p
from pbis.study.sections.contenders import PBIS, Contender, contenders
from pbis.study.stats.concordance import harrell_c, resampled_c, uno_c
from pbis.study.stats.paired import paired_difference
from pbis.study.stats.prediction import auc_at
from pbis.study.stats.scan import bootstrap_weights
from pbis.study.stats.survival import Floats
from pbis.study.stats.wald import wald_interval
from pbis.study.study import Study

NAME = "comparison"


def comparison(study: Study) -> Section:
    """Hazard ratios and C of PBIS, comparators and ablations on the same patients; AUC, calibration and decision curves."""
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
    return Section(NAME, "Comparators and ablations", _LEAD, tuple(tables), tuple(figures), tuple(numbers))


_LEAD = (
    "All entries of a table are computed on the same patients: those for whom every entry is known. Differences of C are against the "
    "score, with intervals from paired bootstrap samples (the same resample for both)."
)


@dataclass(frozen=True)
class _Made:
    table: StudyTable
    figures: list[Figure]
    numbers: list[Number]


def _compare(study: Study, population: Population, endpoint: Endpoint) -> _Made:
    entries = contenders(study, population)
    columns = {f"{k} {part}": getattr(c, part) for k, c in enumerate(entries) for part in ("score", "high")}
    cases = complete(population, endpoint, columns)
    made = _entries(study, population, endpoint, cases, entries)
    title = f"PBIS beside others, {population.name}, {endpoint.name.lower()}"
    name = f"comparison_{endpoint.key}_{population.name}"
    rows = tuple(_row(entry.name, numbers) for entry, numbers in zip(entries, made, strict=True))
    notes = (f"n {cases.data.n}, events {cases.data.events}; {cases.missing}.",)
    drawn = [_forest_row(entry.name, numbers) for entry, numbers in zip(entries, made, strict=True)]
    chart = forest(title, drawn, "Harrell's C", 0.5, is_log=False)
    figures = [Figure(name, title, chart, "Jackknife intervals; broken line: chance.")]
    if endpoint == OS:
        figures.append(_auc_figure(study, population, endpoint, cases, entries))
    return _Made(
        StudyTable(name, title, _columns(study), rows, notes), figures, [n for numbers in made for n in numbers]
    )


def _columns(study: Study) -> tuple[str, ...]:
    month = study.settings.methods.prediction_month
    return (
        *("score", "HR high vs low (95 % CI)", "Harrell's C (95 % CI)", "Uno's C"),
        *(f"AUC at {month:g} months", "C − C of PBIS (95 % CI)", "p"),
    )


def _entries(
    study: Study, population: Population, endpoint: Endpoint, cases: Complete, entries: list[Contender]
) -> list[list[Number]]:
    """The numbers of each entry, the first being what the others are compared with."""
    rng = study.rng(f"comparison {population.name} {endpoint.key}")
    weights = bootstrap_weights(cases.data.n, study.settings.methods.resamples, rng)
    inside = Population(population.name, population.frame.iloc[cases.rows].reset_index(drop=True))
    reference = _bootstrap(cases, cases.x[:, 0], weights)
    found = []
    for k, entry in enumerate(entries):
        score, high = cases.x[:, 2 * k], cases.x[:, 2 * k + 1]
        model = cox_model(inside, endpoint, {f"{entry.name}: high vs low": high}, study.settings.methods.ties)
        made = [replace(n, missing=cases.missing) for n in hazard_ratios(NAME, population, endpoint, model)]
        made += _discrimination(study, population, endpoint, cases, entry.name, score)
        if k:
            own = _bootstrap(cases, score, weights)
            made += _differences(population, endpoint, cases, entry.name, own, reference)
        found.append(made)
    return found


def _bootstrap(cases: Complete, score: Floats, weights: Floats) -> dict[str, Floats]:
    return {kind: resampled_c(cases.data, score, weights, kind) for kind in ("Harrell", "Uno")}


def _discrimination(
    study: Study, population: Population, endpoint: Endpoint, cases: Complete, name: str, score: Floats
) -> list[Number]:
    number = partial(
        Number,
        section=NAME,
        population=population.name,
        endpoint=endpoint.key,
        term=name,
        n=cases.data.n,
        events=cases.data.events,
        missing=cases.missing,
        direction="higher score, earlier event",
    )
    numbers: list[Number] = []
    for found in (harrell_c(cases.data, score), uno_c(cases.data, score)):
        low, high = wald_interval(found.value, found.se)
        numbers.append(
            number(
                quantity=f"{found.kind}'s C",
                value=found.value,
                low=low,
                high=high,
                test="infinitesimal jackknife interval" + (", censoring weights fixed" if found.kind == "Uno" else ""),
            )
        )
    for month in study.settings.methods.horizons_months:
        value = auc_at(cases.data, score, month)
        numbers.append(
            number(
                quantity=f"AUC at {month:g} months",
                value=value,
                test="cumulative/dynamic, inverse censoring weights",
            )
        )
    return numbers


def _differences(
    population: Population,
    endpoint: Endpoint,
    cases: Complete,
    name: str,
    own: dict[str, Floats],
    reference: dict[str, Floats],
) -> list[Number]:
    numbers = []
    for kind in ("Harrell", "Uno"):
        gap = paired_difference(own[kind], reference[kind])
        numbers.append(
            Number(
                section=NAME,
                population=population.name,
                endpoint=endpoint.key,
                term=f"{name} minus {PBIS}",
                quantity=f"difference of {kind}'s C",
                value=gap.value,
                low=gap.low,
                high=gap.high,
                p=gap.p,
                test=f"paired bootstrap, {gap.resamples} resamples, percentile interval",
                direction="below 0: worse than PBIS",
                n=cases.data.n,
                events=cases.data.events,
                missing=cases.missing,
            )
        )
    return numbers


def _row(name: str, made: list[Number]) -> tuple[Cell, ...]:
    by = {n.quantity: n for n in made}
    hr, c, uno = by["hazard ratio"], by["Harrell's C"], by["Uno's C"]
    auc = next(
        (n for q, n in by.items() if q.startswith("AUC at 12 ")), next(n for q, n in by.items() if q.startswith("AUC"))
    )
    gap = by.get("difference of Harrell's C")
    words = show_interval(gap.value, gap.low, gap.high, 3) if gap else "reference"
    return (
        name,
        show_interval(hr.value, hr.low, hr.high),
        show_interval(c.value, c.low, c.high, 3),
        show(uno.value, 3),
        show(auc.value, 3),
        words,
        show_p(gap.p) if gap else "",
    )


def _forest_row(name: str, made: list[Number]) -> ForestRow:
    c = next(n for n in made if n.quantity == "Harrell's C")
    return ForestRow(name, c.value, c.low, c.high, show_interval(c.value, c.low, c.high, 3))


def _auc_figure(
    study: Study, population: Population, endpoint: Endpoint, cases: Complete, entries: list[Contender]
) -> Figure:
    times = np.quantile(cases.data.time[cases.data.event], np.linspace(0.1, 0.9, 25))
    shown = [(k, e) for k, e in enumerate(entries) if not e.name.startswith("PBIS without")][:5]
    lines = [
        Series(e.name, times, np.array([auc_at(cases.data, cases.x[:, 2 * k], t) for t in times])) for k, e in shown
    ]
    title = f"Time-dependent AUC, {population.name}, {endpoint.name.lower()}"
    chart = line_chart(title, lines, ("Months from first dose", "AUC"), (0.4, 0.9))
    return Figure(
        f"auc_{endpoint.key}_{population.name}",
        title,
        chart,
        "Cumulative events against those still event-free; between the 10th and the 90th percentile of event times.",
    )
