"""Plates for load tests: many exports of a large panel, fast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType

import numpy as np

from pbis.simulate.bench import NOISE, SAMPLES_PER_PLATE, Noise, Sample, plate_wells, run_plate
from pbis.simulate.dialect import UNTOUCHED, Dialect
from pbis.simulate.kit import Kit, make_kit, panel_analytes
from pbis.simulate.model import PlateHeader, SimulatedPlate
from pbis.simulate.render import render_plate

BASE_ON = date(2025, 9, 15)
MEDIAN_PG_ML = 40.0
SERIAL = "LX10022187304"


def write_plates(
    out: Path,
    seed: int,
    plates: int,
    analytes: int = 41,
    *,
    base_on: date = BASE_ON,
    dialect: Dialect = UNTOUCHED,
) -> tuple[Path, ...]:
    """Write `plates` exports of a panel with `analytes` analytes into `out`; returns their paths in order."""
    out.mkdir(parents=True, exist_ok=True)
    kit = example_kit(seed, analytes, base_on)
    paths = []
    for number in range(1, plates + 1):
        plate = example_plate(seed, number, kit, base_on=base_on)
        path = out / f"{plate.header.batch}.csv"
        path.write_bytes(render_plate(plate, dialect))
        paths.append(path)
    return tuple(paths)


def example_kit(seed: int, analytes: int = 7, base_on: date = BASE_ON) -> Kit:
    """A kit lot for tests; the same seed gives the same lot."""
    rng = np.random.default_rng([seed, 1])
    name = f"Human Cytokine {analytes}-Plex"
    return make_kit(name, f"K{seed % 10000:04d}", base_on + timedelta(days=300), panel_analytes(analytes), rng)


def example_plate(
    seed: int,
    number: int = 1,
    kit: Kit | None = None,
    *,
    samples: int = SAMPLES_PER_PLATE,
    dilution: float = 1.0,
    base_on: date = BASE_ON,
    noise: Noise = NOISE,
    medians: Mapping[str, float] = MappingProxyType({}),
) -> SimulatedPlate:
    """One good plate with lognormal concentrations, for tests and as the ground on which faults are planted.

    The median of an analyte is 40 pg/mL, or what `medians` gives for its name.
    """
    kit = kit or example_kit(seed, base_on=base_on)
    rng = np.random.default_rng([seed, 2, number])
    labels = [Sample(f"SR{number:03d}{n:03d}", f"Unknown{n}", dilution) for n in range(1, samples + 1)]
    wells = plate_wells(kit, labels)
    values = np.exp(rng.normal(np.log(MEDIAN_PG_ML), 1.3, (samples, len(kit.analytes))))
    values *= np.array([medians.get(a.name, MEDIAN_PG_ML) / MEDIAN_PG_ML for a in kit.analytes])
    concentrations = {label.specimen: row for label, row in zip(labels, values, strict=True)}
    on = base_on + timedelta(days=number - 1)
    return run_plate(kit, plate_header(f"LOAD_{number:04d}", on, kit), wells, concentrations, rng, noise)


def plate_header(batch: str, on: date, kit: Kit, *, hour: int = 10) -> PlateHeader:
    """Header of a plate read on a day: calibrated that morning, exported right after the run."""
    start = datetime.combine(on, time(hour, 4, 35))
    stop = start + timedelta(minutes=71, seconds=12)
    return PlateHeader(
        batch=batch,
        started_at=start,
        stopped_at=stop,
        exported_at=stop + timedelta(minutes=6),
        calibrated_at=datetime.combine(on, time(8, 21, 9)),
        serial=SERIAL,
        calibrator_expires_on=on + timedelta(days=200),
        kit=kit.kit_lot,
        reagent_lots=kit.reagent_lots,
        protocol=kit.name,
    )


def late_export(plate: SimulatedPlate, days: int) -> SimulatedPlate:
    """The same run exported again some days later."""
    at = plate.header.exported_at + timedelta(days=days)
    return replace(plate, header=replace(plate.header, exported_at=at))
