"""Bias against values that others assigned: ring trials, reference materials (CLSI EP15-A3, ISO 13528)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pandas as pd

from pbis.study.result import ChapterPart, Number, Section, StudyTable, show, show_interval
from pbis.validation.data import Assigned, Validation, in_unit
from pbis.validation.stats.bias import AssignedBias, assigned_bias
from pbis.validation.words import MEETS, MISSES, level_words, unanswered, within

NAME, TITLE = "bias", "Bias against assigned values"
COLUMNS = ("analyte", "specimen", "plates", "wells", "mean", "assigned", "bias, % (95 %)", "z", "zeta", "bias", "score")


@dataclass(frozen=True)
class OwnMean:
    """The laboratory's mean with its standard error; is_of_one_plate: what plates differ by is not in the error."""

    value: float
    se: float
    df: float
    is_of_one_plate: bool


def own_mean(rows: pd.DataFrame) -> OwnMean | None:
    """Mean of plates' means; of one plate, of its wells. None of a single reading."""
    plates = rows.groupby("plate_key")["value"].mean()
    values = plates if len(plates) > 1 else rows["value"]
    if len(values) < 2:
        return None
    se = float(values.std(ddof=1)) / math.sqrt(len(values))
    return OwnMean(float(values.mean()), se, len(values) - 1, len(plates) < 2)


def bias(validation: Validation) -> Section:
    """Each assigned value, in the order of the file."""
    part = ChapterPart()
    for told in validation.assigned:
        part = part + _row(validation, told)
    limits = validation.limits
    lead = (
        f"Accepted: bias at most {limits.bias_pct} % either way ({limits.bias_pct.source}), by its whole interval; |z| or |zeta| above {limits.z_warning} is a warning, "
        f"above {limits.z_action} asks for action ({limits.z_action.source}). z needs the trial's standard deviation (column sd), zeta the standard uncertainty of the assigned value."
    )
    if not validation.assigned:
        lead = (
            "Not answered: no assigned values were given (--assigned FILE: specimen, analyte, assigned, unit, and uncertainty, sd). "
            + lead
        )
    note = (
        "CLSI EP15-A3 for bias, ISO 13528:2022 for scores; z' stands where the assigned value's uncertainty is more than 0.3 of the trial's standard "
        "deviation. The mean is of plates' means; where one plate alone holds the specimen, what plates differ by is not in the interval, and the row says so."
    )
    tables = (StudyTable("bias", "Assigned and found", COLUMNS, part.rows, (note,)),) if validation.assigned else ()
    return Section(NAME, TITLE, lead, tables, (), part.numbers)


def _row(validation: Validation, told: Assigned) -> ChapterPart:
    used = validation.used
    rows = used[
        (used["analyte"] == told.analyte) & (used["material"].isin(told.names) | used["label"].isin(told.names))
    ]
    lead = (told.analyte, told.specimen, int(rows["plate_key"].nunique()), len(rows))
    mine = own_mean(rows)
    if mine is None:
        why = "not answered: no reading of it has a number" if rows.empty else "not answered: a single reading"
        return ChapterPart(rows=(unanswered(*lead, columns=len(COLUMNS), why=why),))
    assigned = in_unit(told, str(rows["unit"].iloc[0]))
    found = assigned_bias(mine.value, mine.se, mine.df, assigned.value, assigned.uncertainty, assigned.sd)
    limit = validation.limits.bias_pct.value
    verdict = within(found.bias_pct, found.low_pct, found.high_pct, (-limit, limit))
    words = f"{verdict}; one plate alone" if mine.is_of_one_plate else verdict
    row = (
        *lead, level_words(mine.value), level_words(assigned.value), show_interval(found.bias_pct, found.low_pct, found.high_pct, 1),
        _z_words(found), show(found.zeta), words, _score(validation, found),
    )  # fmt: skip
    return ChapterPart(rows=(row,), numbers=tuple(_numbers(told, found, len(rows))))


def _z_words(found: AssignedBias) -> str:
    return show(found.z) + (" (z')" if found.is_z_prime else "")


def _score(validation: Validation, found: AssignedBias) -> str:
    worst = max((abs(each) for each in (found.z, found.zeta) if each is not None), default=None)
    if worst is None:
        return "not answered: neither sd nor uncertainty is known"
    limits = validation.limits
    return MEETS if worst <= limits.z_warning.value else "warning" if worst <= limits.z_action.value else MISSES


def _numbers(told: Assigned, found: AssignedBias, count: int) -> list[Number]:
    whole = Number(
        section=NAME, population=told.analyte, endpoint=None, term=told.specimen, quantity="bias, %", value=found.bias_pct, low=found.low_pct,
        high=found.high_pct, test="Student's t, Welch and Satterthwaite", direction="0 is none", n=count,
    )  # fmt: skip
    scores = (("z'" if found.is_z_prime else "z", found.z), ("zeta", found.zeta))
    alone = replace(whole, low=None, high=None, test="ISO 13528")
    return [whole, *(replace(alone, quantity=name, value=value) for name, value in scores if value is not None)]
