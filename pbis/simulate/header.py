"""The header of an export: rows from Program to Samples."""

from __future__ import annotations

import math
from datetime import timedelta

from pbis.simulate.dialect import Dialect
from pbis.simulate.model import Lot, SimulatedPlate

Row = tuple[str, ...]
BLANK: Row = ()
EMPTY_CELL: Row = ("",)


def header_rows(plate: SimulatedPlate, dialect: Dialect) -> list[Row]:
    """All rows before the first block, Results included."""
    return [
        *_identity(plate, dialect),
        *_protocol(plate, dialect),
        BLANK,
        *_calibration(plate, dialect),
        EMPTY_CELL,
        *_calibrators(plate, dialect),
        BLANK,
        *_lots(plate, dialect),
        BLANK,
        BLANK,
        ("Samples", str(len(plate.sample_labels)), "Min Events", str(plate.header.min_events), "Per Bead"),
        BLANK,
        ("Results",),
        BLANK,
    ]


def _identity(plate: SimulatedPlate, dialect: Dialect) -> list[Row]:
    head = plate.header
    return [
        ("Program", "xPONENT", "", dialect.model.program),
        ("Build", dialect.model.build),
        ("Date", dialect.day(head.exported_at), dialect.clock(head.exported_at)),
        BLANK,
        ("SN", head.serial),
        ("Batch", head.batch),
        ("Version", "1"),
        ("Operator", head.operator),
        ("ComputerName", head.computer),
        ("Country Code", dialect.country_code),
    ]


def _protocol(plate: SimulatedPlate, dialect: Dialect) -> list[Row]:
    head = plate.header
    acquisition = [(key, value.format(volume=head.sample_volume)) for key, value in dialect.model.acquisition]
    count = str(len(plate.analytes))
    size = str(math.prod(plate.shape))
    return [
        ("ProtocolName", head.protocol),
        ("ProtocolVersion", head.protocol_version),
        ("ProtocolDescription", ""),
        ("ProtocolDevelopingCompany", head.company),
        *acquisition,
        ("BatchStartTime", dialect.moment(head.started_at)),
        ("BatchStopTime", dialect.moment(head.stopped_at)),
        ("BatchDescription", "<None>"),
        ("ProtocolPlate", "Name", f"Current {size}-well plate", "Type", size, "Plates", "1"),
        ("ProtocolMicrosphere", "Map", dialect.model.microsphere_map, "Type", "MagPlex", "Count", count),
        *dialect.model.extra_protocol,
        ("ProtocolAnalysis", "Type", "Quan", "Mode", "FitOfAllStandards"),
        ("NormBead", "None"),
        ("ProtocolHeater", "Off"),
    ]


def _calibration(plate: SimulatedPlate, dialect: Dialect) -> list[Row]:
    """One line a calibration or verification, a minute apart, as an operator runs them."""
    word = "Passed" if plate.header.is_calibration_passed else "Failed"
    rows: list[Row] = [(dialect.model.calibration_title,)]
    for minute, name in enumerate(dialect.model.calibrations):
        at = plate.header.calibrated_at + timedelta(minutes=minute)
        rows.append((name, f"{word} {dialect.calibration_moment(at)}"))
    return rows


def _calibrators(plate: SimulatedPlate, dialect: Dialect) -> list[Row]:
    head = plate.header
    rows: list[Row] = [("CALInfo:",)]
    for position, table in enumerate(dialect.model.calibrators):
        at = dialect.moment(head.calibrated_at + timedelta(minutes=position, seconds=7))
        values = [value.replace(".", dialect.decimal_mark) for value in table.values]
        outcome = "Pass" if head.is_calibration_passed else "Fail"
        rows.append((table.title,))
        rows.append(("Lot", "ExpirationDate", "CalibrationTime", *table.columns, "Result", "MachineSerialNo"))
        rows.append((table.lot, dialect.day(head.calibrator_expires_on), at, *values, outcome, head.serial))
    return rows


def _lots(plate: SimulatedPlate, dialect: Dialect) -> list[Row]:
    kit = plate.header.kit
    rows: list[Row] = [
        ("AssayLotInfo:",),
        ("KitName", "LotNumber", "ExpirationDate", "Manufacturer"),
        (kit.name, kit.number, dialect.day(kit.expires_on), kit.manufacturer),
        ("Reagent", "LotName", "LotNumber", "ExpirationDate", "Manufacturer"),
    ]
    lots = {lot.label: lot for lot in plate.header.reagent_lots}
    labels = plate.reagents.standards + plate.reagents.controls
    return rows + [_reagent_lot(label, lots.get(label), dialect) for label in labels]


def _reagent_lot(label: str, lot: Lot | None, dialect: Dialect) -> Row:
    if lot is None:
        return (label, "", "", "", "")
    return (label, lot.name, lot.number, dialect.day(lot.expires_on), lot.manufacturer)
