"""What a night costs on archives of several sizes: how its CPU, memory and disk grow with the plates that were there before.

python bench/growth.py [20 40 80 120] [--more N] [--at-once N] [--against FOLDER] [--goal TIMES] [--folder DIR] [--kept DIR]

One archive grows by nights of at most 100 (--at-once) simulated plates of 41 analytes; at each size a copy of it has a night of N more (20). Printed
beside them are how many times the first night each one costs, the slope (CPU seconds for each 100 plates of the archive), and what that
makes for 5,000 plates: a straight line, which says nothing of what lies beyond the largest archive. Each night is told when it ends, so
that a run that is stopped has said what it found. Exit code 1 where the night on the largest costs more than TIMES (1.1) what the one on
the smallest does.

With --kept the exports, the archive and nights.jsonl, a line a measured night, stay in DIR, and a run goes on from what it finds there:
the archive from its last whole night, and sizes that were measured are not measured again. An archive that grew under another build
has first a night with nothing new, which brings it up to date and is not measured. Remove nights.jsonl to measure a later build on the
same archive.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import numpy as np
from night import ANALYTES, HERE, KEPT_S, Night, copied_site, new_site, night, sorted_exports

AT_ONCE = 100  # plates: what a laboratory that begins drops at once
FAR = 5000  # plates: ten years of two a working day


def main() -> None:
    """Print one table for each build; exit 1 where the goal is missed by this one."""
    asked = _asked()
    builds = {"this build": HERE} | ({"against": asked.against.resolve()} if asked.against else {})
    sizes = sorted(asked.sizes)
    with nullcontext(asked.kept) if asked.kept else tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        exports = kept_exports(Path(folder) / "exports", sizes[-1] + asked.more)
        found = {
            name: nights_on(build, Path(folder) / name.replace(" ", "-"), exports, sizes, asked.more, asked.at_once)
            for name, build in builds.items()
        }
    times = {name: _print_table(name, nights, asked.more) for name, nights in found.items()}
    raise SystemExit(times["this build"] > asked.goal)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=[20, 40, 80, 120])
    parser.add_argument("--more", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--goal", type=float, default=1.1)
    parser.add_argument(
        "--folder", type=Path, help="where sites are made; a folder of this machine's for temporary files"
    )
    parser.add_argument("--kept", type=Path, help="a folder in which all stays, for a later run to go on from")
    return parser.parse_args()


def kept_exports(folder: Path, count: int) -> list[Path]:
    """So many exports, oldest first: those that lie there, where they are enough. They are made under another name first, so that a run
    that was stopped leaves none that is half of one."""
    made = sorted(folder.iterdir()) if folder.is_dir() else []
    if len(made) >= count:
        return made[:count]
    partial = folder.with_name("exports.partial")
    for old in (partial, folder):
        shutil.rmtree(old, ignore_errors=True)
    sorted_exports(partial, count)
    partial.rename(folder)
    return sorted(folder.iterdir())


def nights_on(
    build: Path, folder: Path, exports: list[Path], sizes: Sequence[int], more: int, at_once: int
) -> dict[int, Night]:
    """Plates of an archive -> the night of so many more on it; what an earlier run left in the folder is taken up."""
    found, site = _known(folder / "nights.jsonl", more), folder / "archive"
    there = _begun(build, site)
    for size in (size for size in sizes if size not in found):
        while there < size:
            until = min(there + at_once, size)
            print(f"{there:6d} to {until}: {_told(_grown(build, site, exports[there:until]))}", flush=True)
            there = until
        if there > size:
            raise SystemExit(f"{site}: expected an archive of at most {size} plates, found {there}; name a larger size")
        shutil.rmtree(folder / "copy", ignore_errors=True)
        copy = copied_site(site, folder / "copy")
        found[size] = night(build, copy, exports[size : size + more])
        _keep(folder / "nights.jsonl", size, more, found[size])
        print(f"{more} more on {size}: {_told(found[size])}", flush=True)
        shutil.rmtree(copy)
    return {size: found[size] for size in sizes}


def _begun(build: Path, site: Path) -> int:
    """How many plates the archive holds after its last whole night; the site is put back to that, and brought up to this build."""
    before = site.with_name("before")
    if before.exists():  # a night that made it larger did not come to its end
        shutil.rmtree(site, ignore_errors=True)
        before.rename(site)
    if not site.exists():
        new_site(build, site)
        return 0
    night(build, site)
    return len(list((site / "archive" / "plates").glob("*/*")))


def _grown(build: Path, site: Path, exports: list[Path]) -> Night:
    """The archive after a night of these; until it ends, what was before lies beside it."""
    partial, before = site.with_name("before.partial"), site.with_name("before")
    shutil.rmtree(partial, ignore_errors=True)
    copied_site(site, partial).rename(before)
    one = night(build, site, exports)
    shutil.rmtree(before)
    return one


def _known(log: Path, more: int) -> dict[int, Night]:
    """Nights that an earlier run measured; a last line that was cut is none."""
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True) if log.is_file() else []
    told = [json.loads(line) for line in lines if line.endswith("\n")]
    return {one["size"]: Night(**one["night"]) for one in told if one["more"] == more}


def _keep(log: Path, size: int, more: int, one: Night) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"size": size, "more": more, "night": asdict(one)}) + "\n")


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
