"""Completing patients: many draws of every component from what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.study.data import Population
from pbis.study.points import ScoredTable, cuts, operators
from pbis.study.stats.censored import fit_lognormal
from pbis.study.stats.survival import Floats
from pbis.study.stats.wald import WALD_Z
from pbis.study.study import Study

CERTAIN = 0.95


@dataclass(frozen=True)
class Draws:
    """high (draws, n): completed groups; measured (draws, n): only measurement error, undecided points left undecided."""

    scored: ScoredTable
    high: Floats
    measured: Floats

    @property
    def chance(self) -> Floats:
        """Of being high, per patient, everything unknown drawn."""
        return np.asarray(self.high.mean(axis=0))

    @property
    def is_open(self) -> np.ndarray:
        """Group not certain: indeterminate, or between 5 and 95 % chance of being high."""
        return np.isnan(self.scored.high) | ((self.chance > 1 - CERTAIN) & (self.chance < CERTAIN))


def draw_groups(study: Study, population: Population) -> Draws:
    """Complete every patient `draws` times."""
    scored = study.scored(population)
    rng = study.rng(f"certainty {population.name}")
    shape = (study.settings.methods.draws, population.n)
    everything, decided_only, unknown = np.zeros(shape), np.zeros(shape), np.zeros(population.n)
    for k, name in enumerate(scored.names):
        points = _component(study, population, name, scored.points[:, k], rng)
        is_decided = np.isfinite(scored.points[:, k])
        everything += points
        decided_only += np.where(is_decided, points, 0.0)
        unknown += ~is_decided
    high = (everything >= scored.high_at).astype(np.float64)
    may_reach = decided_only + unknown >= scored.high_at
    measured = np.where(decided_only >= scored.high_at, 1.0, np.where(may_reach, np.nan, 0.0))
    return Draws(scored, high, measured)


def _component(study: Study, population: Population, name: str, decided: Floats, rng: np.random.Generator) -> Floats:
    """Points (draws, n) of one component. A censored value whose point is decided keeps it."""
    draws, frame = study.settings.methods.draws, population.frame
    if name not in frame:
        share = float(np.nanmean(decided)) if np.isfinite(decided).any() else 0.5
        return np.where(np.isfinite(decided), decided, rng.uniform(size=(draws, len(decided))) < share)
    cut, value, sign = cuts(study.settings.score)[name], population.column(name), operators(frame, name)
    exact = np.isfinite(value) & (sign == "=")
    measured = value * np.exp(rng.normal(size=(draws, len(value))) * _log_sd(study, population, name))
    law = fit_lognormal(value, sign)
    low = np.where(np.isin(sign, (">", ">=")) & np.isfinite(value), value, 0.0)
    high = np.where(np.isin(sign, ("<", "<=")) & np.isfinite(value), value, np.inf)
    drawn = np.stack([law.draw(low, high, rng) for _ in range(draws)])
    points = np.where(exact, measured, drawn) >= cut
    return np.where(~exact & np.isfinite(decided), decided, points * 1.0)


def _log_sd(study: Study, population: Population, name: str) -> Floats:
    """SD of ln(measurement): from the assay's 95 % interval where there is one, else the laboratory's CV of the settings."""
    cv = study.settings.methods.lab_cv_pct / 100
    low, high = population.column(f"{name}_low"), population.column(f"{name}_high")
    with np.errstate(invalid="ignore", divide="ignore"):
        from_interval = np.log(high / low) / (2 * WALD_Z)
    return np.where(np.isfinite(from_interval) & (from_interval > 0), from_interval, cv)
