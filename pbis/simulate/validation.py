"""Plates of a validation design, with the truth beside them: two lots, two instruments, dilution series, a ring trial.

Each plate holds bridging specimens over the whole range, three specimens at 1:1 to 1:16 and two of a ring trial. Planted: one lot and
one instrument read otherwise, plates differ, an analyte does not dilute in parallel, and another is read too low.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from pbis.simulate.bench import NOISE, Sample, plate_wells, run_plate
from pbis.simulate.kit import CYTOKINES_7, Kit, make_kit
from pbis.simulate.load import BASE_ON, SERIAL, plate_header
from pbis.simulate.model import Reals, SimulatedPlate
from pbis.simulate.render import render_plate

LOTS = (("V100001", 1.0), ("V200002", 1.08))  # lot, and what its readings are of the truth
INSTRUMENTS = ((SERIAL, 1.0), ("LX10022187999", 0.95))
BETWEEN_PLATES_CV = 0.06
DILUTIONS = (1.0, 2.0, 4.0, 8.0, 16.0)
SLOPE = {"IL-6": 0.8}  # reading on share, both as logarithms; 1 elsewhere
RING_RATIO = {"TNFa": 0.75}  # what the laboratory reads of the assigned value; 1 elsewhere
_SERIES, _RING = ("VD1", "VD2", "VD3"), ("RT1", "RT2")
_BRIDGING = 21
_LOWEST, _HIGHEST, _SERIES_LEVEL = 3.6, 2000.0, 1500.0


@dataclass(frozen=True)
class ValidationTruth:
    """levels: specimen -> pg/mL by analyte; plates: batch -> its lot, instrument and factor by analyte."""

    levels: dict[str, Reals]
    plates: dict[str, tuple[str, str, Reals]]


def write_validation_site(inbox: Path, truth: Path, seed: int, *, days: int = 3, bridging: int = _BRIDGING) -> int:
    """Write inbox/{plates,layouts} and truth/{assigned.csv,validation.json}; how many plates. Each lot is read on `days` days by
    both instruments; the same arguments give the same bytes."""
    rng = np.random.default_rng([seed, 30])
    levels = _levels(rng, bridging)
    made: dict[str, tuple[str, str, Reals]] = {}
    for folder in (inbox / "plates", inbox / "layouts", truth):
        folder.mkdir(parents=True, exist_ok=True)
    for number, (lot, of_lot) in enumerate(LOTS):
        kit = make_kit("Human Cytokine 7-Plex", lot, BASE_ON + timedelta(days=300), CYTOKINES_7, rng)
        for day in range(days):
            for hour, (serial, of_instrument) in enumerate(INSTRUMENTS):
                share = of_lot * of_instrument * np.exp(rng.normal(0.0, BETWEEN_PLATES_CV, len(CYTOKINES_7)))
                plate = _plate(kit, levels, share, BASE_ON + timedelta(days=number * days + day), hour, rng)
                plate = replace(plate, header=replace(plate.header, serial=serial))
                made[plate.header.batch] = (lot, serial, share)
                (inbox / "plates" / f"{plate.header.batch}.csv").write_bytes(render_plate(plate))
                (inbox / "layouts" / f"{plate.header.batch}_layout.csv").write_bytes(_layout(plate))
    (truth / "assigned.csv").write_bytes(_assigned(levels))
    (truth / "validation.json").write_text(_truth(ValidationTruth(levels, made)), encoding="utf-8")
    return len(made)


def _levels(rng: np.random.Generator, bridging: int) -> dict[str, Reals]:
    size = len(CYTOKINES_7)
    spread = np.geomspace(_LOWEST, _HIGHEST, bridging)
    found = {
        f"VB{k + 1:02d}": row for k, row in enumerate(np.column_stack([rng.permutation(spread) for _ in range(size)]))
    }
    found |= {name: _SERIES_LEVEL * np.exp(rng.normal(0.0, 0.1, size)) for name in _SERIES}
    return found | {
        name: level * np.exp(rng.normal(0.0, 0.05, size)) for name, level in zip(_RING, (60.0, 600.0), strict=True)
    }


def _plate(
    kit: Kit, levels: dict[str, Reals], share: Reals, on: date, hour: int, rng: np.random.Generator
) -> SimulatedPlate:
    """A plate read once. A dilution of a specimen is a tube of its own for the bench, since not every analyte follows it."""
    slope = np.array([SLOPE.get(each.name, 1.0) for each in CYTOKINES_7])
    ratio = np.array([RING_RATIO.get(each.name, 1.0) for each in CYTOKINES_7])
    samples, doses = [], {}
    for name, level in levels.items():
        for dilution in DILUTIONS if name in _SERIES else (1.0,):
            tube = f"{name}@{dilution:g}"
            samples.append(Sample(tube, tube, dilution))
            doses[tube] = share * level * dilution ** (1 - slope) * (ratio if name in _RING else 1.0)
    header = plate_header(f"VAL_{on:%Y%m%d}_{hour + 1}", on, kit, hour=9 + 4 * hour)
    made = run_plate(kit, header, plate_wells(kit, samples), doses, rng, NOISE)
    specimens = tuple(None if tube is None else tube.partition("@")[0] for tube in made.wells.specimen)
    return replace(made, wells=replace(made.wells, specimen=specimens))


def _layout(plate: SimulatedPlate) -> bytes:
    wells = plate.wells
    rows = [
        (plate.header.batch, name, role, specimen or "", reagent or "", "" if factor is None else f"{factor:g}")
        for name, role, reagent, factor, specimen in zip(
            wells.name, wells.role, wells.reagent, wells.dilution, wells.specimen, strict=True
        )
    ]
    return _csv(("plate", "well", "role", "specimen", "label", "dilution"), rows)


def _assigned(levels: dict[str, Reals]) -> bytes:
    """The ring trial's values, with a standard uncertainty of 3 % and a standard deviation for assessment of 15 %."""
    rows = [
        (
            name,
            _CANONICAL.get(each.name, each.name),
            f"{level:.6g}",
            "pg/mL",
            f"{0.03 * level:.6g}",
            f"{0.15 * level:.6g}",
        )
        for name in _RING
        for each, level in zip(CYTOKINES_7, levels[name].tolist(), strict=True)
    ]
    return _csv(("specimen", "analyte", "assigned", "unit", "uncertainty", "sd"), rows)


_CANONICAL = {"IFNg": "IFN-gamma", "TNFa": "TNF"}


def _truth(told: ValidationTruth) -> str:
    names = [_CANONICAL.get(each.name, each.name) for each in CYTOKINES_7]
    made = {
        "lot_ratio": LOTS[1][1],
        "instrument_ratio": INSTRUMENTS[1][1],
        "between_plates_cv_pct": 100 * BETWEEN_PLATES_CV,
        "slope": {_CANONICAL.get(name, name): value for name, value in SLOPE.items()},
        "bias_pct": {_CANONICAL.get(name, name): 100 * (value - 1) for name, value in RING_RATIO.items()},
        "levels_pg_ml": {name: dict(zip(names, row.tolist(), strict=True)) for name, row in told.levels.items()},
        "plates": {
            name: {"lot": lot, "instrument": serial, "factor": dict(zip(names, share.tolist(), strict=True))}
            for name, (lot, serial, share) in told.plates.items()
        },
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([columns, *rows])
    return buffer.getvalue().encode("utf-8")
