"""Propensity matching: who is comparable with whom, whether it worked, and what is left of the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pbis.study.data import Endpoint, Population, complete_words, label, outcome_known
from pbis.study.draw.charts import dot_plot
from pbis.study.estimates import cox_model, hazard_ratios
from pbis.study.result import ChapterPart, Figure, Number, Section, StudyTable, show, show_interval, show_p
from pbis.study.sections.models import adjusting_columns
from pbis.study.sections.response import odds_ratios
from pbis.study.sections.survival import HIGH
from pbis.study.stats.balance import pooled_sd, smd_continuous
from pbis.study.stats.contingency import two_by_two
from pbis.study.stats.logrank import logrank
from pbis.study.stats.matching import MatchedPairs, match_nearest
from pbis.study.stats.survival import Bools, Floats, survival
from pbis.study.study import Study

NAME = "matching"


def matched(study: Study) -> Section:
    """Match PBIS high to low in the largest set; pairs, balance before and after, matched survival and response."""
    population = study.populations[-1]
    columns = adjusting_columns(study, population)
    if study.settings.matching.covariates:
        from pbis.study.data import coded, covariates

        columns = coded(population.frame, covariates(population.frame, study.settings.matching.covariates))
    high = study.scored(population).high
    rows = np.flatnonzero(np.isfinite(np.column_stack([high, *columns.values()])).all(axis=1))
    if not columns or len(rows) < 10:
        return Section(NAME, "Propensity matching", "Not done: the data has no covariates to match on.")
    x = np.column_stack([value[rows] for value in columns.values()])
    chosen = study.settings.matching
    found = match_nearest(high[rows] == 1, x, list(columns), chosen.caliper_sd, chosen.scale, chosen.order)
    missing = complete_words(population.n - len(rows), population.n)
    base = Population(population.name, population.frame.iloc[rows].reset_index(drop=True))
    balance, figure, numbers = _balance(base, found, x, list(columns), high[rows] == 1, missing)
    pair_table = _pairs(base, found)
    effects, more = _effects(study, base, found, high[rows], missing)
    if worse := worse_words(numbers):
        effects = replace(effects, is_muted=True, notes=(worse, *effects.notes))
        balance = replace(balance, is_muted=True, notes=(worse, *balance.notes))
        figure = replace(figure, is_muted=True, caption=f"{worse} {figure.caption}")
    return Section(
        NAME,
        "Propensity matching",
        _lead(base, found, high[rows]),
        (effects, balance, pair_table),
        (figure,),
        (*numbers, *more),
        _warnings(numbers),
    )


def _lead(base: Population, found: MatchedPairs, high: Floats) -> str:
    return (
        f"{base.name}: {int((high == 1).sum())} high and {int((high == 0).sum())} low. Propensity of being high by logistic regression; "
        f"1:1 nearest neighbour without replacement, on the {found.scale} scale, caliper {found.caliper_sd:g} SD of it over all "
        f"patients (= {found.width:.4g}), high patients choose in the order: {found.order} propensity first. {found.pairs} pairs. "
        "Matching balances only what is listed."
    )


def _warnings(numbers: list[Number]) -> tuple[str, ...]:
    """A matched sample that is still unlike on something that was to be balanced."""
    after = [n for n in numbers if n.quantity.endswith("after") and n.value is not None and abs(n.value) > 0.1]
    return tuple(f"{n.term}: SMD {show(n.value)} after matching; the pairs are not balanced on it." for n in after)


def worse_words(numbers: Sequence[Number]) -> str:
    """That matching made the groups less alike, where on the mean of all covariates it did; which they are. Empty where it did not."""
    by_term: dict[str, dict[str, float]] = {}
    for n in numbers:
        if n.value is not None and np.isfinite(n.value) and n.term != "propensity":
            by_term.setdefault(n.term, {})[n.quantity.rpartition(", ")[2]] = abs(n.value)
    pairs = {term: (own["before"], own["after"]) for term, own in by_term.items() if len(own) == 2}
    if not pairs or sum(after for _, after in pairs.values()) <= sum(before for before, _ in pairs.values()):
        return ""
    named = [
        f"{term} ({show(before)} before, {show(after)} after)"
        for term, (before, after) in pairs.items()
        if after > before
    ]
    return (
        f"Matching made the groups less alike, not more: on {len(named)} of {len(pairs)} covariates the difference grew: {', '.join(named)}. "
        "What follows from these pairs is shown grey and proves nothing."
    )


def _pairs(base: Population, found: MatchedPairs) -> StudyTable:
    subject = base.frame["subject_id"].astype(str).to_numpy()
    rows = tuple(
        (k + 1, subject[t], subject[c], f"{found.propensity[t]:.4f}", f"{found.propensity[c]:.4f}", f"{d:.4f}")
        for k, (t, c, d) in enumerate(zip(found.treated, found.control, found.distance, strict=True))
    )
    return StudyTable(
        "matched_pairs", "Matched pairs", ("pair", "high", "low", "propensity high", "propensity low", "distance"), rows
    )


def _balance(
    base: Population, found: MatchedPairs, x: Floats, names: list[str], high: Bools, missing: str
) -> tuple[StudyTable, Figure, list[Number]]:
    values = {"propensity": found.propensity, **dict(zip(names, x.T, strict=True))}
    rows = [(name, smd_continuous(value, high), _after(found, value, high)) for name, value in values.items()]
    numbers = [
        Number(
            section=NAME,
            population=base.name,
            endpoint=None,
            term=name,
            quantity=f"standardized mean difference, {when}",
            value=value,
            test="none",
            direction="high minus low",
            n=size,
            missing=missing,
            note="SD of the unmatched groups, root mean of both variances",
        )
        for name, before, after in rows
        for when, value, size in (("before", before, len(high)), ("after", after, 2 * found.pairs))
    ]
    title = "Balance before and after matching"
    named = [(label(name), before, after) for name, before, after in rows]
    drawn = dot_plot(title, named, "Absolute standardized mean difference", 0.1, ("before", "after"))
    figure = Figure("love_plot", title, drawn, "Broken line: 0.1, the usual limit.")
    cells = tuple((n, show(b, 3), show(a, 3)) for n, b, a in named)
    return StudyTable("balance", title, ("covariate", "SMD before", "SMD after"), cells), figure, numbers


def _after(found: MatchedPairs, value: Floats, high: Bools) -> float:
    """The difference within the pairs, by the yardstick of everybody."""
    if found.pairs < 2:
        return float("nan")
    inside = np.zeros(len(high), bool)
    inside[found.rows] = True
    return smd_continuous(np.where(inside, value, np.nan), high, pooled_sd(value, high))


def _effects(
    study: Study, base: Population, found: MatchedPairs, high: Floats, missing: str
) -> tuple[StudyTable, list[Number]]:
    pairs = Population(f"{base.name}, matched", base.frame.iloc[found.rows].reset_index(drop=True))
    is_high = high[found.rows]
    parts = sum(
        (_survival(study, pairs, endpoint, is_high, missing) for endpoint in study.endpoints(pairs)), ChapterPart()
    )
    if "best_response" in pairs.frame and found.pairs:
        parts += _response(pairs, is_high, missing)
    columns = ("outcome", "effect of PBIS high (95 % CI)", "p", "log-rank p", "log-rank p within pairs", "n / events")
    notes = ("HR for survival, odds ratio with Fisher's p for response.",)
    table = StudyTable("matched_effects", f"Outcomes of the {found.pairs} pairs", columns, parts.rows, notes)
    return table, list(parts.numbers)


def _survival(study: Study, pairs: Population, endpoint: Endpoint, is_high: Floats, missing: str) -> ChapterPart:
    """Hazard ratio and log-rank tests; rows of `pairs` are the high ones and then, in the same order, the low ones."""
    model = cox_model(pairs, endpoint, {HIGH: is_high}, study.settings.methods.ties)
    number = hazard_ratios(NAME, pairs, endpoint, model)[0]
    known = outcome_known(pairs, endpoint)
    pair = np.tile(np.arange(pairs.n // 2), 2)[known]
    data = survival(pairs.column(f"{endpoint.key}_months")[known], pairs.column(f"{endpoint.key}_event")[known] > 0)
    plain, within = logrank(data, is_high[known]), logrank(data, is_high[known], strata=pair)
    tests = [
        Number(
            section=NAME,
            population=pairs.name,
            endpoint=endpoint.key,
            term=HIGH,
            quantity="log-rank chi-square",
            value=test.chisq,
            p=test.p,
            test=words,
            direction="high is worse" if test.observed[1] > test.expected[1] else "low is worse",
            n=data.n,
            events=data.events,
            missing=missing,
        )
        for test, words in ((plain, "log-rank, 1 df"), (within, "log-rank stratified by pair, 1 df"))
    ]
    effect, size = show_interval(number.value, number.low, number.high), f"{data.n} / {data.events}"
    row = (endpoint.name, effect, show_p(number.p), show_p(plain.p), show_p(within.p), size)
    return ChapterPart((row,), (number, *tests))


def _response(pairs: Population, is_high: Floats, missing: str) -> ChapterPart:
    best = np.isin(pairs.frame["best_response"].fillna("NE").to_numpy(str), ("CR", "PR"))
    counts = [(int((best & (is_high == g)).sum()), int((~best & (is_high == g)).sum())) for g in (1, 0)]
    found = two_by_two(counts[0], counts[1])
    effect = show_interval(found.sample_or, found.sample_low, found.sample_high)
    row = ("Objective response", effect, show_p(found.p["fisher"]), "", "", f"{len(best)} / {int(best.sum())}")
    numbers = odds_ratios(NAME, pairs, "objective response, PBIS high vs low", found, missing)
    return ChapterPart((row,), tuple(numbers))
