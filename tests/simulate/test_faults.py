"""Each fault damages what it says and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pbis.simulate import SimulatedPlate, example_plate, faults
from pbis.simulate.instrument import derive
from pbis.simulate.model import CONTROL, STANDARD


@pytest.fixture(scope="module")
def plate() -> SimulatedPlate:
    return example_plate(21, samples=20)


def _changed(before: SimulatedPlate, after: SimulatedPlate) -> tuple[set[str], set[str]]:
    """Wells and analytes whose median or count differs."""
    same = (before.median == after.median) | (np.isnan(before.median) & np.isnan(after.median))
    rows, columns = np.nonzero(~same | (before.count != after.count))
    return {before.wells.name[i] for i in rows}, {before.analytes[j].name for j in columns}


ALL = {"IFNg", "IL-10", "IL-12p70", "IL-17A", "IL-2", "IL-6", "TNFa"}
CASES: dict[str, tuple[Callable[[SimulatedPlate], SimulatedPlate], set[str], set[str]]] = {
    "low_beads": (lambda p: faults.low_beads(p, ["E3", "F3"], ["IL-2"]), {"E3", "F3"}, {"IL-2"}),
    "no_reading": (lambda p: faults.no_reading(p, ["E3"]), {"E3"}, ALL),
    "hook": (lambda p: faults.hook(p, "IL-6"), {"G2", "H2"}, {"IL-6"}),
    "swap_standards": (lambda p: faults.swap_standards(p, "Standard4", "Standard5"), {"A2", "B2", "C2", "D2"}, ALL),
    "swap_controls": (faults.swap_controls, {"A3", "B3", "C3", "D3"}, ALL),
    "fail_controls": (lambda p: faults.fail_controls(p, "TNFa"), {"A3", "B3", "C3", "D3"}, {"TNFa"}),
    "outlier": (lambda p: faults.outlier(p, "C2", "IL-2"), {"C2"}, {"IL-2"}),
    "bubble": (lambda p: faults.bubble(p, "H5"), {"H5"}, ALL),
    "high_background": (lambda p: faults.high_background(p, "IL-10"), {"A1", "B1"}, {"IL-10"}),
}


@pytest.mark.parametrize(("fault", "wells", "analytes"), CASES.values(), ids=CASES.keys())
def test_fault_stays_where_it_belongs(plate, fault, wells: set[str], analytes: set[str]) -> None:
    assert _changed(plate, fault(plate)) == (wells, analytes)


def test_faults_leave_the_original_alone(plate) -> None:
    before = plate.median.copy()
    for fault, _, _ in CASES.values():
        fault(plate)
    np.testing.assert_array_equal(plate.median, before)


def test_hook_bends_the_top(plate) -> None:
    bent, j = faults.hook(plate, "IL-6", 0.6), plate.column("IL-6")
    top, following = (bent.median[bent.wells.of_reagent(label), j].mean() for label in ("Standard7", "Standard6"))
    assert top == pytest.approx(0.6 * following, rel=0.01)


def test_swap_inverts_the_order_in_every_analyte(plate) -> None:
    swapped = faults.swap_standards(plate, "Standard4", "Standard5")
    fourth, fifth = (swapped.median[swapped.wells.of_reagent(s)].mean(axis=0) for s in ("Standard4", "Standard5"))
    assert (fourth > 1.15 * fifth).all()


def test_drift_moves_second_replicates_only(plate) -> None:
    wells, _ = _changed(plate, faults.drift(plate, 0.25))
    assert wells <= {name for name in plate.wells.name if name[0] in "BDFH"}
    assert len(wells) == len(plate.wells) // 2


def test_edge_effect_moves_one_row(plate) -> None:
    wells, _ = _changed(plate, faults.edge_effect(plate, "A"))
    assert {name[0] for name in wells} == {"A"}


def test_flat_curve_has_no_slope(plate) -> None:
    flat, j = faults.flat_curve(plate, "IL-17A"), plate.column("IL-17A")
    assert np.ptp(flat.median[:, j]) <= 1.0


def test_shifted_ranges_fail_both_controls_without_touching_wells(plate) -> None:
    shifted = faults.shift_control_range(plate, "IL-2")
    assert _changed(plate, shifted) == (set(), set())
    failed = derive(shifted).is_failed_control
    assert set(np.argwhere(failed)[:, 0].tolist()) == set(plate.wells.of_role(CONTROL).tolist())


def test_corrupt_ladder_is_printed_but_was_not_fitted(plate) -> None:
    corrupt = faults.corrupt_ladder(plate, 3)
    np.testing.assert_array_equal(derive(corrupt).coefficients, derive(plate).coefficients)
    assert corrupt.printed_expected is not None
    np.testing.assert_allclose(corrupt.printed_expected[3], 204800.0)


def test_unit_slip_scales_results(plate) -> None:
    slipped, j = faults.unit_slip(plate, "IL-2"), plate.column("IL-2")
    rows = slipped.wells.of_role(STANDARD)[2:10]
    np.testing.assert_allclose(derive(slipped).result[rows, j] * 1000, derive(plate).result[rows, j], rtol=1e-3)


def test_calibration_faults(plate) -> None:
    expired = faults.expire_calibration(plate).header
    assert expired.calibrator_expires_on < expired.started_at.date()
    assert (expired.started_at - expired.calibrated_at).days == 20
    assert not faults.fail_calibration(plate).header.is_calibration_passed


def test_overtyped_names_change_no_result(plate) -> None:
    renamed = faults.relabel(plate, {"Standard1": "S1", "Background0": "Blank"})
    assert "S1" in renamed.sample_labels
    assert "Standard1" not in renamed.sample_labels
    np.testing.assert_array_equal(derive(renamed).coefficients, derive(plate).coefficients)


def test_dropped_wells_leave_a_hole(plate) -> None:
    holes = faults.drop_wells(plate, ["B1", "E4"])
    assert set(plate.wells.name) - set(holes.wells.name) == {"B1", "E4"}
    np.testing.assert_array_equal(holes.median[1], plate.median[2])
