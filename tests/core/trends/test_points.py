"""The numbers that are followed, against calculations made another way from the same export."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import integrate, optimize

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayInput, AssayOptions, assay
from pbis.core.frames import TREND_POINT
from pbis.core.measures.qc import CheckFrames
from pbis.core.plates.well import assign_roles
from pbis.core.trends.points import points
from pbis.panels import load_aliases
from pbis.readers import read_bytes
from pbis.simulate import SimulatedPlate, example_plate, render_plate

RESEARCH = tolerances(load_suite("research"))


def frames_of(*plates: SimulatedPlate) -> CheckFrames:
    reads = [read_bytes(render_plate(plate), f"{i}.csv") for i, plate in enumerate(plates)]
    inputs = [AssayInput(f"a{i}", r, assign_roles(r, None).table, None, load_aliases()) for i, r in enumerate(reads)]
    computed = assay(inputs, AssayOptions(RESEARCH))
    raw = ("reading", "reagent", "calibration", "lot", "analyte")
    return CheckFrames(
        result=computed.result, curve=computed.curve, level=computed.level, well=pa.concat_tables([i.well for i in inputs]),
        run=tuple(r.run for r in reads), assay_of_run={r.run.run_id: i.assay_id for r, i in zip(reads, inputs, strict=True)},
        panels={r.run.run_id: None for r in reads}, **{n: pa.concat_tables([getattr(r, n) for r in reads]) for n in raw},
    )  # fmt: skip


@pytest.fixture(scope="module")
def plate() -> SimulatedPlate:
    return example_plate(21)


@pytest.fixture(scope="module")
def frames(plate: SimulatedPlate) -> CheckFrames:
    return frames_of(plate)


@pytest.fixture(scope="module")
def value(frames: CheckFrames) -> Callable[[str], float]:
    found = {row["metric"]: row["value"] for row in points(frames).to_pylist() if row["analyte"] == "IL-6"}
    return lambda metric: found[metric]


def means(plate: SimulatedPlate) -> tuple[np.ndarray, np.ndarray]:
    """Dose and mean MFI of the standards of IL-6, from the medians that were simulated."""
    j = plate.column("IL-6")
    wells = [plate.wells.of_reagent(label) for label in plate.reagents.standards]
    return plate.reagents.expected[:, j], np.array([plate.median[rows, j].mean() for rows in wells])


def test_area_by_scipy(plate: SimulatedPlate, value: Callable[[str], float]) -> None:
    dose, mfi = means(plate)
    assert value("auc") == pytest.approx(integrate.trapezoid(mfi, np.log(dose)), rel=1e-9)
    assert value("high_mfi") == pytest.approx(mfi[-1])


def test_background_is_the_mean_of_its_wells(plate: SimulatedPlate, value: Callable[[str], float]) -> None:
    rows = plate.wells.of_role("background")
    assert value("background") == pytest.approx(plate.median[rows, plate.column("IL-6")].mean())


def test_ec50_by_root_finding_on_the_curve(frames: CheckFrames, value: Callable[[str], float]) -> None:
    curve = next(row for row in frames.curve.to_pylist() if row["analyte"] == "IL-6")
    a, b, c, d, f = (curve[f"coef_{name}"] for name in "abcdf")
    half = optimize.brentq(lambda ln_x: a + (b - a) / (1 + (math.exp(ln_x) / c) ** d) ** f - (a + b) / 2, -5, 20)
    assert value("ln_ec50") == pytest.approx(half, abs=1e-6)
    assert value("ln_top") == pytest.approx(math.log(b))


def test_ec50_of_a_symmetric_curve_by_scipy_s_own_fit(plate: SimulatedPlate) -> None:
    """A noiseless 4PL: scipy's fit of the same points must put half height at the same dose."""
    dose = plate.reagents.expected[:, 0]

    def four(x: Any, bottom: float, top: float, ln_c: float, slope: float) -> Any:
        return bottom + (top - bottom) / (1 + np.exp(-slope * (np.log(x) - ln_c)))

    median = plate.median.copy()
    for label, x in zip(plate.reagents.standards, dose, strict=True):
        median[plate.wells.of_reagent(label), :] = np.round(2 * four(x, 12.0, 21_000.0, math.log(900.0), 1.1)) / 2
    median[plate.wells.of_role("background"), :] = 12.0
    exact = replace(plate, median=median)
    mfi = median[[plate.wells.of_reagent(label)[0] for label in plate.reagents.standards], 0]
    fitted, _ = optimize.curve_fit(four, dose, mfi, p0=(10, 20_000, 6.5, 1.0), sigma=mfi)
    ours = [row["value"] for row in points(frames_of(exact)).to_pylist() if row["metric"] == "ln_ec50"]
    assert ours == pytest.approx([fitted[2]] * 7, abs=0.03)


def test_controls_are_the_means_of_their_wells_low_one_first(
    frames: CheckFrames, value: Callable[[str], float]
) -> None:
    rows = [r for r in frames.result.to_pylist() if r["analyte"] == "IL-6" and r["well_role"] == "qc_control"]
    for metric, label in (("qc1", "Control1"), ("qc2", "Control2")):
        wells = [r["recovery_pct"] * r["expected_concentration"] / 100 for r in rows if r["sample_label"] == label]
        assert value(metric) == pytest.approx(np.mean(wells), rel=1e-6)


def test_a_plate_gives_the_same_points_alone_and_in_company(plate: SimulatedPlate, frames: CheckFrames) -> None:
    alone = points(frames)
    together = points(frames_of(plate, example_plate(22)))
    assert together.filter(pa.compute.equal(together.column("assay_id"), "a0")).equals(alone)
    assert alone.schema.equals(TREND_POINT.schema)


def test_an_export_without_standards_has_no_points_of_a_curve(frames: CheckFrames) -> None:
    bare = replace(frames, level=frames.level.slice(0, 0), curve=frames.curve.slice(0, 0))
    assert set(points(bare).column("metric").to_pylist()) <= {"qc1", "qc2", "ln_samples"}
