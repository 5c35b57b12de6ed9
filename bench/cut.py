"""At the cut: simulated patients around a cut-off, through export, reader, curves and replicates to the point and its mark.

python bench/cut.py [PATIENTS]      24000 by default: a minute on one core

Each plate is a 7-plex in duplicate; every analyte of a sample stands for a patient whose truth is log-normal about the cut (SD 0.8).
Two cuts: 3.2 pg/mL, which is the lowest standard, and 11.6, inside the range. Worlds: plates as they are; a signal that rises or falls by 10 %
over the rows or the columns; plates whose samples read 10 % (SD) apart from their standards.

    wrong      points on the other side of the cut than the truth; of them without the mark near_cut
    far        patients whose truth is more than 50 % away from the cut; of them with the mark
    reliable   by the stated probability to lie on the other side: patients, stated, observed
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from expectations import load_suite, tolerances
from pbis.core.arrays import Flags, Floats
from pbis.core.curves.assay import AssayInput, AssayOptions, assay
from pbis.core.curves.method import Method
from pbis.core.curves.replicates import combine
from pbis.core.plates.well import assign_roles
from pbis.core.scoring.components import ComponentPoint, Measure, decide
from pbis.core.scoring.cutoffs import Cutoff
from pbis.panels import load_aliases
from pbis.readers import read_bytes
from pbis.scores import load_sets
from pbis.simulate import SimulatedPlate, render_plate
from pbis.simulate.bench import SAMPLES_PER_PLATE, Sample, plate_wells, run_plate
from pbis.simulate.load import BASE_ON, example_kit, plate_header

CUTS = (3.2, 11.6)
SPREAD = 0.8  # SD of ln truth about the cut
GRADIENT = 0.10
BATCH = 20  # plates of a lot
RULE = load_sets()["pbis-2025-il2-pgml"].cutoff("il2") or Cutoff("il2", "3.2", ">=", "pg/mL", "bench", "interpreted")
ENOUGH = 300  # patients of a bin that is held to account
BINS = (0.0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
FAR = 0.5


@dataclass(frozen=True)
class World:
    """rows, columns: how much the signal changes from the first of them to the last, up or down; shift: SD between plates of samples and
    controls against standards, ln."""

    name: str
    rows: float = 0.0
    columns: float = 0.0
    shift: float = 0.0


WORLDS = (
    World("no plate effect"),
    World("10 % gradient over the rows", rows=GRADIENT),
    World("10 % between plates", shift=GRADIENT),
    World("10 % gradient over the columns", columns=GRADIENT),
)


@dataclass(frozen=True)
class Patients:
    """Arrays (patients,): true and given point (-1: unknown), whether marked, distance of the truth in shares of the cut, stated
    probability to lie on the other side (NaN: not stated)."""

    truth: Floats
    cut: float
    point: Floats
    is_marked: Flags
    stated: Floats

    @property
    def is_wrong(self) -> Flags:
        return np.asarray((self.point >= 0) & (self.point != (self.truth >= self.cut)))

    @property
    def is_far(self) -> Flags:
        return np.asarray(np.abs(self.truth / self.cut - 1.0) > FAR)

    @property
    def wrong_without_mark_pct(self) -> float:
        return 100.0 * float((~self.is_marked)[self.is_wrong].mean())

    @property
    def far_with_mark_pct(self) -> float:
        return 100.0 * float(self.is_marked[self.is_far].mean())


def patients(count: int, cut: float, world: World = WORLDS[0], method: Method = "robust", seed: int = 1) -> Patients:
    """At least `count` patients around a cut, in lots of plates."""
    truth: list[float] = []
    found: list[ComponentPoint] = []
    rule = replace(RULE, value=f"{cut:g}")
    for plates in _lots(count, cut, world, seed):
        for value, measure in _measures(plates, method):
            truth.append(value)
            found.append(decide(rule, {"il2": measure}))
    flip = [np.nan if one.flip_probability is None else one.flip_probability for one in found]
    points = [-1 if one.point is None else one.point for one in found]
    return Patients(
        np.array(truth), cut, np.array(points), np.array([one.is_near_cut for one in found]), np.array(flip)
    )


def _lots(count: int, cut: float, world: World, seed: int) -> Iterator[list[tuple[SimulatedPlate, dict[str, Floats]]]]:
    plates = -(-count // (7 * SAMPLES_PER_PLATE))
    for start in range(0, plates, BATCH):
        kit = example_kit(seed * 1000 + start)
        made = []
        for number in range(start, min(start + BATCH, plates)):
            rng = np.random.default_rng([seed, 9, number])
            samples = [Sample(f"S{number:04d}-{n:02d}", f"Unknown{n}") for n in range(1, SAMPLES_PER_PLATE + 1)]
            truth = {one.specimen: cut * np.exp(rng.normal(0.0, SPREAD, len(kit.analytes))) for one in samples}
            plate = run_plate(
                kit, plate_header(f"CUT_{number:04d}", BASE_ON, kit), plate_wells(kit, samples), truth, rng
            )
            made.append((_tilted(plate, world, rng), truth))
        yield made


def _tilted(plate: SimulatedPlate, world: World, rng: np.random.Generator) -> SimulatedPlate:
    column = np.array([int(name[1:]) - 1 for name in plate.wells.name]) / (plate.shape[1] - 1)
    row = np.array([ord(name[0]) - ord("A") for name in plate.wells.name]) / (plate.shape[0] - 1)
    is_other = np.array([role in ("unknown", "qc_control") for role in plate.wells.role])
    change = rng.choice([-1.0, 1.0]) * (world.columns * column + world.rows * row)
    change += world.shift * rng.standard_normal() * is_other
    return replace(plate, median=np.round(2.0 * plate.median * np.exp(change)[:, None]) / 2.0)


def _measures(
    plates: Sequence[tuple[SimulatedPlate, dict[str, Floats]]], method: Method
) -> Iterator[tuple[float, Measure]]:
    """(truth, measure) of every sample x analyte, as the warehouse joins its wells."""
    reads = [read_bytes(render_plate(plate), f"{plate.header.batch}.csv") for plate, _ in plates]
    inputs = [
        AssayInput(f"a{i:04d}", r, assign_roles(r, None).table, None, load_aliases()) for i, r in enumerate(reads)
    ]
    result = assay(inputs, AssayOptions(tolerances(load_suite("research")), method)).result.to_pylist()
    groups: dict[tuple[str, str, str], list[dict[str, object]]] = {}
    for row in result:
        if row["well_role"] == "unknown" and row["concentration_op"] is not None:
            groups.setdefault((row["assay_id"], row["replicate_group"], row["analyte_reported"]), []).append(row)
    for (assay_id, _, analyte), rows in groups.items():
        plate, truth = plates[int(assay_id[1:])]
        specimen = plate.wells.specimen[plate.wells.of_label(str(rows[0]["sample_label"]))[0]]
        yield float(truth[specimen][plate.column(analyte)]), _measure(rows)


def _measure(rows: Sequence[dict[str, object]]) -> Measure:
    numbers = {
        name: np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=float)
        for name in ("concentration", "concentration_bound", "ci_low", "ci_high", "ci_shared")
    }
    standing = np.where(np.isnan(numbers["concentration"]), numbers["concentration_bound"], numbers["concentration"])
    ops = [str(row["concentration_op"]) for row in rows]
    both = combine(ops, standing, numbers["ci_low"], numbers["ci_high"], numbers["ci_shared"])
    if both.op is None:
        return Measure(reason="duplicate_conflict")
    ends = [None if np.isnan(end) else end for end in (both.ci_low, both.ci_high)]
    return Measure(both.op, f"{both.value:.12f}", "pg/mL", *ends)


def reliability(one: Patients) -> list[tuple[float, float, int, float, float]]:
    """(from, to, patients, stated %, observed %) of each bin."""
    known = np.isfinite(one.stated)
    rows = []
    for low, high in pairwise(BINS):
        inside = known & (one.stated >= low) & ((one.stated < high) | (high == BINS[-1]))
        rows.append(
            (
                low,
                high,
                int(inside.sum()),
                100 * float(one.stated[inside].mean()),
                100 * float(one.is_wrong[inside].mean()),
            )
        )
    return rows


def main(count: int) -> int:
    goals: dict[str, bool] = {}
    for world in WORLDS:
        for cut in CUTS:
            one = patients(count, cut, world)
            title = f"{world.name}, cut {cut:g} pg/mL"
            print(
                f"\n{title}: {one.truth.size} patients, {one.is_wrong.sum()} wrong, {one.wrong_without_mark_pct:.1f} % of them without a mark; "
                f"{one.is_far.sum()} far, {one.far_with_mark_pct:.1f} % of them marked"
            )
            goals[f"{title}: of wrong points at most 3 % without a mark"] = one.wrong_without_mark_pct <= 3.0
            goals[f"{title}: of far patients at most 5 % with one"] = one.far_with_mark_pct <= 5.0
            is_low = False
            for low, high, n, stated, observed in reliability(one):
                is_low |= n >= ENOUGH and observed > stated + 3.0
                print(f"  {low:5.3f}-{high:5.3f} {n:6d} {stated:6.1f} {observed:6.1f}")
            goals[f"{title}: no bin observed more than 3 points above stated"] = not is_low
    print()
    for text, is_met in goals.items():
        print(f"{'met   ' if is_met else 'MISSED'}  {text}")
    return 0 if all(goals.values()) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 24000))
