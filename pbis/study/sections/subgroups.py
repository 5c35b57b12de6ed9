"""Does the score work the same under another treatment, and at every site?"""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from pbis.study.data import Endpoint, Population, complete
from pbis.study.draw.forest import ForestRow, forest
from pbis.study.estimates import cox_model, hazard_ratios
from pbis.study.result import Cell, Figure, Number, Section, Table, show_interval, show_p
from pbis.study.sections.survival import HIGH
from pbis.study.stats.cox import fit_cox
from pbis.study.stats.survival import Floats
from pbis.study.stats.wald import WALD_Z
from pbis.study.study import Study

NAME = "subgroups"


def subgroups(study: Study) -> Section:
    """Hazard ratio by regimen and by cohort, with tests of interaction."""
    rows: list[tuple[Cell, ...]] = []
    numbers: list[Number] = []
    figures: list[Figure] = []
    splits = [("regimen", study.treated)] if study.comparison else []
    splits += [("cohort", study.main)] if study.others else []
    for column, population in splits:
        for endpoint in study.endpoints(population):
            figure, made = _split(study, population, column, endpoint, rows)
            figures.append(figure)
            numbers += made
    if not splits:
        return Section(
            NAME, "Treatment and site", "The data has one regimen and one cohort: there is nothing to compare."
        )
    lead = (
        "A score that is prognostic works under every treatment; one that is predictive works differently. The test of interaction answers, "
        "not the comparison of two p values. With few patients in a group it says little: read the interval of the ratio of hazard ratios."
    )
    columns = (
        "split",
        "endpoint",
        "ratio of hazard ratios (95 % CI)",
        "interaction p (likelihood ratio)",
        "Cochran Q p",
        "I²",
        "n / events",
    )
    return Section(
        NAME,
        "Treatment and site",
        lead,
        (Table("interaction", "Interaction with PBIS group", columns, tuple(rows)),),
        tuple(figures),
        tuple(numbers),
    )


def _split(
    study: Study, population: Population, column: str, endpoint: Endpoint, rows: list[tuple[Cell, ...]]
) -> tuple[Figure, list[Number]]:
    level = population.frame[column].astype(str).to_numpy()
    high = study.scored(population).high
    numbers: list[Number] = []
    forest_rows: list[ForestRow] = []
    for name in sorted(set(level)):
        part = population.where(level == name, f"{column} {name}")
        model = cox_model(part, endpoint, {HIGH: study.scored(part).high}, study.settings.methods.ties)
        number = hazard_ratios(NAME, part, endpoint, model)[0]
        numbers.append(number)
        words = f"{show_interval(number.value, number.low, number.high)}; n {number.n}"
        forest_rows.append(ForestRow(name, number.value, number.low, number.high, words))
    numbers += _interaction(study, population, column, endpoint, high, level, numbers, rows)
    title = f"PBIS high vs low by {column}: {endpoint.name.lower()}"
    figure = Figure(
        f"by_{column}_{endpoint.key}", title, forest(title, forest_rows, "Hazard ratio, PBIS high vs low"), ""
    )
    return figure, numbers


def _interaction(
    study: Study,
    population: Population,
    column: str,
    endpoint: Endpoint,
    high: Floats,
    level: np.ndarray,
    parts: list[Number],
    rows: list[tuple[Cell, ...]],
) -> list[Number]:
    """Likelihood ratio of the products of PBIS with the levels, both main effects in the model; baseline hazard per level."""
    cases = complete(population, endpoint, {HIGH: high})
    group, inside = cases.x[:, 0], level[cases.rows]
    levels = sorted(set(inside), key=lambda v: (-(inside == v).sum(), v))
    products = np.column_stack([group, *[group * (inside == v) for v in levels[1:]]])
    usable = all(np.ptp(products[inside == v, 0]) > 0 and cases.data.event[inside == v].any() for v in levels)
    heterogeneity = _cochran(parts)
    if not usable or len(levels) < 2:
        rows.append((column, endpoint.short, "not estimable", "–", "–", "–", f"{cases.data.n} / {cases.data.events}"))
        return []
    ties = study.settings.methods.ties
    full, plain = (fit_cox(cases.data, x, ties=ties, strata=inside) for x in (products, products[:, :1]))
    chisq = 2 * (full.loglik[1] - plain.loglik[1])
    p = float(chi2.sf(chisq, len(levels) - 1))
    base = {"ties": ties, "n": cases.data.n, "events": cases.data.events, "missing": cases.missing}
    place = {"section": NAME, "population": population.name, "endpoint": endpoint.key}
    numbers = []
    for k, name in enumerate(levels[1:], start=1):
        low, upper = full.interval()[k]
        numbers.append(
            Number(
                **place,
                term=f"{HIGH}, {name} over {levels[0]}",
                quantity="ratio of hazard ratios",
                value=float(full.hr[k]),
                low=float(low),
                high=float(upper),
                p=float(full.p[k]),
                test="Wald, stratified Cox model",
                direction="above 1: stronger in the first",
                **base,
            )
        )  # type: ignore[arg-type]
    numbers.append(
        Number(
            **place,
            term=f"{HIGH} by {column}",
            quantity="interaction chi-square",
            value=chisq,
            p=p,
            test=f"likelihood ratio, {len(levels) - 1} df, baseline hazard per {column}",
            **base,
        )
    )  # type: ignore[arg-type]
    q, q_p, i2 = heterogeneity
    numbers.append(
        Number(
            **place,
            term=f"{HIGH} by {column}",
            quantity="Cochran's Q",
            value=q,
            p=q_p,
            test=f"chi-square of inverse-variance weighted log hazard ratios; I2 {i2:.3f}",
            **base,
        )
    )  # type: ignore[arg-type]
    first = numbers[0]
    words = show_interval(first.value, first.low, first.high) if len(levels) == 2 else "several"
    split = f"{column}: {levels[1]} over {levels[0]}" if len(levels) == 2 else column
    rows.append(
        (
            split,
            endpoint.short,
            words,
            show_p(p),
            show_p(q_p),
            f"{100 * i2:.0f} %",
            f"{cases.data.n} / {cases.data.events}",
        )
    )
    return numbers


def _cochran(parts: list[Number]) -> tuple[float, float, float]:
    kept = [n for n in parts if n.value and n.low and n.high]
    if len(kept) < 2:
        return float("nan"), float("nan"), float("nan")
    log = np.log([n.value for n in kept])  # type: ignore[misc]
    se = np.array([np.log(n.high / n.low) / (2 * WALD_Z) for n in kept])  # type: ignore[operator]
    weight = 1 / se**2
    q = float((weight * (log - (weight * log).sum() / weight.sum()) ** 2).sum())
    df = len(kept) - 1
    return q, float(chi2.sf(q, df)), max(0.0, (q - df) / q) if q > 0 else 0.0
