"""What a site needs: CPU, time, memory and disk of a plate at several sizes, and a model of them that is held against nights it never saw.

python bench/capacity.py [10 100 1000] [--more N] [--folder DIR]

At each size an archive of so many simulated plates of 41 analytes (grown by nights of at most 100) has a night of N more (20). A model with
three figures (what any night costs, each of its plates, each plate that was there before) is fitted to the nights on archives that are
smaller than the largest size, and its word on every night of the larger archives is printed beside what that night took. Exit code 1 where
it is off by more than a fifth.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from night import ANALYTES, HERE, KEPT_S, Night, copied_site, new_site, night, size_of, sorted_exports

LARGEST_NIGHT = 100  # plates: what a laboratory that begins drops at once
WITHIN = 0.2  # the model's word may be off by so much
FITTED = 0.5  # nights on archives of less than this share of the largest are what the model is fitted to


@dataclass(frozen=True)
class Seen:
    """A night that was measured. before: plates of its archive; plates: its own; there: bytes of the site afterwards."""

    before: int
    plates: int
    cost: Night
    there: int


def main() -> None:
    """Print the nights, the cost of a plate by hop, and the model beside what it was not told."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=[10, 100, 1000])
    parser.add_argument("--more", type=int, default=20)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    sizes = sorted(asked.sizes)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        exports = sorted_exports(Path(folder) / "exports", sizes[-1] + asked.more)
        exported = sum(path.stat().st_size for path in exports) / len(exports)
        seen = _nights(Path(folder), exports, sizes, asked.more)
    _print_hops(seen, exported)
    raise SystemExit(_print_model(seen, sizes[-1]) > WITHIN)


def _nights(folder: Path, exports: list[Path], sizes: Sequence[int], more: int) -> list[Seen]:
    """Nights that make the archive, and those of `more` plates on copies of it at each size."""
    site, found, there = new_site(HERE, folder / "archive"), [], 0
    for size in sizes:
        while there < size:
            until = min(there + LARGEST_NIGHT, size)
            found.append(_seen(site, there, exports[there:until]))
            there = until
        copy = copied_site(site, folder / "copy")
        found.append(_seen(copy, size, exports[size : size + more]))
        shutil.rmtree(copy)
    return found


def _seen(site: Path, before: int, exports: list[Path]) -> Seen:
    """A night of these exports, said when it ends, so that a run that is stopped has said what it found."""
    one = Seen(before, len(exports), night(HERE, site, exports), size_of(site))
    cost = one.cost
    print(
        f"{one.plates:4d} plates on {before:5d}: {cost.cpu:7.2f} CPU s, {cost.wall:7.2f} s, peak {cost.peak:5.0f} MB,"
        f" disk {cost.disk:5.1f} times the exports, site {one.there / 1e6:7.0f} MB",
        flush=True,
    )
    return one


def _print_hops(seen: Sequence[Seen], exported: float) -> None:
    """Seconds of each hop for a plate, by the clock, of every night; hops of two workers overlap."""
    print(f"\nms a plate by hop ({ANALYTES} analytes, an export of {exported / 1e3:.0f} kB)")
    for one in seen:
        hops = sorted(one.cost.hops.items(), key=lambda hop: -hop[1])
        said = ", ".join(f"{name} {1e3 * seconds / one.plates:.0f}" for name, seconds in hops if seconds > KEPT_S)
        print(f"{one.plates:4d} on {one.before:5d}: {said}")


def _print_model(seen: Sequence[Seen], largest: int) -> float:
    """How far the model is off at worst, on nights that it was not fitted to."""
    told = [one for one in seen if one.before < FITTED * largest]
    asked = [one for one in seen if one.before >= FITTED * largest]
    worst = 0.0
    print(
        f"\nmodel, fitted to {len(told)} nights on fewer than {FITTED * largest:.0f} plates, held against the other {len(asked)}"
    )
    for what, found in (
        ("CPU s", lambda one: one.cost.cpu),
        ("wall s", lambda one: one.cost.wall),
        ("peak MB", lambda one: one.cost.peak),
        ("MB of the site", lambda one: one.there / 1e6),
    ):
        figures = _fitted(told, [found(one) for one in told])
        print(
            f"{what:<15} = {figures[0]:8.3f} + {figures[1]:8.4f} for each plate of the night + {figures[2]:8.5f} for each before it"
        )
        for one in asked:
            word = float(np.dot(figures, (1, one.plates, one.before)))
            off = word / found(one) - 1
            worst = max(worst, abs(off))
            print(
                f"    {one.plates:4d} on {one.before:5d}: {word:8.1f} said, {found(one):8.1f} found ({100 * off:+.0f} %)"
            )
    return worst


def _fitted(nights: Sequence[Seen], found: Sequence[float]) -> np.ndarray:
    """What any night costs, each of its plates and each before it: by least squares of shares, so that small nights count as large ones."""
    shares = 1 / np.array(found)
    known = np.array([(1.0, one.plates, one.before) for one in nights])
    return np.linalg.lstsq(known * shares[:, None], np.ones(len(nights)), rcond=None)[0]


if __name__ == "__main__":
    main()
