"""A plate at the bench: the map of its wells, and medians and bead counts from true concentrations with realistic noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pbis.simulate import curve
from pbis.simulate.kit import Kit
from pbis.simulate.model import (
    BACKGROUND,
    CONTROL,
    STANDARD,
    UNKNOWN,
    Counts,
    PlateHeader,
    Reals,
    SimulatedPlate,
    WellMap,
    plate_shape,
    well_names,
)

REPLICATES = 2
SAMPLES_PER_PLATE = 38  # 96 wells less 2 background, 14 standard and 4 control wells, in duplicate


@dataclass(frozen=True)
class Noise:
    """Standard deviations on the natural-log scale, and the beads. Together a replicate CV of about 6 %.

    well: pipetting, shared by a well's analytes; analyte: a well's single analyte; bead_cv: spread of single beads, of
    which the median's error follows; plate_height, plate_position: the plate's effect on signal and on ln C.
    """

    well: float = 0.025
    analyte: float = 0.04
    bead_cv: float = 0.28
    background: float = 0.04
    plate_height: float = 0.08
    plate_position: float = 0.06
    control_pipetting: float = 0.04
    beads: float = 120.0
    well_beads: float = 0.1


NOISE = Noise()


@dataclass(frozen=True)
class Sample:
    """What goes into duplicate wells: the specimen's barcode, the name typed at the instrument, the dilution."""

    specimen: str
    label: str
    dilution: float = 1.0


def plate_wells(kit: Kit, samples: Sequence[Sample]) -> WellMap:
    """Duplicates down the columns: background, standards from the lowest, controls, samples; more than 96 wells take a 384-well plate."""
    entries: list[tuple[str, str, str | None, float | None, str | None]] = [
        (BACKGROUND, "Background0", None, None, None)
    ]
    entries += [(STANDARD, label, label, None, None) for label in kit.reagents.standards]
    entries += [(CONTROL, label, label, 1.0, None) for label in kit.reagents.controls]
    entries += [(UNKNOWN, s.label, None, s.dilution, s.specimen) for s in samples]
    wells = [entry for entry in entries for _ in range(REPLICATES)]
    role, label, reagent, dilution, specimen = zip(*wells, strict=True)
    return WellMap(well_names(*plate_shape(len(wells)))[: len(wells)], role, label, reagent, dilution, specimen)


def run_plate(
    kit: Kit,
    header: PlateHeader,
    wells: WellMap,
    concentrations: Mapping[str, Reals],
    rng: np.random.Generator,
    noise: Noise = NOISE,
) -> SimulatedPlate:
    """Read the plate. concentrations: specimen -> undiluted concentration per analyte of the kit, pg/mL."""
    dose = _doses(kit, wells, concentrations, rng, noise)
    count = _beads(dose.shape, rng, noise)
    median = _medians(kit, dose, count, rng, noise)
    total = np.round(count.sum(axis=1) * rng.uniform(1.2, 1.5, len(wells))).astype(np.int64)
    return SimulatedPlate(header, kit.analytes, wells, kit.reagents, median, count, total)


def _doses(
    kit: Kit, wells: WellMap, concentrations: Mapping[str, Reals], rng: np.random.Generator, noise: Noise
) -> Reals:
    """Concentration inside each well, (wells, analytes); 0 in the background."""
    dose = np.zeros((len(wells), len(kit.analytes)))
    expected = dict(zip(kit.reagents.standards, kit.reagents.expected, strict=True))
    pipetted = np.exp(rng.normal(0.0, noise.control_pipetting, kit.reagents.control_expected.shape))
    expected |= zip(kit.reagents.controls, kit.reagents.control_expected * pipetted, strict=True)
    for i, role in enumerate(wells.role):
        if role in (STANDARD, CONTROL):
            dose[i] = expected[wells.reagent[i] or ""]
        elif role == UNKNOWN:
            dose[i] = concentrations[wells.specimen[i] or ""] / (wells.dilution[i] or 1.0)
    return dose


def _beads(shape: tuple[int, ...], rng: np.random.Generator, noise: Noise) -> Counts:
    mean = noise.beads * np.exp(rng.normal(0.0, noise.well_beads, (shape[0], 1)))
    return rng.poisson(np.broadcast_to(mean, shape)).astype(np.int64)


def _medians(kit: Kit, dose: Reals, count: Counts, rng: np.random.Generator, noise: Noise) -> Reals:
    """Background x its noise + net signal x (plate, well, analyte, bead) noise, printed in halves."""
    size = dose.shape[1]
    A, B, C, D, F = kit.truth
    height = np.exp(rng.normal(0.0, noise.plate_height, size))
    position = np.exp(rng.normal(0.0, noise.plate_position, size))
    net = curve.respond(dose, np.array([np.zeros(size), (B - A) * height, C * position, D, F])[:, None, :])
    median_error = 1.25 * noise.bead_cv / np.sqrt(np.maximum(count, 1))
    spread = np.sqrt(noise.analyte**2 + median_error**2) * rng.standard_normal(dose.shape)
    shared = rng.normal(0.0, noise.well, (len(dose), 1))
    background = A * np.exp(rng.normal(0.0, noise.background, dose.shape))
    return np.asarray(np.round(2.0 * (background + net * np.exp(shared + spread))) / 2.0)
