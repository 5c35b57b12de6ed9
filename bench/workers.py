"""What workers make of reading, fitting and drawing: wall seconds of the three with 1, 2 and more of them, on the same plates, in turns.

python bench/workers.py [--plates N] [--rounds N] [--workers N ...]

One process with its code imported is held against workers that are up: what starting them costs is a line of its own. The ratio hangs on
what else the machine does; its load is printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from night import HERE, new_site, night, sorted_exports

import warehouse
from pbis.config import load_site
from pbis.pipeline.archive import archived_path
from pbis.pipeline.context import Night, NightOptions, Silent
from pbis.pipeline.crew import crew_of
from pbis.pipeline.history import follow_again
from pbis.pipeline.night import open_night, utc_clock
from pbis.pipeline.page_data import PageData
from pbis.pipeline.pages import standing_pages
from pbis.pipeline.plates import Desk, Tools
from pbis.pipeline.reading import read_ahead
from pbis.pipeline.reporting import draw_page
from pbis.pipeline.shards import fit
from pbis.pipeline.stages import PlateJob

Task = Callable[[Any, Any], Any]


def main() -> None:
    """Print a line a step and number of workers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--plates", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="*", default=[2])
    asked = parser.parse_args()
    numbers = [1, *asked.workers]
    with tempfile.TemporaryDirectory() as folder:
        site = new_site(HERE, Path(folder) / "site")
        night(HERE, site, sorted_exports(Path(folder) / "exports", asked.plates))
        with open_night(load_site(site), NightOptions(is_dry_run=True), Silent(), utc_clock) as tonight:
            found = [
                {n: _measured(tonight, n, Path(folder) / f"pages-{n}-{at}") for n in numbers}
                for at in range(asked.rounds)
            ]
    print(f"{asked.plates} plates, {asked.rounds} rounds, load {os.getloadavg()[0]:.1f}; wall s, times one process")
    for step in found[0][1]:
        seconds = {n: statistics.median(one[n][step] for one in found) for n in numbers}
        said = (f"{n}: {value:6.2f} s {seconds[1] / value if value else 0:5.2f}" for n, value in seconds.items())
        print(f"{step:<24}{' | '.join(said)}")


def _measured(tonight: Night, workers: int, pages: Path) -> dict[str, float]:
    """Wall seconds of each step with so many workers, 1 for none."""
    tools, size = Tools.of(tonight, Desk.of(tonight)), tonight.site.file.runner.shard_size
    standing, followed = standing_pages(tonight), follow_again(tonight)
    data = PageData(tonight, standing, lambda: followed, "../trends.html")
    pages.mkdir()
    shown = ((pages / page.path.name, data.of(page)) for page in standing)
    jobs = [
        PlateJob(run.run_id, run.file_name, archived_path(tonight.archive, "plates", run.run_id), None)
        for run in warehouse.current_runs(tonight.con)
    ]
    seconds: dict[str, float] = {}

    def done(step: str, task: Task, given: Iterable[Any], count: int, at_once: int | None = None) -> list[Any]:
        begun = time.perf_counter()
        if workers == 1:
            made = [task(tools, one) for one in given]
        else:
            ahead = crew.ahead(task, given, at_once)
            made = [ahead.take(lambda: _fail(step)) for _ in range(count)]
        seconds[step] = time.perf_counter() - begun
        return made

    with crew_of(workers) as crew:
        begun = time.perf_counter()
        crew.begin(tools, is_worth_it=True)
        if workers > 1:
            done("", read_ahead, jobs[:workers], workers)
        seconds[""] = time.perf_counter() - begun
        read = done("reading", read_ahead, jobs, len(jobs))
        shards = [read[start : start + size] for start in range(0, len(read), size)]
        done("fitting", fit, shards, len(shards), 2)
        done("drawing pages", draw_page, shown, len(standing), 8)
    seconds["until workers are up"] = seconds.pop("")
    own = [seconds[step] for step in ("reading", "fitting", "drawing pages")]
    return seconds | {"the three together": sum(own)}


def _fail(step: str) -> Any:
    raise SystemExit(f"{step}: a worker left its work to the night")


if __name__ == "__main__":
    main()
