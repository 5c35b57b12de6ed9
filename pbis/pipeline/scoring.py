"""Join and score: the views choose the inputs, core decides, and nothing is done where nothing under it has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec
import pyarrow as pa

import expectations
import warehouse
from pbis.config import ReleaseSection, Site
from pbis.core.scoring.marks import Mark, Treated, outside
from pbis.core.scoring.score import ScoreFrames, score
from pbis.core.trends.between import Between, PlateMeasure, between_plates
from pbis.core.words import plural
from pbis.labs.outcome_words import load_outcome_words
from pbis.pipeline.by_visit import VisitScores, score_visits
from pbis.pipeline.context import Night
from pbis.pipeline.falls import falls_of_killed, require_as_published, require_no_fall
from pbis.pipeline.holding import standing_holds
from pbis.pipeline.lot_plates import with_plates
from pbis.pipeline.publishing import declared, published_basis
from pbis.pipeline.stages import Followed, Scored, Scores, Told
from pbis.scores.population import load_population
from pbis.version import __version__
from warehouse.closed_cells import ClosedCells, KnownNames

_SHOWN = 5  # patients in a sentence; the others are one query away


def score_subjects(night: Night, before: Followed) -> Scored:
    """Score every treated subject under every set. Where the published scores rest on the same inputs, keep them. IntegrityError
    where they are others all the same, or where something published would be lost without a cause."""
    warehouse.load_cutoffs(night.con, night.settings.cutoff_sets, night.night_id)
    taken, frames = scores_now(night)
    rests_on = basis(night)
    is_current = published_basis(night.site.path("releases")) == rests_on
    falls = falls_of_killed(night, frames.score)
    if is_current:
        require_as_published(night, frames.score)
    else:
        falls += require_no_fall(night, frames.score)  # before the store has scores of a night that stops
        _load(night, taken, frames)
    warehouse.let_go(night.con)
    return Scored(
        told=before.told
        + Told((*_nobody_on(night.site.file.score.regimens, taken), *_in_no_list(night.site, taken), *falls)),
        inbox=before.inbox,
        imports=before.imports,
        due=before.due,
        plates=before.plates,
        alarms=before.alarms,
        followed=before.followed,
        scores=Scores(rests_on, is_current, frames.score, frames.component),
    )


def _load(night: Night, taken: warehouse.ScoreBasis, frames: ScoreFrames) -> None:
    """The night's scores, and those of the draws that they do not take."""
    visits = visits_now(night, taken)
    warehouse.load_scores(
        night.con,
        night.night_id,
        frames.score,
        frames.component,
        taken.input,
        visit_input=visits.input,
        visit_score=visits.score,
    )


def visits_now(night: Night, taken: warehouse.ScoreBasis) -> VisitScores:
    """The draws that the score does not take, scored under every set from what the views give now."""
    known = {} if taken.visits is None else marks(taken.visits)
    return score_visits(taken.visits, lambda input: _scored(night, input, known))


def _scored(night: Night, input: pa.Table, known: Mapping[str, Sequence[Mark]]) -> ScoreFrames:
    knobs = night.site.file.score
    return score(input, night.settings.cutoff_sets, knobs.cutoff_set, known, knobs.below_at_cut)


class ScoresNow(NamedTuple):
    """What the views give now, and the scores of it."""

    taken: warehouse.ScoreBasis
    frames: ScoreFrames


def scores_now(night: Night) -> ScoresNow:
    """Every treated subject under every set, from what stands in the warehouse; only the knobs of the join are stored."""
    knobs = night.site.file.score
    differs, contradicts = expectations.nlr_limits(night.settings.suite)
    settings = warehouse.ScoreSettings(
        window_days=knobs.window_days,
        il12_analyte=knobs.il12_analyte,
        il2_analyte=knobs.il2_analyte,
        nlr_differs_pct=differs,
        nlr_contradicts_pct=contradicts,
        regimens="; ".join(sorted({load_outcome_words().regimen(each) for each in knobs.regimens})),
        materials="; ".join(sorted(each.casefold() for each in load_population().materials)),
        panels="\n".join(knobs.panels),
        only_accepted=knobs.only_accepted,
    )
    joined = warehouse.score_basis(night.con, settings)
    plates = between_plates(joined.controls, expectations.trend_settings(night.settings.suite).guide_plates)
    taken = replace(joined, input=with_plates(joined.input, plates), visits=_visits(joined.visits, plates))
    return ScoresNow(taken, _scored(night, taken.input, marks(taken)))


