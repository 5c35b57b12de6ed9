"""Faults to plant in a plate before it is written: each takes a SimulatedPlate and returns a damaged one.

The instrument's curves and results are computed when the plate is rendered, so they suffer from the fault as they would
in the laboratory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, timedelta

import numpy as np

from pbis.simulate.model import UNKNOWN, Counts, Reals, SimulatedPlate, WellMap


def _well(plate: SimulatedPlate, name: str) -> int:
    return plate.wells.name.index(name)


def _rows(plate: SimulatedPlate, wells: Sequence[str]) -> Counts:
    return np.array([_well(plate, name) for name in wells], dtype=np.int64)


def _halves(values: Reals) -> Reals:
    return np.round(2.0 * values) / 2.0


def _columns(plate: SimulatedPlate, analytes: Sequence[str] | None) -> Counts:
    names = [a.name for a in plate.analytes] if analytes is None else analytes
    return np.array([plate.column(name) for name in names], dtype=np.int64)


def _scaled(plate: SimulatedPlate, rows: Counts, columns: Counts, factor: float | Reals) -> SimulatedPlate:
    median = plate.median.copy()
    cells = np.ix_(rows, columns)
    median[cells] = _halves(median[cells] * factor)
    return replace(plate, median=median)


def low_beads(
    plate: SimulatedPlate, wells: Sequence[str], analytes: Sequence[str] | None = None, beads: int = 21
) -> SimulatedPlate:
    """Too few beads in the wells, in all analytes or in those named."""
    count = plate.count.copy()
    count[np.ix_(_rows(plate, wells), _columns(plate, analytes))] = beads
    return replace(plate, count=count)


def no_reading(plate: SimulatedPlate, wells: Sequence[str], analytes: Sequence[str] | None = None) -> SimulatedPlate:
    """No bead at all: the median prints as NaN, the count as 0."""
    cells = np.ix_(_rows(plate, wells), _columns(plate, analytes))
    median, count = plate.median.copy(), plate.count.copy()
    median[cells], count[cells] = np.nan, 0
    return replace(plate, median=median, count=count)


def hook(plate: SimulatedPlate, analyte: str, share: float = 0.6) -> SimulatedPlate:
    """The top standard reads `share` of the next one."""
    j = plate.column(analyte)
    order = np.argsort(plate.reagents.expected[:, j])
    top, following = (plate.reagents.standards[i] for i in (order[-1], order[-2]))
    wells, reference = plate.wells.of_reagent(top), plate.wells.of_reagent(following)
    median = plate.median.copy()
    median[wells, j] = _halves(share * median[reference, j])
    return replace(plate, median=median)


def swap_wells(plate: SimulatedPlate, one: Sequence[str], other: Sequence[str]) -> SimulatedPlate:
    """What was meant for the first wells went into the second, and the reverse."""
    rows, sources = [_well(plate, w) for w in (*one, *other)], [_well(plate, w) for w in (*other, *one)]
    median, count, total = plate.median.copy(), plate.count.copy(), plate.total_events.copy()
    median[rows], count[rows], total[rows] = median[sources], count[sources], total[sources]
    return replace(plate, median=median, count=count, total_events=total)


def swap_standards(plate: SimulatedPlate, one: str, other: str) -> SimulatedPlate:
    """All replicates of two standard levels swapped."""
    first, second = ([plate.wells.name[i] for i in plate.wells.of_reagent(label)] for label in (one, other))
    return swap_wells(plate, first, second)


def swap_controls(plate: SimulatedPlate) -> SimulatedPlate:
    """The two controls in each other's wells."""
    return swap_standards(plate, *plate.reagents.controls[:2])


def fail_controls(
    plate: SimulatedPlate, analyte: str, labels: Sequence[str] | None = None, factor: float = 0.4
) -> SimulatedPlate:
    """The controls of one analyte read low, so that Result leaves the lot's range."""
    chosen = plate.reagents.controls if labels is None else labels
    rows = np.concatenate([plate.wells.of_reagent(label) for label in chosen])
    return _scaled(plate, rows, np.array([plate.column(analyte)]), factor)


def shift_control_range(plate: SimulatedPlate, analyte: str, factor: float = 2.2) -> SimulatedPlate:
    """The control ranges of one analyte from another lot: the wells are right, the table is not."""
    j, reagents = plate.column(analyte), plate.reagents
    tables = [table.copy() for table in (reagents.control_expected, reagents.control_low, reagents.control_high)]
    for table in tables:
        table[:, j] = np.round(table[:, j] * factor)
    expected, low, high = tables
    changed = replace(reagents, control_expected=expected, control_low=low, control_high=high)
    return replace(plate, reagents=changed)


def outlier(plate: SimulatedPlate, well: str, analyte: str, factor: float = 3.0) -> SimulatedPlate:
    """One reading off by a factor, for example one replicate of a standard."""
    return _scaled(plate, np.array([_well(plate, well)]), np.array([plate.column(analyte)]), factor)


def bubble(plate: SimulatedPlate, well: str, factor: float = 0.55) -> SimulatedPlate:
    """All analytes of a well read low."""
    return _scaled(plate, np.array([_well(plate, well)]), _columns(plate, None), factor)


def drift(plate: SimulatedPlate, ln_shift: float = 0.25) -> SimulatedPlate:
    """Second replicates read later, and higher, than the first over the whole plate."""
    labels = plate.wells.label
    second = [i for i, label in enumerate(labels) if label in labels[:i]]
    return _scaled(plate, np.array(second), _columns(plate, None), float(np.exp(ln_shift)))


