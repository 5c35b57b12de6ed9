"""What the cohort sheet is made from, and the values of one component as arrays: censored ones stand at their bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pbis.core.scoring.cutoffs import COMPONENTS, RATIO, Cutoff, CutoffSet
from pbis.core.units import factor, to_unit
from pbis.report.tabular import rows

NAMES = {"nlr": "NLR", "crp": "CRP", "il12": "IL-12", "il2": "IL-2"}


@dataclass(frozen=True)
class CohortReport:
    """One site's cohort. score, component: frames.SCORE and COMPONENT with every set of cutoff_sets.

    limit: subject_id, measure, analyte, plate, plate_number, dilution_factor, kit_lots, unit, lloq, lowest_standard, uloq;
    limits times dilution, a row for each dilution of a subject's draw on each plate. origin: subject_id, measure, sent_as (unit
    and range as the laboratory sent them). sites: subject_id, site. No times: the page must not change when nothing did.
    """

    site: str
    score: pa.Table
    component: pa.Table
    limit: pa.Table
    site_set: str
    cutoff_sets: tuple[CutoffSet, ...]
    provenance: Mapping[str, str] = field(default_factory=dict)
    origin: pa.Table | None = None
    sites: pa.Table | None = None


@dataclass(frozen=True)
class CohortCut:
    """A cut-off as the sheet draws it: its number in the component's unit, its words, and the sets that use it."""

    value: float
    words: str
    sets: tuple[str, ...]
    is_site: bool


@dataclass(frozen=True)
class Values:
    """A component over the cohort in `unit`, one entry a subject, sorted by subject; number is NaN where there is none.

    op: =, <, <=, > or >=, empty where there is no number. point: set -> 1, 0 or -1 (unknown); reason: set -> texts; of both
    the site's set comes first where it has the component.
    """

    component: str
    unit: str
    subject_id: tuple[str, ...]
    op: NDArray[np.str_]
    number: NDArray[np.float64]
    point: Mapping[str, NDArray[np.int64]]
    reason: Mapping[str, tuple[str, ...]]
    cuts: tuple[CohortCut, ...]

    @property
    def name(self) -> str:
        return NAMES[self.component]

    @cached_property
    def is_below(self) -> NDArray[np.bool_]:
        return np.asarray(np.char.startswith(self.op, "<"))

    @cached_property
    def is_above(self) -> NDArray[np.bool_]:
        return np.asarray(np.char.startswith(self.op, ">"))

    @cached_property
    def is_plain(self) -> NDArray[np.bool_]:
        return np.asarray(self.op == "=")

    @property
    def own(self) -> str:
        """The set whose points are shown: the site's, else the first that has the component."""
        return next(iter(self.point))


def values_of(data: CohortReport, name: str) -> Values | None:
    """The component's values in the unit of the site's cut-off; None where no set has it."""
    sets = sorted(data.cutoff_sets, key=lambda each: (each.name != data.site_set, each.name))
    chosen = [(each, cut) for each in sets if (cut := each.cutoff(name)) is not None]
    if not chosen:
        return None
    table = data.component.filter(pc.equal(data.component["component"], name)).sort_by("subject_id")
    unit = chosen[0][1].unit
    by_set = {each.name: rows(table.filter(pc.equal(table["cutoff_set"], each.name))) for each, _ in chosen}
    shown = by_set[chosen[0][0].name]
    return Values(
        component=name,
        unit=unit,
        subject_id=tuple(row["subject_id"] for row in shown),
        op=np.array([(row["value_op"] or "") if row["value_text"] else "" for row in shown], dtype="U2"),
        number=np.array([float(row["value_text"] or "nan") for row in shown]),
        point={
            set_: np.array([-1 if row["point"] is None else row["point"] for row in found], dtype=np.int64)
            for set_, found in by_set.items()
        },
        reason={set_: tuple(row["reason"] or "" for row in found) for set_, found in by_set.items()},
        cuts=_cuts(chosen, unit, data.site_set),
    )


def all_values(data: CohortReport) -> list[Values]:
    """Every component that some set has, in the order of the score."""
    found = (values_of(data, name) for name in COMPONENTS)
    return [values for values in found if values is not None]


def in_unit(value: float, unit: str, wanted: str) -> float:
    """A number in another unit of its kind; units that are the same or not known leave it alone."""
    known, target = to_unit(unit), to_unit(wanted)
    if unit == wanted or known is None or target is None or known.dimension != target.dimension:
        return value
    return value * float(factor(known, target))


def amount(value: str, unit: str) -> str:
    return value if unit == RATIO else f"{value} {unit}"


def _cuts(chosen: list[tuple[CutoffSet, Cutoff]], unit: str, site_set: str) -> tuple[CohortCut, ...]:
    """Different cuts, the site's first; sets that agree share one."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for each, cut in chosen:
        found.setdefault((cut.comparator, cut.value, cut.unit), []).append(each.name)
    return tuple(
        CohortCut(
            in_unit(float(value), cut_unit, unit),
            f"{comparator.replace('>=', '≥')} {amount(value, cut_unit)}",
            tuple(names),
            site_set in names,
        )
        for (comparator, value, cut_unit), names in found.items()
    )
