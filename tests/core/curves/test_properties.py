"""Laws that hold for every plate, through the whole assay: scale, order, monotony, silence of what was not read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayFrames, AssayOptions, assay

RESEARCH = tolerances(load_suite("research"))

METHODS = ["robust", "xponent"]
NUMBERS = ("concentration", "ci_low", "ci_high", "concentration_bound")
SAMPLES = [16.0, 40.0, 150.0, 600.0, 2500.0, 9000.0, 14000.0]


def noisy_plate(sketch: Callable, seed: int) -> object:
    plate = sketch()
    rng = np.random.default_rng(seed)
    for well, mfi in enumerate(SAMPLES):
        plate.sample(f"{'ABCDEFG'[well]}11", mfi)
    for key in plate.mfi:
        plate.mfi[key] *= float(np.exp(rng.normal(0, 0.04)))
    return plate


def computed(plate: object, method: str) -> AssayFrames:
    return assay([plate.input()], AssayOptions(RESEARCH, method=method))


def numbers(frames: AssayFrames, name: str) -> np.ndarray:
    return np.array(frames.result.column(name).to_pylist(), dtype=float)


@pytest.mark.parametrize("method", METHODS)
@settings(derandomize=True, max_examples=8, deadline=None)
@given(factor=st.floats(0.05, 200.0), seed=st.integers(0, 50))
def test_scaling_all_mfi_changes_no_result(sketch: Callable, method: str, factor: float, seed: int) -> None:
    plain, scaled = noisy_plate(sketch, seed), noisy_plate(sketch, seed)
    for key in scaled.mfi:
        scaled.mfi[key] *= factor
    one, other = computed(plain, method), computed(scaled, method)
    assert other.result.column("status").to_pylist() == one.result.column("status").to_pylist()
    for name in NUMBERS:
        assert np.allclose(numbers(other, name), numbers(one, name), rtol=1e-5, equal_nan=True), name


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("factor", [0.001, 7.0, 1e4])
def test_scaling_the_concentrations_scales_the_results(sketch: Callable, method: str, factor: float) -> None:
    plain, scaled = noisy_plate(sketch, 3), noisy_plate(sketch, 3)
    scaled.dose = lambda level: factor * 3.2 * 4 ** (level - 1)
    one, other = computed(plain, method), computed(scaled, method)
    assert other.result.column("status").to_pylist() == one.result.column("status").to_pylist()
    for name in NUMBERS:
        assert np.allclose(numbers(other, name), factor * numbers(one, name), rtol=1e-6, equal_nan=True), name


@pytest.mark.parametrize("method", METHODS)
@settings(derandomize=True, max_examples=8, deadline=None)
@given(order=st.randoms(use_true_random=False), seed=st.integers(0, 50))
def test_the_order_of_wells_in_the_file_changes_nothing(
    sketch: Callable, method: str, order: object, seed: int
) -> None:
    plain, mixed = noisy_plate(sketch, seed), noisy_plate(sketch, seed)
    order.shuffle(mixed.wells)
    one, other = computed(plain, method), computed(mixed, method)
    assert other.result.column("well").to_pylist() == one.result.column("well").to_pylist()
    for name in NUMBERS:
        assert np.allclose(numbers(other, name), numbers(one, name), rtol=1e-9, equal_nan=True), name


@pytest.mark.parametrize("method", METHODS)
@settings(derandomize=True, max_examples=10, deadline=None)
@given(seed=st.integers(0, 500))
def test_more_mfi_is_never_less_concentration(sketch: Callable, method: str, seed: int) -> None:
    """QUANT rises with MFI, what is below lies under it, and what is above lies over it."""
    plate = noisy_plate(sketch, seed)
    ladder = np.geomspace(5, 4e4, 40)
    for k, mfi in enumerate(ladder):
        plate.sample(f"H{k + 20}", float(mfi))
    rows = {r["well"]: r for r in computed(plate, method).result.to_pylist() if r["analyte"] == "IL-6"}
    rows = [rows[f"H{k + 20}"] for k in range(ladder.size)]
    side = [{"<": -1, "=": 0, ">": 1}[r["concentration_op"]] for r in rows if r["concentration_op"]]
    assert len(side) in (0, len(rows))  # a curve says something of every reading, or of none
    assert side == sorted(side)
    amounts = [r["concentration"] for r in rows if r["status"] == "QUANT"]
    assert amounts == sorted(amounts)


@pytest.mark.parametrize("method", METHODS)
def test_wells_that_were_not_read_have_no_influence(sketch: Callable, method: str) -> None:
    plain, silent = noisy_plate(sketch, 9), noisy_plate(sketch, 9)
    for k in range(5):
        silent.sample(f"H{k + 1}", None)
    silent.wells.append(("H12", "standard", 3, None, "Standard3"))
    for analyte in silent.analytes:
        silent.mfi["H12", analyte] = None
    one, other = computed(plain, method), computed(silent, method)
    kept = {(r["well"], r["analyte"]): r for r in other.result.to_pylist()}
    for row in one.result.to_pylist():
        twin = kept[row["well"], row["analyte"]]
        assert twin["status"] == row["status"]
        same = (np.array([r["concentration"]], dtype=float) for r in (twin, row))
        assert np.allclose(*same, rtol=1e-9, equal_nan=True)
