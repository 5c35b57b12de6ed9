"""What workers make of reading, fitting and drawing: wall seconds of the three with 1, 2 and more of them, on the same plates, in turns.

python bench/workers.py [--plates N] [--rounds N] [--workers N ...] [--dask]

--dask: each number of workers also as a Dask cluster of this machine, which reads exports that are sent to it and sends pages back.

One process with its code imported is held against workers that are up: what starting them costs is a line of its own. The ratio hangs on
what else the machine does; its load is printed. Exit code 1 where a goal is missed; the goals are those of two quiet cores.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from night import HERE, new_site, night, sorted_exports

import warehouse
from pbis.config import Site, load_site
from pbis.pipeline.archive import archived_path, fetch
from pbis.pipeline.cluster import crew_for
from pbis.pipeline.context import Night, NightOptions, Silent
from pbis.pipeline.crew import Crew
from pbis.pipeline.history import follow_again
from pbis.pipeline.night import open_night, utc_clock
from pbis.pipeline.page_data import PageData
from pbis.pipeline.pages import standing_pages
from pbis.pipeline.plates import Desk, Tools
from pbis.pipeline.reading import read_ahead, read_carried
from pbis.pipeline.reporting import draw_page, draw_text
from pbis.pipeline.shards import fit
from pbis.pipeline.stages import PlateJob

Task = Callable[[Any, Any], Any]
Asked = tuple[str, int]  # kind and number of workers
ALL = "the three together"
FASTER = 1.7  # two workers, at least, times one process
DASK = 1.3  # so many Dask workers, at most, by the time of so many processes


def main() -> None:
    """Print a line a step and number of workers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--plates", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="*", default=[2])
    parser.add_argument("--dask", action="store_true")
    asked = parser.parse_args()
    numbers = [("processes", 1), *(("processes", n) for n in asked.workers)]
    numbers += [("dask", n) for n in asked.workers if asked.dask]
    with tempfile.TemporaryDirectory() as folder:
        site = new_site(HERE, Path(folder) / "site")
        night(HERE, site, sorted_exports(Path(folder) / "exports", asked.plates))
        with open_night(load_site(site), NightOptions(is_dry_run=True), Silent(), utc_clock) as tonight:
            found = [
                {
                    each: _measured(tonight, *each, Path(folder) / f"pages-{'-'.join(map(str, each))}-{at}")
                    for each in numbers
                }
                for at in range(asked.rounds)
            ]
    print(f"{asked.plates} plates, {asked.rounds} rounds, load {os.getloadavg()[0]:.1f}; wall s, times one process")
    one = numbers[0]
    for step in found[0][one]:
        seconds = {n: statistics.median(each[n][step] for each in found) for n in numbers}
        said = (
            f"{kind} {n}: {value:6.2f} s {seconds[one] / value if value else 0:5.2f}"
            for (kind, n), value in seconds.items()
        )
        print(f"{step:<24}{' | '.join(said)}")
    goals = judged({each: statistics.median(one[each][ALL] for one in found) for each in numbers})
    for text, is_met in goals.items():
        print(f"{text}: {'met' if is_met else 'MISSED'}")
    raise SystemExit(not all(goals.values()))


def judged(seconds: Mapping[Asked, float]) -> dict[str, bool]:
    """Goal, with what was found -> whether it is met; of what was not measured there is none."""
    goals, two = {}, seconds.get(("processes", 2))
    if two is not None:
        faster = seconds["processes", 1] / two
        goals[f"two workers, times one process: {faster:.2f} (goal {FASTER})"] = faster >= FASTER
    for (kind, count), own in seconds.items():
        if kind == "dask" and (like := seconds.get(("processes", count))) is not None and count > 1:
            goals[f"{count} Dask workers, by {count} processes: {own / like:.2f} (goal {DASK})"] = own / like <= DASK
    return goals


def _site(tonight: Night, kind: str, workers: int) -> Site:
    runner = replace(tonight.site.file.runner, kind=kind, workers=workers)
    return replace(tonight.site, file=replace(tonight.site.file, runner=runner))


def _measured(tonight: Night, kind: str, workers: int, pages: Path) -> dict[str, float]:
    """Wall seconds of each step with so many workers, processes 1 for none."""
    tools, size = Tools.of(tonight, Desk.of(tonight)), tonight.site.file.runner.shard_size
    standing, followed = standing_pages(tonight), follow_again(tonight)
    data = PageData(tonight, standing, lambda: followed, "../trends.html")
    pages.mkdir()
    shown = ((pages / page.path.name, data.of(page)) for page in standing)
    jobs = [
        PlateJob(run.run_id, run.file_name, archived_path(tonight.archive, "plates", run.run_id), None)
        for run in warehouse.current_runs(tonight.con)
    ]
    with crew_for(_site(tonight, kind, workers)) as crew:
        timed, begun = _Timed(crew, tools), time.perf_counter()
        crew.begin(tools, is_worth_it=True)
        if crew.said:
            raise SystemExit(crew.said[0])
        reader: Task = read_ahead if crew.is_near else read_carried
        if crew.is_at_work:
            timed.done("", reader, _sent(crew, jobs[:workers]), workers)
        timed.seconds["until workers are up"] = time.perf_counter() - begun
        read = timed.done("reading", reader, _sent(crew, jobs), len(jobs))
        shards = [read[start : start + size] for start in range(0, len(read), size)]
        timed.done("fitting", fit, shards, len(shards), 2)
        timed.done("drawing pages", draw_page if crew.is_near else draw_text, shown, len(standing), 8)
    timed.seconds.pop("", None)
    own = [timed.seconds[step] for step in ("reading", "fitting", "drawing pages")]
    return timed.seconds | {ALL: sum(own)}


class _Timed:
    """seconds: wall of each step that the crew did, or this process where there is none."""

    def __init__(self, crew: Crew, tools: Tools) -> None:
        self.crew, self.tools = crew, tools
        self.seconds: dict[str, float] = {}

    def done(self, step: str, task: Task, given: Iterable[Any], count: int, at_once: int | None = None) -> list[Any]:
        begun = time.perf_counter()
        if self.crew.is_at_work:
            ahead = self.crew.ahead(task, given, at_once)
            made = [ahead.take(lambda: _fail(step)) for _ in range(count)]
        else:
            made = [task(self.tools, one) for one in given]
        self.seconds[step] = time.perf_counter() - begun
        return made


def _sent(crew: Crew, jobs: list[PlateJob]) -> Iterable[Any]:
    """As a worker is handed them: with their bytes where it does not see the archive."""
    return jobs if crew.is_near else ((job, fetch(job.archived)) for job in jobs)


def _fail(step: str) -> Any:
    raise SystemExit(f"{step}: a worker left its work to the night")


if __name__ == "__main__":
    main()
