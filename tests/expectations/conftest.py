"""A night of plates that checks look at: one simulated plate under as many names as wanted, each open to changes of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from builders import QUIET, Built, built, changed

from pbis.core import frames
from pbis.core.measures.qc import CheckFrames
from pbis.core.plates.panel import Panel
from pbis.core.plates.plate import Run
from pbis.simulate import FLEXMAP3D, Dialect
from pbis.simulate.bench import Noise

SMALL = ("curve", "level", "reagent", "calibration", "lot", "analyte", "well")
TELLING = Dialect(model=FLEXMAP3D)  # its exports say most of a run, the gain too


@dataclass
class Night:
    """Columns of `result` (wells in pairs down the columns of a 96-well plate) and rows of the small tables; edit, then build."""

    result: dict[str, np.ndarray]
    reading: pa.Table
    curve: list[dict[str, Any]]
    level: list[dict[str, Any]]
    reagent: list[dict[str, Any]]
    calibration: list[dict[str, Any]]
    lot: list[dict[str, Any]]
    analyte: list[dict[str, Any]]
    well: list[dict[str, Any]]
    run: list[Run]
    panels: dict[str, Panel | None]
    comments: dict[tuple[str, str, str], str] = field(default_factory=dict)
    trimmed: dict[tuple[str, str, str], float] = field(default_factory=dict)  # beads left, of (run, well, analyte)

    def rows(self, **wanted: Any) -> np.ndarray:
        """Mask of result rows with these values; a test that would change none is wrong."""
        mask = np.ones(len(self.result["well"]), bool)
        for name, value in wanted.items():
            mask &= np.isin(self.result[name], value if isinstance(value, list | tuple) else [value])
        assert mask.any(), f"no result has {wanted}"
        return mask

    def put(self, column: str, value: Any, **wanted: Any) -> None:
        """Set a column of the rows, to one value or to one value a row."""
        self.result[column][self.rows(**wanted)] = value

    def scale(self, factor: Any, **wanted: Any) -> None:
        """Multiply MFI and concentration of the rows."""
        mask = self.rows(**wanted)
        self.result["mfi"][mask] *= factor
        self.result["concentration"][mask] *= factor

    def edit(self, rows: list[dict[str, Any]], values: Mapping[str, Any], **wanted: Any) -> None:
        for row in self.find(rows, **wanted):
            row.update(values)

    def find(self, rows: list[dict[str, Any]], **wanted: Any) -> list[dict[str, Any]]:
        """The rows with these values; a test whose edit would touch none is wrong."""
        found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
        assert found, f"no row has {wanted}"
        return found

    def build(self) -> CheckFrames:
        result = frames.RESULT.table({name: _nulled(values) for name, values in self.result.items()})
        small = {name: _table(getattr(frames, name.upper()), getattr(self, name)) for name in SMALL}
        return CheckFrames(
            result=result,
            reading=self._reading(result),
            run=tuple(self.run),
            assay_of_run={run.run_id: run.run_id.replace("r", "a") for run in self.run},
            panels=self.panels,
            **small,
        )

    def _reading(self, result: pa.Table) -> pa.Table:
        """The readings, with MFI and beads as the results have them now."""
        keys = [result.column(name).to_pylist() for name in ("run_id", "well", "analyte_reported")]
        same = {name: result.column(name).to_pylist() for name in ("mfi", "bead_count", "net_mfi_reported")}
        said = {"comment": self.comments, "trimmed_count": self.trimmed}
        told = {name: [given.get(key) for key in zip(*keys, strict=True)] for name, given in said.items()}
        return changed(self.reading, same | told)


@pytest.fixture(scope="session", name="make_night")
def _make_night() -> Callable[..., Night]:
    return make_night


def make_night(
    plates: int = 1, analytes: Sequence[int] = (7,), seeds: Sequence[int] = (1,), noise: Noise = QUIET
) -> Night:
    """A good night: plates r0, r1 ... with assays a0, a1 ..., of so many analytes and from these seeds in turn."""
    kinds = [(analytes[number % len(analytes)], seeds[number % len(seeds)]) for number in range(plates)]
    made = [built(count, seed, noise=noise, dialect=TELLING) for count, seed in kinds]
    tables = [_named(one, number) for number, one in enumerate(made)]
    whole = {name: pa.concat_tables([table[name] for table in tables]) for name in tables[0]}
    return Night(
        result={name: _column(whole["result"].column(name)) for name in frames.RESULT.names},
        reading=whole["reading"],
        run=[replace(one.read.run, run_id=f"r{i}", batch=f"plate r{i}") for i, one in enumerate(made)],
        panels={f"r{i}": one.panel for i, one in enumerate(made)},
        **{name: whole[name].to_pylist() for name in SMALL},
    )


def _named(one: Built, number: int) -> dict[str, pa.Table]:
    """The plate's tables under the name of its place in the night; readings and results in the order they were read."""
    raw = {name: getattr(one.read, name) for name in ("reagent", "calibration", "lot", "analyte")}
    read = one.done.result.sort_by([("source_line", "ascending"), ("bead_region", "ascending")])
    reading = one.read.reading.sort_by([("source_line", "ascending"), ("bead_region", "ascending")])
    tables = raw | {"result": read, "reading": reading, "curve": one.done.curve, "level": one.done.level}
    tables |= {"well": one.well}
    own = {"run_id": f"r{number}", "assay_id": f"a{number}", "plate": f"plate r{number}"}
    return {
        name: changed(table, {column: value for column, value in own.items() if column in table.column_names})
        for name, table in tables.items()
    }


def _column(values: pa.ChunkedArray) -> np.ndarray:
    """Numbers as floats with NaN where there is none, so that a test can multiply; all else as it is."""
    if pa.types.is_floating(values.type) or pa.types.is_integer(values.type):
        return np.array(values.cast(pa.float64()).to_numpy())
    return np.array(values.to_pylist(), object)


def _nulled(values: np.ndarray) -> Any:
    if values.dtype.kind == "f":
        return pa.array(values, pa.float64(), from_pandas=True)
    return pa.array(values.tolist())


def _table(spec: Any, rows: list[dict[str, Any]]) -> pa.Table:
    return spec.table({name: [row[name] for row in rows] for name in spec.names})
