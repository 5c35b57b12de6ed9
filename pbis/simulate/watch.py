"""Small plates by which a laboratory watches a lot: standards and controls in duplicate and no samples, one of them a drift.

Each plate is right by itself, since its controls stay inside their ranges; only a chart over the plates shows that one analyte's
controls climb.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from pbis.simulate.bench import NOISE, plate_wells, run_plate
from pbis.simulate.dialect import UNTOUCHED
from pbis.simulate.kit import CYTOKINES_7, Kit, make_kit
from pbis.simulate.load import BASE_ON, plate_header
from pbis.simulate.model import SimulatedPlate
from pbis.simulate.render import render_plate

PLATES, LOT, SERIAL = 24, "4120866", "LX10022190117"
DRIFTS, FROM_PLATE = "IL-6", 21  # the first twenty plates are the guide set of the chart
STEP = 0.045  # a plate; the fourth reads 19 % high, inside the control's range of 35 %
EVERY_DAYS = 7
STREAM = 330  # of random numbers: of eight that were tried the one in which no other analyte has an alarm, as most lots have one by chance
_STEADY = replace(NOISE, control_pipetting=0.02, plate_height=0.04, plate_position=0.03)  # one person, one washer


@dataclass(frozen=True)
class Drift:
    """What was planted: both controls of the analyte read (1 + step) to the power of the plates since, from a plate on."""

    lot: str
    analyte: str
    from_plate: str
    step: float
    plates: int


def write_watch_plates(folder: Path, seed: int, *, base_on: date = BASE_ON) -> Drift:
    """Write the exports into `folder`; what was planted. The same seed and date give the same bytes.

    base_on: the day of the site's first plate; these end before it, one a week.
    """
    kit = watch_kit(seed, base_on)
    folder.mkdir(parents=True, exist_ok=True)
    plates = [watch_plate(kit, number, seed, base_on) for number in range(1, PLATES + 1)]
    for plate in plates:
        (folder / f"{plate.header.batch}.csv").write_bytes(render_plate(plate, UNTOUCHED))
    return Drift(LOT, DRIFTS, plates[FROM_PLATE - 1].header.batch, STEP, PLATES)


def watch_plate(kit: Kit, number: int, seed: int, base_on: date) -> SimulatedPlate:
    """Plate `number` of the lot, counted from 1."""
    on = base_on - timedelta(days=EVERY_DAYS * (PLATES + 1 - number))
    header = replace(plate_header(f"WATCH_{LOT}_{number:02d}", on, kit), serial=SERIAL)
    drifted = _drifted(kit, max(0, number - FROM_PLATE + 1))
    rng = np.random.default_rng([seed, STREAM, number])
    plate = run_plate(drifted, header, plate_wells(kit, []), {}, rng, _STEADY)
    return replace(plate, reagents=kit.reagents)  # the file says what the lot sheet says


def watch_kit(seed: int, base_on: date) -> Kit:
    """The lot that is watched."""
    expires = base_on + timedelta(days=200)
    return make_kit("Human Cytokine 7-Plex", LOT, expires, CYTOKINES_7, np.random.default_rng([seed, 20, 2]))


def _drifted(kit: Kit, steps: int) -> Kit:
    """The kit with what is truly in its controls by then."""
    factor = np.where([analyte.name == DRIFTS for analyte in kit.analytes], (1 + STEP) ** steps, 1.0)
    reagents = replace(kit.reagents, control_expected=kit.reagents.control_expected * factor)
    return replace(kit, reagents=reagents)
