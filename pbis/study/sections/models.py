"""More than one variable at a time: Cox models of both endpoints and a logistic model of response, univariate beside adjusted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pbis.study.data import Endpoint, Population, coded, complete_words, covariates, label
from pbis.study.draw.forest import ForestRow, forest
from pbis.study.estimates import Model, cox_model, fit_response, hazard_ratios, odds_ratio
from pbis.study.points import log2_value
from pbis.study.result import Cell, ChapterPart, Figure, Number, Section, StudyTable, show_interval, show_p
from pbis.study.sections.left_out import left_out, left_out_table
from pbis.study.sections.survival import HIGH
from pbis.study.stats.logistic import LogisticFit
from pbis.study.stats.survival import Bools, Floats
from pbis.study.stats.zph import check_proportional_hazards
from pbis.study.study import Study

NAME = "models"
_EVENTS_PER_VARIABLE = 10


def adjusted_models(study: Study) -> Section:
    """One table a set and endpoint; warnings where events per variable are few, hazards not proportional, or data separated."""
    made, fewer = [], ChapterPart()
    for population in study.populations:
        columns = model_columns(study, population)
        for endpoint in study.endpoints(population):
            made.append(_cox(study, population, endpoint, columns))
            fewer += left_out(population, endpoint, columns)
        if "best_response" in population.frame:
            made.append(_logistic(population, columns))
    tables, parts = tuple(table for table, _ in made), sum((part for _, part in made), ChapterPart())
    tables = (left_out_table(fewer.rows), *tables)
    return Section(NAME, "Adjusted models", _LEAD, tables, parts.figures, parts.numbers, parts.warnings)


_LEAD = (
    "Each variable alone and all together, on the same complete cases of the whole model, so that a difference between the two columns "
    "is adjustment and not another set of patients."
)


def model_columns(study: Study, population: Population) -> dict[str, Floats]:
    """PBIS group and the covariates as numbers: those of study.toml or of the data, AFP per doubling, and the cohort."""
    frame = population.frame
    columns = {HIGH: study.scored(population).high}
    columns |= coded(frame, covariates(frame, study.settings.models.covariates))
    if "afp_ng_ml" in frame and not study.settings.models.covariates and "afp_high" not in frame:
        columns["AFP, per doubling"] = log2_value(frame, "afp_ng_ml")
    if frame["cohort"].nunique() > 1:
        columns |= coded(frame, ["cohort"])
    return {name: value for name, value in columns.items() if np.isfinite(value).any() and np.nanstd(value) > 0}


def adjusting_columns(study: Study, population: Population) -> dict[str, Floats]:
    """What PBIS and every score beside it are adjusted for: the columns of the models without PBIS."""
    return {name: value for name, value in model_columns(study, population).items() if name != HIGH}


def _cox(
    study: Study, population: Population, endpoint: Endpoint, columns: dict[str, Floats]
) -> tuple[StudyTable, ChapterPart]:
    ties = study.settings.methods.ties
    together = cox_model(population, endpoint, columns, ties)
    inside = Population(population.name, population.frame.iloc[together.cases.rows].reset_index(drop=True))
    adjusted = hazard_ratios(NAME, population, endpoint, together, "hazard ratio, adjusted")
    alone: list[Number] = []
    for name, value in columns.items():
        model = cox_model(inside, endpoint, {name: value[together.cases.rows]}, ties)
        alone += hazard_ratios(NAME, population, endpoint, model, "hazard ratio, alone on the same patients")
    where = f"{population.name}, {endpoint.short}"
    global_test = _hazards(population, endpoint, together)
    size = _per_variable(population, endpoint.key, together.cases.data.n, together.cases.data.events, len(columns))
    warnings = _few(where, together.cases.data.events, len(columns))
    warnings += [
        f"{where}: the adjusted model's hazards are not proportional (global p {show_p(n.p)})."
        for n in global_test
        if n.p is not None and n.p < 0.05
    ]
    adjusted += [*global_test, replace(size, missing=together.cases.missing)]
    title = f"Cox model of {endpoint.name.lower()}, {population.name}"
    figure = _figure(population, endpoint, title, adjusted)
    part = ChapterPart(numbers=(*alone, *adjusted), figures=(figure,), warnings=tuple(warnings))
    return _table(population, endpoint, title, alone, adjusted), part


def _hazards(population: Population, endpoint: Endpoint, model: Model) -> list[Number]:
    """The global test of proportional hazards, where there is a fit."""
    if model.fit is None or not model.is_usable:
        return []
    cases = model.cases
    test = check_proportional_hazards(cases.data, cases.x, model.fit).of("GLOBAL")
    return [
        Number(
            section=NAME,
            population=population.name,
            endpoint=endpoint.key,
            term="all terms",
            quantity="proportional-hazards chi-square",
            value=test.chisq,
            p=test.p,
            test=f"score test, time as km, {test.df} df",
            ties=model.ties,
            n=cases.data.n,
            events=cases.data.events,
            missing=cases.missing,
        )
    ]


def _per_variable(population: Population, endpoint: str | None, n: int, events: int, terms: int) -> Number:
    """Events (of the rarer outcome) per term: how much a model can carry."""
    return Number(
        section=NAME,
        population=population.name,
        endpoint=endpoint,
        term="all terms",
        quantity="events per variable",
        value=events / terms if terms else None,
        test=f"{events} events over {terms} terms",
        n=n,
        events=events,
        missing="complete cases of the model",
    )


def _few(where: str, events: int, terms: int) -> list[str]:
    if events >= _EVENTS_PER_VARIABLE * terms:
        return []
    least = f"fewer than {_EVENTS_PER_VARIABLE} a term; estimates are unstable."
    return [f"{where}: {events} events for {terms} terms is {least}"]


def _table(
    population: Population, endpoint: Endpoint, title: str, alone: list[Number], adjusted: list[Number]
) -> StudyTable:
    rows: list[tuple[Cell, ...]] = []
    for first, second in zip(alone, adjusted, strict=False):
        rows.append(
            (
                label(second.term),
                show_interval(first.value, first.low, first.high),
                show_p(first.p),
                show_interval(second.value, second.low, second.high),
                show_p(second.p),
            )
        )
    last = adjusted[0]
    per = f"{last.events / len(alone):.1f} events per variable" if alone and last.events is not None else "no variable"
    notes = (f"n {last.n}, events {last.events} ({per}); {last.missing}; ties {last.ties or 'not fitted'}.",)
    columns = ("term", "HR alone (95 % CI)", "p", "HR adjusted (95 % CI)", "p")
    return StudyTable(f"cox_{endpoint.key}_{population.name}", title, columns, tuple(rows), notes)


def _figure(population: Population, endpoint: Endpoint, title: str, adjusted: list[Number]) -> Figure:
    rows = [
        ForestRow(label(n.term), n.value, n.low, n.high, f"{show_interval(n.value, n.low, n.high)}; p {show_p(n.p)}")
        for n in adjusted
        if n.quantity.startswith("hazard")
    ]
    return Figure(f"cox_{endpoint.key}_{population.name}", title, forest(title, rows, "Adjusted hazard ratio"), "")


def _logistic(population: Population, columns: dict[str, Floats]) -> tuple[StudyTable, ChapterPart]:
    x = np.column_stack([np.empty((population.n, 0)), *columns.values()])
    rows = np.isfinite(x).all(axis=1)
    best = population.frame["best_response"].fillna("NE").to_numpy(str)
    event = np.isin(best, ("CR", "PR"))[rows]
    x, names = x[rows], list(columns)
    missing = complete_words(int((~rows).sum()), population.n) + "; NE and not recorded count as no response"
    name, title = f"logistic_{population.name}", f"Logistic model of objective response, {population.name}"
    if not columns:
        return StudyTable(name, title, ("term",), (("not fitted: no covariate varies",),)), ChapterPart()
    rarer = min(int(event.sum()), int((~event).sum()))
    if rarer < len(names):
        words = f"not fitted: {rarer} patients in the rarer outcome for {len(names)} terms"
        return StudyTable(name, title, ("term",), ((words,),)), ChapterPart()
    alone = [fit_response(event, x[:, [k]], [term]) for k, term in enumerate(names)]
    together = fit_response(event, x, names)
    parts = sum(
        (_odds_row(population, term, k, alone[k], together, missing) for k, term in enumerate(names)), ChapterPart()
    )
    parts += ChapterPart(
        numbers=(replace(_per_variable(population, None, len(event), rarer, len(names)), missing=missing),)
    )
    parts += ChapterPart(warnings=_logistic_warnings(f"{population.name}, response", together, event, len(names)))
    notes = (f"n {len(event)}, responders {int(event.sum())}; {missing}; {together.method}.",)
    return StudyTable(
        name, title, ("term", "OR alone (95 % CI)", "p", "OR adjusted (95 % CI)", "p"), parts.rows, notes
    ), parts


def _odds_row(
    population: Population, term: str, k: int, alone: LogisticFit, together: LogisticFit, missing: str
) -> ChapterPart:
    first = odds_ratio(NAME, population, alone, 1, term, "odds ratio, alone on the same patients", missing)
    second = odds_ratio(NAME, population, together, k + 1, term, "odds ratio, adjusted", missing)
    effects = [(show_interval(n.value, n.low, n.high), show_p(n.p)) for n in (first, second)]
    return ChapterPart(((label(term), *effects[0], *effects[1]),), (first, second))


def _logistic_warnings(where: str, together: LogisticFit, event: Bools, terms: int) -> tuple[str, ...]:
    found = []
    if together.method == "Firth":
        found.append(f"{where}: responders and others are separated; Firth's penalised likelihood is used.")
    few = min(int(event.sum()), int((~event).sum()))
    if few < _EVENTS_PER_VARIABLE * terms:
        found.append(f"{where}: {few} patients in the smaller outcome for {terms} terms; estimates are unstable.")
    return tuple(found)
