"""The score and survival: sensitivity to the score's own cut, curves, log-rank, restricted means, proportional hazards."""

from __future__ import annotations

import numpy as np

from pbis.study.data import Complete, Endpoint, Population, complete
from pbis.study.draw.survival_curves import KmGroup, km_figure
from pbis.study.estimates import cox_model, hazard_ratios
from pbis.study.points import contrast
from pbis.study.result import Cell, ChapterPart, Figure, Number, Section, StudyTable, show, show_interval, show_p
from pbis.study.stats.km import (
    CurveEstimate,
    interval_at,
    kaplan_meier,
    quantile,
    restricted_difference,
    restricted_mean,
)
from pbis.study.stats.logrank import logrank
from pbis.study.stats.survival import Survival
from pbis.study.stats.ties import whole_months
from pbis.study.stats.zph import check_proportional_hazards
from pbis.study.study import Study

NAME = "survival"
HIGH = "PBIS high vs low"


def score_survival(study: Study) -> Section:
    """Every set, every endpoint: HR from >= 1 to >= 4, curves of the groups, test of proportional hazards."""
    parts: dict[str, ChapterPart] = {name: ChapterPart() for name in ("sensitivity", "groups", "zph", "rmst")}
    numbers: list[Number] = []
    for population in (*study.populations, *([study.comparison] if study.comparison else [])):
        for endpoint in study.endpoints(population):
            study.tell(f"survival: {population.name}, {endpoint.short}")
            made = _all(study, population, endpoint)
            parts = {name: parts[name] + made.get(name, ChapterPart()) for name in parts}
            numbers += [n for part in made.values() for n in part.numbers]
    tables = _tables({name: part.rows for name, part in parts.items()})
    figures, warnings = parts["groups"].figures, parts["zph"].warnings
    return Section(NAME, "Score and survival", _lead(study), tables, figures, tuple(numbers), warnings)


def _all(study: Study, population: Population, endpoint: Endpoint) -> dict[str, ChapterPart]:
    """The parts of one set and endpoint by the table that they belong to; only the first where there are no two groups."""
    first = {"sensitivity": _sensitivity(study, population, endpoint)}
    cases = complete(population, endpoint, {HIGH: study.scored(population).high})
    if len(np.unique(cases.x)) != 2:
        return first
    return first | {
        "groups": _groups(study, population, endpoint, cases),
        "zph": _hazards(study, population, endpoint, cases),
        "rmst": _restricted(population, endpoint, cases),
    }


def _lead(study: Study) -> str:
    return (
        f"High is a score of {study.settings.score.high_at} or more. Patients whose group is indeterminate are left out here and taken up under "
        "Certainty. Medians follow R's convention (the middle of the flat piece where the curve is exactly one half)."
    )


def _tables(rows: dict[str, tuple[tuple[Cell, ...], ...]]) -> tuple[StudyTable, ...]:
    return (
        StudyTable(
            "score_sensitivity",
            "Score at or above each value",
            ("set", "endpoint", "contrast", "HR (95 % CI)", "p", "at or above", "below", "n / events"),
            rows["sensitivity"],
        ),
        StudyTable(
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
            rows["groups"],
            ("Intervals on the log scale, as survfit's default.",),
        ),
        StudyTable(
            "restricted_mean",
            "Restricted mean survival",
            ("set", "endpoint", "to month", "low", "high", "difference (95 % CI)", "p"),
            rows["rmst"],
        ),
        StudyTable(
            "proportional_hazards",
            "Proportional hazards, score test of PBIS high vs low",
            ("set", "endpoint", "transform", "chi-square", "p"),
            rows["zph"],
            (
                "Equal to cox.zph of survival 3. A small p: the hazard ratio changes over time, and one number is an average.",
            ),
        ),
    )


def _sensitivity(study: Study, population: Population, endpoint: Endpoint) -> ChapterPart:
    scored = study.scored(population)
    found = ChapterPart()
    for cut in range(1, len(scored.names) + 1):
        term = contrast(cut)
        model = cox_model(population, endpoint, {term: scored.at_least(cut)}, study.settings.methods.ties)
        number = hazard_ratios(NAME, population, endpoint, model)[0]
        above = int(model.cases.x[:, 0].sum())
        words, size = show_interval(number.value, number.low, number.high), f"{number.n} / {number.events}"
        below = (number.n or 0) - above
        row = (population.name, endpoint.short, term, words, show_p(number.p), above, below, size)
        found += ChapterPart((row,), (number,))
    return found


def _split(cases: Complete) -> tuple[Survival, Survival]:
    high = cases.x[:, 0] == 1
    return cases.data.take(~high), cases.data.take(high)


