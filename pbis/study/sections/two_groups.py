"""A table of two groups of patients: each variable with the test that suits it, the test that the paper names, and the SMD."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pbis.study.data import label
from pbis.study.result import Cell, Number, StudyTable, show, show_p
from pbis.study.sections.describe import VariableRow, describe
from pbis.study.stats.survival import Bools

_NOTE = (
    "Medians with quartiles (observed values; < L, > U: beyond a limit; ≤, ≥: what values beyond limits leave open), or counts. SMD: standardized mean difference, {second} minus {first} for "
    "numbers. The last p is of the test that the paper names: Student's t for numbers, chi-square for counts."
)


@dataclass(frozen=True)
class TwoGroups:
    """Patients, which of them are of the second group, and the names of the first and the second."""

    frame: pd.DataFrame
    is_second: Bools
    names: tuple[str, str]


def table_of_two(
    name: str, title: str, population: str, groups: TwoGroups, variables: Sequence[str]
) -> tuple[StudyTable, list[Number]]:
    """A row a variable (and one a level), and two numbers a variable: the SMD with its test, and the p of the paper's test."""
    cells: list[tuple[Cell, ...]] = []
    numbers: list[Number] = []
    first, second = groups.names
    for variable in variables:
        for row in describe(groups.frame, variable, groups.is_second):
            cells.append(_cells(row))
            if row.test:
                numbers += _numbers(population, groups, row, variable)
    sizes = (int((~groups.is_second).sum()), int(groups.is_second.sum()))
    columns = (
        *("variable", f"{first} (n = {sizes[0]})", f"{second} (n = {sizes[1]})", "p", "test", "SMD", "missing"),
        *("p, test of the paper", "test of the paper"),
    )
    return StudyTable(name, title, columns, tuple(cells), (_NOTE.format(first=first, second=second),)), numbers


def _cells(row: VariableRow) -> tuple[Cell, ...]:
    if not row.test:
        return row.name, row.low, row.high, "", "", "", row.missing or "", "", ""
    tested = (show_p(row.p), row.test, show(row.smd), row.missing or "", show_p(row.named_p), row.named_test)
    return row.name, row.low, row.high, *tested


def _numbers(population: str, groups: TwoGroups, row: VariableRow, variable: str) -> list[Number]:
    first, second = groups.names
    return [
        Number(
            section="patients",
            population=population,
            endpoint=None,
            term=f"{label(variable)}, {second} vs {first}",
            quantity=quantity,
            value=value,
            p=p,
            test=test,
            direction=f"{second} minus {first}",
            n=len(groups.frame) - row.missing,
            missing=f"left out of this row: {row.missing}",
        )
        for quantity, value, p, test in (
            ("standardized mean difference", row.smd, row.p, row.test),
            ("p of the test that the paper names", None, row.named_p, row.named_test),
        )
    ]
