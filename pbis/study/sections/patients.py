"""Who was studied: the flow of patients with a reason for each who left, and Table 1 by group."""

from __future__ import annotations

import numpy as np

from pbis.study.data import Population, covariates, label, markers
from pbis.study.draw.charts import flow_chart
from pbis.study.findings import summary
from pbis.study.result import Cell, Figure, Number, Section, StudyTable, show, show_p
from pbis.study.sections.describe import VariableRow, describe
from pbis.study.study import Study

NAME = "patients"


def patients(study: Study) -> Section:
    """Flow, the sizes of the sets, and Table 1 for every set of patients."""
    tables = [_flow_table(study), _sets_table(study), *_findings_table(study)]
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
        summary(study.findings),
    )


def _lead(study: Study) -> str:
    cohorts = ", ".join(f"{p.name} {p.n}" for p in (study.derivation, *study.others))
    rest = f"; other regimens {study.comparison.n}" if study.comparison else ""
    rest += f"; regimen unknown {study.unknown.n}" if study.unknown else ""
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


def _flow_table(study: Study) -> StudyTable:
    rows = tuple(
        (step.rule, step.entered, step.excluded if step.is_assessed else "not assessed", step.not_recorded)
        for step in study.flow.steps
    )
    return StudyTable("flow", "Eligibility", ("rule", "entered", "excluded", "not recorded"), rows)


def _sets_table(study: Study) -> StudyTable:
    rows = []
    beside = [part for part in (study.comparison, study.unknown) if part is not None]
    for population in (*study.populations, *beside):
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
    return StudyTable("sets", "Sets of patients", columns, tuple(rows))


def _findings_table(study: Study) -> list[StudyTable]:
    if not study.findings:
        return []
    rows = tuple((f.kind.replace("_", " "), f.row, f.subject_id, f.words) for f in study.findings)
    notes = ("Rows are counted below the header of the table. Whoever owns the data should mend them and run again.",)
    return [
        StudyTable(
            "findings",
            "What the table says that cannot be so, or does not say",
            ("finding", "row", "patient", "values"),
            rows,
            notes,
        )
    ]


def _sizes(study: Study) -> list[Number]:
    numbers = []
    for population in study.populations:
        high = study.scored(population).high
        known = int(np.isfinite(high).sum())
        share = float(np.nansum(high)) / known if known else None
        missing = f"indeterminate scores left out: {population.n - known} of {population.n}"
        numbers.append(
            Number(
                section=NAME,
                population=population.name,
                endpoint=None,
                term="PBIS high",
                quantity="share",
                value=share,
                test="none",
                n=known,
                missing=missing,
            )
        )
    return numbers


def _table_one(study: Study, population: Population) -> tuple[StudyTable, list[Number]]:
    """Low against high; patients with an indeterminate group are not in it."""
    high = study.scored(population).high
    known = np.isfinite(high)
    inside, is_high = population.frame[known].reset_index(drop=True), high[known] == 1
    cells: list[tuple[Cell, ...]] = []
    numbers: list[Number] = []
    for name in _variables(study, population):
        for row in describe(inside, name, is_high):
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
    return StudyTable(name, f"Table 1, {population.name}: by PBIS group", columns, tuple(cells), notes), numbers


def _variables(study: Study, population: Population) -> list[str]:
    names = covariates(population.frame, study.settings.models.covariates)
    if population is study.main and population.frame["cohort"].nunique() > 1:
        names = ["cohort", *names]
    extra = ["crafity"] if "crafity" in population.frame else []
    return list(dict.fromkeys([*names, *markers(population.frame), *extra]))


def _number(population: Population, row: VariableRow, name: str, n: int) -> Number:
    return Number(
        section=NAME,
        population=population.name,
        endpoint=None,
        term=f"{label(name)}, high vs low",
        quantity="standardized mean difference",
        value=row.smd,
        p=row.p,
        test=row.test,
        direction="high minus low",
        n=n - row.missing,
        missing=f"left out of this row: {row.missing}",
    )
