"""Plates for tests, simulated: a plate is pipetted by pbis.simulate, written as an export, read back and computed.

Which to take:
- `simulated` where a test writes the export itself (a reader, a night): a plate on which pbis.simulate.faults plants faults.
- `built` where a test looks at frames: the same plate read, its wells named by a layout, its curves fitted. It is cached and
  shared by all tests: its tables never change, the nights of tests/expectations and the pages of tests/report are copies.
- `template` where a test says single rows (a join, a load): true rows of each frame, of which the test replaces what it is about.
- A literal of two or three rows, written in the test, where one function is tested and a plate would say less; `partial` of
  partial_frames leaves out the rest. The MFIs of tests/core/curves/conftest.py are written out on purpose: numbers pinned to
  a method's version must not move when the simulator does.

Everything follows from the arguments: the same analytes, seed, samples, noise and fault give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
from partial_frames import partial

from expectations import load_suite, tolerances
from pbis.core import frames
from pbis.core.curves.assay import AssayFrames, AssayInput, AssayOptions, assay
from pbis.core.plates.panel import Panel
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.well import assign_roles
from pbis.core.tolerances import Tolerances
from pbis.panels import load_aliases, load_panel
from pbis.readers import read_bytes
from pbis.simulate import UNTOUCHED, Dialect, SimulatedPlate, example_plate, render_plate
from pbis.simulate.bench import NOISE, SAMPLES_PER_PLATE, Noise
from pbis.simulate.load import example_kit

Fault = Callable[[SimulatedPlate], SimulatedPlate]

SEVEN = "human-cytokine-7plex"  # the panel of a plate of seven; other numbers of analytes have none
# A plate that no rule speaks of: pipetted and measured much better than any laboratory does, replicates 1.5 % apart.
QUIET = Noise(well=0.005, analyte=0.01, bead_cv=0.1, background=0.03, control_pipetting=0.005, well_beads=0.03)
PLAUSIBLE = {"IL-2": 0.5, "IL-12p70": 0.5}  # what serum holds, pg/mL: these two have limits of plausibility


@dataclass(frozen=True, eq=False)
class Built:
    """A plate as each step of a night leaves it; `done` holds result, curve and level."""

    plate: SimulatedPlate
    read: PlateRead
    well: pa.Table
    panel: Panel | None
    done: AssayFrames


@cache
def research() -> Tolerances:
    """What the suite for research allows."""
    return tolerances(load_suite("research"))


@cache
def simulated(
    analytes: int = 7,
    seed: int = 1,
    *,
    samples: int = SAMPLES_PER_PLATE,
    noise: Noise = NOISE,
    fault: Fault | None = None,
) -> SimulatedPlate:
    """Two background wells, seven standards, two controls and the samples in duplicate, with `fault` planted."""
    plate = example_plate(seed, 1, example_kit(seed, analytes), samples=samples, noise=noise, medians=PLAUSIBLE)
    return fault(plate) if fault else plate


@cache
def built(
    analytes: int = 7,
    seed: int = 1,
    *,
    samples: int = SAMPLES_PER_PLATE,
    noise: Noise = QUIET,
    fault: Fault | None = None,
    dialect: Dialect = UNTOUCHED,
) -> Built:
    """The plate through its export, its reader and its curves; its assay is called `assay_id`."""
    plate = simulated(analytes, seed, samples=samples, noise=noise, fault=fault)
    read = read_bytes(render_plate(plate, dialect), f"{plate.header.batch}.csv")
    well = assign_roles(read, layout(plate)).table
    panel = load_panel(SEVEN) if analytes == len(load_panel(SEVEN).analytes) else None
    done = assay([AssayInput("a" * 64, read, well, panel, load_aliases())], AssayOptions(research()))
    return Built(plate, read, well, panel, done)


def layout(plate: SimulatedPlate) -> pa.Table:
    """What the bench's sheet says of the wells: whose they are, and at which dilution."""
    wells = plate.wells
    count = len(wells)
    said = {"file_id": ["l" * 64] * count, "source_line": range(2, count + 2), "plate": [plate.header.batch] * count}
    said |= {"plate_number": [1] * count, "well": wells.name, "well_role": wells.role, "specimen_id": wells.specimen}
    said |= {"reagent_label": wells.reagent, "dilution_factor": wells.dilution}
    return frames.LAYOUT.table({name: list(values) for name, values in said.items()})


def group(number: int) -> str:
    """The replicate group of the n-th sample, from 1; its wells are the two that `specimen` fills."""
    return f"{specimen(number)} x1"


def specimen(number: int) -> str:
    """The barcode of the n-th sample, from 1."""
    return f"SR001{number:03d}"


def changed(table: pa.Table, values: Mapping[str, Any]) -> pa.Table:
    """The table with columns replaced: by one value for all rows, or by one value a row."""
    for name, value in values.items():
        at = table.schema.get_field_index(name)
        rows = value if isinstance(value, Sequence) and not isinstance(value, str) else [value] * table.num_rows
        table = table.set_column(at, table.schema.field(at), pa.array(rows, table.schema.field(at).type))
    return table


@cache
def template() -> dict[str, list[dict[str, Any]]]:
    """Frame -> its rows about one well of a sample and its analyte: of reading, well and result there is one."""
    made = built(samples=2)
    whole = {"reading": made.read.reading, "well": made.well, "result": made.done.result}
    whole |= {"analyte": made.read.analyte, "reagent": made.read.reagent}
    whole |= {"curve": made.done.curve, "level": made.done.level}
    well = next(row["well"] for row in made.well.to_pylist() if row["specimen_id"] == specimen(1))
    mine = {"analyte_reported": "IL-6", "well": well}
    return {
        name: [row for row in table.to_pylist() if all(row.get(key, value) == value for key, value in mine.items())]
        for name, table in whole.items()
    }


def declared(name: str, rows: Sequence[Mapping[str, Any]], keys: Mapping[str, Any]) -> pa.Table:
    """Rows as the frame of that name, each with these keys; what none of them names is null, what the frame lacks left out."""
    spec = getattr(frames, name.upper())
    whole = [{**row, **keys} for row in rows]
    named = [column for column in spec.names if whole and column in whole[0]]
    return partial(spec, {column: [row[column] for row in whole] for column in named})
