"""More than one variable at a time: Cox models of both endpoints and a logistic model of response, univariate beside adjusted."""

from __future__ import annotations

import numpy as np

from pbis.study.data import Endpoint, Population, coded, complete_words, covariates
from pbis.study.draw.forest import ForestRow, forest
from pbis.study.estimates import cox_model, hazard_ratios
from pbis.study.points import log2_value
from pbis.study.result import Cell, Figure, Number, Section, Table, show_interval, show_p
from pbis.study.sections.survival import HIGH
from pbis.study.stats.logistic import LogisticFit, fit_firth, fit_logistic
from pbis.study.stats.survival import Floats
from pbis.study.stats.zph import check_proportional_hazards
from pbis.study.study import Study

NAME = "models"
_EVENTS_PER_VARIABLE = 10


def adjusted_models(study: Study) -> Section:
    """One table a set and endpoint; warnings where events per variable are few, hazards not proportional, or data separated."""
    tables: list[Table] = []
    figures: list[Figure] = []
    numbers: list[Number] = []
    warnings: list[str] = []
    for population in study.populations:
        columns = model_columns(study, population)
        for endpoint in study.endpoints(population):
            table, figure, made = _cox(study, population, endpoint, columns, warnings)
            tables.append(table)
            figures.append(figure)
            numbers += made
        if "best_response" in population.frame:
            table, made = _logistic(population, columns, warnings)
            tables.append(table)
            numbers += made
    return Section(NAME, "Adjusted models", _LEAD, tuple(tables), tuple(figures), tuple(numbers), tuple(warnings))


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
    return {name: value for name, value in columns.items() if np.nanstd(value) > 0}


def _cox(
    study: Study, population: Population, endpoint: Endpoint, columns: dict[str, Floats], warnings: list[str]
) -> tuple[Table, Figure, list[Number]]:
    ties = study.settings.methods.ties
    together = cox_model(population, endpoint, columns, ties)
    inside = Population(population.name, population.frame.iloc[together.cases.rows].reset_index(drop=True))
    adjusted = hazard_ratios(NAME, population, endpoint, together, "hazard ratio, adjusted")
    alone: list[Number] = []
    for name, value in columns.items():
        model = cox_model(inside, endpoint, {name: value[together.cases.rows]}, ties)
        alone += hazard_ratios(NAME, population, endpoint, model, "hazard ratio, alone on the same patients")
    where = f"{population.name}, {endpoint.short}"
    _check(study, where, together.cases.data.events, len(columns), warnings)
    if together.fit is not None and together.is_usable:
        test = check_proportional_hazards(together.cases.data, together.cases.x, together.fit).of("GLOBAL")
        adjusted.append(
            Number(
                section=NAME,
                population=population.name,
                endpoint=endpoint.key,
                term="all terms",
                quantity="proportional-hazards chi-square",
                value=test.chisq,
                p=test.p,
                test=f"score test, time as km, {test.df} df",
                ties=ties,
                n=together.cases.data.n,
                events=together.cases.data.events,
                missing=together.cases.missing,
            )
        )
        if test.p < 0.05:
            warnings.append(f"{where}: the adjusted model's hazards are not proportional (global p {show_p(test.p)}).")
    title = f"Cox model of {endpoint.name.lower()}, {population.name}"
    return (
        _table(population, endpoint, title, alone, adjusted),
        _figure(population, endpoint, title, adjusted),
        [*alone, *adjusted],
    )


def _check(study: Study, where: str, events: int, terms: int, warnings: list[str]) -> None:
    if events < _EVENTS_PER_VARIABLE * terms:
        warnings.append(
            f"{where}: {events} events for {terms} terms is fewer than {_EVENTS_PER_VARIABLE} a term; estimates are unstable."
        )


