"""What a night costs: CPU seconds, memory and disk of nights on simulated plates, each in a process of its own, beside another build.

python bench/night.py [PLATES] [--against FOLDER] [--rounds N]      20 plates of 41 analytes, once

FOLDER is a checkout of the build to compare with; both run in turns on the same plates, so that what else the machine does tells on
both. The plain engine; with a medium of several rounds each figure is the median.
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
from pathlib import Path
from typing import Any

from pbis.simulate import write_plates

HERE = Path(__file__).resolve().parents[1]
ANALYTES = 41
_IMPORTS = {
    "the command line": "import pbis.cli",
    "the pipeline": "import pbis.pipeline.night",
    "Great Expectations": "import expectations._gx",
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
root = Path(sys.argv[1])
if not (root / "site.toml").exists():
    write_site(root, name="bench", panel=sys.argv[2], cutoff_set="pbis-2025-il2-pgml")
    file = root / "site.toml"
    file.write_text(file.read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0"))
    raise SystemExit
site = load_site(root)
outcome = run_plain(site, NightOptions(), Silent(), clock_of(site))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
print(json.dumps({"plates": outcome.plates_loaded, "peak": peak, "hops": outcome.seconds}))
"""


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("plates", nargs="?", type=int, default=20)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    asked = parser.parse_args()
    builds = {"this build": HERE} | ({"against": asked.against.resolve()} if asked.against else {})
    with tempfile.TemporaryDirectory() as folder:
        exports = Path(folder) / "exports"
        small, first, second = (exports / name for name in ("small", "first", "second"))
        write_plates(small, 1, 1, 7)
        write_plates(first, 1, 2 * asked.plates, ANALYTES)
        second.mkdir()
        for path in sorted(first.iterdir())[asked.plates :]:
            path.rename(second / path.name)
        rounds = []
        for number in range(asked.rounds):
            site = Path(folder) / f"round-{number}"
            rounds.append(
                {name: _measured(build, site / name.replace(" ", "-"), exports) for name, build in builds.items()}
            )
        _print_table({name: _medians([one[name] for one in rounds]) for name in builds}, asked.plates)


def _measured(build: Path, folder: Path, exports: Path) -> dict[str, float]:
    """What -> CPU seconds, MB or times, of one build."""
    found = {f"import {what}, CPU s": _run(build, ["-c", code])[0] for what, code in _IMPORTS.items()}
    seven, site = (
        _site(build, folder / "seven", "human-cytokine-7plex"),
        _site(build, folder / "site", "human-cytokine-41plex"),
    )
    found["night of 1 plate of 7 analytes, empty site, CPU s"] = _night(build, seven, exports / "small")[0]
    found["nothing new, CPU s"] = _night(build, seven)[0]
    for what, new in (("empty site", exports / "first"), ("as many more", exports / "second")):
        before = _size(site)
        cpu, told = _night(build, site, new)
        found[f"night of all plates, {what}, CPU s"] = cpu
        found[f"night of all plates, {what}, peak MB"] = told["peak"]
        found[f"night of all plates, {what}, disk added / exports"] = (_size(site) - before) / _size(new)
        found |= {
            f"  {hop}, {what}, s by the clock": seconds for hop, seconds in told["hops"].items() if seconds > 0.05
        }
    return found


def _site(build: Path, root: Path, panel: str) -> Path:
    root.parent.mkdir(parents=True, exist_ok=True)
    _run(build, ["-c", _NIGHT, str(root), panel])
    return root


def _night(build: Path, root: Path, new: Path | None = None) -> tuple[float, dict[str, Any]]:
    """CPU seconds of a night's whole process, and what it told, after these exports were dropped."""
    if new is not None:
        shutil.copytree(new, root / "inbox" / "plates", dirs_exist_ok=True)
    time.sleep(1.1)  # two nights of one second have one name
    cpu, said = _run(build, ["-c", _NIGHT, str(root)])
    told: dict[str, Any] = json.loads(said)
    return cpu, told


def _run(build: Path, arguments: list[str]) -> tuple[float, str]:
    """CPU seconds of a Python process that sees this build, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = subprocess.run(
        [sys.executable, *arguments], cwd=build, env=os.environ | {"PYTHONPATH": str(build)}, check=True, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, told.stdout


def _size(folder: Path) -> int:
    """Bytes of the files of a folder; those that two names lead to once."""
    found = {(one.st_dev, one.st_ino): one.st_size for one in (path.lstat() for path in folder.rglob("*"))}
    return sum(found.values())


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {what: statistics.median(one.get(what, 0.0) for one in rounds) for what in rounds[0]}


def _print_table(found: Mapping[str, Mapping[str, float]], plates: int) -> None:
    names = list(found)
    print(f"{plates} plates of {ANALYTES} analytes; " + " | ".join(names))
    for what, mine in found["this build"].items():
        values = [f"{found[name].get(what, 0.0):9.2f}" for name in names]
        share = f"{mine / found['against'][what]:9.2f} times" if found.get("against", {}).get(what) else ""
        print(f"{what:<62}{''.join(values)}{share}")


if __name__ == "__main__":
    main()
