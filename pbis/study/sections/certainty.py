"""How sure is a patient's group? Missing and censored components, and the assay's own error, carried into the result."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from pbis.study.data import Endpoint, Population, complete
from pbis.study.draw.charts import risk_bars
from pbis.study.draw.forest import ForestRow, forest
from pbis.study.estimates import cox_model, hazard_ratios
from pbis.study.result import Cell, Figure, Number, Section, StudyTable, show_interval, show_p
from pbis.study.sections.draws import CERTAIN, Draws, draw_groups
from pbis.study.sections.survival import HIGH
from pbis.study.stats.survival import Floats
from pbis.study.stats.undecided import extreme_groups, pooled_hazard_ratio, turned_share
from pbis.study.study import Study

NAME = "certainty"


def certainty(study: Study) -> Section:
    """Complete case, all high, all low, extreme bounds, interval-aware draws; chance of being high, patient by patient."""
    rows: list[tuple[Cell, ...]] = []
    numbers: list[Number] = []
    figures: list[Figure] = []
    for population in study.populations:
        study.tell(f"certainty: {population.name}")
        draws = draw_groups(study, population)
        for endpoint in study.endpoints(population):
            made = _ways(study, population, endpoint, draws)
            numbers += made
            rows += [
                (population.name, endpoint.short, n.note or "", show_interval(n.value, n.low, n.high), show_p(n.p), n.n)
                for n in made
            ]
            figures.append(_figure(population, endpoint, made))
        figures.append(_chances(population, draws))
        numbers += _shares(population, draws)
    columns = ("set", "endpoint", "how missing and censored components are handled", "HR (95 % CI)", "p", "n")
    table = StudyTable("certainty", "PBIS high vs low under every reading of what is not known", columns, tuple(rows))
    return Section(
        NAME, "Certainty of the groups", _LEAD, (table, _share_table(numbers)), tuple(figures), tuple(numbers)
    )


_LEAD = (
    "A value below the assay's limit may or may not earn its point; a missing one may be anything. Complete case leaves such patients out. "
    "The bounds give every undecided patient the group that pulls the hazard ratio furthest down or up. Interval-aware draws complete each "
    "patient many times: a censored value from the part of a lognormal distribution (fitted to the cohort with the censoring) that its limit "
    "leaves, a missing one from all of it, a measured one from its own confidence interval; the fits are pooled by Rubin's rules."
)


def _ways(study: Study, population: Population, endpoint: Endpoint, draws: Draws) -> list[Number]:
    high = draws.scored.high
    unknown = np.isnan(high)
    found = [_fixed(study, population, endpoint, high, "complete case: undecided patients left out")]
    if unknown.any():
        found.append(
            _fixed(
                study,
                population,
                endpoint,
                np.where(unknown, 1.0, high),
                f"all {unknown.sum()} undecided patients high",
            )
        )
        found.append(
            _fixed(
                study, population, endpoint, np.where(unknown, 0.0, high), f"all {unknown.sum()} undecided patients low"
            )
        )
        for sign, words in ((-1, "smallest"), (1, "largest")):
            extreme = _extreme(study, population, endpoint, high, sign)
            found.append(
                _fixed(study, population, endpoint, extreme, f"undecided patients as makes the hazard ratio {words}")
            )
    found.append(
        _pooled(study, population, endpoint, draws.high, "interval-aware: censored, missing and measured values drawn")
    )
    if not unknown.all():
        certain = np.where(np.isnan(draws.measured), np.nan, draws.measured)
        found.append(
            _pooled(
                study, population, endpoint, certain, "assay error only: measured values drawn from their intervals"
            )
        )
    return [n for n in found if n is not None]


def _fixed(study: Study, population: Population, endpoint: Endpoint, high: Floats, words: str) -> Number | None:
    model = cox_model(population, endpoint, {HIGH: high}, study.settings.methods.ties)
    number = hazard_ratios(NAME, population, endpoint, model)[0]
    return replace(number, note=words, missing=f"{words}; {number.missing}")


def _extreme(study: Study, population: Population, endpoint: Endpoint, high: Floats, sign: int) -> Floats:
    """Groups of the whole population, nan for those without the endpoint."""
    known = complete(population, endpoint, {})
    full = np.full(population.n, np.nan)
    full[known.rows] = extreme_groups(known.data, high[known.rows], study.settings.methods.ties, sign)
    return full


def _pooled(study: Study, population: Population, endpoint: Endpoint, groups: Floats, words: str) -> Number | None:
    """Cox model of every draw, pooled; draws without an estimate are left out and counted."""
    known = complete(population, endpoint, {})
    ties = study.settings.methods.ties
    pooled = pooled_hazard_ratio(known.data, groups[:, known.rows], ties)
    if pooled is None:
        return None
    return Number(
        section=NAME,
        population=population.name,
        endpoint=endpoint.key,
        term=HIGH,
        quantity="hazard ratio",
        value=pooled.value,
        low=pooled.low,
        high=pooled.high,
        p=pooled.p,
        test=f"Wald test pooled over {pooled.draws} draws (Rubin), {100 * pooled.missing_share:.0f} % of the variance from what is not known",
        ties=ties,
        direction="higher is worse" if pooled.value > 1 else "higher is better",
        n=round(pooled.size),
        events=known.data.events,
        missing=words,
        note=words,
    )


def _figure(population: Population, endpoint: Endpoint, made: list[Number]) -> Figure:
    title = f"PBIS high vs low under every reading, {population.name}, {endpoint.name.lower()}"
    rows = [
        ForestRow(_short(n.note or ""), n.value, n.low, n.high, f"{show_interval(n.value, n.low, n.high)}; n {n.n}")
        for n in made
    ]
    return Figure(f"certainty_{endpoint.key}_{population.name}", title, forest(title, rows, "Hazard ratio"), "")


def _short(words: str) -> str:
    return (
        words.split(":")[0]
        .replace("undecided patients as makes the hazard ratio", "undecided: HR")
        .replace(" patients", "")
    )


def _chances(population: Population, draws: Draws) -> Figure:
    title = f"Chance of being PBIS high, patient by patient, {population.name}"
    chart = risk_bars(title, draws.chance, "Patients, sorted")
    caption = f"{int(draws.is_open.sum())} of {population.n} patients ({100 * draws.is_open.mean():.0f} %) have a group that is not certain."
    return Figure(f"chance_{population.name}", title, chart, caption)


def _shares(population: Population, draws: Draws) -> list[Number]:
    share = partial(
        Number,
        section=NAME,
        population=population.name,
        endpoint=None,
        n=population.n,
        test=f"{len(draws.high)} draws",
        missing="drawn, see the chapter",
    )
    decided = np.isfinite(draws.scored.high)
    fragile = turned_share(draws.measured, draws.scored.high, 1 - CERTAIN)
    return [
        share(term="patients", quantity="share indeterminate", value=float((~decided).mean())),
        share(
            term="patients",
            quantity="share whose group is not certain",
            value=float(draws.is_open.mean()),
            note="indeterminate, or between 5 and 95 % chance of being high",
        ),
        share(
            term="patients with a group",
            quantity="share that assay error alone turns in more than 5 % of draws",
            value=fragile,
        ),
    ]


def _share_table(numbers: list[Number]) -> StudyTable:
    rows = tuple(
        (n.population, n.quantity, f"{100 * n.value:.1f} %", n.n)
        for n in numbers
        if n.endpoint is None and n.value is not None
    )
    return StudyTable("certainty_shares", "Patients whose group is not certain", ("set", "share", "value", "n"), rows)
