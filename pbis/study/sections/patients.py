"""Who was studied: the flow of patients with a reason for each who left, and Table 1 by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency, fisher_exact, mannwhitneyu

from pbis.study.data import Population, covariates, label, markers
from pbis.study.draw.charts import flow_chart
from pbis.study.points import analysis_value, censored_share, operators
from pbis.study.result import Cell, Figure, Number, Section, Table, show, show_p
from pbis.study.stats.balance import smd_continuous, smd_shares
from pbis.study.stats.survival import Bools
from pbis.study.study import Study

NAME = "patients"


def patients(study: Study) -> Section:
    """Flow, the sizes of the sets, and Table 1 for every set of patients."""
    tables = [_flow_table(study), _sets_table(study)]
    numbers = _sizes(study)
    for population in study.populations:
        table, found = _table_one(study, population)
        tables.append(table)
        numbers += found
    return Section(
        NAME,
        "Patients",
        _lead(study),
        tuple(tables),
        (Figure("flow", "Flow of patients", flow_chart("Flow of patients", _boxes(study)), _flow_words(study)),),
        tuple(numbers),
    )


def _lead(study: Study) -> str:
    cohorts = ", ".join(f"{p.name} {p.n}" for p in (study.derivation, *study.others))
    rest = f"; other regimens {study.comparison.n}" if study.comparison else ""
    return f"{study.everybody.n} patients are eligible: {cohorts}{rest}."


def _flow_words(study: Study) -> str:
    skipped = [step.rule for step in study.flow.steps if not step.is_assessed]
    gaps = [f"{step.rule} ({step.not_recorded})" for step in study.flow.steps if step.not_recorded]
    words = "Each patient leaves at the first rule that fails."
    words += f" Not assessed, because the data has no such column: {'; '.join(skipped)}." if skipped else ""
    return words + (f" Not recorded and therefore kept: {'; '.join(gaps)}." if gaps else "")


def _boxes(study: Study) -> list[tuple[str, str]]:
    boxes = []
    for step in study.flow.steps:
        if step.is_assessed:
            out = f"{step.excluded} excluded: {step.failure}"
            boxes.append((f"{step.entered} patients", out))
    scored = study.scored(study.everybody)
    open_ended = int(np.isnan(scored.high).sum())
    boxes.append((f"{study.everybody.n} eligible", f"{open_ended} with an indeterminate group (kept, see Certainty)"))
    decided = study.everybody.n - open_ended
    boxes.append((f"{decided} with a certain group", ""))
    return boxes


def _flow_table(study: Study) -> Table:
    rows = tuple(
        (step.rule, step.entered, step.excluded if step.is_assessed else "not assessed", step.not_recorded)
        for step in study.flow.steps
    )
    return Table("flow", "Eligibility", ("rule", "entered", "excluded", "not recorded"), rows)


def _sets_table(study: Study) -> Table:
    rows = []
    for population in (*study.populations, *([study.comparison] if study.comparison else [])):
        high = study.scored(population).high
        deaths = int(np.nansum(population.column("os_event")))
        rows.append(
            (
                population.name,
                population.n,
                int((high == 1).sum()),
                int((high == 0).sum()),
                int(np.isnan(high).sum()),
                deaths,
                int(np.nansum(population.column("pfs_event"))),
            )
        )
    columns = ("set", "patients", "high", "low", "indeterminate", "deaths", "progressions or deaths")
    return Table("sets", "Sets of patients", columns, tuple(rows))


def _sizes(study: Study) -> list[Number]:
    numbers = []
    for population in study.populations:
        high = study.scored(population).high
        known = int(np.isfinite(high).sum())
        share = float(np.nansum(high)) / known if known else None
        missing = f"indeterminate scores left out: {population.n - known} of {population.n}"
        numbers.append(
            Number(NAME, population.name, None, "PBIS high", "share", share, test="none", n=known, missing=missing)
        )
    return numbers


@dataclass(frozen=True)
class _Row:
    name: str
    low: str
    high: str
    p: float
    test: str
    smd: float
    missing: int


def _table_one(study: Study, population: Population) -> tuple[Table, list[Number]]:
    """Low against high; patients with an indeterminate group are not in it."""
    high = study.scored(population).high
    known = np.isfinite(high)
    inside, is_high = population.frame[known].reset_index(drop=True), high[known] == 1
    cells: list[tuple[Cell, ...]] = []
    numbers: list[Number] = []
    for name in _variables(study, population):
        for row in _describe(inside, name, is_high):
            cells.append(
                (
                    row.name,
                    row.low,
                    row.high,
                    show_p(row.p) if row.test else "",
                    row.test,
                    show(row.smd) if row.test else "",
                    row.missing or "",
                )
            )
            if row.test:
                numbers.append(_number(population, row, name, int(known.sum())))
    columns = (
        "variable",
        f"low (n = {(~is_high).sum()})",
        f"high (n = {is_high.sum()})",
        "p",
        "test",
        "SMD",
        "missing",
    )
    notes = (
        "Medians with quartiles (observed values; < L: below its limit), or counts. SMD: standardized mean difference, high minus low for numbers.",
    )
    name = f"table1_{population.name}"
    return Table(name, f"Table 1, {population.name}: by PBIS group", columns, tuple(cells), notes), numbers


def _variables(study: Study, population: Population) -> list[str]:
    names = covariates(population.frame, study.settings.models.covariates)
    if population is study.main and population.frame["cohort"].nunique() > 1:
        names = ["cohort", *names]
    extra = ["crafity"] if "crafity" in population.frame else []
    return list(dict.fromkeys([*names, *markers(population.frame), *extra]))


def _number(population: Population, row: _Row, name: str, n: int) -> Number:
    return Number(
        NAME,
        population.name,
        None,
        f"{label(name)}, high vs low",
        "standardized mean difference",
        row.smd,
        p=row.p,
        test=row.test,
        direction="high minus low",
        n=n - row.missing,
        missing=f"left out of this row: {row.missing}",
    )


def _describe(frame: pd.DataFrame, name: str, is_high: Bools) -> list[_Row]:
    if pd.api.types.is_numeric_dtype(frame[name]) and frame[name].nunique() > 4:
        return [_continuous(frame, name, is_high)]
    return _categorical(frame, name, is_high)


def _continuous(frame: pd.DataFrame, name: str, is_high: Bools) -> _Row:
    value = analysis_value(frame, name)
    kept = np.isfinite(value)
    first, second = value[kept & ~is_high], value[kept & is_high]
    p = float(mannwhitneyu(first, second).pvalue) if len(first) and len(second) else float("nan")
    share = censored_share(frame, name)
    words = label(name) + (f" ({100 * share:.0f} % beyond a limit)" if share > 0 else "")
    smd = smd_continuous(value, is_high)
    limit = _lowest_limit(frame, name)
    return _Row(words, _quartiles(first, limit), _quartiles(second, limit), p, "Mann-Whitney", smd, int((~kept).sum()))


def _lowest_limit(frame: pd.DataFrame, name: str) -> np.ndarray:
    """The distinct values that stand for `below a limit`, as analysis_value writes them."""
    return np.unique(analysis_value(frame, name)[np.isin(operators(frame, name), ("<", "<="))])


def _quartiles(value: np.ndarray, limits: np.ndarray) -> str:
    """Median (quartiles); a quartile that is itself below a limit is printed as such."""
    if not len(value):
        return "–"
    low, middle, high = np.quantile(value, [0.25, 0.5, 0.75], method="inverted_cdf")
    digits = 3 if abs(middle) < 1 else 2 if abs(middle) < 10 else 1
    low_text, middle_text, high_text = (("<" if v in limits else "") + f"{v:.{digits}f}" for v in (low, middle, high))
    return f"{middle_text} ({low_text} to {high_text})"


def _categorical(frame: pd.DataFrame, name: str, is_high: Bools) -> list[_Row]:
    column = frame[name]
    kept = column.notna().to_numpy()
    text = column.map(lambda v: f"{v:g}" if isinstance(v, float) else str(v))
    levels = sorted(text[kept].unique())
    counts = np.array([[((text == v).to_numpy() & kept & g).sum() for v in levels] for g in (~is_high, is_high)])
    if len(levels) < 2 or (counts.sum(axis=1) == 0).any():
        return []
    p, test = _independence(counts)
    shares = counts / counts.sum(axis=1, keepdims=True)
    head = _Row(label(name), "", "", p, test, smd_shares(shares[1], shares[0]), int((~kept).sum()))
    return [
        head,
        *[
            _Row(f"    {v}", _share(counts, 0, k), _share(counts, 1, k), np.nan, "", np.nan, 0)
            for k, v in enumerate(levels)
        ],
    ]


def _share(counts: np.ndarray, group: int, level: int) -> str:
    count, total = int(counts[group, level]), int(counts[group].sum())
    return f"{count} ({100 * count / total:.0f} %)"


def _independence(counts: np.ndarray) -> tuple[float, str]:
    """Fisher for two levels, else Pearson; the name says where expected counts are small."""
    if counts.shape == (2, 2):
        return float(fisher_exact(counts).pvalue), "Fisher"
    found = chi2_contingency(counts, correction=False)
    few = ", expected < 5" if found.expected_freq.min() < 5 else ""
    return float(found.pvalue), f"Pearson{few}"
