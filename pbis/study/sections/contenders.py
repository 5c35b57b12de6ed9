"""The scores that compete: PBIS, what exists already, and PBIS with parts left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.study.data import COMPONENTS, Population, short
from pbis.study.points import cuts, operators, point
from pbis.study.stats.survival import Floats
from pbis.study.study import Study

PBIS = "PBIS, 0 to 4"


@dataclass(frozen=True)
class Contender:
    """A score that competes: its value for C, and the high group for a hazard ratio."""

    name: str
    score: Floats
    high: Floats


def contenders(study: Study, population: Population) -> list[Contender]:
    """PBIS, CRAFITY, NLR and CRP alone, and PBIS with parts left out (high from the same sum)."""
    scored = study.scored(population)
    found = [Contender(PBIS, scored.score, scored.high)]
    frame = population.frame
    if "crafity" in frame and frame["crafity"].notna().sum() > 10:
        crafity = population.column("crafity")
        found.append(Contender("CRAFITY, 0 to 2", crafity, np.where(np.isnan(crafity), np.nan, (crafity >= 2) * 1.0)))
    for name in ("nlr", "crp_mg_dl"):
        if name in frame:
            high = point(population.column(name), operators(frame, name), cuts(study.settings.score)[name])
            found.append(Contender(f"{short(name)} alone", high, high))
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
