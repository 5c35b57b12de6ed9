"""Problems that a quality check must find: a fault, its strength, and the rule that speaks; each at graded strength.

From the strength marked `is_stated` on, at least 95 % of the plates must be caught; what lies below shows how the rule fades out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pbis.simulate import faults
from pbis.simulate.model import SimulatedPlate

Plant = Callable[[SimulatedPlate], SimulatedPlate]
Place = Callable[[SimulatedPlate], dict[str, tuple[str, ...]]]  # column of a finding -> what it may hold
W, G, C, WELL, P, RUN = "well_analyte", "replicate_group", "analyte_plate", "well", "plate", "run"
ONE = "IL-6"  # the analyte that has the fault where one has it


@dataclass(frozen=True)
class GradedFault:
    """A fault at one strength on a plate of the seven-plex, and what must find it: rule, unit of judgement, profile.

    place: of the good plate, what a finding about the fault names: its analyte, wells or replicate group; other findings of the
    rule do not count.
    """

    fault: str
    strength: str
    plant: Plant
    rule: str
    unit: str
    is_stated: bool
    profile: str = "research"
    place: Place = lambda plate: {}


def problems() -> tuple[GradedFault, ...]:
    """All of them, a fault's strengths together."""
    return (*_readings(), *_curves(), *_controls(), *_wells(), *_plates(), *_runs())


def _readings() -> list[GradedFault]:
    sample = partial(_specimen, number=3)

    def at_sample(plate: SimulatedPlate) -> dict[str, tuple[str, ...]]:
        return {"well": sample(plate)[:1]}

    return [
        *_graded("beads in a well", "bead_count", W, lambda p, s: faults.low_beads(p, sample(p)[:1], beads=s), (48, 34, 21), 34, place=at_sample),
        _one("no reading", "missing_reading", W, lambda p: faults.no_reading(p, sample(p)[:1]), at_sample),
        *_graded("sample well, x", "replicate_cv_sample", G, lambda p, s: faults.outlier(p, _mid(p), ONE, s), (1.2, 1.5, 2.0), 1.5, place=lambda p: _group(p, _mid(p))),
        *_graded("standard well, x", "replicate_cv_standard", G, lambda p, s: faults.outlier(p, _standard(p, 3)[0], ONE, s), (1.2, 1.5, 3.0), 1.5, place=lambda p: _group(p, _standard(p, 3)[0])),
    ]  # fmt: skip


def _curves() -> list[GradedFault]:
    return [
        *_graded("share of wells low in beads", "bead_count_plate", C, _few_beads, (0.08, 0.12, 0.2), 0.12),
        *_graded("hook, top / next", "hook_effect", C, lambda p, s: faults.hook(p, ONE, s), (0.9, 0.8, 0.6), 0.8),
        *_graded("background, x", "background_level", C, lambda p, s: faults.high_background(p, ONE, s), (5.0, 12.0, 40.0), 40.0),
        _one("flat curve", "curve_fit", C, lambda p: faults.flat_curve(p, ONE)),
        *_graded("one level, x", "curve_fit", C, lambda p, s: _level(p, 3, s), (1.15, 1.4, 2.0), 1.4),
        *_graded("levels off by turns, x", "curve_acceptance", C, _staircase, (1.2, 1.5, 2.5), 2.5),
        _one("bead of another analyte", "acquisition_protocol", C, lambda p: faults.other_region(p, ONE)),
    ]  # fmt: skip


def _controls() -> list[GradedFault]:
    fail, shift = faults.fail_controls, faults.shift_control_range
    low = (0.75, 0.65, 0.4)
    return [
        *_graded("controls read, x", "kit_control_range", C, lambda p, s: fail(p, ONE, factor=s), (0.7, 0.55, 0.4), 0.55),
        *_graded("ranges of another lot, x", "kit_control_range", C, lambda p, s: shift(p, ONE, s), (1.3, 1.7, 2.2), 2.2),
        *_graded("controls read, x", "control_acceptance", C, lambda p, s: fail(p, ONE, factor=s), low, 0.65, "regulated"),
        _one("controls swapped", "control_order", P, faults.swap_controls),
    ]  # fmt: skip


def _wells() -> list[GradedFault]:
    return [
        *_graded("bubble, x", "well_outlier", WELL, lambda p, s: faults.bubble(p, _specimen(p, 5)[0], s), (0.9, 0.75, 0.55), 0.75, place=lambda p: {"well": _specimen(p, 5)}),
        _one("replicates swapped", "replicate_pair", WELL, _swapped_replicates, lambda p: {"well": (*_specimen(p, 0), *_specimen(p, 9))}),
    ]  # fmt: skip


def _plates() -> list[GradedFault]:
    return [
        *_graded("share of readings low in beads", "bead_count_plate", P, _few_beads_everywhere, (0.03, 0.07, 0.12), 0.07),
        *_graded("standards swapped, levels apart", "standard_order", P, _swapped_standards, (1, 2, 3), 1),
        *_graded("drift, ln MFI", "replicate_drift", P, faults.drift, (0.08, 0.15, 0.25), 0.15),
        *_graded("a row high, ln MFI", "spatial_effect", P, lambda p, s: faults.edge_effect(p, ln_shift=s), (0.2, 0.4, 0.6), 0.4),
        *_graded("carried over, share", "carry_over", P, faults.carry_over, (0.002, 0.01, 0.03), 0.01),
        *_graded("analytes with failed curves", "curve_acceptance", P, _staircases, (1, 2, 4), 2),
        *_graded("analytes with failed controls", "kit_control_range", P, _failed_controls, (1, 2, 4), 2),
    ]  # fmt: skip


