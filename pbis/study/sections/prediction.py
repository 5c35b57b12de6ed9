"""Is the predicted risk right, and would acting on it help? Calibration and decision curve of the PBIS sum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.study.data import OS, Complete, Population, complete
from pbis.study.draw.charts import Series, line_chart
from pbis.study.draw.forest import ForestRow, forest
from pbis.study.result import Cell, Figure, Number, Section, StudyTable, show
from pbis.study.sections.contenders import PBIS, contenders
from pbis.study.stats.cox import baseline_hazard, fit_cox
from pbis.study.stats.prediction import calibrate, calibration_slope, net_benefit
from pbis.study.stats.survival import Floats
from pbis.study.study import Study

NAME = "prediction"
_THRESHOLDS = np.linspace(0.05, 0.8, 31)
_LEAD = (
    "A Cox model of the PBIS sum, fitted in the derivation cohort, predicts each patient's risk of death. Calibration compares the prediction with "
    "what was observed, where it was made (apparent) and elsewhere (external); the decision curve asks from which risk acting on it would pay."
)


def prediction(study: Study) -> Section:
    """Calibration in every cohort, its slope, and the decision curve."""
    made = (_calibration(study), _decisions(study))
    tables, figures = tuple(m.table for m in made), tuple(m.figure for m in made)
    return Section(NAME, "Calibration and decision", _LEAD, tables, figures, tuple(n for m in made for n in m.numbers))


@dataclass(frozen=True)
class _Made:
    table: StudyTable
    figure: Figure
    numbers: list[Number]


@dataclass(frozen=True)
class _Predicted:
    population: Population
    cases: Complete
    risk: Floats
    lp: Floats


def _predict(study: Study, score: str) -> list[_Predicted]:
    """Risk of death by the prediction month from a Cox model of one score, fitted in the derivation cohort."""
    month = study.settings.methods.prediction_month
    home = complete(study.derivation, OS, {score: _score(study, study.derivation, score)})
    fit = fit_cox(home.data, home.x, (score,), study.settings.methods.ties)
    hazard = baseline_hazard(home.data, fit.linear_predictor).at(month)
    found = []
    for population in (study.derivation, *study.others):
        cases = complete(population, OS, {score: _score(study, population, score)})
        lp = (cases.x[:, 0] - home.x[:, 0].mean()) * fit.coef[0]
        found.append(_Predicted(population, cases, 1 - np.exp(-hazard * np.exp(lp)), lp))
    return found


def _score(study: Study, population: Population, name: str) -> Floats:
    return next((c.score for c in contenders(study, population) if c.name == name), np.full(population.n, np.nan))


def _calibration(study: Study) -> _Made:
    month = study.settings.methods.prediction_month
    rows: list[tuple[Cell, ...]] = []
    numbers: list[Number] = []
    forest_rows: list[ForestRow] = []
    for one in _predict(study, PBIS):
        forest_rows.append(ForestRow(one.population.name))
        for k, group in enumerate(calibrate(one.cases.data, one.risk, month, 5)):
            words = f"{100 * group.observed:.0f} % ({100 * group.low:.0f} to {100 * group.high:.0f})"
            words = words if group.high > group.low else f"{100 * group.observed:.0f} %"
            rows.append((one.population.name, f"group {k + 1}", group.n, f"{100 * group.predicted:.0f} %", words))
            forest_rows.append(
                ForestRow(
                    f"  predicted {100 * group.predicted:.0f} %, n {group.n}",
                    group.observed,
                    group.low,
                    group.high,
                    f"observed {words}",
                    group.predicted,
                )
            )
        numbers += _slope(study, one)
    title = f"Calibration at {month:g} months: risk of death by PBIS"
    columns = ("set", "group by predicted risk", "n", "predicted", "observed (95 % CI)")
    notes = (
        "Model of the sum, fitted in the derivation cohort; there it is apparent, elsewhere external. Observed: 1 − Kaplan-Meier, log-log interval.",
    )
    figure = Figure(
        "calibration",
        title,
        forest(title, forest_rows, "Observed risk of death", 0.0, is_log=False),
        "Bars: the predicted risk of the row. A calibrated model's squares lie on them.",
    )
    return _Made(StudyTable("calibration", title, columns, tuple(rows), notes), figure, numbers)


def _slope(study: Study, one: _Predicted) -> list[Number]:
    slope = calibration_slope(one.cases.data, one.lp, study.settings.methods.ties)
    if slope is None:
        return []
    return [
        Number(
            section=NAME,
            population=one.population.name,
            endpoint="os",
            term="PBIS model of the derivation cohort",
            quantity="calibration slope",
            value=slope.value,
            low=slope.low,
            high=slope.high,
            p=slope.p,
            test="Cox coefficient of the linear predictor, Wald",
            ties=slope.ties,
            direction="below 1: predictions too extreme",
            n=one.cases.data.n,
            events=one.cases.data.events,
            missing=one.cases.missing,
        )
    ]


def _decisions(study: Study) -> _Made:
    month = study.settings.methods.prediction_month
    names = [PBIS] + [c.name for c in contenders(study, study.derivation) if c.name.startswith("CRAFITY")]
    found = [_decision(study, name) for name in names]
    lines = [line for one, _ in found for line in one]
    title = f"Decision curve: death within {month:g} months, {study.derivation.name}"
    top = max(float(np.nanmax(s.y)) for s in lines)
    chart = line_chart(title, lines, ("Risk at which one would act", "Net benefit"), (-0.05, max(top * 1.1, 0.05)))
    rows = tuple(
        (f"{t:.2f}", *[show(float(s.y[k]), 3) for s in lines]) for k, t in enumerate(_THRESHOLDS) if k % 5 == 0
    )
    notes = ("Apparent: the models are fitted and judged in the same patients.",)
    table = StudyTable("decision_curve", title, ("threshold", *[s.name for s in lines]), rows, notes)
    words = "Higher is better; a model helps where it is above both broken lines."
    return _Made(table, Figure("decision_curve", title, chart, words), [n for _, made in found for n in made])


def _decision(study: Study, name: str) -> tuple[list[Series], list[Number]]:
    """Net benefit of acting on a score; with PBIS, of acting on everybody and on nobody."""
    month = study.settings.methods.prediction_month
    one = _predict(study, name)[0]
    data = one.cases.data
    benefit = net_benefit(data, one.risk, month, _THRESHOLDS)
    lines = [Series(name.split(",")[0], _THRESHOLDS, benefit)]
    if name == PBIS:
        everybody = net_benefit(data, np.ones(data.n), month, _THRESHOLDS)
        lines.append(Series("act on all", _THRESHOLDS, everybody, "5 3"))
        lines.append(Series("act on none", _THRESHOLDS, 0 * _THRESHOLDS, "2 3"))
    numbers = [
        Number(
            section=NAME,
            population=one.population.name,
            endpoint="os",
            term=f"{name}, threshold {t:.3g}",
            quantity="net benefit",
            value=float(b),
            test=f"decision curve at {month:g} months, Kaplan-Meier",
            n=data.n,
            events=data.events,
            missing=one.cases.missing,
        )
        for t, b in zip(_THRESHOLDS[::5], benefit[::5], strict=True)
    ]
    return lines, numbers