def _groups(study: Study, population: Population, endpoint: Endpoint, cases: Complete) -> ChapterPart:
    test = logrank(cases.data, cases.x[:, 0])
    found = ChapterPart(
        numbers=_group_tests(population, endpoint, cases), figures=(_curves(study, population, endpoint, cases),)
    )
    for name, data in zip(("low", "high"), _split(cases), strict=True):
        curve = kaplan_meier(data)
        median, year = quantile(curve), interval_at(curve, 12.0)
        numbers = [
            Number(
                section=NAME,
                population=population.name,
                endpoint=endpoint.key,
                term=f"PBIS {name}",
                quantity=quantity,
                value=one.value,
                low=one.low,
                high=one.high,
                test="Kaplan-Meier, log interval",
                n=data.n,
                events=data.events,
                missing=cases.missing,
            )
            for quantity, one in (("median months", median), ("survival at 12 months", year))
        ]
        p = show_p(test.p) if name == "high" else ""
        row = (population.name, endpoint.short, name, data.n, data.events, _interval(median, 1), _percent(year), p)
        found += ChapterPart((row,), tuple(numbers))
    return found


def _group_tests(population: Population, endpoint: Endpoint, cases: Complete) -> tuple[Number, ...]:
    plain = logrank(cases.data, cases.x[:, 0])
    peto = logrank(cases.data, cases.x[:, 0], rho=1)
    return tuple(
        Number(
            section=NAME,
            population=population.name,
            endpoint=endpoint.key,
            term=HIGH,
            quantity=f"{name} chi-square",
            value=test.chisq,
            p=test.p,
            test=words,
            direction="high is worse" if plain.observed[1] > plain.expected[1] else "low is worse",
            n=cases.data.n,
            events=cases.data.events,
            missing=cases.missing,
        )
        for name, test, words in (("log-rank", plain, "log-rank, 1 df"), ("Peto-Peto", peto, "G-rho, rho = 1, 1 df"))
    )


def _interval(one: CurveEstimate, digits: int) -> str:
    if np.isnan(one.value):
        return "not reached" + (f" ({show(one.low, digits)} to –)" if np.isfinite(one.low) else "")
    return show_interval(one.value, one.low, one.high, digits)


def _percent(one: CurveEstimate) -> str:
    words = f"{100 * one.value:.0f} %" if np.isfinite(one.value) else "–"
    return f"{words} ({100 * one.low:.0f} to {100 * one.high:.0f})" if np.isfinite([one.low, one.high]).all() else words


def _curves(study: Study, population: Population, endpoint: Endpoint, cases: Complete) -> Figure:
    groups = []
    for name, data in zip(("PBIS low", "PBIS high"), _split(cases), strict=True):
        curve = kaplan_meier(data)
        groups.append(KmGroup(name, data, curve, _interval(quantile(curve), 1)))
    test = logrank(cases.data, cases.x[:, 0])
    title = f"{endpoint.name} by PBIS group, {population.name}"
    model = cox_model(population, endpoint, {HIGH: study.scored(population).high}, study.settings.methods.ties)
    ratio = hazard_ratios(NAME, population, endpoint, model)[0]
    said = f"HR {show_interval(ratio.value, ratio.low, ratio.high)}; log-rank p {show_p(test.p)}"
    svg = km_figure(title, endpoint.name, groups, f"{said}; n {cases.data.n}, events {cases.data.events}")
    caption = f"{cases.missing}. HR: high against low, Cox. Bands: 95 %, log scale; ticks: censored."
    return Figure(f"km_{endpoint.key}_{population.name}", title, svg, caption, is_small=True)


def _hazards(study: Study, population: Population, endpoint: Endpoint, cases: Complete) -> ChapterPart:
    model = cox_model(population, endpoint, {HIGH: study.scored(population).high}, study.settings.methods.ties)
    if not model.is_usable or model.fit is None:
        return ChapterPart()
    found = ChapterPart()
    for transform in ("km", "rank", "identity"):
        test = check_proportional_hazards(cases.data, cases.x, model.fit, transform).tests[0]
        number = Number(
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
        where = f"{population.name}, {endpoint.short}"
        words = f"{where}: hazards are not proportional (p {show_p(test.p)}); see restricted means."
        row = (population.name, endpoint.short, transform, show(test.chisq), show_p(test.p))
        found += ChapterPart((row,), (number,), warnings=(words,) if transform == "km" and test.p < 0.05 else ())
    return found


def _restricted(population: Population, endpoint: Endpoint, cases: Complete) -> ChapterPart:
    low, high = _split(cases)
    longest = float(min(low.time.max(), high.time.max()))
    horizon = whole_months(min(longest, 24.0))
    if horizon < 1:
        return ChapterPart()
    found = restricted_difference(restricted_mean(low, horizon), restricted_mean(high, horizon))
    means, words = (show(found.first, 1), show(found.second, 1)), show_interval(found.value, found.low, found.high, 1)
    number = Number(
        section=NAME,
        population=population.name,
        endpoint=endpoint.key,
        term=HIGH,
        quantity=f"restricted mean difference to {horizon:g} months",
        value=found.value,
        low=found.low,
        high=found.high,
        p=found.p,
        test="z test of restricted means",
        direction="negative: high lives shorter",
        n=cases.data.n,
        events=cases.data.events,
        missing=cases.missing,
    )
    return ChapterPart(((population.name, endpoint.short, f"{horizon:g}", *means, words, show_p(found.p)),), (number,))
