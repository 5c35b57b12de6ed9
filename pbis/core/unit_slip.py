"""Unit slips by batch: a laboratory's values that sit a factor of ten, a hundred or a thousand beside what they sat at before.

A single value cannot tell: 3500 neutrophils in 10*9/L agree with a reference range that slipped with them. The median of a batch
can, the more so the more values it has. A batch is what shares a file, an analyte, a unit as sent and a reference range as sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.measures.group import Reals, group_by
from pbis.core.model import REAL, TEXT, WHOLE, Column, FrameSpec

BATCH = ("file_id", "analyte", "unit_reported", "reference_text")
SPREAD = (
    0.3  # decades: SD of log10 of a count between adult patients, healthy and ill; half a decade each way holds 90 %
)
LEAST_SPREAD = 0.15  # what a running estimate may not go below
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
        Column("reference_kind", TEXT, "running, rest_of_file or typical", False),
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


def references(lab: pa.Table) -> dict[str, Reference]:
    """The running reference of each analyte from earlier rows (frames.LAB): median and robust spread of positive values."""
    rows = _numbers(lab)
    groups = group_by(rows, ("analyte",))
    log = _log10(rows)
    names = rows.column("analyte").to_pylist()
    return {names[first]: _reference(log[groups.code == code]) for code, first in enumerate(groups.first.tolist())}


def unit_slips(lab: pa.Table, typical: Mapping[str, float], running: Mapping[str, Reference] | None = None) -> pa.Table:
    """UNIT_SLIP rows of the batches of `lab` (frames.LAB), in the order of their first row.

    running: references from earlier files; typical: analyte -> typical value in its canonical unit. A batch is compared with
    the running reference, else with the rest of its file, else with the typical value; with none of them it has no row.
    """
    rows = _numbers(lab)
    log = _log10(rows)
    batches, analytes = group_by(rows, BATCH), group_by(rows, ("file_id", "analyte"))
    found = []
    for batch, first in enumerate(batches.first.tolist()):
        mine = batches.code == batch
        rest = log[(analytes.code == analytes.code[first]) & ~mine]
        row = {name: rows.column(name)[first].as_py() for name in BATCH}
        kind, reference = _choose(row["analyte"], rest, typical, running or {})
        if reference is not None:
            found.append(row | _judge(log[mine], kind, reference))
    return UNIT_SLIP.table({name: [row[name] for row in found] for name in UNIT_SLIP.names})


def slip_of_rows(lab: pa.Table, slips: pa.Table) -> tuple[pa.Array, pa.Array]:
    """(power, z) of the batch of every row of `lab`; null where the row has no number or its batch no reference."""
    key_of = [_key(row) for row in slips.select(list(BATCH)).to_pylist()]
    place = {key: at for at, key in enumerate(key_of)}
    is_number = _is_number(lab).to_pylist()
    keys = lab.select(list(BATCH)).to_pylist()
    at = pa.array(
        [place.get(_key(row)) if usable else None for row, usable in zip(keys, is_number, strict=True)], pa.int64()
    )
    return slips.column("power").combine_chunks().take(at), slips.column("z").combine_chunks().take(at)


def _choose(
    analyte: str, rest: Reals, typical: Mapping[str, float], running: Mapping[str, Reference]
) -> tuple[str, Reference | None]:
    known = running.get(analyte)
    if known is not None and known.count >= ENOUGH:
        return "running", known
    if len(rest) >= ENOUGH:
        return "rest_of_file", _reference(rest)
    return "typical", Reference(typical[analyte]) if analyte in typical else None


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


def _key(row: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in BATCH)
