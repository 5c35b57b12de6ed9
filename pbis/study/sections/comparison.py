"""Is the score better than what exists, and is every part of it needed? Comparators, ablations, and how well risk is predicted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pbis.study.data import COMPONENTS, OS, Complete, Endpoint, Population, complete, short
from pbis.study.draw.charts import ForestRow, Series, forest, line_chart
from pbis.study.estimates import cox_model, hazard_ratios
from pbis.study.points import cuts, operators, point
from pbis.study.result import Cell, Figure, Number, Section, Table, show, show_interval, show_p
from pbis.study.stats.concordance import harrell_c, resampled_c, uno_c
from pbis.study.stats.cox import baseline_hazard, fit_cox
from pbis.study.stats.prediction import auc_at, calibrate, net_benefit
from pbis.study.stats.scan import bootstrap_weights
from pbis.study.stats.survival import Floats
from pbis.study.study import Study

NAME = "comparison"
PBIS = "PBIS, 0 to 4"


def comparison(study: Study) -> Section:
    """Hazard ratios and C of PBIS, comparators and ablations on the same patients; AUC, calibration and decision curves."""
    tables: list[Table] = []
    figures: list[Figure] = []
    numbers: list[Number] = []
    for population in study.populations:
        for endpoint in study.endpoints(population):
            study.tell(f"comparison: {population.name}, {endpoint.short}")
            made = _compare(study, population, endpoint)
            tables.append(made.table)
            figures += made.figures
            numbers += made.numbers
    for made in (_calibration(study), _decisions(study)):
        tables += [made.table]
        figures += made.figures
        numbers += made.numbers
    return Section(NAME, "Comparators, ablations, prediction", _LEAD, tuple(tables), tuple(figures), tuple(numbers))


_LEAD = (
    "All entries of a table are computed on the same patients: those for whom every entry is known. Differences of C are against the "
    "score, with intervals from paired bootstrap samples (the same resample for both)."
)


@dataclass(frozen=True)
class _Made:
    table: Table
    figures: list[Figure]
    numbers: list[Number]


@dataclass(frozen=True)
class Contender:
    """A score that competes: its value for C, and the high group for a hazard ratio."""

    name: str
    score: Floats
    high: Floats


def contenders(study: Study, population: Population) -> list[Contender]:
    """PBIS, CRAFITY, NLR and CRP alone, and PBIS with parts left out (high from the same sum)."""
    scored = study.scored(population)
    found = [Contender(PBIS, scored.score, scored.high)]
    frame = population.frame
    if "crafity" in frame and frame["crafity"].notna().sum() > 10:
        crafity = population.column("crafity")
        found.append(Contender("CRAFITY, 0 to 2", crafity, np.where(np.isnan(crafity), np.nan, (crafity >= 2) * 1.0)))
    for name in ("nlr", "crp_mg_dl"):
        if name in frame:
            high = point(population.column(name), operators(frame, name), cuts(study.settings.score)[name])
            found.append(Contender(f"{short(name)} alone", high, high))
    return found + [c for parts, words in _ABLATIONS if (c := _ablation(study, population, parts, words)) is not None]


_ABLATIONS = (
    (("nlr", "crp_mg_dl", "il12_pg_ml"), "without IL-2"),
    (("nlr", "crp_mg_dl", "il2_pg_ml"), "without IL-12"),
    (("nlr", "crp_mg_dl"), "NLR + CRP only"),
)


def _ablation(study: Study, population: Population, parts: tuple[str, ...], words: str) -> Contender | None:
    full = study.scored(population).names
    kept = tuple(p for p in COMPONENTS if p in parts and p in full)
    if kept == full or not kept:
        return None
    scored = study.scored(population, kept)
    return Contender(f"PBIS {words}" if words.startswith("without") else words, scored.score, scored.high)


def _compare(study: Study, population: Population, endpoint: Endpoint) -> _Made:
    entries = contenders(study, population)
    columns = {f"{k} {part}": getattr(c, part) for k, c in enumerate(entries) for part in ("score", "high")}
    cases = complete(population, endpoint, columns)
    rng = study.rng(f"comparison {population.name} {endpoint.key}")
    weights = bootstrap_weights(cases.data.n, study.settings.methods.resamples, rng)
    rows: list[tuple[Cell, ...]] = []
    numbers: list[Number] = []
    forest_rows: list[ForestRow] = []
    inside = Population(population.name, population.frame.iloc[cases.rows].reset_index(drop=True))
    reference = _bootstrap(cases, cases.x[:, 0], weights)
    for k, entry in enumerate(entries):
        score, high = cases.x[:, 2 * k], cases.x[:, 2 * k + 1]
        model = cox_model(inside, endpoint, {f"{entry.name}: high vs low": high}, study.settings.methods.ties)
        made = [replace(n, missing=cases.missing) for n in hazard_ratios(NAME, population, endpoint, model)]
        made += _discrimination(study, population, endpoint, cases, entry.name, score)
        made += (
            _differences(population, endpoint, cases, entry.name, _bootstrap(cases, score, weights), reference)
            if k
            else []
        )
        rows.append(_row(entry.name, made))
        forest_rows.append(_forest_row(entry.name, made))
        numbers += made
    columns_shown = (
        "score",
        "HR high vs low (95 % CI)",
        "Harrell's C (95 % CI)",
        "Uno's C",
        f"AUC at {study.settings.methods.prediction_month:g} months",
        "C − C of PBIS (95 % CI)",
        "p",
    )
    title = f"PBIS beside others, {population.name}, {endpoint.name.lower()}"
    notes = (f"n {cases.data.n}, events {cases.data.events}; {cases.missing}.",)
    name = f"comparison_{endpoint.key}_{population.name}"
    figures = [
        Figure(
            name,
            title,
            forest(title, forest_rows, "Harrell's C", 0.5, is_log=False),
            "Jackknife intervals; broken line: chance.",
        )
    ]
    if endpoint == OS:
        figures.append(_auc_figure(study, population, endpoint, cases, entries))
    return _Made(Table(name, title, columns_shown, tuple(rows), notes), figures, numbers)


def _bootstrap(cases: Complete, score: Floats, weights: Floats) -> dict[str, Floats]:
    return {kind: resampled_c(cases.data, score, weights, kind) for kind in ("Harrell", "Uno")}


def _discrimination(
    study: Study, population: Population, endpoint: Endpoint, cases: Complete, name: str, score: Floats
) -> list[Number]:
    base = {
        "n": cases.data.n,
        "events": cases.data.events,
        "missing": cases.missing,
        "direction": "higher score, earlier event",
    }
    place = (NAME, population.name, endpoint.key, name)
    numbers = []
    for found in (harrell_c(cases.data, score), uno_c(cases.data, score)):
        wide = 1.959963984540054 * found.se
        numbers.append(
            Number(
                *place,
                f"{found.kind}'s C",
                found.value,
                found.value - wide,
                found.value + wide,
                test="infinitesimal jackknife interval" + (", censoring weights fixed" if found.kind == "Uno" else ""),
                **base,
            )
        )  # type: ignore[arg-type]
    for month in study.settings.methods.horizons_months:
        value = auc_at(cases.data, score, month)
        numbers.append(
            Number(
                *place, f"AUC at {month:g} months", value, test="cumulative/dynamic, inverse censoring weights", **base
            )
        )  # type: ignore[arg-type]
    return numbers


def _differences(
    population: Population,
    endpoint: Endpoint,
    cases: Complete,
    name: str,
    own: dict[str, Floats],
    reference: dict[str, Floats],
) -> list[Number]:
    numbers = []
    for kind in ("Harrell", "Uno"):
        gap = own[kind] - reference[kind]
        gap = gap[np.isfinite(gap)]
        low, high = np.quantile(gap, [0.025, 0.975])
        p = min(1.0, 2 * (1 + min((gap <= 0).sum(), (gap >= 0).sum())) / (1 + len(gap)))
        numbers.append(
            Number(
                NAME,
                population.name,
                endpoint.key,
                f"{name} minus {PBIS}",
                f"difference of {kind}'s C",
                float(gap.mean()),
                float(low),
                float(high),
                float(p),
                f"paired bootstrap, {len(gap)} resamples, percentile interval",
                direction="below 0: worse than PBIS",
                n=cases.data.n,
                events=cases.data.events,
                missing=cases.missing,
            )
        )
    return numbers


def _row(name: str, made: list[Number]) -> tuple[Cell, ...]:
    by = {n.quantity: n for n in made}
    hr, c, uno = by["hazard ratio"], by["Harrell's C"], by["Uno's C"]
    auc = next(
        (n for q, n in by.items() if q.startswith("AUC at 12 ")), next(n for q, n in by.items() if q.startswith("AUC"))
    )
    gap = by.get("difference of Harrell's C")
    words = show_interval(gap.value, gap.low, gap.high, 3) if gap else "reference"
    return (
        name,
        show_interval(hr.value, hr.low, hr.high),
        show_interval(c.value, c.low, c.high, 3),
        show(uno.value, 3),
        show(auc.value, 3),
        words,
        show_p(gap.p) if gap else "",
    )


def _forest_row(name: str, made: list[Number]) -> ForestRow:
    c = next(n for n in made if n.quantity == "Harrell's C")
    return ForestRow(name, c.value, c.low, c.high, show_interval(c.value, c.low, c.high, 3))


def _auc_figure(
    study: Study, population: Population, endpoint: Endpoint, cases: Complete, entries: list[Contender]
) -> Figure:
    times = np.quantile(cases.data.time[cases.data.event], np.linspace(0.1, 0.9, 25))
    shown = [(k, e) for k, e in enumerate(entries) if not e.name.startswith("PBIS without")][:5]
    lines = [
        Series(e.name, times, np.array([auc_at(cases.data, cases.x[:, 2 * k], t) for t in times])) for k, e in shown
    ]
    title = f"Time-dependent AUC, {population.name}, {endpoint.name.lower()}"
    chart = line_chart(title, lines, ("Months from first dose", "AUC"), (0.4, 0.9))
    return Figure(
        f"auc_{endpoint.key}_{population.name}",
        title,
        chart,
        "Cumulative events against those still event-free; between the 10th and the 90th percentile of event times.",
    )


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
    return _Made(Table("calibration", title, columns, tuple(rows), notes), [figure], numbers)


def _slope(study: Study, one: _Predicted) -> list[Number]:
    if one.cases.data.events < 3 or np.ptp(one.lp) == 0:
        return []
    fit = fit_cox(one.cases.data, one.lp, ("lp",), study.settings.methods.ties)
    wide = 1.959963984540054 * float(fit.se[0])
    slope = float(fit.coef[0])
    return [
        Number(
            NAME,
            one.population.name,
            "os",
            "PBIS model of the derivation cohort",
            "calibration slope",
            slope,
            slope - wide,
            slope + wide,
            float(fit.p[0]),
            "Cox coefficient of the linear predictor, Wald",
            fit.ties,
            "below 1: predictions too extreme",
            one.cases.data.n,
            one.cases.data.events,
            one.cases.missing,
        )
    ]


def _decisions(study: Study) -> _Made:
    month = study.settings.methods.prediction_month
    thresholds = np.linspace(0.05, 0.8, 31)
    names = [PBIS] + [c.name for c in contenders(study, study.derivation) if c.name.startswith("CRAFITY")]
    lines: list[Series] = []
    numbers: list[Number] = []
    for name in names:
        one = _predict(study, name)[0]
        benefit = net_benefit(one.cases.data, one.risk, month, thresholds)
        lines.append(Series(name.split(",")[0], thresholds, benefit))
        if name == PBIS:
            everybody = net_benefit(one.cases.data, np.ones(one.cases.data.n), month, thresholds)
            lines += [
                Series("act on all", thresholds, everybody, "5 3"),
                Series("act on none", thresholds, 0 * thresholds, "2 3"),
            ]
        numbers += [
            Number(
                NAME,
                one.population.name,
                "os",
                f"{name}, threshold {t:.3g}",
                "net benefit",
                float(b),
                test=f"decision curve at {month:g} months, Kaplan-Meier",
                n=one.cases.data.n,
                events=one.cases.data.events,
                missing=one.cases.missing,
            )
            for t, b in zip(thresholds[::5], benefit[::5], strict=True)
        ]
    title = f"Decision curve: death within {month:g} months, {study.derivation.name}"
    top = max(float(np.nanmax(s.y)) for s in lines)
    chart = line_chart(title, lines, ("Risk at which one would act", "Net benefit"), (-0.05, max(top * 1.1, 0.05)))
    rows = tuple((f"{t:.2f}", *[show(float(s.y[k]), 3) for s in lines]) for k, t in enumerate(thresholds) if k % 5 == 0)
    table = Table(
        "decision_curve",
        title,
        ("threshold", *[s.name for s in lines]),
        rows,
        ("Apparent: the models are fitted and judged in the same patients.",),
    )
    return _Made(
        table,
        [
            Figure(
                "decision_curve", title, chart, "Higher is better; a model helps where it is above both broken lines."
            )
        ],
        numbers,
    )