def _runs() -> list[GradedFault]:
    return [
        *_graded("calibrated and verified, days ago", "calibration_status", RUN, _old_calibration, (0.5, 2, 8), 2),
        *_graded("kit expired, days ago", "calibration_status", RUN, faults.expire_kit, (0, 1, 30), 1),
        _one("calibration failed", "calibration_status", RUN, faults.fail_calibration),
        _one("analyte of the panel not read", "acquisition_protocol", RUN, lambda p: faults.drop_analyte(p, ONE)),
    ]


def _graded(
    fault: str, rule: str, unit: str, plant: Callable[[SimulatedPlate, Any], SimulatedPlate], strengths: Sequence[Any],
    stated: Any, profile: str = "research", place: Place | None = None,
) -> list[GradedFault]:  # fmt: skip
    at, where = strengths.index(stated), place or _PLACES.get(unit, _anywhere)
    return [
        GradedFault(fault, f"{s:g}", _at_strength(plant, s), rule, unit, i >= at, profile, where)
        for i, s in enumerate(strengths)
    ]


def _at_strength(plant: Callable[[SimulatedPlate, Any], SimulatedPlate], strength: Any) -> Plant:
    return lambda plate: plant(plate, strength)


def _one(fault: str, rule: str, unit: str, plant: Plant, place: Place | None = None) -> GradedFault:
    return GradedFault(fault, "", plant, rule, unit, True, place=place or _PLACES.get(unit, _anywhere))


def _anywhere(plate: SimulatedPlate) -> dict[str, tuple[str, ...]]:
    return {}


_PLACES: dict[str, Place] = {C: lambda plate: {"analyte": (ONE,)}}


def _group(plate: SimulatedPlate, well: str) -> dict[str, tuple[str, ...]]:
    at = plate.wells.name.index(well)
    label, dilution = plate.wells.label[at], plate.wells.dilution[at]
    return {"analyte": (ONE,), "replicate_group": (label, f"{label} x{dilution or 1:g}")}


def _specimen(plate: SimulatedPlate, number: int) -> tuple[str, ...]:
    names = [name for name in dict.fromkeys(plate.wells.specimen) if name]
    return faults.sample_wells(plate, names[number])


def _mid(plate: SimulatedPlate) -> str:
    """A well of the specimen whose signal is the plate's median, so that its result is surely in range."""
    wells, j = plate.wells, plate.column(ONE)
    rows = sorted(
        (i for i, role in enumerate(wells.role) if role == "unknown"), key=lambda i: float(plate.median[i, j])
    )
    return wells.name[rows[len(rows) // 2]]


def _standard(plate: SimulatedPlate, level: int) -> tuple[str, ...]:
    return tuple(plate.wells.name[i] for i in plate.wells.of_reagent(plate.reagents.standards[level]))


def _level(plate: SimulatedPlate, level: int, factor: float, analyte: str = ONE) -> SimulatedPlate:
    for well in _standard(plate, level):
        plate = faults.outlier(plate, well, analyte, factor)
    return plate


def _staircase(plate: SimulatedPlate, factor: float, analyte: str = ONE) -> SimulatedPlate:
    for level in range(7):
        plate = _level(plate, level, factor if level % 2 else 1 / factor, analyte)
    return plate


def _staircases(plate: SimulatedPlate, count: int) -> SimulatedPlate:
    for analyte in plate.analytes[:count]:
        plate = _staircase(plate, 2.5, analyte.name)
    return plate


def _failed_controls(plate: SimulatedPlate, count: int) -> SimulatedPlate:
    for analyte in plate.analytes[:count]:
        plate = faults.fail_controls(plate, analyte.name)
    return plate


def _few_beads(plate: SimulatedPlate, share: float) -> SimulatedPlate:
    return faults.low_beads(plate, plate.wells.name[: round(share * len(plate.wells))], [ONE])


def _few_beads_everywhere(plate: SimulatedPlate, share: float) -> SimulatedPlate:
    return faults.low_beads(plate, plate.wells.name[-round(share * len(plate.wells)) :])


def _swapped_standards(plate: SimulatedPlate, apart: int) -> SimulatedPlate:
    names = plate.reagents.standards
    return faults.swap_standards(plate, names[2], names[2 + apart])


def _swapped_replicates(plate: SimulatedPlate) -> SimulatedPlate:
    return faults.swap_wells(plate, _specimen(plate, 0)[1:], _specimen(plate, 9)[1:])


def _old_calibration(plate: SimulatedPlate, days: float) -> SimulatedPlate:
    """Calibrated long ago; its calibrator lot is in date."""
    aged, lot = faults.expire_calibration(plate, days), plate.header.calibrator_expires_on
    return replace(aged, header=replace(aged.header, calibrator_expires_on=lot))
