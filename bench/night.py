"""What a night costs, beside another build and beside its goals: CPU seconds, memory, disk and wall of nights on simulated plates.

python bench/night.py [--against FOLDER] [--plates N] [--rounds N] [--seed N]

Plates of 41 analytes, N = 20: a night of N on an empty site, one of 5 N, N more on 6 N, a night with nothing new by itself and under
the embedded Prefect; each night is a process of its own. FOLDER is a checkout of the build to compare with; both run in turns on the
same plates, so that what else the machine does tells on both. With several rounds each figure is the median. Exit code 1 where this
build misses a goal; the goals are those of two quiet cores and N = 20.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbis.simulate import write_plates

HERE = Path(__file__).resolve().parents[1]
ANALYTES = 41
KEPT_S = 0.05  # hops below it are not printed
_IMPORTS = {
    "the command line": "import pbis.cli",
    "the pipeline": "import pbis.pipeline.night",
    "Great Expectations": "import expectations._gx",
}
# Figure -> the most that it may be.
GOALS = {
    "night on an empty site, CPU s": 7.0,
    "each further plate, CPU s": 0.12,
    "as many more on six times, times an empty site": 1.1,
    "night on an empty site, peak MB": 700.0,
    "night of five times as many, peak MB": 700.0,
    "nothing new, plain, CPU s": 1.0,
    "nothing new, embedded Prefect, CPU s": 8.0,
    "night on an empty site, disk added / exports": 4.0,
    "as many more on six times, disk added / exports": 4.0,
    "night of five times as many, wall s": 12.0,
}
# Runs in the build that is measured: a night on the site, whose account it prints.
_NIGHT = """
import json, resource, sys
from pathlib import Path
from pbis.config import load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import run_plain
try:
    from pbis.pipeline.night import utc_clock
except ImportError:  # a build whose clock told wall times of the site
    from pbis.pipeline.night import site_clock
    clock_of = site_clock
else:
    clock_of = lambda site: utc_clock
try:
    from pbis.pandas_later import pandas_later
except ImportError:  # a build whose night always imported it
    from contextlib import nullcontext as pandas_later
