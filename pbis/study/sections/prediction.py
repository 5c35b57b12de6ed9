"""Is the predicted risk right, and would acting on it help? The model's equation, calibration and decision curve of the PBIS sum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from pbis.core.words import plural
from pbis.study.data import Complete, Population
from pbis.study.draw.charts import Series, line_chart
from pbis.study.draw.forest import ForestRow, forest
from pbis.study.result import Cell, ChapterPart, Figure, Number, Section, StudyTable, show, show_interval
from pbis.study.sections.contenders import PBIS, contenders
from pbis.study.sections.predicting import RiskModel, cases_of, risk_model
from pbis.study.stats.prediction import (
    CalibrationGroup,
    calibrate,
    calibration_in_the_large,
    calibration_slope,
    net_benefit,
)
from pbis.study.stats.survival import Survival
from pbis.study.stats.wald import wald_interval
from pbis.study.study import Study

NAME = "prediction"
_TITLE = "Calibration and decision"
_THRESHOLDS = np.linspace(0.05, 0.8, 31)
_TERM = "PBIS model of the derivation cohort"
_LEAD = (
    "A Cox model of the PBIS sum, fitted in the derivation cohort, predicts each patient's risk of death. Calibration compares the prediction with "
    "what was observed in other cohorts; in the cohort that made the model it is right by construction, and therefore left blank. The decision "
    "curve asks from which risk acting on it would pay."
)


def prediction(study: Study) -> Section:
    """The model's equation, calibration in every other cohort, in the large and its slope, and the decision curve."""
    model = risk_model(study, PBIS)
    if model is None:
        words = f"Not done: {study.derivation.name} gives no model of the PBIS sum (no patient with the whole score, or no estimate)."
        return Section(NAME, _TITLE, words)
    equation, numbers = _equation(study, model)
    calibration, figure, of_calibration = _calibration(study, model)
    decision, curve, of_decisions = _decisions(study, model)
    made = (*numbers, *of_calibration, *of_decisions)
    return Section(NAME, _TITLE, _LEAD, (equation, calibration, decision), (figure, curve), made)


def _number(population: Population, cases: Complete) -> Callable[..., Number]:
    return partial(
        Number,
        section=NAME,
        population=population.name,
        endpoint="os",
        term=_TERM,
        n=cases.data.n,
        events=cases.data.events,
        missing=cases.missing,
    )


def _equation(study: Study, model: RiskModel) -> tuple[StudyTable, list[Number]]:
    """What somebody else needs to predict with the model."""
    number = _number(study.derivation, model.home)
    low, high = wald_interval(model.coef, model.se)
    test = "Cox coefficient, Wald interval"
    numbers = [
        number(
            quantity="log hazard ratio a point",
            value=model.coef,
            low=low,
            high=high,
            test=test,
            ties=study.settings.methods.ties,
        ),
        number(quantity="mean score, at which the baseline is", value=model.mean, test="mean"),
    ]
    for month in sorted({*study.settings.methods.horizons_months, study.settings.methods.prediction_month}):
        value = float(np.exp(-model.hazard.at(month)))
        numbers.append(
            number(quantity=f"baseline survival at {month:g} months", value=value, test="Breslow's cumulative hazard")
        )
    rows = tuple((n.quantity, show(n.value, 6)) for n in numbers)
    words = (
        f"Risk of death by month t = 1 - S(t) ^ exp({model.coef:.6f} x (PBIS - {model.mean:.6f})), S(t): the baseline survival. "
        f"n {model.home.data.n}, events {model.home.data.events}; {model.home.missing}."
    )
    return StudyTable(
        "equation", f"The model's equation, {study.derivation.name}", ("part", "value"), rows, (words,)
    ), numbers


def _calibration(study: Study, model: RiskModel) -> tuple[StudyTable, Figure, list[Number]]:
    month = study.settings.methods.prediction_month
    made: tuple[Cell, ...] = (study.derivation.name, "made the model", model.home.data.n, "–", "–")
    found = ChapterPart(rows=(made,))
    forest_rows: list[ForestRow] = []
    for population in study.others:
        part, rows = _calibrated(study, model, population)
        found, forest_rows = found + part, forest_rows + rows
    title = f"Calibration at {month:g} months: risk of death by PBIS"
    columns = ("set", "group by predicted risk", "n", "predicted", "observed (95 % CI)")
    notes = ("Observed: 1 − Kaplan-Meier, log-log interval.", *(_words(n) for n in found.numbers))
    figure = Figure(
        "calibration",
        title,
        forest(title, forest_rows, "Observed risk of death", 0.0, is_log=False),
        "Bars: the predicted risk of the row. A calibrated model's squares lie on them.",
    )
    return StudyTable("calibration", title, columns, found.rows, notes), figure, list(found.numbers)


