"""The step that reads plates, a part a shard; a part that is run again after a stumble goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial

from pbis.pipeline.context import Night
from pbis.pipeline.plates import Desk, due_jobs, read_job
from pbis.pipeline.stages import Imported, PlateJob, Read, ReadPlate, Told, together
from pbis.pipeline.walking import Part, Work


def reading(night: Night, before: Imported) -> Work[Sequence[ReadPlate | Told], Read]:
    """Read what is due; a plate that is refused leaves the others alone."""
    due, size, desk = due_jobs(night, before.inbox), night.site.file.runner.shard_size, Desk.of(night)
    shards = [due.jobs[i : i + size] for i in range(0, len(due.jobs), size)]
    parts = [Part(f"read plates {_span(n, size, due.jobs)}", _reader(night, s, desk)) for n, s in enumerate(shards)]

    def join(made: Sequence[Sequence[ReadPlate | Told]]) -> Read:
        found = [one for shard in made for one in shard]
        told = due.told + together(one for one in found if isinstance(one, Told))
        read = tuple(one for one in found if isinstance(one, ReadPlate))
        return Read(before.told + told, before.inbox, before.imports, due, read)

    return Work(parts, join)


def _reader(night: Night, shard: Sequence[PlateJob], desk: Desk) -> Callable[[], Sequence[ReadPlate | Told]]:
    read = cache(partial(read_job, night, desk=desk))  # a retried part does not read, or refuse, twice
    return lambda: [read(job) for job in shard]


def _span(number: int, size: int, jobs: Sequence[PlateJob]) -> str:
    return f"{number * size + 1}-{min((number + 1) * size, len(jobs))}"
