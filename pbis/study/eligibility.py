"""Who is in: the published rules in a fixed order, each patient leaving at the first that fails, with the reason.

A rule whose column the data does not have is reported as not assessed, never as passed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbis.clinical.fitness import CLASS_OF_POINTS
from pbis.study.cells import child_pugh_points
from pbis.study.settings import StudySettings
from pbis.study.stats.survival import Bools, Floats


@dataclass(frozen=True)
class RuleStep:
    """A rule: how many it saw, how many it excluded and in which words; or that it could not be assessed."""

    rule: str
    failure: str
    entered: int
    excluded: int
    is_assessed: bool
    not_recorded: int


@dataclass(frozen=True)
class Flow:
    """The steps in order, one reason per excluded subject, and the patients who remain."""

    steps: tuple[RuleStep, ...]
    exclusions: pd.DataFrame
    eligible: pd.DataFrame


@dataclass(frozen=True)
class _Rule:
    name: str
    failure: str
    column: str
    low: float
    high: float


def apply_eligibility(frame: pd.DataFrame, settings: StudySettings) -> Flow:
    """Apply the rules of the settings. A value that is not recorded excludes nobody, but is counted."""
    left = frame
    steps: list[RuleStep] = []
    excluded: list[pd.DataFrame] = []
    for rule in _rules(settings):
        fails, unknown = _judge(left, rule)
        is_assessed = rule.column in left
        steps.append(RuleStep(rule.name, rule.failure, len(left), int(fails.sum()), is_assessed, int(unknown.sum())))
        excluded.append(left.loc[fails, ["subject_id", "cohort"]].assign(reason=rule.failure))
        left = left[~fails]
    lost = ~np.isfinite(left["os_months"].to_numpy(float)) | ~np.isfinite(left["os_event"].to_numpy(float))
    steps.append(RuleStep("survival follow-up recorded", "no survival follow-up", len(left), int(lost.sum()), True, 0))
    excluded.append(left.loc[lost, ["subject_id", "cohort"]].assign(reason="no survival follow-up"))
    return Flow(tuple(steps), pd.concat(excluded, ignore_index=True), _with_points(left[~lost].reset_index(drop=True)))


def _rules(settings: StudySettings) -> list[_Rule]:
    design = settings.design
    return [
        _Rule(
            f"age {design.min_age:g} years or more",
            f"younger than {design.min_age:g} years",
            "age",
            design.min_age,
            np.inf,
        ),
        _Rule(
            "Child-Pugh {:g} to {:g}".format(*design.child_pugh),
            "Child-Pugh out of range",
            "child_pugh",
            *design.child_pugh,
        ),
        _Rule("ECOG {:g} to {:g}".format(*design.ecog), "ECOG out of range", "ecog", *design.ecog),
        _Rule(
            f"baseline sample within {design.window_days:g} days",
            f"sample more than {design.window_days:g} days early, or after the start",
            "days_before_start",
            0,
            design.window_days,
        ),
    ]


def _judge(frame: pd.DataFrame, rule: _Rule) -> tuple[Bools, Bools]:
    if rule.column not in frame:
        return np.zeros(len(frame), bool), np.zeros(len(frame), bool)
    least, most = _between(frame[rule.column])
    fails = (most < rule.low) | (least > rule.high)
    return fails, ~fails & ~((least >= rule.low) & (most <= rule.high))


def _between(column: pd.Series) -> tuple[Floats, Floats]:
    """What each value is at least and at most, nan where it is not recorded: a class of Child-Pugh alone stands for its points."""
    points = column if pd.api.types.is_numeric_dtype(column) else child_pugh_points(column)
    least = most = pd.to_numeric(points).to_numpy(float)
    for name in sorted(set(CLASS_OF_POINTS.values())):
        own = [number for number, each in CLASS_OF_POINTS.items() if each == name]
        is_class = (column == name).to_numpy(bool)
        least, most = np.where(is_class, min(own), least), np.where(is_class, max(own), most)
    return least, most


def _with_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Points of Child-Pugh in the place of classes with points, where anybody has them: models take them as a number."""
    if "child_pugh" not in frame or pd.api.types.is_numeric_dtype(frame["child_pugh"]):
        return frame
    points = child_pugh_points(frame["child_pugh"])
    return frame.assign(child_pugh=points) if points.notna().any() else frame
