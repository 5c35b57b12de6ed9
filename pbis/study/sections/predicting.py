"""The Cox model of one score in the derivation cohort, as a program elsewhere would apply it, and what it predicts for whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.study.data import OS, Complete, Population, complete
from pbis.study.estimates import cox_model
from pbis.study.sections.contenders import contenders
from pbis.study.stats.cox import Baseline, baseline_hazard
from pbis.study.stats.survival import Floats, Survival
from pbis.study.study import Study


@dataclass(frozen=True)
class RiskModel:
    """Risk of death by month t: 1 - exp(-hazard(t) * exp(coef * (score - mean))); se of coef, home: the cases that made it.

    It says nothing of what comes behind the last month of their follow-up."""

    name: str
    coef: float
    se: float
    mean: float
    hazard: Baseline
    home: Complete

    def linear(self, score: Floats) -> Floats:
        return np.asarray((score - self.mean) * self.coef)

    def risk(self, score: Floats, month: float) -> Floats:
        """Risk of death by the month; nan behind the model's follow-up."""
        return np.asarray(1 - np.exp(-self.hazard.at(month) * np.exp(self.linear(score))))

    def seen(self, cases: Complete) -> Survival:
        """The cases followed as long as those that made the model."""
        return cases.data.until(self.hazard.until)

    def expected(self, cases: Complete) -> Floats:
        """Cumulative hazard of each patient at the end of what is `seen`: the events that the model expects."""
        seen = np.array([self.hazard.at(t) for t in self.seen(cases).time.tolist()])
        return np.asarray(seen * np.exp(self.linear(cases.x[:, 0])))


def risk_model(study: Study, name: str) -> RiskModel | None:
    """The model of one contender's score; None where the derivation cohort gives no estimate of it."""
    model = cox_model(
        study.derivation, OS, {name: score_of(study, study.derivation, name)}, study.settings.methods.ties
    )
    if not model.is_usable or model.fit is None:
        return None
    home = model.cases
    hazard = baseline_hazard(home.data, model.fit.linear_predictor)
    return RiskModel(name, float(model.fit.coef[0]), float(model.fit.se[0]), float(home.x[:, 0].mean()), hazard, home)


def score_of(study: Study, population: Population, name: str) -> Floats:
    """The graded score of a contender; nan everywhere where the data has none."""
    return next((c.score for c in contenders(study, population) if c.name == name), np.full(population.n, np.nan))


def cases_of(study: Study, population: Population, name: str) -> Complete:
    """Overall survival and the score of those who have both."""
    return complete(population, OS, {name: score_of(study, population, name)})
