"""No number by assumption: what `pbis assay` gives for a plate about which something is missing or wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pbis.pipeline.single import AssayedFile, assay_file
from pbis.simulate import Dialect, SimulatedPlate, example_plate, faults, render_plate
from pbis.simulate.instrument import derive

METHODS = ["robust", "xponent", "instrument"]


@pytest.fixture(scope="module")
def plate() -> SimulatedPlate:
    return example_plate(5, samples=9, dilution=2.0)


def assayed(folder: Path, plate: SimulatedPlate, method: str = "robust") -> AssayedFile:
    file = folder / "plate.csv"
    file.write_bytes(render_plate(plate))
    return assay_file(file, method=method)


def without(results: pa.Table, analyte: str) -> pa.Table:
    names = [name for name in results.column_names if name not in ("run_id", "source_line")]
    return results.filter(pc.not_equal(results.column("analyte"), analyte)).select(names)


@pytest.mark.parametrize("method", METHODS)
def test_an_analyte_with_a_wrong_ladder_gets_no_number_and_the_others_theirs(tmp_path, plate, method):
    good = assayed(tmp_path, plate, method)
    bad = assayed(tmp_path, faults.corrupt_ladder(plate, 3, 10.0, "IL-6"), method)
    hit = bad.results.filter(pc.equal(bad.results.column("analyte"), "IL-6"))
    samples = hit.filter(pc.equal(hit.column("well_role"), "unknown"))
    assert set(samples.column("status").to_pylist()) == {"CURVE_FAILED"}
    assert hit.column("concentration").null_count == hit.num_rows
    assert hit.column("concentration_bound").null_count == hit.num_rows
    curve = {row["analyte"]: row for row in bad.curves.to_pylist()}["IL-6"]
    assert "wrong_expected_concentration" in curve["reasons"]
    assert without(bad.results, "IL-6").equals(without(good.results, "IL-6"))
    right = plate.reagents.expected[3, plate.column("IL-6")]
    assert any(f"should be {right:.10g}: " in text and "IL-6" in text for text in bad.warnings)


def stairs(plate: SimulatedPlate, analyte: str) -> SimulatedPlate:
    """Standards that jump from bottom to top: a refit of them ends at a bound."""
    median, j = plate.median.copy(), plate.column(analyte)
    for level, label in enumerate(plate.reagents.standards):
        for k, well in enumerate(plate.wells.of_reagent(label)):
            median[well, j] = (15.0 if level < 4 else 9000.0) + k
    return replace(plate, median=median)


@pytest.mark.parametrize("has_coefficients", [True, False])
def test_a_refit_at_a_bound_takes_the_exports_own_coefficients_and_gives_no_number_where_they_fail(
    tmp_path, plate, has_coefficients
):
    skipped = frozenset() if has_coefficients else frozenset({"Analysis Coefficients"})
    file = tmp_path / "plate.csv"
    file.write_bytes(render_plate(stairs(plate, "IL-6"), Dialect(skipped_blocks=skipped), derive(plate)))
    done = assay_file(file, method="xponent")
    curves = {row["analyte"]: row for row in done.curves.to_pylist()}
    assert {row["coefficients_source"] for name, row in curves.items() if name != "IL-6"} == {"fit"}
    assert "degenerate" in curves["IL-6"]["reasons"]
    rows = [r for r in done.results.to_pylist() if r["analyte"] == "IL-6" and r["well_role"] == "unknown"]
    assert {(row["status"], row["concentration"]) for row in rows} == {("CURVE_FAILED", None)}
    if not has_coefficients:
        assert curves["IL-6"]["coefficients_source"] is None
        return
    own = {row["analyte"]: row for row in assay_file(file, method="instrument").curves.to_pylist()}["IL-6"]
    assert (curves["IL-6"]["coefficients_source"], curves["IL-6"]["status"]) == ("export", "fail")
    assert [curves["IL-6"][f"coef_{name}"] for name in "abcdf"] == [own[f"coef_{name}"] for name in "abcdf"]
