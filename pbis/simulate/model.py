"""A simulated plate: what was pipetted, what the beads gave, and what the export's header will say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]

STANDARD, CONTROL, BACKGROUND, UNKNOWN = "standard", "qc_control", "background", "unknown"


@dataclass(frozen=True)
class Lot:
    """A kit, standard or control lot as AssayLotInfo names it; `label` is empty for the kit."""

    label: str
    name: str
    number: str
    expires_on: date
    manufacturer: str = "Example Reagents"


@dataclass(frozen=True)
class PlateHeader:
    """The header's facts; how they are spelled is the dialect's business."""

    batch: str
    started_at: datetime
    stopped_at: datetime
    exported_at: datetime
    calibrated_at: datetime
    serial: str
    calibrator_expires_on: date
    kit: Lot
    reagent_lots: tuple[Lot, ...] = ()
    operator: str = ""
    computer: str = "CORELAB-LX2"
    protocol: str = "Human Cytokine"
    protocol_version: str = "1"
    company: str = "Example Reagents"
    sample_volume: str = "50 uL"
    min_events: int = 50
    is_calibration_passed: bool = True


@dataclass(frozen=True)
class Analyte:
    """One column of the export: the name exactly as the file spells it."""

    name: str
    bead_region: str
    unit: str = "pg/mL"


@dataclass(frozen=True)
class WellMap:
    """Wells as parallel columns, in any order.

    label: the sample name as someone typed it, shared by replicates; reagent: the reagent-table label that the protocol
    gave the well (Standard1, Control2), None for samples and background; dilution: None for standards and background.
    """

    name: tuple[str, ...]
    role: tuple[str, ...]
    label: tuple[str, ...]
    reagent: tuple[str | None, ...]
    dilution: tuple[float | None, ...]
    specimen: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.name)

    def of_role(self, role: str) -> Counts:
        """Indices of the wells that play the role."""
        return np.flatnonzero([r == role for r in self.role])

    def of_label(self, label: str) -> Counts:
        """Indices of the wells with the sample name."""
        return np.flatnonzero([name == label for name in self.label])

    def of_reagent(self, reagent: str) -> Counts:
        """Indices of the wells that hold the standard or control."""
        return np.flatnonzero([name == reagent for name in self.reagent])

    def of_specimen(self, specimen: str) -> Counts:
        """Indices of the wells that hold the specimen."""
        return np.flatnonzero([barcode == specimen for barcode in self.specimen])


@dataclass(frozen=True, eq=False)
class Reagents:
    """The reagent tables. Concentrations in the analyte's unit, shape (labels, analytes)."""

    standards: tuple[str, ...]
    expected: Reals
    controls: tuple[str, ...]
    control_expected: Reals
    control_low: Reals
    control_high: Reals


@dataclass(frozen=True, eq=False)
class SimulatedPlate:
    """One plate as read: medians and bead counts of shape (wells, analytes), NaN where no median was measured.

    `printed_expected` are the expected concentrations that the file prints where someone damaged them after the
    instrument had computed; None where they are those of `reagents`. `statistics` are further per-well blocks by
    name (Mean, Peak, ...), each of shape (wells, analytes).
    """

    header: PlateHeader
    analytes: tuple[Analyte, ...]
    wells: WellMap
    reagents: Reagents
    median: Reals
    count: Counts
    total_events: Counts
    printed_expected: Reals | None = None
    statistics: tuple[tuple[str, Reals], ...] = ()
    acquisition_seconds: Counts | None = None
    audit: tuple[tuple[str, str, str], ...] = field(default=())

    def column(self, analyte: str) -> int:
        """Position of the analyte; ValueError where the plate has none of that name."""
        return [a.name for a in self.analytes].index(analyte)

    @property
    def sample_labels(self) -> tuple[str, ...]:
        """Distinct sample names in order of first appearance."""
        return tuple(dict.fromkeys(self.wells.label))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the plate."""
        return plate_shape(len(self.wells))


def plate_shape(wells: int) -> tuple[int, int]:
    """Rows and columns of the plate that holds so many wells: 96, else 384."""
    return (8, 12) if wells <= 96 else (16, 24)


def well_names(rows: int = 8, columns: int = 12) -> tuple[str, ...]:
    """Well names in column-major order: A1, B1, ... H1, A2, ..."""
    return tuple(f"{chr(ord('A') + row)}{column + 1}" for column in range(columns) for row in range(rows))
