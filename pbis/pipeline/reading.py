"""The step that reads plates, a part a shard; a part that is run again after a stumble goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from pbis.pipeline.context import Night
from pbis.pipeline.identity import settle_identities, waiting
from pbis.pipeline.memory import let_go
from pbis.pipeline.plates import Desk, due_jobs, read_job
from pbis.pipeline.stages import Imported, PlateJob, Read, Told, WaitingPlate, together
from pbis.pipeline.walking import Part, Work


def reading(night: Night, before: Imported) -> Work[Sequence[WaitingPlate | Told], Read]:
    """Read what is due; a plate that is refused leaves the others alone."""
    due, size, desk = due_jobs(night, before.inbox), night.site.file.runner.shard_size, Desk.of(night)
    shards = [due.jobs[i : i + size] for i in range(0, len(due.jobs), size)]
    parts = [Part(f"read plates {_span(n, size, due.jobs)}", _reader(night, s, desk)) for n, s in enumerate(shards)]

    def join(made: Sequence[Sequence[WaitingPlate | Told]]) -> Read:
        found = [one for shard in made for one in shard]
        told = due.told + together(one for one in found if isinstance(one, Told))
        kept, mixed_up = settle_identities(night, (one for one in found if isinstance(one, WaitingPlate)))
        return Read(before.told + told + mixed_up, before.inbox, before.imports, due, kept)

    return Work(parts, join)


def _reader(night: Night, shard: Sequence[PlateJob], desk: Desk) -> Callable[[], Sequence[WaitingPlate | Told]]:
    @cache  # a retried part does not read, or refuse, twice
    def read(job: PlateJob) -> WaitingPlate | Told:
        found = read_job(night, job, desk)
        return found if isinstance(found, Told) else waiting(found)

    def read_all() -> Sequence[WaitingPlate | Told]:
        found = [read(job) for job in shard]
        let_go()  # bytes and cells of a shard, before the next
        return found

    return read_all


def _span(number: int, size: int, jobs: Sequence[PlateJob]) -> str:
    return f"{number * size + 1}-{min((number + 1) * size, len(jobs))}"
