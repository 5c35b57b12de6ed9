"""A simulated plate as a flat INTELLIFLEX export: a row a well, a column a statistic of a bead region."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pbis.simulate.blocks import Writer
from pbis.simulate.dialect import UNTOUCHED, Dialect
from pbis.simulate.header import Row
from pbis.simulate.instrument import Derived, derive
from pbis.simulate.model import BACKGROUND, CONTROL, STANDARD, UNKNOWN, SimulatedPlate
from pbis.simulate.render import rows_text

SIGNATURE = ("--DOCUMENT SIGNATURE--", "Instrument Serial Number: {serial}", "Data Signature: ", "0123456789ABCDEF" * 4)
_LETTER = {STANDARD: "S", CONTROL: "C", BACKGROUND: "B", UNKNOWN: "U"}
_MOMENT = "%Y-%m-%d %I:%M:%S %p"


def render_flat(
    plate: SimulatedPlate, dialect: Dialect = UNTOUCHED, derived: Derived | None = None, *, is_signed: bool = True
) -> bytes:
    """The export's bytes; of the dialect, delimiter, decimal mark, quoting, encoding, line ends and numbering count."""
    rows = list(flat_rows(plate, dialect, derived or derive(plate)))
    signature = [(line.format(serial=plate.header.serial),) for line in SIGNATURE] if is_signed else []
    return (rows_text(rows, dialect) + rows_text(signature, dialect)).encode(dialect.encoding)


def flat_rows(plate: SimulatedPlate, dialect: Dialect, derived: Derived) -> Iterator[Row]:
    """Header and a row a well."""
    writer = Writer(plate, derived, dialect)
    shared = _run_cells(plate)
    analytes = [(f"R{analyte.bead_region}: RP1", analyte) for analyte in plate.analytes]
    statistics = ("ANALYTE NAME", "REGION", "MEDIAN", "NET MEDIAN", "COUNT", "BACKGROUND")
    per_well = ("WELL LOCATION", "WELL TYPE", "WELL STATUS", "SAMPLE ID", "DILUTION", "TOTAL EVENTS")
    yield (*shared, *per_well, *(f"{prefix} {name}" for prefix, _ in analytes for name in statistics), "")
    median, net = writer.cells(plate.median), writer.cells(derived.net_mfi)
    code = type_codes(plate, _LETTER)
    for i in writer.order:
        factor = plate.wells.dilution[i]
        own = (
            plate.wells.name[i],
            code[i],
            "Ok",
            plate.wells.label[i],
            "" if factor is None else writer.number(factor),
            str(plate.total_events[i]),
        )
        cells = (
            (a.name, a.bead_region, median[i][j], net[i][j], str(plate.count[i, j]), "0")
            for j, (_, a) in enumerate(analytes)
        )
        yield (*shared.values(), *own, *(cell for group in cells for cell in group), "")


def type_codes(plate: SimulatedPlate, letter: dict[str, str]) -> list[str]:
    """S1, S2, ... C1, ... B, U1 (X1), ...: replicates share a code."""
    labels: dict[str, list[str]] = {}
    codes = []
    for role, label, reagent in zip(plate.wells.role, plate.wells.label, plate.wells.reagent, strict=True):
        known = labels.setdefault(role, [])
        name = reagent or label
        if name not in known:
            known.append(name)
        codes.append(letter[role] if role == BACKGROUND else f"{letter[role]}{known.index(name) + 1}")
    return codes


def _run_cells(plate: SimulatedPlate) -> dict[str, str]:
    head = plate.header
    return {
        "MODEL NAME": "xMAP INTELLIFLEX",
        "INSTRUMENT TYPE": "INTELLIFLEX",
        "SERIAL NUMBER": head.serial,
        "SOFTWARE VERSION": "2.2.1000",
        "CALIBRATION STATE": "Calibrated",
        "CALIBRATION LOT": "C60319",
        "CALIBRATION LOT EXPIRATION": head.calibrator_expires_on.isoformat(),
        "CALIBRATION LOT EXPIRED": "False",
        "CALIBRATION TIMESTAMP": head.calibrated_at.strftime(_MOMENT),
        "PLATE NAME": head.batch,
        "PLATE START": head.started_at.strftime(_MOMENT),
        "PLATE END": head.stopped_at.strftime(_MOMENT),
        "PLATE TYPE NAME": f"{math.prod(plate.shape)} Well Plate",
        "PROTOCOL NAME": head.protocol,
        "PROTOCOL VERSION": head.protocol_version,
    }