def _visits(basis: warehouse.VisitBasis | None, plates: Mapping[PlateMeasure, Between]) -> warehouse.VisitBasis | None:
    if basis is None:
        return None
    return replace(basis, input=with_plates(basis.input, plates), by_visit=with_plates(basis.by_visit, plates))


def _nobody_on(regimens: Sequence[str], taken: warehouse.ScoreBasis) -> tuple[str, ...]:
    """A regimen that no patient is on may be a misspelt one: told, since everybody is outside the population then."""
    answers = set(taken.population.column("is_of_regimen").to_pylist())
    if answers != {False}:
        return ()
    asked = ", ".join(regimens)
    return (
        f"no patient's treatment is {asked} ([score] regimens): all are marked outside_population; is it spelled so in pbis/labs/outcomes.toml?",
    )


def _in_no_list(site: Site, taken: warehouse.ScoreBasis) -> tuple[str, ...]:
    """Regimens that a release cannot show as they are written: a word that nobody has looked at may be a name, or a misspelt drug."""
    cells = ClosedCells(KnownNames(), declared(site))
    who: dict[str, list[str]] = {}
    for subject, text in zip(
        *(taken.population.column(name).to_pylist() for name in ("subject_id", "regimen")), strict=True
    ):
        if text and not cells.is_closed("regimen", text):
            who.setdefault(cells.shown("regimen", text), []).append(subject)
    return tuple(
        f"{name}: a regimen that no list knows, of {plural(len(own), 'patient')} ({', '.join(own[:_SHOWN])}{', ...' * (len(own) > _SHOWN)}); a "
        "release calls it so. A spelling or a drug belongs into pbis/labs/outcomes.toml, another word that names nobody under [release] "
        "words in site.toml"
        for name, own in sorted(who.items())
    )


def marks(taken: warehouse.ScoreBasis | warehouse.VisitBasis) -> dict[str, list[Mark]]:
    """Subject -> in whom the score was not found, and which of its values are doubted."""
    found: dict[str, list[Mark]] = {}
    population = load_population()
    for row in taken.population.to_pylist():
        names = ("regimen", "is_of_regimen", "age", "child_pugh", "ecog")
        who = Treated(**{name: row[name] for name in names}, materials=tuple(row["materials"] or ()))
        mark = outside(who, population)
        if mark is not None:
            found.setdefault(row["subject_id"], []).append(mark)
    for row in taken.implausible.to_pylist():
        words = f"{row['measure']} {row['observed_text']}, plausible: {row['limit_text']}"
        found.setdefault(row["subject_id"], []).append(Mark("implausible", words))
    return found


def basis(night: Night) -> str:
    """sha256 over everything that tonight's scores and release are derived from: assays, trends, holds, imports, decisions,
    configuration, sets, code, and the form of a release: one of an earlier build is published anew."""
    sets = sorted(warehouse.set_hash(each) for each in night.settings.cutoff_sets)
    con = night.con
    parts = (
        warehouse.standing_assays(con), warehouse.trend_basis(con), warehouse.standing_imports(con),
        warehouse.last_decision(con), night.site.config_hash, sets, __version__,
        expectations.nlr_limits(night.settings.suite),
        *standing_holds(night), *warehouse.wordings(con), *_told_of_words(night.site.file.release),
        *warehouse.release_form(con),
    )  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _told_of_words(told: ReleaseSection) -> tuple[ReleaseSection, ...]:
    """What a site says of words that name nobody; nothing where it says nothing, so that a basis of before stays."""
    return () if told == ReleaseSection() else (told,)
