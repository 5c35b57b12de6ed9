"""What a night costs on archives of several sizes: how its CPU, memory and disk grow with the plates that were there before.

python bench/growth.py [20 40 80 120] [--more N] [--against FOLDER] [--goal TIMES] [--folder DIR]

One archive grows by nights of at most 100 simulated plates of 41 analytes; at each size a copy of it has a night of N more (20). Printed
beside them are how many times the first night each one costs, the slope (CPU seconds for each 100 plates of the archive), and what that
makes for 5,000 plates: a straight line, which says nothing of what lies beyond the largest archive. Each night is told when it ends, so
that a run that is stopped has said what it found. Exit code 1 where the night on the largest costs more than TIMES (1.1) what the one on
the smallest does.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from night import ANALYTES, HERE, KEPT_S, Night, new_site, night, sorted_exports

LARGEST_NIGHT = 100  # plates: what a laboratory that begins drops at once
FAR = 5000  # plates: ten years of two a working day


def main() -> None:
    """Print one table for each build; exit 1 where the goal is missed by this one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=[20, 40, 80, 120])
    parser.add_argument("--more", type=int, default=20)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--goal", type=float, default=1.1)
    parser.add_argument(
        "--folder", type=Path, help="where sites are made; a folder of this machine's for temporary files"
    )
    asked = parser.parse_args()
    builds = {"this build": HERE} | ({"against": asked.against.resolve()} if asked.against else {})
    sizes = sorted(asked.sizes)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        exports = sorted_exports(Path(folder) / "exports", sizes[-1] + asked.more)
        found = {
            name: _nights(build, Path(folder) / name.replace(" ", "-"), exports, sizes, asked.more)
            for name, build in builds.items()
        }
    times = {name: _print_table(name, nights, asked.more) for name, nights in found.items()}
    raise SystemExit(times["this build"] > asked.goal)


def _nights(build: Path, folder: Path, exports: list[Path], sizes: Sequence[int], more: int) -> dict[int, Night]:
    """Plates of an archive -> the night of so many more on it."""
    site, found, there = new_site(build, folder / "archive"), {}, 0
    for size in sizes:
        while there < size:
            until = min(there + LARGEST_NIGHT, size)
            print(f"{there:6d} to {until}: {_told(night(build, site, exports[there:until]))}", flush=True)
            there = until
        copy = shutil.copytree(site, folder / "copy", symlinks=True)
        found[size] = night(build, copy, exports[size : size + more])
        print(f"{more} more on {size}: {_told(found[size])}", flush=True)
        shutil.rmtree(copy)
    return found


def _told(one: Night) -> str:
    hops = ", ".join(f"{hop} {seconds:.1f}" for hop, seconds in one.hops.items() if seconds > KEPT_S)
    return f"{one.cpu:6.2f} CPU s, {one.wall:6.2f} s, peak {one.peak:5.0f} MB, disk {one.disk:5.1f} times the exports; {hops}"


def _print_table(name: str, nights: dict[int, Night], more: int) -> float:
    """How many times the night on the smallest archive the one on the largest costs."""
    first = nights[min(nights)]
    print(f"{name}: a night of {more} plates of {ANALYTES} analytes on an archive of")
    for size, one in nights.items():
        print(f"{size:6d} plates: {one.cpu / first.cpu:5.2f} times; {_told(one)}")
    if len(nights) > 1:
        slope, start = np.polyfit(list(nights), [one.cpu for one in nights.values()], 1)
        said = f"a straight line to {FAR} plates: {(start + FAR * slope) / first.cpu:.1f} times"
        print(f"slope: {100 * slope:.2f} CPU s for each 100 plates of the archive; {said}")
    return nights[max(nights)].cpu / first.cpu


if __name__ == "__main__":
    main()