root = Path(sys.argv[1])
if not (root / "site.toml").exists():
    write_site(root, name="bench", panel=sys.argv[2], cutoff_set="pbis-2025-il2-pgml")
    file = root / "site.toml"
    file.write_text(file.read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0"))
    raise SystemExit
site = load_site(root)
if sys.argv[2:] == ["prefect"]:
    from flows.runner import run_night
    outcome = run_night(site, NightOptions(), Silent(), engine="prefect")
else:
    with pandas_later():  # as the command does
        outcome = run_plain(site, NightOptions(), Silent(), clock_of(site))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
print(json.dumps({"plates": outcome.plates_loaded, "peak": peak, "hops": outcome.seconds}))
"""


@dataclass(frozen=True)
class Night:
    """A night as it was measured. cpu: seconds of its process and all that it started; wall: seconds; peak: MB; disk: bytes that it added,
    by those of its exports; hops: step -> seconds by the clock."""

    cpu: float
    wall: float
    peak: float
    disk: float
    hops: Mapping[str, float]


def main() -> None:
    """Print one table; exit 1 where a goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--plates", type=int, default=20)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    builds = {"this build": HERE} | ({"against": asked.against.resolve()} if asked.against else {})
    with tempfile.TemporaryDirectory() as folder:
        exports = sorted_exports(Path(folder) / "exports", 7 * asked.plates, asked.seed)
        rounds = []
        for number in range(asked.rounds):
            site = Path(folder) / f"round-{number}"
            rounds.append(
                {
                    name: _measured(build, site / name.replace(" ", "-"), exports, asked.plates)
                    for name, build in builds.items()
                }
            )
    found = {name: _medians([one[name] for one in rounds]) for name in builds}
    _print_table(found, asked.plates)
    raise SystemExit(any(found["this build"][what] > most for what, most in GOALS.items()))


def sorted_exports(folder: Path, count: int, seed: int = 1) -> list[Path]:
    """Simulated exports of 41 analytes, oldest first."""
    write_plates(folder, seed, count, ANALYTES)
    return sorted(folder.iterdir())


def new_site(build: Path, root: Path) -> Path:
    """An empty site of the build."""
    root.parent.mkdir(parents=True, exist_ok=True)
    _run(build, ["-c", _NIGHT, str(root), f"human-cytokine-{ANALYTES}plex"])
    return root


def night(build: Path, root: Path, new: list[Path] | None = None, engine: str = "plain") -> Night:
    """A night after these exports were dropped."""
    for path in new or ():
        shutil.copy(path, root / "inbox" / "plates")
    before = size_of(root)
    dropped = sum(path.stat().st_size for path in new or ())
    time.sleep(1.1)  # two nights of one second have one name
    begun = time.perf_counter()
    cpu, said = _run(build, ["-c", _NIGHT, str(root), *([] if engine == "plain" else [engine])])
    wall = time.perf_counter() - begun
    told: dict[str, Any] = json.loads(said.splitlines()[-1])
    if told["plates"] != len(new or ()):
        raise SystemExit(f"{root}: expected {len(new or ())} plates loaded, found {told['plates']}")
    disk = (size_of(root) - before + dropped) / dropped if dropped else 0.0
    return Night(cpu, wall, told["peak"], disk, told["hops"])


def copied_site(site: Path, to: Path) -> Path:
    """A copy of a site in which names that share a file share one again: else parts of releases would be counted once for each release."""
    first: dict[tuple[int, int], str] = {}

    def copy(source: str, target: str) -> str:
        seen = Path(source).stat()
        known = first.setdefault((seen.st_dev, seen.st_ino), target)
        if known != target:
            os.link(known, target)
            return target
        return shutil.copy2(source, target)

    return shutil.copytree(site, to, symlinks=True, copy_function=copy)


def size_of(folder: Path) -> int:
    """Bytes of the files of a folder; those that two names lead to once."""
    found = {(one.st_dev, one.st_ino): one.st_size for one in (path.lstat() for path in folder.rglob("*"))}
    return sum(found.values())


def _measured(build: Path, folder: Path, exports: list[Path], plates: int) -> dict[str, float]:
    """Figure -> its value, of one build."""
    found = {f"import {what}, CPU s": _run(build, ["-c", code])[0] for what, code in _IMPORTS.items()}
    small, large = new_site(build, folder / "small"), new_site(build, folder / "large")
    empty = night(build, small, exports[:plates])
    many = night(build, large, exports[: 5 * plates])
    night(build, large, exports[5 * plates : 6 * plates])
    more = night(build, large, exports[6 * plates :])
    named = {
        "night on an empty site": empty,
        "night of five times as many": many,
        "as many more on six times": more,
    }
    for what, one in named.items():
        found |= {f"{what}, CPU s": one.cpu, f"{what}, wall s": one.wall, f"{what}, peak MB": one.peak}
        found[f"{what}, disk added / exports"] = one.disk
        found |= {f"  {hop}, {what}, wall s": seconds for hop, seconds in one.hops.items() if seconds > KEPT_S}
    found["each further plate, CPU s"] = (many.cpu - empty.cpu) / (4 * plates)
    found["as many more on six times, times an empty site"] = more.cpu / empty.cpu
    found["nothing new, plain, CPU s"] = night(build, large).cpu
    found["nothing new, embedded Prefect, CPU s"] = night(build, large, engine="prefect").cpu
    return found


def _run(build: Path, arguments: list[str]) -> tuple[float, str]:
    """CPU seconds of a Python process that sees this build, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = subprocess.run(
        [sys.executable, *arguments], cwd=build, env=os.environ | {"PYTHONPATH": str(build)}, check=True, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, told.stdout


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {what: statistics.median(one.get(what, 0.0) for one in rounds) for what in rounds[0]}


def _print_table(found: Mapping[str, Mapping[str, float]], plates: int) -> None:
    names = list(found)
    print(f"{plates} plates of {ANALYTES} analytes; " + " | ".join([*names, "goal"]))
    for what, mine in found["this build"].items():
        values = "".join(f"{found[name].get(what, 0.0):9.2f}" for name in names)
        goal = GOALS.get(what)
        said = "" if goal is None else f"  <= {goal:g} {'met' if mine <= goal else 'MISSED'}"
        print(f"{what:<62}{values}{said}")


if __name__ == "__main__":
    main()
