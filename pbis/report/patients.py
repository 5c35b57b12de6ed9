"""Patients by study id: score, group and components under the site's cut-off set, and whose group the reading decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.draw.words import DASH
from pbis.report.tabular import rows
from pbis.report.text import phrase

GROUP_WORDS = {"high": "High", "low": "Low", "indeterminate": "Indeterminate", "not_scored": "Not scored"}
GROUP_ORDER = {name: position for position, name in enumerate(GROUP_WORDS)}
MARK_WORDS = {
    "at_cut": "at a cut",
    "near_cut": "near a cut",
    "outside_population": "outside the population",
    "implausible": "implausible value",
}
SHOWN_IN_CELLS = ("at_cut", "near_cut")  # the component's own cell says which
LONGEST_VALUE = 8
COMPONENTS = ("nlr", "crp", "il12", "il2")


@dataclass(frozen=True)
class ComponentCell:
    """A component of a score: value and unit as compared, the point in words, and what makes it uncertain."""

    value: str
    point: str
    note: str


@dataclass(frozen=True)
class PatientLine:
    subject_id: str
    cohort: str
    score: str
    group: str
    group_word: str
    components: tuple[ComponentCell, ...]  # nlr, crp, il12, il2
    reasons: str
    marks: tuple[str, ...]  # in words
    crafity: str


@dataclass(frozen=True)
class Depending:
    """A patient and the group under each cut-off set, in the order of the sets."""

    subject_id: str
    cohort: str
    groups: tuple[str, ...]


def patients(score: pa.Table, component: pa.Table, site_set: str, most: int | None = None) -> list[PatientLine]:
    """Subjects under the site's set, by study id: all, or the first so many."""
    own = score.filter(pc.equal(score["cutoff_set"], site_set)).sort_by("subject_id").slice(0, most)
    mine = pc.and_(pc.equal(component["cutoff_set"], site_set), pc.is_in(component["subject_id"], own["subject_id"]))
    parts = {(row["subject_id"], row["component"]): row for row in rows(component.filter(mine))}
    return [_patient(row, parts) for row in rows(own)]


def group_counts(score: pa.Table) -> dict[str, dict[str, int]]:
    """Cut-off set -> group -> number of patients; every group present."""
    pairs = Counter(
        zip(score.column("cutoff_set").to_pylist(), score.column("group").to_pylist(), strict=True),
    )
    sets = {name for name, _ in pairs}
    return {name: {group: pairs[name, group] for group in GROUP_WORDS} for name in sorted(sets)}


def depends_on_reading(score: pa.Table, sets: Sequence[str]) -> list[Depending]:
    """Subjects whose group is not the same under every cut-off set, by study id."""
    groups: dict[str, dict[str, str]] = {}
    cohorts: dict[str, str] = {}
    for row in rows(score, ("subject_id", "cohort", "cutoff_set", "group")):
        groups.setdefault(row["subject_id"], {})[row["cutoff_set"]] = row["group"]
        cohorts[row["subject_id"]] = row["cohort"] or DASH
    return [
        Depending(subject, cohorts[subject], tuple(found.get(name, "not_scored") for name in sets))
        for subject, found in sorted(groups.items())
        if len(set(found.values())) > 1
    ]


def component_heads(component: pa.Table, site_set: str, names: Mapping[str, str]) -> list[str]:
    """Column heads of the components with the unit of comparison: `CRP, mg/dL`."""
    chosen = rows(component.filter(pc.equal(component["cutoff_set"], site_set)), ("component", "unit"))
    units = {row["component"]: row["unit"] for row in chosen if row["unit"] not in (None, "1")}
    return [f"{names[name]}, {units[name]}" if name in units else names[name] for name in COMPONENTS]


def _patient(row: dict[str, Any], parts: dict[tuple[str, str], dict[str, Any]]) -> PatientLine:
    return PatientLine(
        subject_id=row["subject_id"],
        cohort=row["cohort"] or DASH,
        score=_points(row["score"], row["score_min"], row["score_max"]),
        group=row["group"],
        group_word=GROUP_WORDS.get(row["group"], row["group"]),
        components=tuple(_component(parts.get((row["subject_id"], name))) for name in COMPONENTS),
        reasons="; ".join(filter(None, (phrase(row["reasons"]), _said_marks(row["mark_reasons"])))),
        marks=tuple(MARK_WORDS.get(name, name) for name in (row["marks"] or "").split("; ") if name),
        crafity=_points(None, row["crafity_min"], row["crafity_max"]),
    )


def _said_marks(text: str | None) -> str:
    """Reasons of the marks that no component's cell tells."""
    parts = (text or "").split("; ")
    return "; ".join(phrase(part) for part in parts if part and part.split(":")[0] not in SHOWN_IN_CELLS)


def _points(certain: int | None, low: int | None, high: int | None) -> str:
    """`2`, or `1 to 3` where components are unknown."""
    if certain is not None:
        return str(certain)
    if low is None or high is None:
        return DASH
    return str(low) if low == high else f"{low} to {high}"


def _component(row: dict[str, Any] | None) -> ComponentCell:
    if row is None:
        return ComponentCell(DASH, "not counted", "")
    point = {1: "1 point", 0: "0"}.get(row["point"], "unknown")
    return ComponentCell(_value(row), point, _note(row))


def _value(row: dict[str, Any]) -> str:
    if row["value_text"] is None:
        return DASH
    operator = "" if row["value_op"] in (None, "=") else f"{row['value_op']} "
    return operator + _trimmed(row["value_text"])


def _trimmed(text: str) -> str:
    """A long decimal cut, not rounded, so that 3.49999 never reads as the 3.5 it is compared with."""
    if len(text) <= LONGEST_VALUE or not text.replace(".", "", 1).isdigit():
        return text
    return str(Decimal(text).quantize(Decimal("0.001"), ROUND_DOWN))


def _note(row: dict[str, Any]) -> str:
    """Why it is unknown, or how close to the cut it lies; and how an NLR was come by where not from two counts."""
    if row["reason"]:
        return phrase(row["reason"])
    near = "at the cut" if row["is_at_cut"] else "near the cut" if row["is_near_cut"] else ""
    source = "" if row["nlr_source"] in (None, "counts") else f"by {phrase(row['nlr_source'])}"
    return ", ".join(filter(None, (source, near)))
