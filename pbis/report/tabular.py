"""From a frame to lists by analyte or well: the few lines of bookkeeping that pages need, without pandas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Slice:
    """Rows of a frame that belong together, column by column: real numbers as an array in which a missing one is NaN, anything else as
    a list."""

    columns: Mapping[str, list[Any] | NDArray[np.float64]]

    def texts(self, name: str) -> list[Any]:
        """The values as they are, None where one is missing."""
        column = self.columns[name]
        if isinstance(column, list):
            return column
        return [None if math.isnan(value) else value for value in column.tolist()]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Not to be written into: the slice's own where it holds numbers."""
        return np.asarray(self.columns[name], dtype=np.float64)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))


def by(table: pa.Table, key: str, names: Sequence[str]) -> dict[str, Slice]:
    """Slices of the named columns, one a value of `key`, in the order of first appearance."""
    coded = table.column(key).combine_chunks().dictionary_encode(null_encoding="encode")
    codes = coded.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    sorted_columns = {name: _taken(table.column(name), order) for name in names}
    ends = np.cumsum(np.bincount(codes, minlength=len(coded.dictionary))).tolist()
    return {
        value: Slice({name: column[begin:end] for name, column in sorted_columns.items()})
        for value, begin, end in zip(coded.dictionary.to_pylist(), [0, *ends], ends, strict=False)
    }


def _taken(column: pa.ChunkedArray, order: NDArray[np.int64]) -> list[Any] | NDArray[np.float64]:
    if pa.types.is_float64(column.type):
        found: NDArray[np.float64] = column.to_numpy()[order]
        return found
    values = column.to_pylist()
    return [values[at] for at in order.tolist()]


def distinct(table: pa.Table, name: str) -> list[Any]:
    """The values of a column, each once, in the order of first appearance."""
    found: list[Any] = pc.unique(table.column(name)).to_pylist()
    return found


def rows(table: pa.Table, names: Sequence[str] | None = None) -> Rows:
    """Rows as dictionaries; for frames with few rows."""
    found: Rows = (table.select(list(names)) if names else table).to_pylist()
    return found
