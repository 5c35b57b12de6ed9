"""Was a sample diluted although no dilution is written? The export's own Result carries the factor, its standards do not.

A standard's Result is the instrument's curve at the standard's signal. Between two standards the curve is known well enough
to tell a factor: a sample whose Result is twice what standards of the same signal have was computed with a dilution of 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pbis.core.arrays import Flags, Floats
from pbis.core.plates.plate import PlateRead

# A Result over that of its standards up to this is still 1: a line between two standards a step of 5 apart misses a
# logistic curve by at most a fifth. Own choice.
UNDILUTED_UP_TO = 1.33
_LEAST_STANDARDS = 3  # wells that draw the curve of an analyte; own choice
_SAMPLES = ("unknown", "unknown_role")

Key = tuple[int, str]


def contradicted(read: PlateRead, rows: Sequence[Mapping[str, Any]]) -> dict[Key, float | None]:
    """Sample wells that cannot be taken for undiluted: plate and well -> the factor of their Results, None where only the
    other samples have one; empty where no Result speaks against 1."""
    factors = _factors(read, rows)
    samples = [i for i, row in enumerate(rows) if row["well_role"] in _SAMPLES]
    apart = [i for i in samples if abs(math.log(factors.get(i, 1.0))) > math.log(UNDILUTED_UP_TO)]
    if not apart:
        return {}
    unsure = [i for i in samples if i in apart or i not in factors]
    return {(rows[i]["plate_number"], rows[i]["well"]): factors.get(i) for i in unsure}


def _factors(read: PlateRead, rows: Sequence[Mapping[str, Any]]) -> dict[int, float]:
    """Row -> the median over analytes of Result / what the standards have at the same signal; rows in file order."""
    width = max(read.analyte.num_rows, 1)
    result, net, mfi = (_grid(read, name, width) for name in ("result_reported", "net_mfi_reported", "mfi"))
    is_number = (np.array(read.reading.column("result_reported_op").to_pylist(), object) == "=").reshape(-1, width)
    signal = net if np.isfinite(net).any() else mfi
    known = is_number & (result > 0) & (signal > 0)
    standard = np.array([row["well_role"] == "standard" for row in rows])
    if len(standard) != len(known):
        return {}
    ratio = np.full(result.shape, np.nan)
    for j in range(width):
        ratio[:, j] = _over_standards(result[:, j], signal[:, j], known[:, j], standard)
    return {int(i): float(np.nanmedian(ratio[i])) for i in np.flatnonzero(np.isfinite(ratio).any(axis=1) & ~standard)}


def _over_standards(result: Floats, signal: Floats, known: Flags, standard: Flags) -> Floats:
    """Result over that of the standards at the same signal (wells,); NaN beyond them, or where they are too few."""
    out = np.full(len(result), np.nan)
    own = np.flatnonzero(known & standard)
    if len(own) < _LEAST_STANDARDS:
        return out
    own = own[np.argsort(signal[own], kind="stable")]
    inside = known & (signal >= signal[own[0]]) & (signal <= signal[own[-1]])
    like = np.interp(np.log(signal[inside]), np.log(signal[own]), np.log(result[own]))
    out[inside] = result[inside] / np.exp(like)
    return out


def _grid(read: PlateRead, name: str, width: int) -> Floats:
    values = np.asarray(read.reading.column(name).fill_null(np.nan).to_numpy(), dtype=np.float64)
    return values.reshape(-1, width)
