"""The demo site's plates: which tube lies where, and each plate read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from pbis.simulate.bench import SAMPLES_PER_PLATE, Sample, plate_wells, run_plate
from pbis.simulate.draft import Draft
from pbis.simulate.draws import Draw
from pbis.simulate.kit import CYTOKINES_7, Kit, make_kit
from pbis.simulate.load import plate_header
from pbis.simulate.model import SimulatedPlate

DILUTED_PLATE, SHORT_VOLUME_PLATE, SWAPPED_PLATE, EDITED_PLATE, LATE_PLATE = 4, 2, 3, 5, 6
SHORT_VOLUME_SAMPLES = 6
_DAYS = {1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 7}  # five days of a week, then Monday
_REPEAT_DAY = 8


@dataclass(frozen=True)
class SitePlate:
    """A plate of the site under its number; its name is the export's batch."""

    number: int
    plate: SimulatedPlate

    @property
    def name(self) -> str:
        return self.plate.header.batch


def allocate(draft: Draft) -> dict[int, tuple[Draw, ...]]:
    """Plate number -> its tubes: all that are assayed, in random order, 38 a plate."""
    tubes = sorted((*draft.baseline.values(), *draft.further), key=lambda draw: draw.barcode)
    assayed = [draw for draw in tubes if draw.barcode not in draft.unassayed]
    order = draft.rng.permutation(len(assayed)).tolist()
    starts = range(0, len(assayed), SAMPLES_PER_PLATE)
    chunks = (tuple(assayed[i] for i in order[start : start + SAMPLES_PER_PLATE]) for start in starts)
    return dict(enumerate(chunks, start=1))


def dilution_of(number: int, position: int) -> float:
    """One plate was run at 1:2, and on another the tubes with too little serum."""
    if number == DILUTED_PLATE:
        return 2.0
    return 2.0 if number == SHORT_VOLUME_PLATE and position < SHORT_VOLUME_SAMPLES else 1.0


def run_plates(draft: Draft, tubes: dict[int, tuple[Draw, ...]], seed: int, base_on: date) -> dict[int, SitePlate]:
    """Read every plate once, without faults."""
    kits = _kits(seed, base_on)
    return {
        number: SitePlate(number, _run(draft, number, chunk, kits[number > SWAPPED_PLATE], seed, base_on))
        for number, chunk in tubes.items()
    }


def repeat_plate(draft: Draft, chunk: Sequence[Draw], seed: int, base_on: date) -> SitePlate:
    """The swapped plate again, some days later, with new noise and its own name."""
    on = base_on + timedelta(days=_REPEAT_DAY)
    kit = _kits(seed, base_on)[1]
    return SitePlate(SWAPPED_PLATE, _run(draft, SWAPPED_PLATE, chunk, kit, seed, base_on, on, "R"))


def _kits(seed: int, base_on: date) -> tuple[Kit, Kit]:
    lots = (("3917204", 140), ("4020117", 320))
    name = "Human Cytokine 7-Plex"
    first, second = (
        make_kit(name, lot, base_on + timedelta(days=days), CYTOKINES_7, np.random.default_rng([seed, 20, n]))
        for n, (lot, days) in enumerate(lots)
    )
    return first, second


def _run(
    draft: Draft,
    number: int,
    chunk: Sequence[Draw],
    kit: Kit,
    seed: int,
    base_on: date,
    on: date | None = None,
    suffix: str = "",
) -> SimulatedPlate:
    on = on or base_on + timedelta(days=_DAYS.get(number, number + 1))
    header = plate_header(f"HCC7P_{on:%Y%m%d}_P{number:02d}{suffix}", on, kit, hour=9 + number % 4)
    samples = [Sample(d.barcode, _label(number, i, d), dilution_of(number, i)) for i, d in enumerate(chunk)]
    doses = {draw.barcode: draw.concentrations(draft.subjects[draw.subject]) for draw in chunk}
    rng = np.random.default_rng([seed, 21, number, len(suffix)])
    return run_plate(kit, header, plate_wells(kit, samples), doses, rng)


def _label(number: int, position: int, draw: Draw) -> str:
    """Most plates keep the instrument's names; on one the operator typed the barcodes."""
    return draw.barcode if number == SHORT_VOLUME_PLATE else f"Unknown{position + 1}"


def layout_rows(at: SitePlate) -> list[tuple[str, ...]]:
    """plate,well,role,specimen,label,dilution of every well."""
    wells = at.plate.wells
    return [
        (at.name, name, role, specimen or "", reagent or "", "" if factor is None else f"{factor:g}")
        for name, role, reagent, factor, specimen in zip(
            wells.name, wells.role, wells.reagent, wells.dilution, wells.specimen, strict=True
        )
    ]
