"""What did the instrument subtract? Median - Net MFI is one number an analyte, and it says which wells were its background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pbis.core.arrays import Flags, Floats
from pbis.core.plates.plate import PlateRead

MOST_DECIMALS = 6  # of a printed MFI that are looked for; own choice
ALIKE = (
    0.5  # share of wells that must have the number; some programs leave standards, controls and backgrounds as they are
)
FLOAT32 = 1e-6  # relative; INTELLIFLEX keeps single precision


@dataclass(frozen=True)
class Subtracted:
    """offset, slack (analytes,): what was subtracted, NaN where that is not known, and how far print may move it;
    mfi (wells, analytes): all wells of the run; names: the analytes."""

    offset: Floats
    slack: Floats
    mfi: Floats
    names: tuple[str, ...]

    @property
    def known(self) -> Flags:
        return np.isfinite(self.offset)

    @property
    def is_known(self) -> bool:
        return bool(self.known.any())

    @property
    def analytes(self) -> int:
        return int(self.known.sum())

    @property
    def is_something(self) -> bool:
        """Net MFI differs from Median in some analyte by more than print."""
        return bool((np.abs(self.offset[self.known]) > self.slack[self.known]).any())

    def is_mean_of(self, wells: Sequence[int]) -> bool:
        """Whether it is the mean of these wells in every analyte that says."""
        if not self.is_known:
            return False
        return bool((np.abs(self._mean(wells) - self.offset) <= self.slack)[self.known].all())

    def difference(self, wells: Sequence[int]) -> str:
        """The analyte that differs most, in words."""
        mean = self._mean(wells)
        apart = np.where(self.known, np.nan_to_num(np.abs(mean - self.offset), nan=np.inf) - self.slack, -np.inf)
        j = int(np.argmax(apart))
        return f"{self.names[j]}: subtracted {self.offset[j]:.6g}, their mean {mean[j]:.6g}"

    @property
    def words(self) -> str:
        """For example: Median minus 11.25 (IL-2), 17.25 (IL-6), ..."""
        shown = [f"{self.offset[j]:.6g} ({self.names[j]})" for j in np.flatnonzero(self.known)]
        return f"Median minus {', '.join(shown[:3])}{', ...' if len(shown) > 3 else ''}"

    def _mean(self, wells: Sequence[int]) -> Floats:
        values = self.mfi[list(wells)]
        count = np.isfinite(values).sum(axis=0)
        return np.where(count > 0, np.nansum(values, axis=0) / np.maximum(count, 1), np.nan)


def subtracted(read: PlateRead, wells: Sequence[int]) -> Subtracted:
    """What Net MFI subtracts in these wells of the run, which are numbered in file order."""
    names = tuple(read.analyte.column("analyte_reported").to_pylist())
    mfi, net = (_grid(read.reading, name, len(names)) for name in ("mfi", "net_mfi_reported"))
    gap = (mfi - net)[list(wells)]
    slack = 0.51 * (_step(mfi[list(wells)]) + _step(net[list(wells)])) + FLOAT32 * _largest(mfi)
    offset = np.array([_common(gap[:, j], slack[j]) for j in range(len(names))])
    return Subtracted(offset, slack, mfi, names)


def _grid(reading: pa.Table, name: str, width: int) -> Floats:
    values = np.asarray(reading.column(name).fill_null(np.nan).to_numpy(), dtype=np.float64)
    return values.reshape(-1, max(width, 1))


def _common(gap: Floats, slack: float) -> float:
    """The number that at least half of the wells have; NaN where there is none."""
    finite = gap[np.isfinite(gap)]
    if not len(finite):
        return float("nan")
    middle = float(np.median(finite))
    return middle if np.mean(np.abs(finite - middle) <= slack) >= ALIKE else float("nan")


def _step(values: Floats) -> Floats:
    """Smallest 10^-d of which every value of a column is a multiple: to how many decimals it was printed."""
    step = np.full(values.shape[1], 10.0**-MOST_DECIMALS)
    for decimals in reversed(range(MOST_DECIMALS)):
        scaled = np.nan_to_num(values) * 10.0**decimals
        whole = (np.abs(scaled - np.round(scaled)) <= 1e-6).all(axis=0)
        step = np.where(whole, 10.0**-decimals, step)
    return step


def _largest(values: Floats) -> Floats:
    return np.asarray(np.abs(np.nan_to_num(values)).max(axis=0, initial=0.0))
