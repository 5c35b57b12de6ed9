"""Precision: how far wells of one plate, plates of a day and days differ (CLSI EP05-A3, judged as EP15-A3 verifies it)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbis.study.result import Cell, ChapterPart, Number, Section, StudyTable
from pbis.validation.data import Validation
from pbis.validation.stats.nested import NestedVariances, Variance, nested_variances
from pbis.validation.words import at_most, cv_words, level_words, unanswered

NAME, TITLE = "precision", "Precision"
COLUMNS = (
    "analyte", "material", "plates", "wells", "mean", "repeatability CV, % (95 %)", "between plates CV, % (95 %)",
    "between days CV, % (95 %)", "within laboratory CV, % (95 %)", "repeatability", "within laboratory",
)  # fmt: skip
_METHOD = "nested random-effects analysis of variance; repeatability exact, components modified large-sample, total Satterthwaite"


@dataclass(frozen=True, eq=False)
class Material:
    """One material: a control of a lot, or a specimen at one dilution, with its readings."""

    analyte: str
    name: str
    rows: pd.DataFrame

    @property
    def plates(self) -> int:
        return int(self.rows["plate_key"].nunique())

    @property
    def is_control(self) -> bool:
        return bool(self.rows["is_control"].iloc[0])


def materials(validation: Validation) -> Iterator[Material]:
    """Every material that more than one plate holds; a control of another lot is another material."""
    used = validation.used
    control = used["material"].astype(str) + ", lot " + used["control_lot"].astype(str)
    tube = used["material"].astype(str) + " at 1:" + used["dilution"].map("{:g}".format)
    named = used.assign(name=np.where(used["is_control"], control, tube))[used["material"].notna()]
    for (analyte, name), rows in named.groupby(["analyte", "name"], sort=True):
        if rows["plate_key"].nunique() > 1:
            yield Material(str(analyte), str(name), rows)


def variances_of(material: Material) -> tuple[NestedVariances | None, bool]:
    """Components, and whether days stand over plates: where some day has two plates and there is more than one day."""
    rows = material.rows
    day, plate = (pd.factorize(rows[name])[0].astype(np.int64) for name in ("read_on", "plate_key"))
    values = rows["value"].to_numpy(float)
    days = len(set(day))
    if 1 < days < material.plates:
        found = nested_variances(values, (day, plate))
        if found is not None:
            return found, True
    return nested_variances(values, (plate,)), False


def precision(validation: Validation) -> Section:
    """Each control of a lot and each specimen on enough plates; the others say how many they have."""
    part, specimens = ChapterPart(), ChapterPart()
    for material in materials(validation):
        if material.is_control:
            part = part + _row(validation, material)
        else:
            specimens = specimens + _row(validation, material)
    limits = validation.limits
    lead = (
        f"Controls of a lot, and specimens that were read at one dilution on at least {limits.fewest_plates} plates. Accepted: repeatability at most "
        f"{limits.repeatability_cv_pct} % ({limits.repeatability_cv_pct.source}), within the laboratory at most "
        f"{limits.within_laboratory_cv_pct} % ({limits.within_laboratory_cv_pct.source}). A limit is met where the whole interval keeps it, missed where the "
        "estimate does not, and not shown in between."
    )
    if not part.rows and not specimens.rows:
        lead = "Not answered: no control and no specimen was read on more than one plate. " + lead
    method = (
        f"Design and method: CLSI EP05-A3; {_METHOD}. A component that comes out negative is 0. "
        "Between plates holds whatever differs between them: days, lots and instruments, where these are not told apart."
    )
    notes = (method, f"Fewest plates: {limits.fewest_plates.source}.")
    tables = (
        StudyTable("precision", "Components of variance of controls", COLUMNS, part.rows, notes),
        StudyTable("precision_specimens", "Components of variance of specimens", COLUMNS, specimens.rows),
    )
    return Section(NAME, TITLE, lead, tables, (), (*part.numbers, *specimens.numbers))


def _row(validation: Validation, material: Material) -> ChapterPart:
    lead = (material.analyte, material.name, material.plates, len(material.rows))
    needed = validation.limits.fewest_plates
    if material.plates < needed.value:
        if not material.is_control:
            return ChapterPart()  # every specimen that was repeated once would stand here
        why = f"not answered: {material.plates} plates, at least {needed} asked for"
        return ChapterPart(rows=(unanswered(*lead, columns=len(COLUMNS), why=why),))
    found, has_days = variances_of(material)
    if found is None:
        return ChapterPart(rows=(unanswered(*lead, columns=len(COLUMNS), why="not answered: no plate has replicates"),))
    return ChapterPart(
        rows=(_cells(validation, lead, found, has_days),), numbers=tuple(_numbers(material, found, has_days))
    )


def _cells(validation: Validation, lead: tuple[Cell, ...], found: NestedVariances, has_days: bool) -> tuple[Cell, ...]:
    error, total = (_cv(each, found.mean) for each in (found.components[-1], found.total))
    between = [cv_words(*_cv(each, found.mean)) for each in found.components[:-1]]
    days = between[0] if has_days else None
    limits = validation.limits
    return (
        *lead, level_words(found.mean), cv_words(*error), between[-1], days, cv_words(*total),
        at_most(*error, limits.repeatability_cv_pct.value), at_most(*total, limits.within_laboratory_cv_pct.value),
    )  # fmt: skip


def _cv(variance: Variance, mean: float) -> tuple[float, float, float]:
    """Percent of the mean, with its interval."""
    value, low, high = (100 * math.sqrt(each) / mean for each in (variance.value, variance.low, variance.high))
    return value, low, high


def _numbers(material: Material, found: NestedVariances, has_days: bool) -> Iterator[Number]:
    names = ("between days", "between plates", "repeatability") if has_days else ("between plates", "repeatability")
    for name, variance in (*zip(names, found.components, strict=True), ("within laboratory", found.total)):
        value, low, high = _cv(variance, found.mean)
        yield Number(
            section=NAME, population=material.analyte, endpoint=None, term=material.name, quantity=f"{name} CV, %", value=value,
            low=low, high=high, test=_METHOD, n=found.n, direction="higher is worse", note=f"df {variance.df:.2f}; mean {found.mean:.6g}",
        )  # fmt: skip


def between_plates(validation: Validation) -> dict[str, float]:
    """Analyte -> squared CV between plates and days, the mean over its controls that are on enough plates."""
    found: dict[str, list[float]] = {}
    for material in materials(validation):
        if not material.is_control or material.plates < validation.limits.fewest_plates.value:
            continue
        made, _ = variances_of(material)
        if made is not None:
            share = sum(each.value for each in made.components[:-1]) / made.mean**2
            found.setdefault(material.analyte, []).append(share)
    return {name: float(np.mean(values)) for name, values in found.items()}
