"""From a frame to lists by analyte or well: the few lines of bookkeeping that pages need, without pandas."""

from __future__ import annotations

from collections import defaultdict
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
    """Rows of a frame that belong together, column by column; missing numbers are NaN in `numbers`."""

    columns: Mapping[str, list[Any]]

    def texts(self, name: str) -> list[Any]:
        return self.columns[name]

    def numbers(self, name: str) -> NDArray[np.float64]:
        return np.array(self.columns[name], dtype=np.float64)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))


def by(table: pa.Table, key: str, names: Sequence[str]) -> dict[str, Slice]:
    """Slices of the named columns, one a value of `key`, in the order of first appearance."""
    positions: dict[str, list[int]] = defaultdict(list)
    for position, value in enumerate(table.column(key).to_pylist()):
        positions[value].append(position)
    columns = {name: table.column(name).to_pylist() for name in names}
    return {
        value: Slice({name: [column[i] for i in chosen] for name, column in columns.items()})
        for value, chosen in positions.items()
    }


def distinct(table: pa.Table, name: str) -> list[Any]:
    """The values of a column, each once, in the order of first appearance."""
    found: list[Any] = pc.unique(table.column(name)).to_pylist()
    return found


def rows(table: pa.Table, names: Sequence[str] | None = None) -> Rows:
    """Rows as dictionaries; for frames with few rows."""
    found: Rows = (table.select(list(names)) if names else table).to_pylist()
    return found
