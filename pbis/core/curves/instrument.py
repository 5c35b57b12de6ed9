"""What does the instrument's own curve say: an export's coefficients evaluated at its net MFI.

    x = C (((B - A) / (y - A))^(1/F) - 1)^(1/D),  times the export's dilution factor

A third source beside the two fits: it shows that an export is read right, and where the instrument extrapolates.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.arrays import Floats
from pbis.core.frames.keys import PLATE_NUMBER, REPORTED, RUN_ID, WELL_NAME
from pbis.core.frames.model import REAL, Column, FrameSpec
from pbis.core.plates.plate import PlateRead

INSTRUMENT = FrameSpec(
    "instrument_result",
    "well x analyte, from the export's own coefficients",
    ("run_id", "plate_number", "well", "analyte_reported"),
    (
        RUN_ID,
        PLATE_NUMBER,
        WELL_NAME,
        REPORTED,
        Column("concentration", REAL, "reported unit, the export's dilution applied; null beyond the asymptotes"),
        Column("result_reported", REAL, "the instrument's Result where it is a number"),
    ),
)
_COEFFICIENTS = ("coef_a", "coef_b", "coef_c", "coef_d", "coef_f")


def instrument_concentrations(read: PlateRead, well: pa.Table) -> pa.Table:
    """Rows of INSTRUMENT for every reading of the wells (frames.WELL), in the order of the readings."""
    wells = well.column("well").combine_chunks()
    reading = read.reading.filter(pc.is_in(read.reading.column("well"), value_set=wells))
    response = _numbers(reading, "net_mfi_reported", "mfi")
    dilution = np.nan_to_num(_numbers(reading, "dilution_factor_reported"), nan=1.0)
    x = evaluate(_coefficients(read.analyte, reading), response) * dilution
    is_number = pc.equal(reading.column("result_reported_op"), "=")
    return INSTRUMENT.table(
        {name: reading.column(name) for name in ("run_id", "plate_number", "well", "analyte_reported")}
        | {
            "concentration": pa.array(x, mask=~np.isfinite(x)),
            "result_reported": pc.if_else(is_number, reading.column("result_reported"), pa.scalar(None, REAL)),
        }
    )


def evaluate(coefficients: Floats, response: Floats) -> Floats:
    """Concentration (n,) from A, B, C, D, F (5, n) and net MFI (n,); NaN where the response is beyond an asymptote."""
    a, b, c, d, f = coefficients
    rise, height = response - a, b - a
    inside = (rise / np.where(height == 0, np.nan, height) > 0) & (np.abs(rise) < np.abs(height)) & (d != 0) & (f != 0)
    ratio = np.where(inside, height, 2.0) / np.where(inside, rise, 1.0)
    power = np.where(inside, ratio ** np.where(inside, 1.0 / np.where(f == 0, 1.0, f), 1.0) - 1.0, 1.0)
    base = np.where(power > 0, power, 1.0)
    x = c * base ** np.where(inside, 1.0 / np.where(d == 0, 1.0, d), 1.0)
    return np.where(inside & (power > 0), x, np.nan)


def coefficient_table(analyte: pa.Table) -> Floats:
    """A, B, C, D, F (5, analytes) as the export has them, NaN where it has none; a four-parameter curve has no F: 1."""
    table = np.stack([_numbers(analyte, name) for name in _COEFFICIENTS])
    is_four = np.isfinite(table[:4]).all(axis=0) & np.isnan(table[4])
    table[4] = np.where(is_four, 1.0, table[4])
    return table


def _coefficients(analyte: pa.Table, reading: pa.Table) -> Floats:
    at = pc.index_in(reading.column("analyte_reported"), value_set=analyte.column("analyte_reported").combine_chunks())
    rows = at.fill_null(analyte.num_rows).to_numpy()
    return np.asarray(np.column_stack([coefficient_table(analyte), np.full(5, np.nan)])[:, rows])


def _numbers(table: pa.Table, *names: str) -> Floats:
    """The first column that has a value, row by row, NaN where none has."""
    values = pc.coalesce(*(table.column(name) for name in names))
    return np.asarray(values.fill_null(np.nan).to_numpy(), dtype=np.float64)
