"""A claim beside the data at hand: our own estimate, and whether the printed one lies inside its interval."""

from __future__ import annotations

from pbis.study.claims.load import Claim, FromData
from pbis.study.data import ENDPOINTS, Population
from pbis.study.estimates import cox_model, hazard_ratios
from pbis.study.result import Number, show_interval, show_p
from pbis.study.sections.compared_response import response_effect
from pbis.study.sections.contenders import contenders
from pbis.study.sections.models import adjusting_columns
from pbis.study.sections.response import response_counts
from pbis.study.stats.contingency import two_by_two
from pbis.study.stats.survival import Floats
from pbis.study.study import Study


def on_data(study: Study, claim: Claim) -> str | None:
    """What the study's data gives for the claim's quantity; None where it has no such set or score."""
    if claim.data is None:
        return None
    wanted = claim.data
    population = next((p for p in study.populations if p.name == wanted.population), None)
    if population is None:
        return None
    if wanted.outcome == "response" and wanted.model == "crude":
        counts = response_counts(population, study.scored(population).high)
        return None if counts is None else _odds(*counts)
    chosen = next((c for c in contenders(study, population) if c.name == wanted.score), None)
    if chosen is None or claim.hr is None:
        return None
    number = _effect(study, population, wanted, chosen.high)
    if number is None or number.value is None or number.low is None or number.high is None:
        return f"this data gives no {wanted.model} estimate"
    inside = "inside" if number.low <= float(claim.hr) <= number.high else "outside"
    words = show_interval(number.value, number.low, number.high)
    return f"this data, {wanted.model}: {words}, p {show_p(number.p)}; the printed {claim.hr} lies {inside}"


def _effect(study: Study, population: Population, wanted: FromData, high: Floats) -> Number | None:
    """The same quantity as the claim's: an adjusted one by the model that adjusts every score for the same covariates."""
    columns = adjusting_columns(study, population) if wanted.model == "adjusted" else {}
    if wanted.model == "adjusted" and not columns:
        return None
    if wanted.outcome == "response":
        return response_effect(population, wanted.score, high, columns)
    endpoint = next(e for e in ENDPOINTS if e.key == wanted.outcome)
    model = cox_model(population, endpoint, {wanted.score: high} | columns, study.settings.methods.ties)
    return hazard_ratios("claims", population, endpoint, model)[0]


def _odds(high: tuple[int, int], low: tuple[int, int]) -> str:
    found = two_by_two(high, low)
    shares = f"{high[0]} of {sum(high)} high, {low[0]} of {sum(low)} low"
    return f"this data: {shares}, Fisher p {show_p(found.p['fisher'])}, Pearson p {show_p(found.p['pearson'])}"
