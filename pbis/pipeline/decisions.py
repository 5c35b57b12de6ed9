"""Decisions in a night: the log is taken in once, and each plate meets those that stand about its content."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

import warehouse
from pbis.core.curves.assay import Exclusion
from pbis.core.decision import Decision, standing
from pbis.core.verdicts.decided import exclusions, wells_of
from pbis.pipeline.context import Night, ReadPlate
from pbis.pipeline.decision_log import read_log

Decisions = tuple[Decision, ...]


def take_in(night: Night) -> None:
    """Read the log, copy what is new into the warehouse, and sort what stands by plate. IntegrityError for a damaged log."""
    events = read_log(night.site.path("decisions"))
    warehouse.load_decisions(night.con, events, night.night_id)
    night.decisions = {}
    for one in standing(events):
        own = night.decisions.get(one.target.plate_content, ())
        night.decisions[one.target.plate_content] = (*own, one)


def decisions_of(night: Night, run_id: str, reading: pa.Table) -> Decisions:
    """Standing decisions about the plate of an export."""
    if not night.decisions:
        return ()
    return decisions_about(night, run_id, warehouse.content_hash(reading) or run_id)


def decisions_about(night: Night, run_id: str, content: str) -> Decisions:
    """Those that name the plate by its readings, and those that name one of several plates with its readings by the run."""
    own = night.decisions.get(content, ())
    return own if content == run_id else own + night.decisions.get(run_id, ())


def excluded(plate: ReadPlate) -> frozenset[Exclusion]:
    """Wells of the plate that take no part."""
    return exclusions(plate.decisions, plate.well)


def by_run(night: Night) -> dict[str, Sequence[Decision]]:
    """Decisions about the plates that are computed tonight; one about wells that the plate does not have is noted."""
    for plate in night.plates:
        for one in plate.decisions:
            target = one.target
            if one.kind == "exclude" and (target.well or target.replicate_group) and not wells_of(one, plate.well):
                night.notes.append(
                    f"{plate.job.name}: decision {one.sequence} excludes {target}, which it does not have"
                )
    return {plate.job.run_id: plate.decisions for plate in night.plates}
