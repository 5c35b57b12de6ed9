"""A laboratory's readings as a release has them, drawn from factors that a test knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from expectations.validation import validation_limits
from pbis.validation.data import Assigned, Validation, validation_of


@dataclass(frozen=True)
class Plate:
    """A plate: its day, lot, instrument, and what it reads of the truth."""

    name: str
    day: int
    lot: str = "L1"
    instrument: str = "I1"
    factor: float = 1.0


def plates(rng: np.random.Generator, count: int, cv: float, **known: str) -> list[Plate]:
    return [Plate(f"P{n + 1:02d}", n, factor=float(np.exp(rng.normal(0, cv))), **known) for n in range(count)]


def readings(
    rng: np.random.Generator,
    on: Sequence[Plate],
    levels: Mapping[str, float],
    *,
    cv: float = 0.05,
    floor: float = 0.0,
    dilutions: Sequence[float] = (1.0,),
    slope: float = 1.0,
    is_control: bool = False,
    analyte: str = "IL-2",
    replicates: int = 2,
    lloq: float = 3.2,
) -> pd.DataFrame:
    """Each material of `levels` in `replicates` wells at every dilution of every plate."""
    rows = []
    for plate in on:
        for material, level in levels.items():
            for dilution in dilutions:
                true = plate.factor * level * dilution**-slope
                for k in range(replicates):
                    held = true * float(np.exp(rng.normal(0, cv))) + float(rng.normal(0, floor))
                    rows.append(_row(plate, material, dilution, held, is_control, analyte, f"W{len(rows)}{k}", lloq))
    return pd.DataFrame(rows)


def _row(
    plate: Plate, material: str, dilution: float, held: float, is_control: bool, analyte: str, well: str, lloq: float
) -> dict[str, object]:
    is_read = held >= lloq
    return {
        "plate": plate.name, "plate_key": f"key{plate.name}", "read_on": pd.Timestamp(2026, 1, 1) + pd.Timedelta(days=plate.day),
        "instrument": plate.instrument, "lot": plate.lot, "control_lot": plate.lot, "analyte": analyte, "unit": "pg/mL",
        "is_control": is_control, "material": material, "label": f"label of {material}", "well": well, "dilution": dilution,
        "value": held * dilution if is_read else np.nan, "status": "QUANT" if is_read else "BELOW_LLOQ", "qc_state": "pass",
        "lloq": lloq, "lod": 0.4, "lowest_standard": 3.2,
    }  # fmt: skip


def made(*frames: pd.DataFrame, assigned: Sequence[Assigned] = ()) -> Validation:
    return validation_of("panel", pd.concat(frames), validation_limits(), assigned)
