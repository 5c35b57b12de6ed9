"""Simulated exports with one fault each, from the file to the finding; and good plates, which must pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pytest

from expectations import judge, load_suite
from pbis.core.assay import AssayInput, AssayOptions, assay
from pbis.core.plate import PlateRead
from pbis.core.qc import CheckFrames
from pbis.core.verdict import Verdicts, roll_up
from pbis.core.well import assign_roles
from pbis.panels import load_aliases
from pbis.readers import read_bytes
from pbis.simulate import SimulatedPlate, example_plate, faults, render_plate

Plant = Callable[[SimulatedPlate], SimulatedPlate]
GOOD = 4


def standard_wells(plate: SimulatedPlate, level: int) -> tuple[str, ...]:
    return tuple(plate.wells.name[i] for i in plate.wells.of_reagent(plate.reagents.standards[level]))


def a_specimen(plate: SimulatedPlate, number: int) -> tuple[str, ...]:
    names = [name for name in dict.fromkeys(plate.wells.specimen) if name]
    return faults.sample_wells(plate, names[number])


def swapped_replicates(plate: SimulatedPlate) -> SimulatedPlate:
    one, other = a_specimen(plate, 0), a_specimen(plate, 9)
    return faults.swap_wells(plate, one[1:], other[1:])


FAULTS: tuple[tuple[str, Plant, tuple[str, str, str]], ...] = (
    ("low_beads", lambda p: faults.low_beads(p, a_specimen(p, 3)[:1]), ("bead_count", "fail", "well_analyte")),
    ("low_beads_in_an_analyte", lambda p: faults.low_beads(p, p.wells.name[20:32], ["IL-6"]), ("bead_count_plate", "fail", "analyte_plate")),
    ("low_beads_everywhere", lambda p: faults.low_beads(p, p.wells.name[20:26]), ("bead_count_plate", "fail", "plate")),
    ("no_reading", lambda p: faults.no_reading(p, a_specimen(p, 3)[:1]), ("missing_reading", "fail", "well_analyte")),
    ("hook", lambda p: faults.hook(p, "IL-6"), ("hook_effect", "warn", "analyte_plate")),
    ("swapped_replicates", swapped_replicates, ("replicate_pair", "fail", "well")),
    ("swapped_standards", lambda p: faults.swap_standards(p, p.reagents.standards[2], p.reagents.standards[4]), ("standard_order", "fail", "plate")),
    ("swapped_controls", faults.swap_controls, ("control_order", "fail", "plate")),
    ("failed_controls", lambda p: faults.fail_controls(p, "IL-6"), ("kit_control_range", "fail", "analyte_plate")),
    ("ranges_of_another_lot", lambda p: faults.shift_control_range(p, "IL-6"), ("kit_control_range", "fail", "analyte_plate")),
    ("standard_outlier", lambda p: faults.outlier(p, standard_wells(p, 3)[0], "IL-6"), ("replicate_cv_standard", "fail", "replicate_group")),
    ("bubble", lambda p: faults.bubble(p, a_specimen(p, 5)[0]), ("well_outlier", "fail", "well")),
    ("drift", faults.drift, ("replicate_drift", "fail", "plate")),
    ("edge_effect", lambda p: faults.edge_effect(p, ln_shift=0.5), ("spatial_effect", "warn", "plate")),
    ("high_background", lambda p: faults.high_background(p, "IL-6", 30.0), ("background_level", "warn", "analyte_plate")),
    ("flat_curve", lambda p: faults.flat_curve(p, "IL-6"), ("curve_fit", "fail", "analyte_plate")),
    ("expired_calibration", faults.expire_calibration, ("calibration_status", "fail", "run")),
    ("failed_calibration", faults.fail_calibration, ("calibration_status", "fail", "run")),
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    found: dict[str, set[tuple[str, str, str]]]
    verdicts: Verdicts


def check_frames(reads: Sequence[PlateRead]) -> CheckFrames:
    aliases = load_aliases()
    inputs = [AssayInput(f"a{i}", r, assign_roles(r, None).table, None, aliases) for i, r in enumerate(reads)]
    computed = assay(inputs, AssayOptions())
    raw = {
        n: pa.concat_tables([getattr(r, n) for r in reads])
        for n in ("reading", "reagent", "calibration", "lot", "analyte")
    }
    return CheckFrames(
        result=computed.result,
        curve=computed.curve,
        level=computed.level,
        well=pa.concat_tables([i.well for i in inputs]),
        run=tuple(r.run for r in reads),
        assay_of_run={r.run.run_id: i.assay_id for r, i in zip(reads, inputs, strict=True)},
        panels={r.run.run_id: None for r in reads},
        **raw,
    )


@pytest.fixture(scope="module")
def judged() -> Judged:
    plates = [fault(example_plate(7, i + 1)) for i, (_, fault, _) in enumerate(FAULTS)]
    plates += [example_plate(11 + i) for i in range(GOOD)]
    frames = check_frames([read_bytes(render_plate(plate), f"{i}.csv") for i, plate in enumerate(plates)])
    checked = judge(frames, load_suite("research"))
    found: dict[str, set[tuple[str, str, str]]] = {f"a{i}": set() for i in range(len(plates))}
    for one in checked.finding.to_pylist():
        found[one["assay_id"]].add((one["rule"], one["severity"], one["unit_of_judgement"]))
    return Judged(found, roll_up(frames.result, checked.finding, frames.curve, checked.judged))


@pytest.mark.parametrize("number", range(len(FAULTS)), ids=[name for name, _, _ in FAULTS])
def test_fault_is_found(number: int, judged: Judged) -> None:
    assert FAULTS[number][2] in judged.found[f"a{number}"]


@pytest.mark.parametrize("number", range(GOOD))
def test_a_good_plate_passes(number: int, judged: Judged) -> None:
    name = f"a{len(FAULTS) + number}"
    plate = next(row for row in judged.verdicts.plate.to_pylist() if row["assay_id"] == name)
    assert plate["state"] == "pass", plate["sentence"]
    assert plate["analytes_failed"] == 0


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("swapped_standards", "fail"),
        ("swapped_controls", "fail"),
        ("drift", "fail"),
        ("failed_calibration", "fail"),
        ("low_beads_everywhere", "fail"),
        ("failed_controls", "warn"),
        ("flat_curve", "warn"),
        ("hook", "pass"),
        ("bubble", "pass"),
    ],
)
def test_plate_state(fault: str, state: str, judged: Judged) -> None:
    number = [name for name, _, _ in FAULTS].index(fault)
    plate = next(row for row in judged.verdicts.plate.to_pylist() if row["assay_id"] == f"a{number}")
    assert plate["state"] == state, plate["sentence"]
