"""Real exports: the instrument's own numbers are the ground truth.

Whether our arithmetic is the instrument's is asked of every curve, so here all are accepted; which may be used is asked at the end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayFrames, AssayInput, AssayOptions, assay
from pbis.core.curves.instrument import instrument_concentrations
from pbis.core.errors import InputRefused
from pbis.core.frames import ANALYTE
from pbis.core.plates.panel import AliasTable
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.well import assign_roles
from pbis.core.tolerances import Tolerances
from pbis.readers import read

RESEARCH = tolerances(load_suite("research"))

QUANTITATIVE = ("magpix_milliplex_human_3plex_quantitative.csv", "lx200_human_cytokine_30plex_quantitative.csv")


@pytest.fixture(scope="module", params=QUANTITATIVE)
def export(request: pytest.FixtureRequest, shared: Path) -> PlateRead:
    return read(shared / "examples" / "xponent" / request.param)


@pytest.fixture(scope="module")
def any_curve(lenient: Callable[[Tolerances], Tolerances]) -> Tolerances:
    return lenient(RESEARCH)


def computed(export: PlateRead, tolerances: Tolerances = RESEARCH, **options: str) -> AssayFrames:
    wells = assign_roles(export, None).table
    return assay([AssayInput("x", export, wells, None, AliasTable())], AssayOptions(tolerances, **options))


def test_the_files_own_coefficients_give_its_result(export: PlateRead) -> None:
    table = instrument_concentrations(export, assign_roles(export, None).table)
    both = table.filter(pc.is_valid(table.column("result_reported")))
    ours, theirs = (both.column(name).to_numpy() for name in ("concentration", "result_reported"))
    assert both.num_rows > 200
    assert np.abs(ours / theirs - 1).max() < 1e-9


def test_the_refit_reproduces_the_instruments_result(export: PlateRead, any_curve: Tolerances) -> None:
    result = computed(export, any_curve, method="xponent").result
    both = result.filter(
        pc.and_(pc.equal(result.column("status"), "QUANT"), pc.equal(result.column("result_reported_op"), "="))
    )
    error = np.abs(both.column("concentration").to_numpy() / both.column("result_reported").to_numpy() - 1)
    assert both.num_rows > 200
    assert np.median(error) <= 1e-6
    assert error.max() <= 1e-4


def test_every_number_of_the_instrument_between_its_standards_is_one_of_ours(
    export: PlateRead, any_curve: Tolerances
) -> None:
    frames = computed(export, any_curve, method="xponent")
    ends = {r["analyte"]: (r["lowest_standard"], r["highest_standard"]) for r in frames.curve.to_pylist()}
    outside = 0
    for row in frames.result.to_pylist():
        low, high = ends[row["analyte"]]
        if row["well_role"] != "background" and row["result_reported_op"] == "=":
            is_inside = low <= row["result_reported"] / (row["dilution_factor"] or 1.0) <= high
            assert (row["status"] == "QUANT") == is_inside, row
            outside += not is_inside
    assert outside > 10  # the instrument extrapolates; its numbers stay in the reported columns


def test_what_the_instrument_calls_below_or_above_we_call_so_with_its_bound(
    export: PlateRead, any_curve: Tolerances
) -> None:
    called = [
        r
        for r in computed(export, any_curve, method="xponent").result.to_pylist()
        if r["result_reported_op"] in ("<", ">")
    ]
    assert len(called) > 20
    for row in called:
        assert row["concentration_op"] == row["result_reported_op"], row
        bound = float(row["result_reported_text"].lstrip("<> "))
        assert row["concentration_bound"] / (row["dilution_factor"] or 1.0) == pytest.approx(bound, abs=1e-4), row


def test_net_mfi_and_r2_are_the_instruments(export: PlateRead, any_curve: Tolerances) -> None:
    frames = computed(export, any_curve, method="xponent")
    net, reported = (frames.result.column(n).to_numpy() for n in ("net_mfi", "net_mfi_reported"))
    assert np.nanmax(np.abs(net - reported)) < 0.01
    r2 = {r["analyte_reported"]: r["r2_reported"] for r in export.analyte.to_pylist()}
    for row in frames.curve.to_pylist():
        assert row["r2"] == pytest.approx(r2[row["analyte_reported"]], abs=1e-6)


def test_recovery_is_the_instruments(export: PlateRead, any_curve: Tolerances) -> None:
    result = computed(export, any_curve, method="xponent").result.to_pylist()
    reported = {
        (r["well"], r["analyte_reported"]): r["recovery_reported_pct"]
        for r in export.reading.to_pylist()
        if r["recovery_reported_pct"] is not None
    }
    pairs = [
        (r["recovery_pct"], reported[key]) for r in result if (key := (r["well"], r["analyte_reported"])) in reported
    ]
    assert len(pairs) > 20
    for ours, theirs in pairs:
        assert ours == pytest.approx(theirs, abs=0.01, rel=0.0)


def test_replicate_cv_is_the_instruments(export: PlateRead, any_curve: Tolerances) -> None:
    """Of the groups in which every well has a number; the instrument writes 0 where a well has none."""
    groups: dict[tuple[str, str], list[dict[str, object]]] = {}
    for row in computed(export, any_curve, method="xponent").result.to_pylist():
        groups.setdefault((row["sample_label"], row["analyte_reported"]), []).append(row)
    reported = {(r["sample_label"], r["analyte_reported"]): r["cv_replicates_pct"] for r in export.summary.to_pylist()}
    compared = 0
    for key, rows in groups.items():
        is_whole = all(r["status"] == "QUANT" and r["result_reported_op"] == "=" for r in rows)
        if len(rows) > 1 and is_whole and reported.get(key) is not None:
            assert rows[0]["replicate_cv_pct"] == pytest.approx(reported[key], abs=1e-3), key
            compared += 1
    assert compared > 70


def test_a_control_failed_where_the_instrument_says_so(export: PlateRead, any_curve: Tolerances) -> None:
    """The instrument's comment `Control Failed.` against the kit's range and our concentration."""
    wells = assign_roles(export, None).table
    label = dict(zip(*(wells.column(name).to_pylist() for name in ("well", "reagent_label")), strict=True))
    kit = {(r["reagent_label"], r["analyte_reported"]): r for r in export.reagent.to_pylist()}
    comment = {(r["well"], r["analyte_reported"]): r["comment"] for r in export.reading.to_pylist()}
    controls = [
        r for r in computed(export, any_curve, method="xponent").result.to_pylist() if r["well_role"] == "qc_control"
    ]
    assert len(controls) >= 12
    for row in controls:
        limits, value = kit[label[row["well"]], row["analyte_reported"]], row["concentration"]
        is_inside = value is not None and limits["range_low"] <= value <= limits["range_high"]
        said = comment[row["well"], row["analyte_reported"]]
        assert (said == "Control Failed.") == (not is_inside), row


def test_a_workbook_of_another_software_is_reproduced_from_its_own_curve(shared: Path, any_curve: Tolerances) -> None:
    """Its weighting is not published, so its curve is evaluated, not fitted; its amounts are rounded to five decimals."""
    export = read(shared / "examples" / "bioplex" / "bioplex_manager_replicate_means.xlsx")
    result = computed(export, any_curve, method="instrument").result.to_pylist()
    rows = [r for r in result if r["status"] == "QUANT" and r["result_reported_op"] == "="]
    assert len(rows) > 100
    for row in rows:
        assert row["concentration"] == pytest.approx(row["result_reported"], rel=1e-4, abs=0.6e-5), row


def test_robust_numbers_stay_near_the_instruments_inside_the_range(export: PlateRead) -> None:
    result = computed(export).result
    both = result.filter(
        pc.and_(pc.equal(result.column("status"), "QUANT"), pc.equal(result.column("result_reported_op"), "="))
    )
    error = np.abs(both.column("concentration").to_numpy() / both.column("result_reported").to_numpy() - 1)
    assert np.median(error) < 0.06
    assert np.quantile(error, 0.9) < 0.30


@pytest.mark.parametrize("method", ["robust", "xponent"])
@pytest.mark.parametrize("folder", ["xponent", "intelliflex"])
def test_every_export_is_computed_without_a_warning(shared: Path, folder: str, method: str) -> None:
    computable = 0
    for path in sorted((shared / "examples" / folder).glob("*.csv")):
        with contextlib.suppress(InputRefused):  # a file that the readers refuse has nothing to compute
            export = read(path)
            assert computed(export, method=method).result.num_rows > 0
            computable += 1
    assert computable > 0


@pytest.mark.parametrize("method", ["robust", "xponent", "instrument"])
def test_no_number_of_a_curve_that_fails(export: PlateRead, method: str) -> None:
    """With `xponent` the 30-plex has 14 such curves, the 3-plex one; with `instrument` the 3-plex has it as well."""
    frames = computed(export, method=method)
    failed = {row["analyte"] for row in frames.curve.to_pylist() if row["status"] == "fail"}
    found = {"robust": (0, 0), "xponent": (14, 1), "instrument": (0, 1)}[method]
    assert len(failed) == found[0 if frames.curve.num_rows == 30 else 1]
    for row in frames.result.to_pylist():
        if row["analyte"] in failed:
            assert (row["concentration"], row["concentration_op"], row["ci_low"]) == (None, None, None), row


def test_the_export_gives_its_own_numbers_between_its_standards_to_the_digit(
    export: PlateRead, any_curve: Tolerances
) -> None:
    result = computed(export, any_curve, method="instrument").result
    quant = result.filter(pc.equal(result.column("status"), "QUANT"))
    assert quant.num_rows > 200
    ours, theirs = (quant.column(name).to_numpy() for name in ("concentration", "result_reported"))
    assert np.abs(ours / theirs - 1).max() < 1e-9


def test_without_standards_the_export_gives_all_its_own_numbers(export: PlateRead) -> None:
    """The same plate after its standards' concentrations were left out of the export."""
    bare = replace(export, reagent=export.reagent.slice(0, 0), analyte=_without_coefficients(export.analyte))
    wells = assign_roles(export, None).table
    frames = assay([AssayInput("x", bare, wells, None, AliasTable())], AssayOptions(RESEARCH, method="instrument"))
    numbers = bounds = 0
    for row in frames.result.to_pylist():
        if row["status"] in ("BACKGROUND", "MISSING"):
            continue
        op, said = row["concentration_op"], row["result_reported_op"]
        assert op == said, row
        if op == "=":
            numbers += 1
            assert row["concentration"] == pytest.approx(row["result_reported"], rel=1e-9)
        elif op is not None:
            bounds += 1
            weaker = max if op == "<" else min
            printed = row["result_reported"]
            assert row["concentration_bound"] == pytest.approx(
                weaker(printed, printed * (row["dilution_factor"] or 1.0)), rel=1e-9
            )
    assert numbers > 200
    assert bounds > 20
    assert set(frames.curve.column("model").to_pylist()) == {"none"}
    assert "fail" not in frames.curve.column("status").to_pylist()
    assert all("export_results" in text for text in frames.curve.column("reasons").to_pylist())


def _without_coefficients(analyte: pa.Table) -> pa.Table:
    rows = [row | {f"coef_{name}": None for name in "abcdf"} for row in analyte.to_pylist()]
    return ANALYTE.table({name: [row[name] for row in rows] for name in ANALYTE.names})
