"""Every marker alone: how markers go together, and what each says about survival."""

from __future__ import annotations

import numpy as np

from pbis.study.data import Endpoint, Population, label, markers, short
from pbis.study.draw.charts import heat_map
from pbis.study.draw.forest import ForestRow, forest
from pbis.study.estimates import Model, cox_model, hazard_ratios
from pbis.study.points import analysis_value, censored_share, cuts, log2_value, operators, point
from pbis.study.result import Cell, Figure, Number, Section, StudyTable, show, show_interval, show_p
from pbis.study.sections.marker_tables import clinical_correlations, markers_by_score
from pbis.study.stats.correlation import Correlations, spearman
from pbis.study.stats.survival import Floats
from pbis.study.study import Study

NAME = "markers"


def single_markers(study: Study) -> Section:
    """Spearman matrix and univariate Cox models in the derivation cohort and the pooled set."""
    found = spearman({m: analysis_value(study.main.frame, m) for m in markers(study.main.frame)})
    tables: list[StudyTable] = [_pairs(found)]
    numbers: list[Number] = _correlations(study, found)
    figures = [_heat(found)]
    for population in study.populations:
        table, figure, found_here = _univariate(study, population)
        tables.append(table)
        figures.append(figure)
        numbers += found_here
    for part in (clinical_correlations(study), markers_by_score(study)):
        tables.append(part.table)
        figures += part.figures
        numbers += part.numbers
    lead = (
        "Rank correlations between baseline markers, and one Cox model per marker. Effects are per doubling of the marker and, "
        "for the score's components, at or above the published cut-off. A concentration below its limit L enters as L/2 in "
        "models per doubling, and as a tie at the limit in ranks."
    )
    return Section(NAME, "Markers one by one", lead, tuple(tables), tuple(figures), tuple(numbers))


def _heat(found: Correlations) -> Figure:
    names = [short(n) for n in found.names]
    title = "Spearman correlation of baseline markers"
    caption = "Pairwise complete. Bold: false discovery rate below 5 % over all pairs (Benjamini-Hochberg)."
    return Figure("spearman", title, heat_map(title, names, found.rho, found.q), caption)


def _upper(found: Correlations) -> list[tuple[int, int]]:
    k = len(found.names)
    return [(i, j) for i in range(k) for j in range(i + 1, k)]


def _pairs(found: Correlations) -> StudyTable:
    rows = sorted(_upper(found), key=lambda at: (np.nan_to_num(found.p[at], nan=2.0), at))
    cells = tuple(
        (
            label(found.names[i]),
            label(found.names[j]),
            show(found.rho[i, j]),
            show_p(found.p[i, j]),
            show_p(found.q[i, j]),
            int(found.n[i, j]),
        )
        for i, j in rows[:12]
    )
    return StudyTable(
        "spearman",
        "Strongest correlations (all are in numbers.csv)",
        ("marker", "with", "rho", "p", "FDR q", "n"),
        cells,
    )


def _correlations(study: Study, found: Correlations) -> list[Number]:
    return [
        Number(
            section=NAME,
            population=study.main.name,
            endpoint=None,
            term=f"{found.names[i]} with {found.names[j]}",
            quantity="Spearman's rho",
            value=float(found.rho[i, j]),
            p=float(found.p[i, j]),
            test="Spearman, t approximation",
            direction="positive: rise together",
            n=int(found.n[i, j]),
            missing="pairwise complete; censored values tie at their limit",
            note=f"Benjamini-Hochberg q {found.q[i, j]:.6g}",
        )
        for i, j in _upper(found)
    ]


def _univariate(study: Study, population: Population) -> tuple[StudyTable, Figure, list[Number]]:
    rows: list[tuple[Cell, ...]] = []
    forest_rows: list[ForestRow] = []
    numbers: list[Number] = []
    for endpoint in study.endpoints(population):
        forest_rows.append(ForestRow(endpoint.name))
        for term, columns in _terms(study, population):
            efron, breslow = (cox_model(population, endpoint, columns, ties) for ties in ("efron", "breslow"))
            made = [
                *hazard_ratios(NAME, population, endpoint, efron),
                *hazard_ratios(NAME, population, endpoint, breslow),
            ]
            numbers += made
            rows.append(_row(endpoint, term, efron, made))
            forest_rows.append(ForestRow(f"  {term}", made[0].value, made[0].low, made[0].high, _words(made[0])))
    heads = ("endpoint", "marker", "HR (95 % CI), Efron", "p, Efron", "HR, Breslow", "p, Breslow", "n", "events")
    title = f"Univariate Cox models, {population.name}"
    figure = Figure(
        f"univariate_{population.name}",
        title,
        forest(title, forest_rows, "Hazard ratio (Efron ties)"),
        "Wald intervals.",
    )
    return StudyTable(f"univariate_{population.name}", title, heads, tuple(rows)), figure, numbers


def _words(number: Number) -> str:
    return f"{show_interval(number.value, number.low, number.high)}; p {show_p(number.p)}"


def _row(endpoint: Endpoint, term: str, model: Model, made: list[Number]) -> tuple[Cell, ...]:
    first, second = made
    return (
        endpoint.short,
        term,
        show_interval(first.value, first.low, first.high),
        show_p(first.p),
        show(second.value),
        show_p(second.p),
        model.cases.data.n,
        model.cases.data.events,
    )


def _terms(study: Study, population: Population) -> list[tuple[str, dict[str, Floats]]]:
    """(words, column) of each marker per doubling, and of each component at its cut-off."""
    frame = population.frame
    terms = []
    for name in markers(frame):
        share = censored_share(frame, name)
        if share > 0.7:  # most of it would be one tied value: say only detected or not
            words = f"{short(name)} quantified"
            seen = np.where(np.isnan(frame[name]), np.nan, (operators(frame, name) == "=") * 1.0)
            terms.append((words, {words: seen}))
        else:
            words = f"{short(name)}, per doubling"
            terms.append((words, {words: log2_value(frame, name)}))
    for name, cut in cuts(study.settings.score).items():
        if name in frame:
            words = f"{short(name)} ≥ {cut:g}"
            terms.append((words, {words: point(frame[name].to_numpy(float), operators(frame, name), cut)}))
    return terms
