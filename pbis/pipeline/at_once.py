"""Computing by day what a person just decided or brought: the same night, of the files that are named alone; and who is in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from pbis.config import Site, load_site
from pbis.core.errors import UsageError
from pbis.core.words import plural
from pbis.pipeline.context import NightOptions
from pbis.pipeline.lock import lock_holder, nobody_hears
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query
from pbis.pipeline.recomputing import recompute

_LATEST = 14  # nights that tell how long one takes: two weeks
_LASTED = f"""
    select epoch(finished_at - started_at) as seconds from night
    where finished_at is not null and state <> 'nothing_new' order by sequence desc limit {_LATEST}
"""
CHANGED = """
    select count(distinct subject_id) as patients,
        count(distinct (run_id, plate_number)) filter (run_id is not null) as plates from release_change
    where release_after = ?
"""


@dataclass(frozen=True)
class ComputedNow:
    """What came out. release: that people see now, '' where none is; said: sentences for a person; refused: some of it was."""

    release: str
    said: tuple[str, ...]
    refused: bool = False


@dataclass(frozen=True)
class AtWork:
    """Who holds the site. words: the same in a sentence; usual_seconds: what a night takes, None where none has ended yet."""

    words: str
    since: datetime
    usual_seconds: float | None


def compute_now(root: Path, names: frozenset[str], clock: Callable[[], datetime]) -> ComputedNow:
    """Compute what decisions changed and files of these names in the inbox bring, and publish it. Raises
    what a night raises; SiteBusy at once while one is at work, so that what else is asked for meanwhile is computed with it."""
    site = load_site(root)
    before = current_release(site)
    outcome = recompute(site, NightOptions(only=names), nobody_hears, clock, patience=0.0)
    after = current_release(site)
    said = (
        *_came(outcome),
        *(what_changed(root, after) if after != before else ["Nothing that is published changed."]),
    )
    return ComputedNow(after, said, bool(outcome.refused))


def who_is_at_work(site: Site, now: datetime) -> AtWork | None:
    """Who holds the site's lock; None where nobody does, or it is not told since when."""
    holder = lock_holder(site.path("state"))
    if holder is None or holder.since is None:
        return None
    return AtWork(holder.words(now), holder.since, _usual_seconds(site.root))


def current_release(site: Site) -> str:
    """Name of the release that people see; '' where nothing is published."""
    link = site.path("releases") / "current"
    return link.resolve().name if link.exists() else ""


def _usual_seconds(root: Path) -> float | None:
    try:
        lasted = run_query(root, _LASTED).column(0).to_pylist()
    except UsageError:
        return None
    return median(lasted) if lasted else None


def _came(outcome: Outcome) -> Iterator[str]:
    """What was taken in, and what was not, with why."""
    counted = ((outcome.plates_loaded, "came in"), (outcome.plates_recomputed, "computed anew"))
    said = [f"{plural(count, 'plate')} {words}" for count, words in counted if count]
    if said:
        yield f"{' and '.join(said)}."
    for each in outcome.refused:
        yield f"{each.name} was refused: {each.message}"
    for part in outcome.refused_parts:
        yield f"{part.name}: {part.message}"


def what_changed(root: Path, release: str) -> Iterator[str]:
    """How much of what people see is another."""
    row = run_query(root, CHANGED.replace("?", f"'{release}'")).to_pylist()[0]
    said = [plural(row[what], one) for what, one in (("plates", "plate"), ("patients", "patient")) if row[what]]
    yield (
        f"Release {release}: {' and '.join(said)} changed."
        if said
        else f"Release {release}: no verdict and no score changed."
    )