def carry_over(plate: SimulatedPlate, share: float = 0.02) -> SimulatedPlate:
    """The probe is not washed: each well gets this share of the signal of the well read before it, in the order of the export."""
    before = np.vstack([np.zeros_like(plate.median[:1]), plate.median[:-1]])
    return replace(plate, median=_halves(plate.median + share * np.nan_to_num(before)))


def edge_effect(plate: SimulatedPlate, row: str = "A", ln_shift: float = 0.3) -> SimulatedPlate:
    """Evaporation: a whole row of the plate reads high."""
    rows = np.flatnonzero([name.startswith(row) for name in plate.wells.name])
    return _scaled(plate, rows, _columns(plate, None), float(np.exp(ln_shift)))


def high_background(plate: SimulatedPlate, analyte: str, factor: float = 12.0) -> SimulatedPlate:
    """A poor wash: the background wells of one analyte shine."""
    rows = np.flatnonzero([role == "background" for role in plate.wells.role])
    return _scaled(plate, rows, np.array([plate.column(analyte)]), factor)


def flat_curve(plate: SimulatedPlate, analyte: str) -> SimulatedPlate:
    """A detection antibody forgotten: every well of the analyte reads like background."""
    j, rows = plate.column(analyte), np.arange(len(plate.wells))
    background = float(np.median(plate.median[[role == "background" for role in plate.wells.role], j]))
    median = plate.median.copy()
    median[:, j] = background + 0.5 * (rows % 3)
    return replace(plate, median=median)


def unit_slip(plate: SimulatedPlate, analyte: str, factor: float = 0.001) -> SimulatedPlate:
    """The ladder of one analyte typed in another unit: pg/mL values as ng/mL, the unit cell unchanged."""
    j, reagents = plate.column(analyte), plate.reagents
    expected = reagents.expected.copy()
    expected[:, j] *= factor
    return replace(plate, reagents=replace(reagents, expected=expected))


def corrupt_ladder(
    plate: SimulatedPlate, level: int = 3, factor: float = 1000.0, analyte: str | None = None
) -> SimulatedPlate:
    """A spreadsheet in another locale took the decimal point of one standard for a thousands mark, after the export: of all
    analytes, or of one."""
    printed = plate.reagents.expected.copy()
    printed[level, slice(None) if analyte is None else plate.column(analyte)] *= factor
    return replace(plate, printed_expected=printed)


def expire_calibration(plate: SimulatedPlate, days: float = 20) -> SimulatedPlate:
    """Calibrated long ago, with a calibrator lot that expired before the run."""
    header = plate.header
    at = header.started_at - timedelta(days=days)
    expired: date = header.started_at.date() - timedelta(days=3)
    return replace(plate, header=replace(header, calibrated_at=at, calibrator_expires_on=expired))


def expire_kit(plate: SimulatedPlate, days: int = 1) -> SimulatedPlate:
    """A kit that had expired so many days before the run."""
    kit = replace(plate.header.kit, expires_on=plate.header.started_at.date() - timedelta(days=days))
    return replace(plate, header=replace(plate.header, kit=kit))


def other_region(plate: SimulatedPlate, analyte: str, region: str = "99") -> SimulatedPlate:
    """The protocol gives the analyte's name to another bead."""
    analytes = tuple(replace(a, bead_region=region) if a.name == analyte else a for a in plate.analytes)
    return replace(plate, analytes=analytes)


def drop_analyte(plate: SimulatedPlate, analyte: str) -> SimulatedPlate:
    """The protocol leaves an analyte of the panel out."""
    keep = [j for j, a in enumerate(plate.analytes) if a.name != analyte]
    tables = ("expected", "control_expected", "control_low", "control_high")
    reagents = replace(plate.reagents, **{name: getattr(plate.reagents, name)[:, keep] for name in tables})
    analytes = tuple(plate.analytes[j] for j in keep)
    return replace(
        plate, analytes=analytes, reagents=reagents, median=plate.median[:, keep], count=plate.count[:, keep]
    )


def fail_calibration(plate: SimulatedPlate) -> SimulatedPlate:
    """The last calibration failed and the plate was read all the same."""
    return replace(plate, header=replace(plate.header, is_calibration_passed=False))


def relabel(plate: SimulatedPlate, names: Mapping[str, str]) -> SimulatedPlate:
    """Sample names overtyped, for example Standard1 -> S1; the protocol, and so the instrument, still knows the wells."""
    label = tuple(names.get(name, name) for name in plate.wells.label)
    return replace(plate, wells=replace(plate.wells, label=label))


def lose_dilution(plate: SimulatedPlate, wells: Sequence[str], printed: float | None = None) -> SimulatedPlate:
    """The protocol gives the wells no dilution: an empty cell (None), NaN, 0 or a negative number; the instrument takes 1."""
    pairs = zip(plate.wells.name, plate.wells.dilution, strict=True)
    dilution = tuple(printed if name in wells else factor for name, factor in pairs)
    return replace(plate, wells=replace(plate.wells, dilution=dilution))


def drop_wells(plate: SimulatedPlate, wells: Sequence[str]) -> SimulatedPlate:
    """Wells that were never read: the export has holes."""
    keep = [i for i, name in enumerate(plate.wells.name) if name not in wells]
    columns = {f.name: tuple(getattr(plate.wells, f.name)[i] for i in keep) for f in fields(plate.wells)}
    median, count, total = plate.median[keep], plate.count[keep], plate.total_events[keep]
    return replace(plate, wells=WellMap(**columns), median=median, count=count, total_events=total)


def sample_wells(plate: SimulatedPlate, specimen: str) -> tuple[str, ...]:
    """Names of the wells of a specimen, to aim a fault at."""
    return tuple(plate.wells.name[i] for i in plate.wells.of_specimen(specimen) if plate.wells.role[i] == UNKNOWN)
