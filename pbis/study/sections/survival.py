"""The score and survival: sensitivity to the score's own cut, curves, log-rank, restricted means, proportional hazards."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from pbis.study.data import Complete, Endpoint, Population, complete
from pbis.study.draw.survival_curves import KmGroup, km_figure
from pbis.study.estimates import cox_model, hazard_ratios
from pbis.study.result import Cell, Figure, Number, Section, Table, show, show_interval, show_p
from pbis.study.stats.km import Interval, interval_at, kaplan_meier, quantile, restricted_mean
from pbis.study.stats.logrank import logrank
from pbis.study.stats.survival import Survival
from pbis.study.stats.ties import whole_months
from pbis.study.stats.wald import WALD_Z
from pbis.study.stats.zph import check_proportional_hazards
from pbis.study.study import Study

NAME = "survival"
HIGH = "PBIS high vs low"


def score_survival(study: Study) -> Section:
    """Every set, every endpoint: HR from >= 1 to >= 4, curves of the groups, test of proportional hazards."""
    tables: dict[str, list[tuple[Cell, ...]]] = {"sensitivity": [], "groups": [], "zph": [], "rmst": []}
    figures: list[Figure] = []
    numbers: list[Number] = []
    warnings: list[str] = []
    for population in (*study.populations, *([study.comparison] if study.comparison else [])):
        for endpoint in study.endpoints(population):
            study.tell(f"survival: {population.name}, {endpoint.short}")
            made = _sensitivity(study, population, endpoint, tables["sensitivity"])
            cases = complete(population, endpoint, {HIGH: study.scored(population).high})
            if len(np.unique(cases.x)) == 2:
                made += _groups(population, endpoint, cases, tables["groups"])
                made += _hazards(study, population, endpoint, cases, tables["zph"], warnings)
                made += _restricted(population, endpoint, cases, tables["rmst"])
                figures.append(_curves(population, endpoint, cases))
            numbers += made
    return Section(NAME, "Score and survival", _LEAD, _tables(tables), tuple(figures), tuple(numbers), tuple(warnings))


_LEAD = (
    "High is a score of 2 or more. Patients whose group is indeterminate are left out here and taken up under Certainty. "
    "Medians follow R's convention (the middle of the flat piece where the curve is exactly one half)."
)


def _tables(rows: dict[str, list[tuple[Cell, ...]]]) -> tuple[Table, ...]:
    return (
        Table(
            "score_sensitivity",
            "Score at or above each value",
            ("set", "endpoint", "contrast", "HR (95 % CI)", "p", "at or above", "below", "n / events"),
            tuple(rows["sensitivity"]),
        ),
        Table(
            "groups",
            "Groups",
            (
                "set",
                "endpoint",
                "group",
                "n",
                "events",
                "median months (95 % CI)",
                "at 12 months (95 % CI)",
                "log-rank p",
            ),
            tuple(rows["groups"]),
            ("Intervals on the log scale, as survfit's default.",),
        ),
        Table(
            "restricted_mean",
            "Restricted mean survival",
            ("set", "endpoint", "to month", "low", "high", "difference (95 % CI)", "p"),
            tuple(rows["rmst"]),
        ),
        Table(
            "proportional_hazards",
            "Proportional hazards, score test of PBIS high vs low",
            ("set", "endpoint", "transform", "chi-square", "p"),
            tuple(rows["zph"]),
            (
                "Equal to cox.zph of survival 3. A small p: the hazard ratio changes over time, and one number is an average.",
            ),
        ),
    )


def _sensitivity(
    study: Study, population: Population, endpoint: Endpoint, rows: list[tuple[Cell, ...]]
) -> list[Number]:
    scored, numbers = study.scored(population), []
    for cut in range(1, len(scored.names) + 1):
        term = f"PBIS ≥ {cut} vs below"
        model = cox_model(population, endpoint, {term: scored.at_least(cut)}, study.settings.methods.ties)
        number = hazard_ratios(NAME, population, endpoint, model)[0]
        above = int(model.cases.x[:, 0].sum())
        numbers.append(number)
        words = show_interval(number.value, number.low, number.high)
        size = f"{number.n} / {number.events}"
        rows.append(
            (population.name, endpoint.short, term, words, show_p(number.p), above, (number.n or 0) - above, size)
        )
    return numbers


def _split(cases: Complete) -> tuple[Survival, Survival]:
    high = cases.x[:, 0] == 1
    return cases.data.take(~high), cases.data.take(high)


def _groups(population: Population, endpoint: Endpoint, cases: Complete, rows: list[tuple[Cell, ...]]) -> list[Number]:
    test = logrank(cases.data, cases.x[:, 0])
    peto = logrank(cases.data, cases.x[:, 0], rho=1)
    base = {"n": cases.data.n, "events": cases.data.events, "missing": cases.missing}
    place = {"section": NAME, "population": population.name, "endpoint": endpoint.key}
    worse = "high is worse" if test.observed[1] > test.expected[1] else "low is worse"
    numbers = [
        Number(
            **place,
            term=HIGH,
            quantity="log-rank chi-square",
            value=test.chisq,
            p=test.p,
            test="log-rank, 1 df",
            direction=worse,
            **base,
        ),  # type: ignore[arg-type]
        Number(
            **place,
            term=HIGH,
            quantity="Peto-Peto chi-square",
            value=peto.chisq,
            p=peto.p,
            test="G-rho, rho = 1, 1 df",
            direction=worse,
            **base,
        ),  # type: ignore[arg-type]
    ]
    for name, data in zip(("low", "high"), _split(cases), strict=True):
        curve = kaplan_meier(data)
        median, year = quantile(curve), interval_at(curve, 12.0)
        size = {"n": data.n, "events": data.events, "missing": cases.missing}
        for quantity, one in (("median months", median), ("survival at 12 months", year)):
            numbers.append(
                Number(
                    **place,
                    term=f"PBIS {name}",
                    quantity=quantity,
                    value=one.value,
                    low=one.low,
                    high=one.high,
                    test="Kaplan-Meier, log interval",
                    **size,
                )  # type: ignore[arg-type]
            )
        p = show_p(test.p) if name == "high" else ""
        rows.append(
            (population.name, endpoint.short, name, data.n, data.events, _interval(median, 1), _percent(year), p)
        )
    return numbers


def _interval(one: Interval, digits: int) -> str:
    if np.isnan(one.value):
        return "not reached" + (f" ({show(one.low, digits)} to –)" if np.isfinite(one.low) else "")
    return show_interval(one.value, one.low, one.high, digits)


def _percent(one: Interval) -> str:
    return f"{100 * one.value:.0f} % ({100 * one.low:.0f} to {100 * one.high:.0f})"


def _curves(population: Population, endpoint: Endpoint, cases: Complete) -> Figure:
    groups = []
    for name, data in zip(("PBIS low", "PBIS high"), _split(cases), strict=True):
        curve = kaplan_meier(data)
        groups.append(KmGroup(name, data, curve, _interval(quantile(curve), 1)))
    test = logrank(cases.data, cases.x[:, 0])
    title = f"{endpoint.name} by PBIS group, {population.name}"
    svg = km_figure(
        title, endpoint.name, groups, f"log-rank p {show_p(test.p)}; n {cases.data.n}, events {cases.data.events}"
    )
    return Figure(
        f"km_{endpoint.key}_{population.name}", title, svg, f"{cases.missing}. Bands: 95 %, log scale; ticks: censored."
    )


def _hazards(
    study: Study,
    population: Population,
    endpoint: Endpoint,
    cases: Complete,
    rows: list[tuple[Cell, ...]],
    warnings: list[str],
) -> list[Number]:
    model = cox_model(population, endpoint, {HIGH: study.scored(population).high}, study.settings.methods.ties)
    if not model.is_usable or model.fit is None:
        return []
    numbers = []
    for transform in ("km", "rank", "identity"):
        test = check_proportional_hazards(cases.data, cases.x, model.fit, transform).tests[0]
        rows.append((population.name, endpoint.short, transform, show(test.chisq), show_p(test.p)))
        numbers.append(
            Number(
                section=NAME,
                population=population.name,
                endpoint=endpoint.key,
                term=HIGH,
                quantity="proportional-hazards chi-square",
                value=test.chisq,
                p=test.p,
                test=f"score test, time as {transform}, 1 df",
                ties=model.fit.ties,
                n=cases.data.n,
                events=cases.data.events,
                missing=cases.missing,
            )
        )
        if transform == "km" and test.p < 0.05:
            warnings.append(
                f"{population.name}, {endpoint.short}: hazards are not proportional (p {show_p(test.p)}); see restricted means."
            )
    return numbers


def _restricted(
    population: Population, endpoint: Endpoint, cases: Complete, rows: list[tuple[Cell, ...]]
) -> list[Number]:
    low, high = _split(cases)
    longest = float(min(low.time.max(), high.time.max()))
    horizon = whole_months(min(longest, 24.0))
    if horizon < 1:
        return []
    first, second = restricted_mean(low, horizon), restricted_mean(high, horizon)
    difference, se = second.value - first.value, float(np.hypot(first.se, second.se))
    wide, p = WALD_Z * se, float(2 * norm.sf(abs(difference) / se)) if se else float("nan")
    words = show_interval(difference, difference - wide, difference + wide, 1)
    rows.append(
        (population.name, endpoint.short, f"{horizon:g}", show(first.value, 1), show(second.value, 1), words, show_p(p))
    )
    return [
        Number(
            section=NAME,
            population=population.name,
            endpoint=endpoint.key,
            term=HIGH,
            quantity=f"restricted mean difference to {horizon:g} months",
            value=difference,
            low=difference - wide,
            high=difference + wide,
            p=p,
            test="z test of restricted means",
            direction="negative: high lives shorter",
            n=cases.data.n,
            events=cases.data.events,
            missing=cases.missing,
        )
    ]
