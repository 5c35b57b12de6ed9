"""The cohort sheet of a site: each night as reports/cohort.html, and at any time from the newest release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import warehouse
from pbis.config import Site, load_site
from pbis.core.scoring.cutoffs import CutoffSet
from pbis.files.table_out import asked_for, write_whole
from pbis.pipeline.context import Night
from pbis.pipeline.open_pages import opened_column, opened_score
from pbis.pipeline.published import published_file
from pbis.pipeline.publishing import published_basis
from pbis.pipeline.settings import require_cutoff_set
from pbis.scores import load_sets
from warehouse.cohort import CohortFrames, cohort_frames, cohort_published

FILE_NAME = "cohort.html"


def write_sheet(night: Night, basis: str, words: warehouse.ClosedWords) -> None:
    """reports/cohort.html of tonight's scores, in the words of a release. basis: what they rest on."""
    text = _sheet(night.site, _opened(cohort_frames(night.con), words), night.settings.cutoff_sets, basis)
    write_whole(night.site.path("reports") / FILE_NAME, text)


def _opened(frames: CohortFrames, words: warehouse.ClosedWords) -> CohortFrames:
    return replace(
        frames,
        score=opened_score(frames.score, words),
        origin=opened_column(frames.origin, "sent_as", words.sentence),
        site=opened_column(frames.site, "site", lambda text: words.cell("site", text)),
    )


def published_sheet(root: Path, out: Path | None = None) -> str:
    """The sheet of the site's newest release; written where `out` is given. UsageError where nothing is published."""
    path = published_file(root)
    site = load_site(root)
    sets = load_sets()
    require_cutoff_set(site, tuple(sets))
    basis = published_basis(site.path("releases")) or "not known"
    text = _sheet(site, cohort_published(path), tuple(sets.values()), basis)
    if out is not None:
        with asked_for(out):
            write_whole(out, text)
    return text


def _sheet(site: Site, frames: CohortFrames, sets: Sequence[CutoffSet], basis: str) -> str:
    from pbis.report.cohort import cohort_sheet
    from pbis.report.cohort_data import CohortReport

    report = CohortReport(
        site=site.file.site.name,
        score=frames.score,
        component=frames.component,
        limit=frames.limit,
        origin=frames.origin,
        sites=frames.site,
        site_set=site.file.score.cutoff_set,
        cutoff_sets=tuple(sets),
        provenance={
            "score basis (sha256)": basis,
            "configuration (sha256)": site.config_hash,
            **{f"cut-off set {each.name} (sha256)": warehouse.set_hash(each) for each in sets},
        },
    )
    return cohort_sheet(report)
