"""Two standards in each other's place, found by trying: of all pairs of levels there is one with which, exchanged, every analyte rises."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.arrays import Floats
from pbis.core.plates.plate import PlateRead

CODE = "swapped_standards"
_FALLS = (
    0.85  # of the level below: a deeper drop is no noise of duplicates (their CV is below 15 % in the kits' own limits)
)
_LEAST_LEVELS = 3  # of two levels nobody can say which lies in the place of the other
_LEAST_SHARE = (
    0.5  # of the analytes must fall: a swap of wells shows in all of them, a bad bead region in one; own choice
)


def told_of_swaps(read: PlateRead, well: pa.Table) -> list[tuple[str, str]]:
    """Code and sentence for each plate of the file on which one exchange of two standards makes all analytes rise."""
    order = _labels_by_dose(read)
    found = []
    for number, means in sorted(_means(read, well, order).items()):
        pair = swapped_levels(means)
        if pair is not None:
            one, other = (order[place] for place in pair)
            fall = int(_falling(means).sum())
            found.append((CODE, (
                f"plate {number}: {one} and {other} seem to lie in each other's place: as they lie the standards fall in {fall} of "
                f"{means.shape[1]} analytes, exchanged they rise in all; correct their places in the layout or the protocol"
            )))  # fmt: skip
    return found


def swapped_levels(means: Floats) -> tuple[int, int] | None:
    """The one pair of levels that, exchanged, leaves no analyte falling; None where none does, or several, or few analytes fall.

    means: levels x analytes, mean MFI in the order of rising dose, NaN where no well was read."""
    if means.shape[0] < _LEAST_LEVELS or _falling(means).sum() < max(1.0, _LEAST_SHARE * means.shape[1]):
        return None
    pairs = [pair for pair in combinations(range(means.shape[0]), 2) if not _falling(_exchanged(means, *pair)).any()]
    return pairs[0] if len(pairs) == 1 else None


def _exchanged(means: Floats, one: int, other: int) -> Floats:
    exchanged = means.copy()
    exchanged[[one, other]] = means[[other, one]]
    return exchanged


def _falling(means: Floats) -> np.ndarray:
    """Whether an analyte's level is clearly below the one under it, (analytes,)."""
    return np.asarray((means[1:] < _FALLS * means[:-1]).any(axis=0))


def _labels_by_dose(read: PlateRead) -> list[str]:
    """Standards in the order of rising expected concentration, as most analytes have it."""
    standards = read.reagent.filter(pc.equal(read.reagent.column("reagent_kind"), "standard"))
    doses: defaultdict[str, list[float]] = defaultdict(list)
    for label, dose in zip(
        *(standards.column(n).to_pylist() for n in ("reagent_label", "expected_concentration")), strict=True
    ):
        if dose is not None and dose > 0:
            doses[label].append(dose)
    return sorted(doses, key=lambda label: (float(np.median(np.log(doses[label]))), label))


def _means(read: PlateRead, well: pa.Table, order: list[str]) -> dict[int, Floats]:
    """Plate number -> mean MFI, levels x analytes."""
    places = {label: place for place, label in enumerate(order)}
    rows = zip(
        *(well.column(name).to_pylist() for name in ("plate_number", "well", "well_role", "reagent_label")), strict=True
    )
    of_well = {
        (number, name): places[label] for number, name, role, label in rows if role == "standard" and label in places
    }
    analytes: dict[str, int] = {}
    seen: defaultdict[int, defaultdict[tuple[int, int], list[float]]] = defaultdict(lambda: defaultdict(list))
    names = ("plate_number", "well", "analyte_reported", "mfi")
    for number, name, analyte, mfi in zip(*(read.reading.column(each).to_pylist() for each in names), strict=True):
        level = of_well.get((number, name))
        if level is not None and mfi is not None:
            seen[number][level, analytes.setdefault(analyte, len(analytes))].append(mfi)
    return {number: _grid(cells, len(order), len(analytes)) for number, cells in seen.items()}


def _grid(cells: dict[tuple[int, int], list[float]], levels: int, analytes: int) -> Floats:
    grid = np.full((levels, analytes), np.nan)
    for place, values in cells.items():
        grid[place] = np.mean(values)
    return grid
