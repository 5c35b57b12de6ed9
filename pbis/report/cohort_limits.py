"""Can the assay answer the cut-off? Cut against LLOQ x dilution for each plate, and cuts that say nothing about this cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pbis.core.words import called_plate, plural
from pbis.draw.words import DASH
from pbis.report.cohort_data import CohortCut, CohortReport, Values, in_unit
from pbis.report.tabular import rows
from pbis.report.text import significant

LEAST = 20  # values; below, a 99th percentile is the largest value and means nothing


@dataclass(frozen=True)
class LimitLine:
    """Wells of one plate at one dilution against one cut; patients on several lines count on each."""

    component: str
    cut: str
    plate: str
    lots: str
    dilution: str
    lloq: str
    patients: int
    below: int
    unanswered: int
    can_answer: bool

    @property
    def is_known(self) -> bool:
        """Whether the curve has an LLOQ, or at least a lowest standard."""
        return self.lloq != DASH

    @property
    def answer(self) -> str:
        if self.can_answer:
            return "yes"
        return f"not below {self.lloq}" if self.is_known else "not known: the curve has no LLOQ and no standard"


@dataclass(frozen=True)
class CutFlag:
    component: str
    cut: str
    sets: tuple[str, ...]
    says: str
    detail: str


def lloqs(data: CohortReport, values: Values) -> list[float]:
    """Distinct LLOQ x dilution of the component's plates, in its unit, ascending."""
    return sorted({row["lloq"] for row in _limits(data, values) if row["lloq"] is not None})


def limit_lines(data: CohortReport, values: Values) -> list[LimitLine]:
    """Lines by cut, then those that cannot answer first, then plates by name."""
    place = {subject: at for at, subject in enumerate(values.subject_id)}
    groups: dict[tuple[Any, ...], set[int]] = {}
    for row in _limits(data, values):
        key = (row["plate"], row["plate_number"], row["kit_lots"] or "", row["dilution_factor"], row["lloq"])
        groups.setdefault(key, set()).add(place[row["subject_id"]])
    lines = [_line(values, cut, key, sorted(who)) for cut in values.cuts for key, who in groups.items()]
    order = {cut.words: at for at, cut in enumerate(values.cuts)}
    return sorted(lines, key=lambda line: (order[line.cut], line.can_answer, line.plate, line.dilution))


def flags(data: CohortReport, values: Values) -> list[CutFlag]:
    """What the sheet must say about each cut of the component under every set."""
    return [flag for cut in values.cuts for flag in (_detected(data, values, cut), _empty(values, cut)) if flag]


def percentile_99(values: Values) -> float | None:
    """99th percentile, censored values at their bound and `>` above everything; None where there are too few values."""
    numbers = np.where(values.is_above, np.inf, values.number)[~np.isnan(values.number)]
    return float(np.quantile(numbers, 0.99, method="higher")) if numbers.size >= LEAST else None


def _detected(data: CohortReport, values: Values, cut: CohortCut) -> CutFlag | None:
    wells = {
        (row["plate"], row["plate_number"], row["dilution_factor"]): row["lowest_standard"]
        for row in _limits(data, values)
        if row["lowest_standard"] is not None
    }
    met = [low for low in wells.values() if cut.value <= low]
    if not met:
        return None
    spread = " to ".join(significant(low) for low in sorted({min(wells.values()), max(wells.values())}))
    detail = (
        f"lowest standard × dilution is {spread} {values.unit}; {len(met)} of {plural(len(wells), 'plate dilution')}"
    )
    says = "cut at or below the lowest standard: the point means detected"
    return CutFlag(values.name, cut.words, cut.sets, says, detail)


def _empty(values: Values, cut: CohortCut) -> CutFlag | None:
    top = percentile_99(values)
    if top is None or cut.value <= top:
        return None
    unit = "" if values.unit == "1" else f" {values.unit}"
    detail = f"99th percentile of {int((~np.isnan(values.number)).sum())} values is {significant(top)}{unit}"
    says = "cut above the cohort's 99th percentile: the component carries no information"
    return CutFlag(values.name, cut.words, cut.sets, says, detail)


def _line(values: Values, cut: CohortCut, key: tuple[Any, ...], who: list[int]) -> LimitLine:
    plate, number, lots, dilution, lloq = key
    reasons = values.reason[cut.sets[0]]
    unanswered = sum(reasons[at] in ("below_range_undecided", "above_range_undecided") for at in who)
    return LimitLine(
        component=values.name,
        cut=cut.words,
        plate=called_plate(plate, number),
        lots=lots,
        dilution=significant(dilution),
        lloq=significant(lloq),
        patients=len(who),
        below=int(values.is_below[who].sum()),
        unanswered=unanswered,
        can_answer=lloq is not None and lloq <= cut.value,
    )


def _limits(data: CohortReport, values: Values) -> list[dict[str, Any]]:
    """Rows of the component's limits, numbers in its unit."""
    found = [row for row in rows(data.limit) if row["measure"] == values.component]
    for row in found:
        for name in ("lloq", "lowest_standard"):
            row[name] = None if row[name] is None else in_unit(row[name], row["unit"] or "", values.unit)
    return found
