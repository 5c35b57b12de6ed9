"""The warehouse against its seals, and against what its inputs give when they are computed again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

import warehouse
from pbis.config import Site
from pbis.core.frames import COMPONENT, SCORE, SCORE_INPUT, VISIT_INPUT, VISIT_SCORE
from pbis.core.site_time import in_utc
from pbis.core.words import plural
from pbis.files.temporary import temporary_folder
from pbis.pipeline.context import Night, NightOptions, Silent
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.decisions import by_plate
from pbis.pipeline.differing import difference
from pbis.pipeline.falls import published_difference
from pbis.pipeline.faults import SiteFault
from pbis.pipeline.ledger import ERASURE, NIGHT, UPGRADE, LedgerLine
from pbis.pipeline.publishing import published_basis
from pbis.pipeline.scoring import basis, scores_now, visits_now
from pbis.pipeline.settings import load_settings
from pbis.pipeline.stages import Told
from pbis.pipeline.withdrawals import withdrawn_from


@dataclass(frozen=True)
class Sealed:
    """What the ledger says that each night wrote. version: that all its hashes are comparable in; '' where there are none."""

    version: str
    seals: warehouse.Seals


def sealed(entries: tuple[LedgerLine, ...]) -> Sealed:
    """The newest seal of each night, of the newest version."""
    version = ""
    found: dict[str, Mapping[str, str]] = {}
    for entry in (each for each in entries if each.kind in (NIGHT, UPGRADE, ERASURE)):
        if entry.kind != NIGHT or entry.facts["version"] != version:
            version, found = entry.facts["version"], {}
        found |= entry.facts["seals"]
    return Sealed(version, found)


def seal_faults(con: warehouse.Connection, told: Sealed, nights: Sequence[str] | None = None) -> Iterator[SiteFault]:
    """Tables in which a night's rows are not those that it wrote. nights: only these, None for all and for rows of nobody. Nothing of a
    file of an earlier build, whose columns this one does not know: the next night brings it to today and seals it."""
    if told.version != warehouse.version_of_seals(con) or warehouse.is_of_an_earlier_build(con):
        return
    found = warehouse.seals(con, nights)
    known = warehouse.night_ids(con)
    for night in [name for name in told.seals if nights is None or name in nights]:
        if night not in known:
            yield SiteFault("warehouse", f"night {night}", "its rows", "no such night", night)
        else:
            yield from _differences(night, told.seals[night], found.get(night, {}))
    for night in sorted(found.keys() - told.seals.keys() - set(known)):
        tables = ", ".join(sorted(found[night]))
        yield SiteFault("warehouse", f"rows of {night}", "rows that a night wrote", f"rows of nobody in {tables}")


def _differences(night: str, expected: Mapping[str, str], found: Mapping[str, str]) -> Iterator[SiteFault]:
    for table in sorted(expected.keys() | found.keys()):
        was, now = str(expected.get(table, "0:0")), found.get(table, "0:0")
        if was != now:
            rows = (int(was.partition(":")[0]), int(now.partition(":")[0]))
            words = (plural(rows[0], "row"), plural(rows[1], "row") if rows[0] != rows[1] else "other values in them")
            yield SiteFault("warehouse", f"store.{table}", *words, night)


@contextmanager
def copied(site: Site, clock: Callable[[], datetime]) -> Iterator[Night]:
    """A night on a copy of the warehouse that is thrown away: all that a night computes, and nothing that it changes."""
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder("verify"))
        path = site.path("warehouse")
        for file in (path, path.with_name(path.name + ".wal")):
            if file.exists():
                shutil.copy2(file, folder / file.name)
        con = stack.enter_context(warehouse.opened(folder / path.name))
        warehouse.migrate(con, zone=site.time_zone)
        decisions = by_plate(log_of(site)[: warehouse.decision_head(con)["sequence"]])  # not what no night saw
        loaded = warehouse.holdings(con).loaded
        now = in_utc(clock(), site.time_zone)
        own = (site, NightOptions(is_dry_run=True), "verify", now, lambda: now, Silent(), load_settings(site), con)
        yield Night(*own, loaded, decisions, Told(), withdrawn_from(site))


def score_faults(night: Night) -> Iterator[SiteFault]:
    """Live scores with their components and what they are made from, of baselines and of other draws, against the stored ones of the
    same basis, and the scores of baselines against the published ones."""
    if published_basis(night.site.path("releases")) != basis(night):
        return
    taken, frames = scores_now(night)
    visits = visits_now(night, taken)
    made = {
        SCORE_INPUT: taken.input,
        SCORE: frames.score,
        COMPONENT: frames.component,
        VISIT_INPUT: visits.input,
        VISIT_SCORE: visits.score,
    }
    for spec, now in made.items():
        last, stored = warehouse.latest_scores(night.con, spec)
        differs = difference(spec.name, now, stored)
        if differs:
            yield SiteFault("warehouse", f"store.{spec.name}", *differs, last)
    shown = published_difference(night, frames.score)
    if shown:
        yield SiteFault("release", "scores of the newest", shown[1], shown[0], last)
