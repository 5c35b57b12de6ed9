"""Unit slips by batch: a laboratory's values that sit a factor of ten, a hundred or a thousand beside what they sat at before.

A single value cannot tell: 3500 neutrophils in 10*9/L agree with a reference range that slipped with them. The median of a batch
can, the more so the more values it has. A batch is what shares a file, an analyte, a unit as sent and a reference range as sent.

A batch is held against the typical value of its analyte, else against the rest of its own file, never against other files: what
a file says must not depend on which files came before it. What differs from laboratory to laboratory is on the cohort sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames.model import REAL, TEXT, WHOLE, Column, FrameSpec
from pbis.core.measures.group import Reals, group_by

BATCH = ("file_id", "analyte", "unit_reported", "reference_text")
SPREAD = (
    0.3  # decades: SD of log10 of a count between adult patients, healthy and ill; half a decade each way holds 90 %
)
LEAST_SPREAD = 0.15  # what an estimate from the rest of a file may not go below
ENOUGH = 20  # values that make a reference of their own

UNIT_SLIP = FrameSpec(
    "unit_slip",
    "batch of laboratory values with something to compare it with",
    BATCH,
    (
        Column("file_id", TEXT, "sha256 of the clinical file's bytes", False),
        Column("analyte", TEXT, "analyte", False),
        Column("unit_reported", TEXT, "unit as sent"),
        Column("reference_text", TEXT, "reference range as sent"),
        Column("row_count", WHOLE, "values in the batch", False),
        Column("median", REAL, "median of the batch, canonical unit", False),
        Column("reference_median", REAL, "what it is compared with", False),
        Column("reference_kind", TEXT, "typical or rest_of_file", False),
        Column("ratio", REAL, "median / reference_median", False),
        Column("power", WHOLE, "nearest power of ten of the ratio; 0 means no slip", False),
        Column("z", REAL, "log10 of the ratio in standard errors of the batch's median, absolute", False),
    ),
)


@dataclass(frozen=True)
class Reference:
    """What an analyte usually sits at: median (canonical unit), spread (SD of log10, decades) and how many values say so."""

    median: float
    spread: float = SPREAD
    count: int = ENOUGH


def unit_slips(lab: pa.Table, typical: Mapping[str, float]) -> pa.Table:
    """UNIT_SLIP rows of the batches of `lab` (frames.LAB), in the order of their first row.

    typical: analyte -> typical value in its canonical unit. An analyte without one is compared with the rest of the file,
    where that holds enough values; else its batch has no row.
    """
    rows = _numbers(lab)
    log = _log10(rows)
    batches, analytes = group_by(rows, BATCH), group_by(rows, ("file_id", "analyte"))
    found = []
    for batch, first in enumerate(batches.first.tolist()):
        mine = batches.code == batch
        rest = log[(analytes.code == analytes.code[first]) & ~mine]
        row = {name: rows.column(name)[first].as_py() for name in BATCH}
        kind, reference = _choose(row["analyte"], rest, typical)
        if reference is not None:
            found.append(row | _judge(log[mine], kind, reference))
    return UNIT_SLIP.table({name: [row[name] for row in found] for name in UNIT_SLIP.names})


def _choose(analyte: str, rest: Reals, typical: Mapping[str, float]) -> tuple[str, Reference | None]:
    if analyte in typical:
        return "typical", Reference(typical[analyte])
    return "rest_of_file", _reference(rest) if len(rest) >= ENOUGH else None


def _judge(log: Reals, kind: str, reference: Reference) -> dict[str, object]:
    distance = float(np.median(log)) - float(np.log10(reference.median))
    return {
        "row_count": len(log),
        "median": 10.0 ** float(np.median(log)),
        "reference_median": reference.median,
        "reference_kind": kind,
        "ratio": 10.0**distance,
        "power": round(distance),
        "z": abs(distance) * np.sqrt(len(log)) / reference.spread,
    }


def _reference(log: Reals) -> Reference:
    """Median and 1.4826 MAD of log10 values."""
    middle = float(np.median(log))
    spread = 1.4826 * float(np.median(np.abs(log - middle)))
    return Reference(10.0**middle, max(LEAST_SPREAD, spread), len(log))


def _numbers(lab: pa.Table) -> pa.Table:
    return lab.filter(_is_number(lab))


def _is_number(lab: pa.Table) -> pa.ChunkedArray:
    """Rows with a plain positive value; a bound says nothing about the middle."""
    positive = pc.greater(pc.cast(lab.column("value_text"), pa.float64()), 0.0)
    return pc.fill_null(pc.and_(pc.equal(lab.column("value_op"), "="), positive), False)


def _log10(rows: pa.Table) -> Reals:
    logs: Reals = np.log10(pc.cast(rows.column("value_text"), pa.float64()).to_numpy())
    return logs
