"""The whole study in order, and where it is written."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from pbis.study.data import check_table, table_hash
from pbis.study.findings import Finding
from pbis.study.headlines import headlines
from pbis.study.plain import in_plain_words
from pbis.study.result import Section, stamped
from pbis.study.sections.certainty import certainty
from pbis.study.sections.comparison import comparison
from pbis.study.sections.cutoffs import cutoff_search
from pbis.study.sections.markers import single_markers
from pbis.study.sections.matched import matched
from pbis.study.sections.models import adjusted_models
from pbis.study.sections.optimism import optimism
from pbis.study.sections.patients import patients
from pbis.study.sections.prediction import prediction
from pbis.study.sections.reporting import reporting
from pbis.study.sections.response import response
from pbis.study.sections.subgroups import subgroups
from pbis.study.sections.survival import score_survival
from pbis.study.settings import StudySettings
from pbis.study.study import Study, Tell, make_study

CHAPTERS: tuple[tuple[str, Callable[[Study], Section]], ...] = (
    ("patients", patients),
    ("score and survival", score_survival),
    ("tumour response", response),
    ("adjusted models", adjusted_models),
    ("comparators", comparison),
    ("calibration and decision", prediction),
    ("propensity matching", matched),
    ("treatment and site", subgroups),
    ("markers", single_markers),
    ("cut-offs", cutoff_search),
    ("optimism", optimism),
    ("certainty", certainty),
    ("reporting map", reporting),
)


@dataclass(frozen=True)
class Result:
    """All chapters, the settings, the hash of data and settings, and seconds by chapter (not part of what is compared)."""

    sections: tuple[Section, ...]
    settings: StudySettings
    inputs: str
    patients: int
    seconds: dict[str, float]
    findings: tuple[Finding, ...] = ()

    @property
    def plain(self) -> str:
        """The study in a paragraph without statistics."""
        return in_plain_words(self.sections, self.settings.score.high_at)

    @property
    def headlines(self) -> tuple[str, ...]:
        """The study in a dozen sentences."""
        rows = len({f.row for f in self.findings})
        said = (
            f"{rows} row{'s' * (rows != 1)} of the table say what cannot be so, or do not say enough: see Patients.",
        )
        return headlines(self.sections, self.settings.score.high_at) + (said if rows else ())


def run_study(
    frame: pd.DataFrame,
    settings: StudySettings | None = None,
    tell: Tell = lambda _: None,
    step: Tell = lambda _: None,
    time_unit: str = "",
) -> Result:
    """Run every chapter on a table with the columns of pbis.study.data.

    step is told each chapter's name as it begins, tell what goes on inside. The same table and settings give the same
    numbers. time_unit: of the survival times, where somebody has said it (check_table). TableRefused where the table cannot be a study's.
    """
    chosen = settings or StudySettings()
    table = check_table(frame, time_unit)
    study = make_study(table, chosen, tell)
    sections, seconds = [], {}
    for name, chapter in CHAPTERS:
        step(name)
        begun = time.perf_counter()
        sections.append(chapter(study))
        seconds[name] = time.perf_counter() - begun
    inputs = table_hash(table, chosen.hash)
    return Result(stamped(sections, inputs), chosen, inputs, len(table), seconds, study.findings)
