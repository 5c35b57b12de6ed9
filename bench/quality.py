"""Sensitivity and false alarms of every QC rule on simulated plates; each plate goes through its export, reader and curves.

python bench/quality.py [GOOD PLATES] [PLATES A FAULT] [SECONDS]      120, 10 and 280 by default

In control: 41-plex plates without a fault, a new kit lot every 20 plates. Faults: 7-plex plates, one fault each, at graded
strength. Nothing is written. Work stops at a plate's end when the seconds are used up, and the table says how many were judged.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from expectations import Checked, judge, judge_trend, load_suite
from pbis.core.assay import AssayInput, AssayOptions, assay
from pbis.core.frames import BRIDGE, HISTORY
from pbis.core.plate import PlateRead
from pbis.core.qc import CheckFrames
from pbis.core.trends.points import points
from pbis.core.verdict import Verdicts, roll_up
from pbis.core.well import assign_roles
from pbis.panels import load_aliases
from pbis.readers import read_bytes
from pbis.simulate import SimulatedPlate, example_plate, faults, render_plate
from pbis.simulate.load import example_kit

Plant = Callable[[SimulatedPlate], SimulatedPlate]
BATCH = 20
TOGETHER = 4  # grades in one validation


@dataclass(frozen=True)
class Grade:
    """A fault at one strength, and what must find it: rule and unit of judgement."""

    fault: str
    strength: str
    plant: Plant
    rule: str
    unit: str
    is_stated: bool  # the strength from which 95 % are promised


def main() -> None:
    """Print two tables: in control, and faults."""
    good, each, seconds = (int(a) for a in (*sys.argv[1:], *("120", "10", "280")[len(sys.argv) - 1 :]))
    begun = time.perf_counter()
    for profile in ("research", "regulated"):
        _in_control(profile, good if profile == "research" else good // 3, begun + seconds * (0.45 if profile == "research" else 0.6))  # fmt: skip
    _trends(begun + seconds * 0.7)
    _faults(each, begun + seconds)
    print(f"\n{time.perf_counter() - begun:.0f} s in all")


def _in_control(profile: str, plates: int, until: float) -> None:
    verdicts: Counter[str] = Counter()
    analytes, failed, others, rules = 0, 0, 0, Counter[tuple[str, str, str]]()
    judged: Counter[str] = Counter()
    for number, batch in enumerate(_batches(plates)):
        if time.perf_counter() > until:
            break
        kit = example_kit(1000 + number, 41)
        checked, said, _ = _judge([example_plate(5000 + i, 1, kit) for i in batch], profile)
        verdicts.update(said.plate.column("state").to_pylist())
        analytes += said.analyte.num_rows
        rows = checked.finding.to_pylist()
        rules.update((r["rule"], r["severity"], r["unit_of_judgement"]) for r in rows if r["severity"] != "info")
        lost = [r for r in rows if r["effect"] == "fail_analyte" and r["severity"] == "fail"]
        failed += sum(r["rule"] == "curve_acceptance" for r in lost)
        others += len({(r["assay_id"], r["analyte"]) for r in lost if r["rule"] != "curve_acceptance"})
        for row in checked.judged.to_pylist():
            judged[row["rule"]] = max(judged[row["rule"]], 0) + row["judged_count"]
    total = sum(verdicts.values())
    print(f"\nIn control, {profile}: {total} plates x 41 analytes")
    if not total:
        return
    print(f"  plates that pass {_share(verdicts['pass'], total)}, warn {_share(verdicts['warn'], total)}, fail {_share(verdicts['fail'], total)}")  # fmt: skip
    print(f"  analyte x plates failed by curve_acceptance {_share(failed, analytes)}, by any other rule {_share(others, analytes)}")  # fmt: skip
    for (rule, severity, unit), count in sorted(rules.items()):
        print(f"  {rule:<24}{severity:<6}{unit:<18}{count:>7}  {count / total:8.2f} a plate")


def _trends(until: float) -> None:
    """One lot of 60 good plates in a row, then the same with a shift of the controls from plate 41 on."""
    kit = example_kit(77, 7)
    plates, inputs = [], []
    for number in range(1, 61):
        if time.perf_counter() > until:
            break
        plates.append(example_plate(77, number, kit))
    for shift in (0.0, 0.15, 0.3, 0.5):
        shifted = [_shift_controls(plate, shift if i >= 40 else 0.0) for i, plate in enumerate(plates)]
        inputs.append((shift, _history(shifted)))
    print(f"\nTrends: one lot, {len(plates)} plates x 7 analytes; controls shifted from plate 41 on")
    for shift, history in inputs:
        found = judge_trend(history, BRIDGE.empty(), load_suite("research"))
        late = {p.header.batch for p in plates[40:]}
        name = dict(zip(history.column("assay_id").to_pylist(), history.column("plate").to_pylist(), strict=True))
        rows = [r for r in found.finding.to_pylist() if shift == 0.0 or name[r["assay_id"]] in late]
        hit = {(r["analyte"]) for r in rows if r["rule"].startswith("westgard") and r["severity"] == "fail"}
        print(f"  shift {shift:+.2f} ln MFI: {len(hit)} of 7 analytes rejected by a Westgard rule")
        if shift == 0.0:
            for row in found.judged.to_pylist():
                print(f"    {row['entry']:<28}{row['found_count']:>5} of {row['judged_count']:>6}  {_share(row['found_count'], row['judged_count'])}")  # fmt: skip


def _history(plates: Sequence[SimulatedPlate]) -> pa.Table:
    frames = _frames([_read(p) for p in plates], "research")
    rows = points(frames).to_pylist()
    by_run = {run.run_id: (run, plate) for run, plate in zip(frames.run, plates, strict=True)}
    for row in rows:
        run, plate = by_run[row["run_id"]]
        row |= {"plate": plate.header.batch, "lot": plate.header.kit.number, "instrument": plate.header.serial}
        row |= {"method": "robust", "kit": plate.header.kit.name, "started_at": run.started_at, "is_accepted": True}
    return HISTORY.table({name: [row[name] for row in rows] for name in HISTORY.names})


def _shift_controls(plate: SimulatedPlate, ln_shift: float) -> SimulatedPlate:
    median = plate.median.copy()
    rows = np.flatnonzero([role == "qc_control" for role in plate.wells.role])
    median[rows] = np.round(2 * median[rows] * np.exp(ln_shift)) / 2
    return replace(plate, median=median)


def _faults(each: int, until: float) -> None:
    print(f"\nFaults: {each} plates x 7 analytes each; * is the strength from which 95 % are promised")
    print(f"  {'fault':<26}{'strength':<22}{'rule':<24}{'found':>12}")
    for start in range(0, len(GRADES), TOGETHER):
        if time.perf_counter() > until:
            print("  the seconds are used up; the rest was not judged")
            return
        grades = GRADES[start : start + TOGETHER]
        checked, _, _ = _judge(
            [grade.plant(example_plate(9000 + i)) for grade in grades for i in range(each)], "research"
        )
        found = {(r["assay_id"], r["rule"], r["unit_of_judgement"]) for r in _bad(checked)}
        for place, grade in enumerate(grades):
            names = (f"a{i:04d}" for i in range(place * each, (place + 1) * each))
            hits = sum((name, grade.rule, grade.unit) in found for name in names)
            strength = grade.strength + (" *" if grade.is_stated else "")
            print(f"  {grade.fault:<26}{strength:<22}{grade.rule:<24}{_share(hits, each):>12}")


def _bad(checked: Checked) -> list[dict[str, Any]]:
    return [row for row in checked.finding.to_pylist() if row["severity"] in ("warn", "fail")]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "none judged"


def _batches(plates: int) -> Iterator[range]:
    return (range(start, min(start + BATCH, plates)) for start in range(0, plates, BATCH))


def _read(plate: SimulatedPlate) -> PlateRead:
    return read_bytes(render_plate(plate), f"{plate.header.batch}.csv")


def _judge(plates: Sequence[SimulatedPlate], profile: str) -> tuple[Checked, Verdicts, CheckFrames]:
    frames = _frames([_read(plate) for plate in plates], profile)
    checked = judge(frames, load_suite(profile))
    return checked, roll_up(frames.result, checked.finding, frames.curve, checked.judged), frames


def _frames(reads: Sequence[PlateRead], profile: str) -> CheckFrames:
    aliases = load_aliases()
    inputs = [AssayInput(f"a{i:04d}", r, assign_roles(r, None).table, None, aliases) for i, r in enumerate(reads)]
    computed = assay(inputs, AssayOptions(profile=profile))
    raw = {n: pa.concat_tables([getattr(r, n) for r in reads]) for n in ("reading", "reagent", "calibration", "lot", "analyte")}  # fmt: skip
    return CheckFrames(
        result=computed.result, curve=computed.curve, level=computed.level, well=pa.concat_tables([i.well for i in inputs]),
        run=tuple(r.run for r in reads), assay_of_run={r.run.run_id: i.assay_id for r, i in zip(reads, inputs, strict=True)},
        panels={r.run.run_id: None for r in reads}, **raw,
    )  # fmt: skip


def _specimen(plate: SimulatedPlate, number: int) -> tuple[str, ...]:
    names = [name for name in dict.fromkeys(plate.wells.specimen) if name]
    return faults.sample_wells(plate, names[number])


def _standard(plate: SimulatedPlate, level: int) -> tuple[str, ...]:
    return tuple(plate.wells.name[i] for i in plate.wells.of_reagent(plate.reagents.standards[level]))


def _low_beads(share: float, plate: SimulatedPlate) -> SimulatedPlate:
    wells = plate.wells.name[: round(share * len(plate.wells))]
    return faults.low_beads(plate, wells, ["IL-6"])


def _beads(beads: int, plate: SimulatedPlate) -> SimulatedPlate:
    return faults.low_beads(plate, _specimen(plate, 3)[:1], beads=beads)


def _swapped(step: int, plate: SimulatedPlate) -> SimulatedPlate:
    names = plate.reagents.standards
    return faults.swap_standards(plate, names[2], names[2 + step])


def _replicates(plate: SimulatedPlate) -> SimulatedPlate:
    return faults.swap_wells(plate, _specimen(plate, 0)[1:], _specimen(plate, 9)[1:])


def _controls(factor: float, plate: SimulatedPlate) -> SimulatedPlate:
    return faults.fail_controls(plate, "IL-6", factor=factor)


def _outlier(factor: float, plate: SimulatedPlate) -> SimulatedPlate:
    return faults.outlier(plate, _standard(plate, 3)[0], "IL-6", factor)


def _bubble(factor: float, plate: SimulatedPlate) -> SimulatedPlate:
    return faults.bubble(plate, _specimen(plate, 5)[0], factor)


def _grades(fault: str, rule: str, unit: str, plant: Callable[..., SimulatedPlate], *strengths: object, stated: object) -> list[Grade]:  # fmt: skip
    return [Grade(fault, str(s), partial(plant, s), rule, unit, s == stated) for s in strengths]


W, G, C, P, RUN = "well_analyte", "replicate_group", "analyte_plate", "plate", "run"
GRADES = [
    *_grades("beads in a well", "bead_count", W, _beads, 48, 34, 21, stated=34),
    *_grades("wells low in beads", "bead_count_plate", C, _low_beads, 0.08, 0.12, 0.2, stated=0.12),
    *_grades("hook, top / next", "hook_effect", C, lambda s, p: faults.hook(p, "IL-6", s), 0.9, 0.8, 0.6, stated=0.8),
    *_grades("standards swapped, apart", "standard_order", P, _swapped, 1, 2, 3, stated=1),
    Grade("controls swapped", "", faults.swap_controls, "control_order", P, True),
    Grade("replicates swapped", "", _replicates, "replicate_pair", "well", True),
    *_grades("controls read, x", "kit_control_range", C, _controls, 0.7, 0.55, 0.4, stated=0.55),
    *_grades("ranges of another lot, x", "kit_control_range", C, lambda s, p: faults.shift_control_range(p, "IL-6", s), 1.3, 1.7, 2.2, stated=2.2),
    *_grades("a standard well, x", "replicate_cv_standard", G, _outlier, 1.2, 1.5, 3.0, stated=1.5),
    *_grades("bubble, x", "well_outlier", "well", _bubble, 0.9, 0.75, 0.55, stated=0.75),
    *_grades("drift, ln MFI", "replicate_drift", P, lambda s, p: faults.drift(p, s), 0.08, 0.15, 0.25, stated=0.15),
    *_grades("a row high, ln MFI", "spatial_effect", P, lambda s, p: faults.edge_effect(p, ln_shift=s), 0.2, 0.35, 0.5, stated=0.5),
    *_grades("background, x", "background_level", C, lambda s, p: faults.high_background(p, "IL-6", s), 5.0, 12.0, 40.0, stated=40.0),
    Grade("flat curve", "", lambda p: faults.flat_curve(p, "IL-6"), "curve_fit", C, True),
    *_grades("calibrated, days ago", "calibration_status", RUN, lambda s, p: faults.expire_calibration(p, s), 20, stated=20),
    Grade("calibration failed", "", faults.fail_calibration, "calibration_status", RUN, True),
    Grade("no reading", "", lambda p: faults.no_reading(p, _specimen(p, 3)[:1]), "missing_reading", W, True),
]  # fmt: skip


if __name__ == "__main__":
    main()
