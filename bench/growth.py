"""What a night costs on archives of several sizes: how its CPU, memory and disk grow with the plates that were there before.

python bench/growth.py [20 40 80 120] [--more N] [--against FOLDER] [--goal TIMES]

An archive of each size is made by nights of at most 100 simulated plates of 41 analytes; then a night of N more (20) on each. Printed
beside them are how many times the first archive's night each one costs, and the slope: CPU seconds for each 100 plates of the archive.
Exit code 1 where the night on the largest costs more than TIMES (1.1) what the one on the smallest does.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from night import ANALYTES, HERE, Night, new_site, night, sorted_exports

LARGEST_NIGHT = 100  # plates: what a laboratory that begins drops at once


def main() -> None:
    """Print one table for each build; exit 1 where the goal is missed by this one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=[20, 40, 80, 120])
    parser.add_argument("--more", type=int, default=20)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--goal", type=float, default=1.1)
    asked = parser.parse_args()
    builds = {"this build": HERE} | ({"against": asked.against.resolve()} if asked.against else {})
    sizes = sorted(asked.sizes)
    with tempfile.TemporaryDirectory() as folder:
        exports = sorted_exports(Path(folder) / "exports", sizes[-1] + asked.more)
        found = {
            name: {
                size: _on_archive(build, Path(folder) / name.replace(" ", "-") / str(size), exports, size, asked.more)
                for size in sizes
            }
            for name, build in builds.items()
        }
    times = {name: _print_table(name, nights, asked.more) for name, nights in found.items()}
    raise SystemExit(times["this build"] > asked.goal)


def _on_archive(build: Path, root: Path, exports: list[Path], size: int, more: int) -> Night:
    """The night of so many more plates on an archive of so many."""
    site = new_site(build, root)
    for start in range(0, size, LARGEST_NIGHT):
        night(build, site, exports[start : min(start + LARGEST_NIGHT, size)])
    return night(build, site, exports[size : size + more])


def _print_table(name: str, nights: dict[int, Night], more: int) -> float:
    """How many times the night on the smallest archive the one on the largest costs."""
    first = nights[min(nights)]
    print(f"{name}: a night of {more} plates of {ANALYTES} analytes on an archive of")
    for size, one in nights.items():
        hops = ", ".join(f"{hop} {seconds:.1f}" for hop, seconds in one.hops.items() if seconds > 0.2)
        print(
            f"{size:6d} plates: {one.cpu:6.2f} CPU s ({one.cpu / first.cpu:.2f} times), {one.wall:6.2f} s, peak {one.peak:5.0f} MB, "
            f"disk {one.disk:5.1f} times the exports; {hops}"
        )
    slope = np.polyfit(list(nights), [one.cpu for one in nights.values()], 1)[0] if len(nights) > 1 else 0.0
    print(f"slope: {100 * slope:.2f} CPU s for each 100 plates of the archive")
    return nights[max(nights)].cpu / first.cpu


if __name__ == "__main__":
    main()
