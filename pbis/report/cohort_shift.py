"""Does a component shift between cohorts, sites, laboratories or lots? Medians, shares and a standardised difference against the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pbis.draw.words import DASH
from pbis.report.cohort_data import CohortReport, Values
from pbis.report.tabular import rows
from pbis.report.text import percent, significant

LEAST = 5  # values on either side for a standardised difference
LARGE = 0.5


@dataclass(frozen=True)
class ShiftLine:
    component: str
    kind: str  # cohort, site, sent as or lot
    level: str
    patients: int
    with_value: int
    median: str
    positive: str
    unknown: str
    difference: str
    is_large: bool


def shift_lines(data: CohortReport, values: Values) -> list[ShiftLine]:
    """A line for each cohort and site, for a laboratory's values each unit and range as sent, for the assay each kit lot;
    nothing where there is only one of a kind."""
    cohorts = {row["subject_id"]: row["cohort"] or "no cohort" for row in rows(data.score, ("subject_id", "cohort"))}
    sites = (
        {}
        if data.sites is None
        else {row["subject_id"]: row["site"] for row in rows(data.sites, ("subject_id", "site"))}
    )
    lots: dict[str, set[str]] = {}
    for row in rows(data.limit, ("subject_id", "measure", "kit_lots")):
        if row["measure"] == values.component:
            lots.setdefault(row["subject_id"], set()).add(row["kit_lots"] or "no lot")
    joined = {subject: " and ".join(sorted(found)) for subject, found in lots.items()}
    return [
        *_lines(values, "cohort", cohorts),
        *_lines(values, "site", sites),
        *_lines(values, "sent as", _sent_as(data, values.component)),
        *_lines(values, "lot", joined),
    ]


def _sent_as(data: CohortReport, component: str) -> dict[str, str]:
    """Subject -> unit and range as its laboratory sent them; of a ratio those of its numerator."""
    measure = "neutrophils" if component == "nlr" else component
    found = [] if data.origin is None else rows(data.origin, ("subject_id", "measure", "sent_as"))
    return {row["subject_id"]: row["sent_as"] for row in found if row["measure"] == measure}


def _lines(values: Values, kind: str, level_of: Mapping[str, str]) -> list[ShiftLine]:
    levels = np.array([level_of.get(subject, "") for subject in values.subject_id], dtype=object)
    known = sorted(set(levels.tolist()) - {""})
    if len(known) < 2:
        return []
    return [_line(values, kind, level, levels == level, (levels != level) & (levels != "")) for level in known]


def _line(values: Values, kind: str, level: str, here: NDArray[np.bool_], rest: NDArray[np.bool_]) -> ShiftLine:
    points = values.point[values.own][here]
    difference = standardised_difference(values.number[here], values.number[rest])
    return ShiftLine(
        component=values.name,
        kind=kind,
        level=level,
        patients=int(here.sum()),
        with_value=int((~np.isnan(values.number[here])).sum()),
        median=median(values.op[here], values.number[here]),
        positive=percent(100 * float((points == 1).mean())),
        unknown=percent(100 * float((points == -1).mean())),
        difference=DASH if difference is None else f"{round(difference, 2) + 0.0:+.2f}".replace("-", "−"),
        is_large=difference is not None and abs(difference) >= LARGE,
    )


def median(op: NDArray[np.str_], number: NDArray[np.float64]) -> str:
    """The middle value; where censored values leave it open, what they prove of it: `< 3.2`, `> 300`, `≤ 3.7` or `≥ 7` where that end is itself a plain
    value, `5 to 6`. Of an even number the mean of the two, the lower if one is open."""
    kept = ~np.isnan(number)
    op, number = op[kept], number[kept]
    if not number.size:
        return DASH
    is_below, is_above = np.char.startswith(op, "<"), np.char.startswith(op, ">")
    least, most = np.sort(np.where(is_below, -np.inf, number)), np.sort(np.where(is_above, np.inf, number))
    low, high = (number.size - 1) // 2, number.size // 2
    if least[low] == most[low] and least[high] == most[high]:
        return significant((float(least[low]) + float(least[high])) / 2)
    ends = float(least[low]), float(most[low])
    if ends[0] == ends[1] or np.isfinite(ends).all():
        return " to ".join(dict.fromkeys(map(significant, ends)))
    end = ends[1] if np.isinf(ends[0]) else ends[0]
    is_plain = not (number[is_below if np.isinf(ends[0]) else is_above] == end).any()
    sign = ("≤" if is_plain else "<") if np.isinf(ends[0]) else ("≥" if is_plain else ">")
    return f"{sign} {significant(end)}"


def standardised_difference(here: NDArray[np.float64], rest: NDArray[np.float64]) -> float | None:
    """Difference of mean logarithms over the pooled SD, censored values at their bound; None with fewer than five on a side."""
    logs = [np.log(side[(side > 0) & ~np.isnan(side)]) for side in (here, rest)]
    if min(side.size for side in logs) < LEAST:
        return None
    pooled = float(np.sqrt((logs[0].var(ddof=1) + logs[1].var(ddof=1)) / 2))
    return float(logs[0].mean() - logs[1].mean()) / pooled if pooled > 0 else None
