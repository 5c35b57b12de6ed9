"""The site while it is being invented: patients, draws, lab rows, linkage, and the list of what was planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from pbis.simulate.cohort import COMPONENTS, Subject, make_cohort
from pbis.simulate.draws import Draw, baseline_draws
from pbis.simulate.labrows import LabRow, Style, pick_style

WINDOW_DAYS = 7


@dataclass(frozen=True)
class Problem:
    """Something planted on purpose: what it is, where it lies, and what a right program does about it."""

    kind: str
    planted: str
    expected: str
    subject: str | None = None
    specimen: str | None = None
    file: str | None = None
    plate: str | None = None
    wells: tuple[str, ...] = ()
    analyte: str | None = None


@dataclass(frozen=True)
class Link:
    """A line of the linkage table."""

    site: str
    mrn: str
    subject: str
    valid_from: str = "2015-01-01"
    valid_to: str = ""


@dataclass
class Draft:
    """Mutable on purpose: each story of pbis.simulate.stories changes a little of it and says so in `problems`.

    unknown: (subject, component) -> reason why the component cannot be known although the truth is.
    treatment_mrn: the MRN under which the treatment start is filed.
    """

    rng: np.random.Generator
    subjects: dict[str, Subject]
    styles: dict[str, Style]
    baseline: dict[str, Draw]
    treatment_mrn: dict[str, str]
    further: list[Draw] = field(default_factory=list)
    labs: dict[str, list[LabRow]] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    unassayed: set[str] = field(default_factory=set)
    unknown: dict[tuple[str, str], str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def pick(self, fits: Callable[[Subject], bool]) -> Subject:
        """The next subject in random order that fits and has no story yet; LookupError where none is left."""
        for name in self.rng.permutation(sorted(self.subjects)).tolist():
            if name not in self.used and fits(self.subjects[name]):
                self.used.add(name)
                return self.subjects[name]
        raise LookupError("no subject is left that fits the story")

    def days_before(self, subject: Subject) -> int:
        """Calendar days from the baseline tube to the first dose."""
        return (subject.started_at.date() - self.baseline[subject.subject].collected_at.date()).days

    def labs_at(self, subject: Subject) -> datetime:
        """When the baseline blood count was drawn: with the tube, or the day before the dose if the tube is too early."""
        if self.days_before(subject) > WINDOW_DAYS:
            return (subject.started_at - timedelta(days=1)).replace(hour=7, minute=25)
        return self.baseline[subject.subject].collected_at

    def blind(self, subject: str, reason: str, *components: str) -> None:
        """The components of a subject cannot be known, for this reason."""
        for component in components:
            self.unknown[subject, component] = reason


def new_draft(seed: int, base_on: date) -> Draft:
    """Patients, their baseline draws and their laboratories, without any story yet."""
    subjects = make_cohort(np.random.default_rng([seed, 10]), base_on)
    style_rng = np.random.default_rng([seed, 12])
    styles = {s.subject: pick_style(style_rng) for s in subjects}
    return Draft(
        rng=np.random.default_rng([seed, 13]),
        subjects={s.subject: s for s in subjects},
        styles=styles,
        baseline=baseline_draws(subjects, np.random.default_rng([seed, 11])),
        treatment_mrn={s.subject: s.mrn for s in subjects},
        links=[Link(styles[s.subject].laboratory.site, s.mrn, s.subject) for s in subjects],
    )


def is_decided_by(component: str) -> Callable[[Subject], bool]:
    """Subjects with exactly one of the other three points: without this component their group is open."""
    return lambda s: sum(s.points[other] for other in COMPONENTS if other != component) == 1
