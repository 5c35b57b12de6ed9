"""Decisions in a night: the log is taken in once, and each plate meets those that stand about its content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import warehouse
from pbis.config import Site
from pbis.core.curves.assay import Exclusion
from pbis.core.decision import ACCEPT, ANNOTATE, RELEASE, SIGN, Decision, standing
from pbis.core.plates.doubtful import WellRelease
from pbis.core.verdicts.decided import exclusions, wells_of
from pbis.pipeline.context import Bench
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.ledger import LedgerLine
from pbis.pipeline.sealing import require_anchored
from pbis.pipeline.stages import ReadPlate

Decisions = tuple[Decision, ...]
_IDLE = (ANNOTATE, ACCEPT, SIGN)


def take_in(
    con: warehouse.Connection, site: Site, night_id: str, seen: tuple[LedgerLine, ...] = (), most: int | None = None
) -> dict[str, Decisions]:
    """Read the site's log, copy what is new into the warehouse, and sort what stands by plate. most: events that are seen, None for all.
    IntegrityError for a damaged log."""
    events = log_of(site)
    require_anchored(events, seen, site.time_zone)
    events = events[:most]
    warehouse.load_decisions(con, events, night_id)
    return by_plate(events)


def by_plate(events: Decisions) -> dict[str, Decisions]:
    """Those of the events that stand and can change a result, by the content that they name: notes on charts, acceptances and signatures
    change none."""
    found: dict[str, Decisions] = {}
    for one in (each for each in standing(events) if each.kind not in _IDLE):
        content = one.target.plate_content
        found[content] = (*found.get(content, ()), one)
    return found


def decisions_about(night: Bench, run_id: str, content: str) -> Decisions:
    """Those that name the plate by its readings, and those that name one of several plates with its readings by the run."""
    own = night.decisions.get(content, ())
    return own if content == run_id else own + night.decisions.get(run_id, ())


def releases(decisions: Decisions) -> tuple[WellRelease, ...]:
    """What people said of held wells, a value a well."""
    found: dict[tuple[int, str], WellRelease] = {}
    for one in decisions:
        if one.kind == RELEASE and one.target.well is not None:
            key = (one.target.plate_number, one.target.well)
            found[key] = replace(found.get(key, WellRelease(*key)), **one.facts)
    return tuple(found.values())


def excluded(plate: ReadPlate) -> frozenset[Exclusion]:
    """Wells of the plate that take no part."""
    return exclusions(plate.decisions, plate.well)


def by_run(plates: Iterable[ReadPlate]) -> dict[str, Sequence[Decision]]:
    """Decisions about the plates that are computed tonight."""
    return {plate.job.run_id: plate.decisions for plate in plates}


def pointless(plates: Iterable[ReadPlate]) -> tuple[str, ...]:
    """A note for each decision about wells that its plate does not have."""
    return tuple(
        f"{plate.job.name}: decision {one.sequence} excludes {one.target}, which it does not have"
        for plate in plates
        for one in plate.decisions
        if one.kind == "exclude" and (one.target.well or one.target.replicate_group) and not wells_of(one, plate.well)
    )
