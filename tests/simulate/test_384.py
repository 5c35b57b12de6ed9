"""A plate of 384 wells, written in every format and read back: every well under its own name, with its own numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayInput, AssayOptions, assay
from pbis.core.plates.well import assign_roles
from pbis.panels import load_aliases
from pbis.readers import read_bytes
from pbis.simulate import Dialect, example_plate, render_plate
from pbis.simulate.formats import WRITTEN
from pbis.simulate.load import example_kit
from pbis.simulate.model import SimulatedPlate

FORMS: dict[str, Callable[[SimulatedPlate], bytes]] = {
    **{name: form.render for name, form in WRITTEN.items()},
    "row by row": lambda plate: render_plate(plate, Dialect(numbering="row")),
}


@pytest.fixture(scope="module")
def plate() -> SimulatedPlate:
    """All 384 wells: 2 background, 14 standard, 4 control, 182 samples twice; three analytes."""
    return example_plate(384, kit=example_kit(384, 3), samples=182)


@pytest.mark.parametrize("form", FORMS)
def test_every_well_is_read_under_its_name(plate: SimulatedPlate, form: str) -> None:
    found = read_bytes(FORMS[form](plate), "plate")
    assert found.run.plate_type == 384
    wells, values = (found.reading.column(name).to_pylist() for name in ("well", "mfi"))
    names = [name.partition(" (")[0] for name in found.reading.column("analyte_reported").to_pylist()]
    read = {(well, name): value for well, name, value in zip(wells, names, values, strict=True)}
    assert {"A1", "P1", "A24", "P24"} <= set(wells)
    order = [analyte.name for analyte in plate.analytes]
    given = {
        (well, name): plate.median[i, j] for i, well in enumerate(plate.wells.name) for j, name in enumerate(order)
    }
    assert read == pytest.approx(given)
    roles = assign_roles(found, None).table
    said = dict(zip(*(roles.column(name).to_pylist() for name in ("well", "well_role")), strict=True))
    assert said == dict(zip(plate.wells.name, plate.wells.role, strict=True))


def test_every_well_is_assayed(plate: SimulatedPlate) -> None:
    found = read_bytes(render_plate(plate), "plate")
    result = assay(
        [AssayInput("a", found, assign_roles(found, None).table, None, load_aliases())],
        AssayOptions(tolerances(load_suite("research"))),
    ).result
    assert result.num_rows == 384 * 3
    measured = result.column("concentration").to_numpy(zero_copy_only=False)
    is_sample = np.array([role == "unknown" for role in result.column("well_role").to_pylist()])
    assert np.isfinite(measured[is_sample]).mean() > 0.9