def _table(
    population: Population, endpoint: Endpoint, title: str, alone: list[Number], adjusted: list[Number]
) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for first, second in zip(alone, adjusted, strict=False):
        rows.append(
            (
                second.term,
                show_interval(first.value, first.low, first.high),
                show_p(first.p),
                show_interval(second.value, second.low, second.high),
                show_p(second.p),
            )
        )
    last = adjusted[0]
    notes = (f"n {last.n}, events {last.events}; {last.missing}; ties {last.ties or 'not fitted'}.",)
    columns = ("term", "HR alone (95 % CI)", "p", "HR adjusted (95 % CI)", "p")
    return Table(f"cox_{endpoint.key}_{population.name}", title, columns, tuple(rows), notes)


def _figure(population: Population, endpoint: Endpoint, title: str, adjusted: list[Number]) -> Figure:
    rows = [
        ForestRow(n.term, n.value, n.low, n.high, f"{show_interval(n.value, n.low, n.high)}; p {show_p(n.p)}")
        for n in adjusted
        if n.quantity.startswith("hazard")
    ]
    return Figure(f"cox_{endpoint.key}_{population.name}", title, forest(title, rows, "Adjusted hazard ratio"), "")


def _logistic(population: Population, columns: dict[str, Floats], warnings: list[str]) -> tuple[Table, list[Number]]:
    x = np.column_stack(list(columns.values()))
    rows = np.isfinite(x).all(axis=1)
    best = population.frame["best_response"].fillna("NE").to_numpy(str)
    event = np.isin(best, ("CR", "PR"))[rows]
    x, names = x[rows], list(columns)
    missing = complete_words(int((~rows).sum()), population.n) + "; NE and not recorded count as no response"
    title = f"Logistic model of objective response, {population.name}"
    if event.sum() in (0, len(event)) or len(event) <= len(names) + 1:
        return Table(f"logistic_{population.name}", title, ("term",), (("not fitted: no variation in response",),)), []
    alone = [_fit(event, x[:, [k]], [name]) for k, name in enumerate(names)]
    together = _fit(event, x, names)
    where = f"{population.name}, response"
    if together.method == "Firth":
        warnings.append(f"{where}: responders and others are separated; Firth's penalised likelihood is used.")
    few = min(int(event.sum()), int((~event).sum()))
    if few < _EVENTS_PER_VARIABLE * len(names):
        warnings.append(
            f"{where}: {few} patients in the smaller outcome for {len(names)} terms; estimates are unstable."
        )
    numbers: list[Number] = []
    cells: list[tuple[Cell, ...]] = []
    for k, name in enumerate(names):
        first = _odds(population, alone[k], 1, name, "odds ratio, alone on the same patients", missing)
        second = _odds(population, together, k + 1, name, "odds ratio, adjusted", missing)
        numbers += [first, second]
        cells.append(
            (
                name,
                show_interval(first.value, first.low, first.high),
                show_p(first.p),
                show_interval(second.value, second.low, second.high),
                show_p(second.p),
            )
        )
    notes = (f"n {len(event)}, responders {int(event.sum())}; {missing}; {together.method}.",)
    return Table(
        f"logistic_{population.name}",
        title,
        ("term", "OR alone (95 % CI)", "p", "OR adjusted (95 % CI)", "p"),
        tuple(cells),
        notes,
    ), numbers


def _fit(event: np.ndarray, x: Floats, names: list[str]) -> LogisticFit:
    """Maximum likelihood, or Firth's where that has no answer."""
    fit = fit_logistic(event, x, names)
    return fit_firth(event, x, names) if fit.is_separated else fit


def _odds(population: Population, fit: LogisticFit, k: int, name: str, quantity: str, missing: str) -> Number:
    low, high = fit.interval()[k]
    test = "Wald test of the logistic coefficient" if fit.method != "Firth" else "penalised likelihood ratio (Firth)"
    value = float(fit.odds_ratio[k])
    return Number(
        section=NAME,
        population=population.name,
        endpoint=None,
        term=name,
        quantity=quantity,
        value=value,
        low=float(low),
        high=float(high),
        p=float(fit.p[k]),
        test=test,
        direction="above 1: more responses",
        n=fit.n,
        events=fit.events,
        missing=missing,
    )
