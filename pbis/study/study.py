"""A study: the eligible patients, the sets of them that are analysed, the settings, and one random stream per chapter."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbis.core.errors import TableRefused
from pbis.core.words import plural
from pbis.labs.outcome_words import load_outcome_words
from pbis.study.data import ENDPOINTS, Endpoint, Population, outcome_known
from pbis.study.eligibility import Flow, apply_eligibility
from pbis.study.findings import UNKNOWN, Finding, examine
from pbis.study.points import ScoredTable, score_table
from pbis.study.settings import StudySettings

Tell = Callable[[str], None]
_FEW_EVENTS = 5


@dataclass(frozen=True)
class Study:
    """main: everybody on the main regimen; derivation: where cut-offs are searched; others: its further cohorts.

    comparison: the other regimens, for the treatment interaction; None where there is only one.
    unknown: patients whose regimen nobody recorded, who are in no comparison; None where there are none, or the table has no
    regimen at all. findings: what the table says that cannot be so or is not known, in all its rows.
    """

    settings: StudySettings
    flow: Flow
    everybody: Population
    main: Population
    derivation: Population
    others: tuple[Population, ...]
    comparison: Population | None
    tell: Tell
    unknown: Population | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def populations(self) -> tuple[Population, ...]:
        """Derivation, the other cohorts of the main regimen, and all of these pooled where there is more than one."""
        pooled = (self.main,) if self.others else ()
        return (self.derivation, *self.others, *pooled)

    @property
    def treated(self) -> Population:
        """Everybody whose regimen is known, as far as the table has regimens."""
        if self.unknown is None:
            return self.everybody
        return self.everybody.where((self.everybody.frame["regimen"] != UNKNOWN).to_numpy())

    def endpoints(self, population: Population) -> tuple[Endpoint, ...]:
        """The endpoints with enough events to say anything."""
        return tuple(e for e in ENDPOINTS if _events(population, e) >= _FEW_EVENTS)

    def scored(self, population: Population, components: tuple[str, ...] | None = None) -> ScoredTable:
        return score_table(population.frame, self.settings.score, components)

    def rng(self, purpose: str) -> np.random.Generator:
        """A stream of its own for every purpose: adding an analysis does not change another's numbers."""
        return np.random.default_rng([self.settings.methods.seed, zlib.crc32(purpose.encode())])


def _events(population: Population, endpoint: Endpoint) -> int:
    known = outcome_known(population, endpoint)
    return int(population.column(f"{endpoint.key}_event")[known].sum())


def make_study(frame: pd.DataFrame, settings: StudySettings, tell: Tell = lambda _: None) -> Study:
    """Apply the eligibility rules and divide. TableRefused where nobody with events is left."""
    examined = examine(frame)
    flow = apply_eligibility(examined.frame, settings)
    eligible = flow.eligible
    regimen = eligible.get("regimen", pd.Series("", index=eligible.index)).astype(str)
    wanted = _main_regimen(regimen, settings.design.main_regimen)
    everybody = Population("all patients", eligible)
    main = everybody.where((regimen == wanted).to_numpy(), "pooled")
    _require_deaths(main, "eligible patients")
    name = settings.design.derivation_cohort or _largest(main.frame["cohort"].astype(str))
    cohorts = main.frame["cohort"].astype(str)
    derivation = main.where((cohorts == name).to_numpy(), name)
    _require_deaths(derivation, f"cohort {name}")
    others = tuple(main.where((cohorts == c).to_numpy(), c) for c in sorted(cohorts.unique()) if c != name)
    is_open = (regimen == UNKNOWN) & (wanted != UNKNOWN)
    rest = everybody.where((regimen != wanted).to_numpy() & ~is_open.to_numpy(), "other regimens")
    unknown = everybody.where(is_open.to_numpy(), "regimen unknown")
    comparison, nobody_knows = (part if part.n else None for part in (rest, unknown))
    return Study(settings, flow, everybody, main, derivation, others, comparison, tell, nobody_knows, examined.findings)


def _require_deaths(population: Population, who: str) -> None:
    deaths = _events(population, ENDPOINTS[0])
    if deaths < _FEW_EVENTS:
        found = f"{deaths} among {plural(population.n, 'patient')}"
        raise TableRefused(f"{who}: a study needs at least {_FEW_EVENTS} deaths; found {found}")


def _main_regimen(regimen: pd.Series, named: str) -> str:
    """The one that study.toml names, in whichever spelling, else the most frequent of those known."""
    if named:
        words = load_outcome_words()
        return next((one for one in sorted(set(regimen)) if words.regimen(one) == words.regimen(named)), named)
    known = regimen[regimen != UNKNOWN]
    return str(known.mode().iloc[0]) if len(known) else UNKNOWN


def _largest(cohorts: pd.Series) -> str:
    return "derivation" if (cohorts == "derivation").any() else str(cohorts.value_counts().index[0])