def _calibrated(study: Study, model: RiskModel, population: Population) -> tuple[ChapterPart, list[ForestRow]]:
    """The groups of one cohort; one row that says why where there are none."""
    month, cases = study.settings.methods.prediction_month, cases_of(study, population, PBIS)
    if not cases.data.n:
        return ChapterPart(rows=((population.name, "no patient with the whole score", 0, "–", "–"),)), []
    risk, checks = model.risk(cases.x[:, 0], month), _checks(study, model, population, cases)
    if np.isnan(risk).any():
        words = f"the model's patients were followed to {model.hazard.until:.1f} months only"
        return ChapterPart(((population.name, words, cases.data.n, "–", "–"),), checks), []
    groups = calibrate(cases.data, risk, month, 5)
    rows = tuple(_group_row(population, k, each) for k, each in enumerate(groups))
    return ChapterPart(rows, checks), [ForestRow(population.name), *map(_forest_row, groups)]


def _observed(group: CalibrationGroup) -> str:
    if np.isnan(group.observed):
        return "not followed so long"
    words = f"{100 * group.observed:.0f} %"
    return f"{words} ({100 * group.low:.0f} to {100 * group.high:.0f})" if group.high > group.low else words


def _group_row(population: Population, k: int, group: CalibrationGroup) -> tuple[Cell, ...]:
    return population.name, f"group {k + 1}", group.n, f"{100 * group.predicted:.0f} %", _observed(group)


def _forest_row(group: CalibrationGroup) -> ForestRow:
    name = f"  predicted {100 * group.predicted:.0f} %, n {group.n}"
    return ForestRow(name, group.observed, group.low, group.high, f"observed {_observed(group)}", group.predicted)


def _words(n: Number) -> str:
    return f"{n.population}, {n.quantity}: {show_interval(n.value, n.low, n.high)} ({n.direction})."


def _checks(study: Study, model: RiskModel, population: Population, cases: Complete) -> tuple[Number, ...]:
    """Calibration in the large and its slope, where the cohort allows them."""
    number = _number(population, cases)
    seen = model.seen(cases)
    large = calibration_in_the_large(seen, model.expected(cases))
    slope = calibration_slope(cases.data, model.linear(cases.x[:, 0]), study.settings.methods.ties)
    made = []
    if large is not None:
        made.append(
            number(
                quantity="calibration in the large, observed over expected deaths",
                value=large.value, low=large.low, high=large.high, p=large.p,
                test="Poisson intercept with the expected deaths as offset, Wald",
                direction="above 1: more die than predicted", note=f"expected {large.expected:.6g}{_reach(model, cases, seen)}",
            )
        )  # fmt: skip
    if slope is not None:
        made.append(
            number(
                quantity="calibration slope", value=slope.value, low=slope.low, high=slope.high, p=slope.p, ties=slope.ties,
                test="Cox coefficient of the linear predictor, Wald", direction="below 1: predictions too extreme",
            )
        )  # fmt: skip
    return tuple(made)


def _reach(model: RiskModel, cases: Complete, seen: Survival) -> str:
    """That deaths are left out, where some came later than the model's patients were followed."""
    later = cases.data.events - seen.events
    if not later:
        return ""
    return f"; {plural(later, 'death')} later than the {model.hazard.until:.1f} months of the model's own follow-up left out"


def _decisions(study: Study, model: RiskModel) -> tuple[StudyTable, Figure, list[Number]]:
    month = study.settings.methods.prediction_month
    names = [c.name for c in contenders(study, study.derivation) if c.name.startswith("CRAFITY")]
    models = [model, *(m for m in (risk_model(study, name) for name in names) if m is not None)]
    found = [_decision(study, one) for one in models]
    lines = [line for one, _ in found for line in one]
    title = f"Decision curve: death within {month:g} months, {study.derivation.name}"
    top = max((float(np.nanmax(s.y)) for s in lines if np.isfinite(s.y).any()), default=0.0)
    chart = line_chart(title, lines, ("Risk at which one would act", "Net benefit"), (-0.05, max(top * 1.1, 0.05)))
    rows = tuple(
        (f"{t:.2f}", *[show(float(s.y[k]), 3) for s in lines]) for k, t in enumerate(_THRESHOLDS) if k % 5 == 0
    )
    notes = ("Apparent: the models are fitted and judged in the same patients.",)
    table = StudyTable("decision_curve", title, ("threshold", *[s.name for s in lines]), rows, notes)
    words = "Higher is better; a model helps where it is above both broken lines."
    return table, Figure("decision_curve", title, chart, words), [n for _, made in found for n in made]


def _decision(study: Study, model: RiskModel) -> tuple[list[Series], list[Number]]:
    """Net benefit of acting on a score; with PBIS, of acting on everybody and on nobody."""
    month = study.settings.methods.prediction_month
    data = model.home.data
    benefit = net_benefit(data, model.risk(model.home.x[:, 0], month), month, _THRESHOLDS)
    lines = [Series(model.name.split(",")[0], _THRESHOLDS, benefit)]
    if model.name == PBIS:
        everybody = net_benefit(data, np.ones(data.n), month, _THRESHOLDS)
        lines.append(Series("act on all", _THRESHOLDS, everybody, "5 3"))
        lines.append(Series("act on none", _THRESHOLDS, 0 * _THRESHOLDS, "2 3"))
    number = _number(study.derivation, model.home)(
        quantity="net benefit", value=None, test=f"decision curve at {month:g} months, Kaplan-Meier"
    )
    return lines, [
        replace(number, term=f"{model.name}, threshold {t:.3g}", value=float(b))
        for t, b in zip(_THRESHOLDS[::5], benefit[::5], strict=True)
    ]
