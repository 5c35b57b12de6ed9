"""What the simulated instrument derives obeys the rules observed on real exports, and reproduces a real one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from pbis.readers import read
from pbis.simulate import curve, example_plate, faults
from pbis.simulate.instrument import derive, expected_per_well, net_mfi
from pbis.simulate.model import BACKGROUND, CONTROL, STANDARD


@pytest.fixture(scope="module")
def plate():
    return example_plate(3, samples=12, dilution=2.0)


def test_net_mfi_subtracts_the_mean_background(plate) -> None:
    background = plate.wells.of_role(BACKGROUND)
    assert net_mfi(plate)[background].sum(axis=0) == pytest.approx(np.zeros(7), abs=1e-9)


def test_result_is_the_inverse_of_the_fitted_curve_times_dilution(plate) -> None:
    derived = derive(plate)
    sample = plate.wells.of_specimen("SR001003")
    back = curve.respond(derived.result[sample] / 2.0, derived.coefficients[:, None, :])
    assert back == pytest.approx(derived.net_mfi[sample], rel=1e-9)


def test_background_has_no_result_and_standards_no_factor(plate) -> None:
    derived = derive(plate)
    assert np.isnan(derived.result[plate.wells.of_role(BACKGROUND)]).all()
    standards = plate.wells.of_role(STANDARD)
    assert (derived.result[standards] == derived.dose[standards]).all()


def test_recovery_is_result_over_expected(plate) -> None:
    derived, known = derive(plate), plate.wells.of_role(CONTROL)
    expected = expected_per_well(plate)[known]
    assert derived.recovery_pct[known] == pytest.approx(100 * derived.result[known] / expected)


def test_standards_recover_on_a_good_plate(plate) -> None:
    recovery = derive(plate).recovery_pct[plate.wells.of_role(STANDARD)]
    assert np.median(np.abs(recovery - 100)) < 8


def test_a_control_fails_exactly_where_its_result_leaves_the_range(plate) -> None:
    assert not derive(plate).is_failed_control.any()
    failed = derive(faults.fail_controls(plate, "IL-6", ["Control2"])).is_failed_control
    assert np.argwhere(failed).tolist() == [[i, plate.column("IL-6")] for i in plate.wells.of_reagent("Control2")]


def test_the_fit_reproduces_a_real_export(shared: Path) -> None:
    """Refitting the standards of a real MAGPIX export by the simulator's own fit gives the file's Result."""
    reading, reagent = _real(shared / "examples/xponent/magpix_milliplex_human_3plex_quantitative.csv")
    for analyte in ("IL-8", "TNFa"):  # IL-6 is degenerate: its lowest standards read nothing
        rows = reading.filter(pc.equal(reading["analyte_reported"], analyte)).to_pylist()
        dose, net = _standards(rows, reagent, analyte)
        coefficients = curve.fit(dose, net)
        pairs = [(r["net_mfi_reported"], r["result_reported"]) for r in rows if r["result_reported_op"] == "="]
        values, results = np.array(pairs).T
        ours = curve.invert(values[:, None], coefficients[:, None, :])[:, 0]
        assert np.median(np.abs(ours / results - 1)) < 1e-4


def _real(path: Path):
    found = read(path)
    return found.reading, found.reagent.to_pylist()


def _standards(rows, reagent, analyte):
    known = {
        r["reagent_label"].replace(" ", ""): r["expected_concentration"]
        for r in reagent
        if r["analyte_reported"] == analyte and r["reagent_kind"] == "standard"
    }
    labels = [(r["sample_label"].replace(" ", ""), r["net_mfi_reported"]) for r in rows]
    chosen = [(known[label], net) for label, net in labels if label in known]
    dose, net = np.array(chosen).T
    return dose[:, None], net[:, None]
