"""The step that reads plates, a part a shard; a part that is run again after a stumble goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from expectations import get_ready
from pbis.core.errors import PbisError
from pbis.pipeline.context import Night
from pbis.pipeline.crew import Ahead
from pbis.pipeline.identity import settle_identities, waiting
from pbis.pipeline.memory import let_go
from pbis.pipeline.plates import Desk, Tools, bytes_of, due_jobs, read_job, read_plate
from pbis.pipeline.stages import Imported, PlateJob, Read, Told, WaitingPlate, together
from pbis.pipeline.walking import Part, Work

_CARRIED = 8  # exports that are on their way to other machines, at least: all at once would lie in memory
_WORTH_IT = 8_000_000  # bytes of exports, about 24 plates of 41 analytes: fewer are read while helpers would start


def reading(night: Night, before: Imported) -> Work[Sequence[WaitingPlate | Told], Read]:
    """Read what is due; a plate that is refused leaves the others alone."""
    due, size, desk = due_jobs(night, before.inbox), night.site.file.runner.shard_size, Desk.of(night)
    shards = [due.jobs[i : i + size] for i in range(0, len(due.jobs), size)]
    ahead = _handed_out(night, due.jobs, desk)
    reads = [_reader(night, shard, desk, ahead) for shard in shards]
    parts = [Part(f"read plates {_span(n, size, due.jobs)}", read) for n, read in enumerate(reads)]

    def join(made: Sequence[Sequence[WaitingPlate | Told]]) -> Read:
        found = [one for shard in made for one in shard]
        told = due.told + together(one for one in found if isinstance(one, Told))
        kept, mixed_up = settle_identities(night, (one for one in found if isinstance(one, WaitingPlate)))
        return Read(before.told + told + mixed_up, before.inbox, before.imports, due, kept)

    return Work(parts, join)


def read_ahead(tools: Tools, job: PlateJob) -> WaitingPlate:
    """A worker's task: the plate, packed away. A plate that is refused is left to the night, which tells it: ValueError."""
    found = read_job(tools, job, tools.desk)
    if isinstance(found, Told):
        raise ValueError("refused")
    return waiting(found)


def read_carried(tools: Tools, carried: tuple[PlateJob, bytes | None]) -> WaitingPlate:
    """A worker's task where it sees no disk of the night: the plate of these bytes. ValueError where there are none."""
    job, data = carried
    if data is None:
        raise ValueError("not to be had")
    return waiting(read_plate(tools, job, tools.desk, data))


def _handed_out(night: Night, jobs: Sequence[PlateJob], desk: Desk) -> Ahead[WaitingPlate | Told]:
    if len(jobs) > 1:
        night.crew.begin(Tools.of(night, desk), is_worth_it=sum(map(_size, jobs)) >= _WORTH_IT)
    if night.crew.is_near:
        return night.crew.ahead(read_ahead, jobs)
    return night.crew.ahead(read_carried, (_carried(night, job) for job in jobs), _CARRIED)


def _carried(night: Night, job: PlateJob) -> tuple[PlateJob, bytes | None]:
    """The job with its proven bytes; without them where they cannot be had: the night tells why, when its turn comes."""
    try:
        return job, bytes_of(night, job)
    except (OSError, PbisError):
        return job, None


def _size(job: PlateJob) -> int:
    if job.arrival is not None:
        return job.arrival.byte_count
    return job.archived.stat().st_size if job.archived.exists() else 0


def _reader(
    night: Night, shard: Sequence[PlateJob], desk: Desk, ahead: Ahead[WaitingPlate | Told]
) -> Callable[[], Sequence[WaitingPlate | Told]]:
    def read_here(job: PlateJob) -> WaitingPlate | Told:
        found = read_job(night, job, desk)
        return found if isinstance(found, Told) else waiting(found)

    @cache  # a retried part does not read, or refuse, twice
    def read(job: PlateJob) -> WaitingPlate | Told:
        return _own(night, job, ahead.take(lambda: read_here(job)))

    def read_all() -> Sequence[WaitingPlate | Told]:
        if night.crew.has_much:
            ahead.begin()
            get_ready()  # seconds, while others read
        found = [read(job) for job in shard]
        let_go()  # bytes and cells of a shard, before the next
        return found

    return read_all


def _own(night: Night, job: PlateJob, found: WaitingPlate | Told) -> WaitingPlate | Told:
    """With the job and the kit of this process, which all plates of the night share."""
    if isinstance(found, Told):
        return found
    return replace(found, job=job, panel=next((one for one in night.settings.panels if one == found.panel), None))


def _span(number: int, size: int, jobs: Sequence[PlateJob]) -> str:
    return f"{number * size + 1}-{min((number + 1) * size, len(jobs))}"
