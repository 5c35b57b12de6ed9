"""From fits to numbers: the few estimates that every chapter makes, each with its name, interval, p and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from pbis.study.data import Complete, Endpoint, Population, complete
from pbis.study.result import Number
from pbis.study.stats.cox import CoxFit, fit_cox
from pbis.study.stats.logistic import LogisticFit, fit_firth, fit_logistic
from pbis.study.stats.survival import Floats

NO_ESTIMATE = "no finite estimate: a group without events, or collinear covariates"


@dataclass(frozen=True)
class Model:
    """A fitted Cox model with the cases it rests on; fit is None where it could not be fitted."""

    cases: Complete
    fit: CoxFit | None
    ties: str

    @property
    def is_usable(self) -> bool:
        return self.fit is not None and self.fit.is_converged


def cox_model(population: Population, endpoint: Endpoint, columns: dict[str, Floats], ties: str) -> Model:
    """Fit on complete cases; no fit where nothing varies or nobody has the event."""
    cases = complete(population, endpoint, columns)
    if cases.data.events < 1 or cases.data.n < 4 or (np.ptp(cases.x, axis=0) == 0).any():
        return Model(cases, None, ties)
    return Model(cases, fit_cox(cases.data, cases.x, cases.names, ties), ties)


def hazard_ratios(
    section: str, population: Population, endpoint: Endpoint, model: Model, quantity: str = "hazard ratio"
) -> list[Number]:
    """One number a term: HR, Wald interval and p."""
    return [_hazard_ratio(section, population, endpoint, model, k, quantity) for k in range(len(model.cases.names))]


def _hazard_ratio(
    section: str, population: Population, endpoint: Endpoint, model: Model, k: int, quantity: str
) -> Number:
    cases, fit = model.cases, model.fit
    number = partial(
        Number,
        section=section,
        population=population.name,
        endpoint=endpoint.key,
        term=cases.names[k],
        quantity=quantity,
        test="Wald test of the Cox coefficient",
        n=cases.data.n,
        events=cases.data.events,
        missing=cases.missing,
    )
    if fit is None or not fit.is_converged:
        return number(value=None, ties=model.ties, note=NO_ESTIMATE)
    low, high = fit.interval()[k]
    value = float(fit.hr[k])
    return number(
        value=value,
        low=float(low),
        high=float(high),
        p=float(fit.p[k]),
        ties=fit.ties,
        direction="higher is worse" if value > 1 else "higher is better",
    )


def fit_response(event: np.ndarray, x: Floats, names: Sequence[str], only: int | None = None) -> LogisticFit:
    """Logistic model by maximum likelihood, or Firth's where that has no answer. event (n,), x (n, terms); only: as fit_firth's."""
    fit = fit_logistic(event, x, names)
    return fit_firth(event, x, names, only) if fit.is_separated else fit


def odds_ratio(
    section: str, population: Population, fit: LogisticFit, k: int, name: str, quantity: str, missing: str
) -> Number:
    """The odds ratio of term k (0 is the intercept), Wald interval and p, or Firth's where the data are separated."""
    low, high = fit.interval()[k]
    test = "Wald test of the logistic coefficient" if fit.method != "Firth" else "penalised likelihood ratio (Firth)"
    return Number(
        section=section,
        population=population.name,
        endpoint=None,
        term=name,
        quantity=quantity,
        value=float(fit.odds_ratio[k]),
        low=float(low),
        high=float(high),
        p=float(fit.p[k]),
        test=test,
        direction="above 1: more responses",
        n=fit.n,
        events=fit.events,
        missing=missing,
    )
