"""Join and score: the views choose the inputs, core decides, and nothing is done where nothing under it has changed."""

from __future__ import annotations

import hashlib

import msgspec

import warehouse
from pbis.core.scoring.score import score
from pbis.pipeline.context import Night
from pbis.pipeline.holding import standing_holds
from pbis.pipeline.publishing import published_basis
from pbis.pipeline.stages import Followed, Scored, Scores
from pbis.version import __version__


def score_subjects(night: Night, before: Followed) -> Scored:
    """Score every treated subject under every set. Where the published scores rest on the same inputs, keep them."""
    knobs = night.site.file.score
    settings = warehouse.ScoreSettings(
        window_days=knobs.window_days,
        il12_analyte=knobs.il12_analyte,
        il2_analyte=knobs.il2_analyte,
        panels="\n".join(knobs.panels),
    )
    warehouse.load_cutoffs(night.con, night.settings.cutoff_sets, night.night_id)
    inputs = warehouse.score_input(night.con, settings)
    frames = score(inputs, night.settings.cutoff_sets, knobs.cutoff_set)
    rests_on = basis(night)
    is_current = published_basis(night.site.path("releases")) == rests_on
    if not is_current:
        warehouse.load_scores(night.con, night.night_id, frames.score, frames.component, inputs)
    return Scored(
        told=before.told,
        inbox=before.inbox,
        imports=before.imports,
        due=before.due,
        plates=before.plates,
        alarms=before.alarms,
        scores=Scores(rests_on, is_current, frames.score, frames.component),
    )


def basis(night: Night) -> str:
    """sha256 over everything that tonight's scores and release are derived from: assays, trends, holds, imports, decisions,
    configuration, sets, code."""
    sets = sorted(warehouse.set_hash(each) for each in night.settings.cutoff_sets)
    con = night.con
    parts = (
        warehouse.standing_assays(con), warehouse.trend_basis(con), warehouse.standing_imports(con),
        warehouse.last_decision(con), night.site.config_hash, sets, __version__,
        *standing_holds(night),
    )  # fmt: skip
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
