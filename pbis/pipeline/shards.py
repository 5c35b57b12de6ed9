"""The steps that plates take in shards: curves, quality, warehouse. A shard is loaded whole and let go before the next one is
unpacked, so that what a night holds in memory does not grow with its plates.

A shard is so many plates in the order of loading, whatever the machine: a plate's numbers hang on no other plate of its shard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import warehouse
from pbis.core.curves.assay import AssayFrames
from pbis.pipeline.context import Night
from pbis.pipeline.crew import Ahead
from pbis.pipeline.judging import ASSUMED, check
from pbis.pipeline.loading import changed_medians, load_plates
from pbis.pipeline.plates import Tools, assay_plates
from pbis.pipeline.stages import Assayed, Loaded, Read, Told, WaitingPlate, together
from pbis.pipeline.standards import NOTED
from pbis.pipeline.walking import Plan, Shards, Step, whole

_AHEAD = 2  # shards that are fitted, or lie fitted, before their turn: more of them would be held for nothing


def sharded() -> Shards[Read, Loaded]:
    """The steps between reading a plate and having it safe."""
    fits = _Fits()
    plan = (
        Plan.of(Step("assay", "fitting curves", whole(fits.assay)))
        .then(Step("check", "checking quality", whole(check)))
        .then(Step("load", "loading plates", whole(load_plates)))
    )
    return Shards("plates", plan, fits.cut, _join)


class _Fits:
    """Curves of the night's shards, in their order. Where a crew is at work, it fits those that come next while one is loaded."""

    def __init__(self) -> None:
        self._ahead: Ahead[AssayFrames] = Ahead()

    def cut(self, night: Night, before: Read) -> Sequence[Read]:
        shards = _cut(night, before)
        self._ahead = night.crew.ahead(fit, (shard.plates for shard in shards), _AHEAD)
        return shards

    def assay(self, night: Night, before: Read) -> Assayed:
        """Curves of all plates of the shard."""
        plates = tuple(plate.unpacked() for plate in before.plates)
        frames = self._ahead.take(lambda: assay_plates(night, plates))
        return Assayed(before.told, before.inbox, before.imports, before.due, plates, frames)


def fit(tools: Tools, waiting: Sequence[WaitingPlate]) -> AssayFrames:
    """A worker's task: the curves of a shard."""
    return assay_plates(tools, [plate.unpacked() for plate in waiting])


def _cut(night: Night, before: Read) -> Sequence[Read]:
    size = night.site.file.runner.shard_size
    starts = range(0, max(len(before.plates), 1), size)
    return [replace(before, told=Told(), plates=before.plates[start : start + size]) for start in starts]


def _join(night: Night, before: Read, made: Sequence[Loaded]) -> Loaded:
    plates = tuple(plate for shard in made for plate in shard.plates)
    if plates:
        warehouse.write_out(night.con)  # the steps that follow need the memory
    told = before.told + together(shard.told for shard in made)
    untold = [note for note in _untold(night) if note not in told.notes]
    told += Told((*untold, *changed_medians(night, plates)))
    return Loaded(told, before.inbox, before.imports, before.due, plates)


def _untold(night: Night) -> list[str]:
    """What a killed night had to say of plates that it loaded, as load and check say it; it reached nobody."""
    return warehouse.said_left_behind(night.con, NOTED, (ASSUMED,))
