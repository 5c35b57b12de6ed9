"""Who was studied: the flow of patients with a reason for each who left, and Table 1 by group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pbis.study.data import Population, covariates, markers
from pbis.study.draw.charts import flow_chart
from pbis.study.findings import summary
from pbis.study.result import Figure, Number, Section, StudyTable
from pbis.study.sections.follow_up import follow_up
from pbis.study.sections.two_groups import TwoGroups, table_of_two
from pbis.study.study import Study

NAME = "patients"


def patients(study: Study) -> Section:
    """Flow, the sizes of the sets, Table 1 for every set and between the cohorts, and how long patients were followed."""
    tables = [_flow_table(study), _sets_table(study), *_findings_table(study)]
    numbers = _sizes(study)
    for population in study.populations:
        table, found = _table_one(study, population)
        tables.append(table)
        numbers += found
    for other in study.others:
        table, found = _cohorts(study, other)
        tables.append(table)
        numbers += found
    followed = follow_up(study)
    tables.append(followed[0])
    numbers += followed[1]
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
    groups = TwoGroups(population.frame[known].reset_index(drop=True), high[known] == 1, ("low", "high"))
    title = f"Table 1, {population.name}: by PBIS group"
    return table_of_two(f"table1_{population.name}", title, population.name, groups, _variables(study, population))


def _cohorts(study: Study, other: Population) -> tuple[StudyTable, list[Number]]:
    """The derivation cohort against another one, all patients, whatever their score."""
    frame = pd.concat([study.derivation.frame, other.frame], ignore_index=True)
    is_other = np.arange(len(frame)) >= study.derivation.n
    groups = TwoGroups(frame, is_other, (study.derivation.name, other.name))
    title, name = f"Table 1: {study.derivation.name} and {other.name}", f"table1_cohorts_{other.name}"
    both = Population(study.derivation.name, frame)
    return table_of_two(name, title, f"{study.derivation.name} and {other.name}", groups, _variables(study, both))


def _variables(study: Study, population: Population) -> list[str]:
    names = covariates(population.frame, study.settings.models.covariates)
    if population is study.main and population.frame["cohort"].nunique() > 1:
        names = ["cohort", *names]
    extra = ["crafity"] if "crafity" in population.frame else []
    return list(dict.fromkeys([*names, *markers(population.frame), *extra]))
