"""The score: four three-valued components, their certain and possible sum, and the group that follows.

One point each where a component reaches its cut-off. With unknown components the sum is a set: `score_min` points are certain,
`score_max` possible; the group is high if score_min >= high_at, low if score_max < high_at, else indeterminate; a number is
given only where the two agree. Nothing is imputed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pbis.core.frames import COMPONENT, REASONS, SCORE, SCORE_INPUT
from pbis.core.scoring.components import ABSENT, BelowAtCut, ComponentPoint, Measure, decide, measures_of
from pbis.core.scoring.cutoffs import COMPONENTS, Cutoff, CutoffSet, what_if
from pbis.core.scoring.marks import Mark, marks_text, of_components
from pbis.core.scoring.weighing import weigh

__all__ = ["Cutoff", "CutoffSet", "ScoreFrames", "Sum", "add_up", "score", "what_if"]


@dataclass(frozen=True)
class ScoreFrames:
    """score: frames.SCORE, subject x set. component: frames.COMPONENT, subject x set x component. Both sorted by their keys."""

    score: pa.Table
    component: pa.Table


@dataclass(frozen=True)
class Sum:
    """Points that are certain and possible, and the group; `score` is None unless they agree."""

    score_min: int
    score_max: int
    group: str

    @property
    def score(self) -> int | None:
        return self.score_min if self.score_min == self.score_max else None


def add_up(points: Sequence[int | None], high_at: int) -> Sum:
    """The sum of three-valued points."""
    least = sum(point == 1 for point in points)
    most = least + sum(point is None for point in points)
    group = "high" if least >= high_at else "low" if most < high_at else "indeterminate"
    return Sum(least, most, group)


def score(
    inputs: pa.Table,
    sets: Sequence[CutoffSet],
    site_set: str,
    marks: Mapping[str, Sequence[Mark]] | None = None,
    below_at_cut: BelowAtCut = "zero",
) -> ScoreFrames:
    """Score every subject of `inputs` (frames.SCORE_INPUT) by every set.

    site_set: name of the set that the site reports. A subject none of whose measures has a value is `not_scored`.
    marks: subject -> marks that do not come from the components; they stand beside the score and change nothing of it.
    below_at_cut: as for `decide`.
    ValueError where a reason or a mark is not of its closed list or the site's set is not among `sets`.
    """
    SCORE_INPUT.check(inputs)
    if site_set not in {each.name for each in sets}:
        raise ValueError(f"the site's cut-off set {site_set!r} is not among {[each.name for each in sets]}")
    subjects = _subjects(inputs, marks or {})
    scores, components = _Columns(SCORE.names), _Columns(COMPONENT.names)
    ordered = sorted(sets, key=lambda each: each.name)
    decider = _Decider(below_at_cut)
    for subject_id in sorted(subjects):
        for each in ordered:
            _add_subject(subjects[subject_id], each, decider, site_set, scores, components)
    return ScoreFrames(SCORE.table(scores.by_name), COMPONENT.table(components.by_name))


@dataclass(frozen=True)
class _Subject:
    subject_id: str
    cohort: str | None
    treatment_started_on: Any
    measures: dict[str, Measure]
    nlr_sources: dict[str, str | None]  # measure -> how the ratio was come by
    marks: tuple[Mark, ...]


class _Columns:
    """Rows collected as columns of a frame."""

    def __init__(self, names: Sequence[str]) -> None:
        self.by_name: dict[str, list[Any]] = {name: [] for name in names}

    def add(self, **row: Any) -> None:
        for name, values in self.by_name.items():
            values.append(row[name])


class _Decider:
    """Decides each component once for equal measures and equal rules, of which a cohort under several sets has many."""

    def __init__(self, below_at_cut: BelowAtCut) -> None:
        self._below_at_cut = below_at_cut
        self._known: dict[tuple[tuple[str, ...], tuple[Measure, ...]], ComponentPoint] = {}

    def components(self, cutoffs: Sequence[Cutoff], measures: Mapping[str, Measure]) -> dict[str, ComponentPoint]:
        return {cut.component: self._decide(cut, measures) for cut in cutoffs}

    def _decide(self, cut: Cutoff, measures: Mapping[str, Measure]) -> ComponentPoint:
        key = (cut.rule, tuple([measures.get(name, ABSENT) for name in measures_of(cut.component)]))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = decide(cut, measures, self._below_at_cut)
        return found


_READ = (
    "subject_id",
    "cohort",
    "treatment_started_on",
    "measure",
    "nlr_source",
    "value_op",
    "value_text",
    "unit",
    "ci_low",
    "ci_high",
    "reason",
    "plate_cv_pct",
    "is_plate_even",
)


def _subjects(inputs: pa.Table, marks: Mapping[str, Sequence[Mark]]) -> dict[str, _Subject]:
    found: dict[str, _Subject] = {}
    columns = (inputs.column(name).to_pylist() for name in _READ)
    for who, cohort, start, name, source, *value in zip(*columns, strict=True):
        subject = found.setdefault(who, _Subject(who, cohort, start, {}, {}, tuple(marks.get(who, ()))))
        if name in subject.measures:
            raise ValueError(f"{who}: two rows for {name}")
        measure = Measure(*value)
        if measure.reason is not None and measure.reason not in REASONS:
            raise ValueError(f"{measure.reason!r} is not in the closed list of reasons")
        subject.measures[name] = measure
        subject.nlr_sources[name] = source
    return found


def _add_subject(
    subject: _Subject, each: CutoffSet, decider: _Decider, site_set: str, scores: _Columns, components: _Columns
) -> None:
    decisions = decider.components(each.cutoffs, subject.measures)
    total = add_up([decision.point for decision in decisions.values()], each.high_at)
    group = total.group if _has_value(subject, each) else "not_scored"
    comparator = decider.components(each.crafity, subject.measures)
    crafity = add_up([decision.point for decision in comparator.values()], high_at=2) if comparator else None
    names, mark_reasons = marks_text((*of_components(decisions), *subject.marks))
    points = {f"{name}_point": decisions[name].point if name in decisions else None for name in COMPONENTS}
    scores.add(
        subject_id=subject.subject_id,
        cohort=subject.cohort,
        treatment_started_on=subject.treatment_started_on,
        cutoff_set=each.name,
        is_site_set=each.name == site_set,
        score=total.score,
        score_min=total.score_min,
        score_max=total.score_max,
        group=group,
        reasons=reasons_text(decisions),
        is_near_cut=any(decision.is_near_cut for decision in decisions.values()),
        is_certain=is_certain(decisions, group, each.high_at),
        **_weighed(decisions, group, each.high_at),
        crafity_min=crafity.score_min if crafity else None,
        crafity_max=crafity.score_max if crafity else None,
        marks=names,
        mark_reasons=mark_reasons,
        **points,
    )
    for row in _component_rows(subject, each, decisions):
        components.add(**row)


def _has_value(subject: _Subject, each: CutoffSet) -> bool:
    names = (name for cut in each.cutoffs for name in measures_of(cut.component))
    return any(subject.measures.get(name, ABSENT).is_present for name in names)


def _weighed(decisions: Mapping[str, ComponentPoint], group: str, high_at: int) -> dict[str, Any]:
    """p_high and the columns beside it; all null where nothing was measured or a component cannot be weighed."""
    chances = {name: decisions[name].chance for name in COMPONENTS if name in decisions}
    found = weigh(chances, high_at) if group != "not_scored" else None
    return {
        "p_high": found.p if found else None,
        "p_high_low": found.low if found else None,
        "p_high_high": found.high if found else None,
        "p_high_basis": found.basis if found else None,
    }


def is_certain(decisions: Mapping[str, ComponentPoint], group: str, high_at: int) -> bool:
    """Whether the group is high or low and would stay so on whichever side of its cut each value near one lies."""
    sure = [None if decision.is_near_cut else decision.point for decision in decisions.values()]
    return group in ("high", "low") and add_up(sure, high_at).group == group


def reasons_text(decisions: Mapping[str, ComponentPoint]) -> str | None:
    """'component: reason' of the unknown components in the order of the score, joined by '; '; None where all are known."""
    said = (f"{name}: {decisions[name].reason}" for name in COMPONENTS if name in decisions and decisions[name].reason)
    return "; ".join(said) or None


def _component_rows(
    subject: _Subject, each: CutoffSet, decisions: Mapping[str, ComponentPoint]
) -> Iterator[dict[str, Any]]:
    for cut in sorted(each.cutoffs, key=lambda cut: cut.component):
        decision = decisions[cut.component]
        yield {
            "subject_id": subject.subject_id,
            "cutoff_set": each.name,
            "component": cut.component,
            "point": decision.point,
            "value_op": decision.op,
            "value_text": decision.text,
            "unit": cut.unit,
            "cut_text": cut.value,
            "comparator": cut.comparator,
            "is_at_cut": decision.is_at_cut,
            "is_near_cut": decision.is_near_cut,
            "flip_probability": decision.flip_probability,
            "reason": decision.reason,
            "nlr_source": subject.nlr_sources.get("neutrophils") if cut.component == "nlr" else None,
        }
