"""The scores that compete: PBIS, what exists already, and PBIS with parts left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.study.data import COMPONENTS, Population, short
from pbis.study.points import analysis_value, cuts, operators, point
from pbis.study.stats.survival import Floats
from pbis.study.study import Study

PBIS = "PBIS, 0 to 4"


@dataclass(frozen=True)
class Contender:
    """A score that competes: as graded as it is (a sum, a measured value), and its high group (1, 0, nan where not known)."""

    name: str
    score: Floats
    high: Floats

    @property
    def is_known(self) -> np.ndarray:
        """(n,): whose score and group are both known."""
        return np.isfinite(self.score) & np.isfinite(self.high)


def contenders(study: Study, population: Population) -> list[Contender]:
    """PBIS, CRAFITY, NLR and CRP alone, and PBIS with parts left out (high from the same sum)."""
    scored = study.scored(population)
    found = [Contender(PBIS, scored.score, scored.high)]
    frame = population.frame
    if "crafity" in frame and frame["crafity"].notna().sum() > 10:
        crafity = population.column("crafity")
        found.append(Contender("CRAFITY, 0 to 2", crafity, np.where(np.isnan(crafity), np.nan, (crafity >= 2) * 1.0)))
    for name in ("nlr", "crp_mg_dl"):
        if name in frame and name in cuts(study.settings.score):
            high = point(population.column(name), operators(frame, name), cuts(study.settings.score)[name])
            found.append(Contender(f"{short(name)} alone", analysis_value(frame, name), high))
    return found + [c for parts, words in _ABLATIONS if (c := _ablation(study, population, parts, words)) is not None]


_ABLATIONS = (
    (("nlr", "crp_mg_dl", "il12_pg_ml"), "without IL-2"),
    (("nlr", "crp_mg_dl", "il2_pg_ml"), "without IL-12"),
    (("nlr", "crp_mg_dl"), "NLR + CRP only"),
)


def _ablation(study: Study, population: Population, parts: tuple[str, ...], words: str) -> Contender | None:
    full = study.scored(population).names
    kept = tuple(p for p in COMPONENTS if p in parts and p in full)
    if kept == full or not kept:
        return None
    scored = study.scored(population, kept)
    return Contender(f"PBIS {words}" if words.startswith("without") else words, scored.score, scored.high)


@dataclass(frozen=True)
class Field:
    """The contenders of a table, its patients (rows of the set), and the sentences about whom and what it leaves out."""

    entries: tuple[Contender, ...]
    rows: np.ndarray
    notes: tuple[str, ...]

    @property
    def has_pbis(self) -> bool:
        """Whether PBIS is among them, with which the others are compared."""
        return bool(self.entries) and self.entries[0].name == PBIS


def common_field(study: Study, population: Population, is_known: np.ndarray) -> Field:
    """Everyone who can be compared on the same patients: those for whom every entry and the outcome (`is_known`) are known.

    An entry that is known of nobody is left out and named, for it would leave no patient to the others.
    """
    offered = contenders(study, population)
    entries = tuple(c for c in offered if (c.is_known & is_known).any())
    absent = [c.name for c in offered if c not in entries]
    kept = np.logical_and.reduce([is_known, *(c.is_known for c in entries)])
    words = (f"Known of nobody, and therefore not in the table: {'; '.join(absent)}.",) if absent else ()
    return Field(entries, np.flatnonzero(kept), words)
