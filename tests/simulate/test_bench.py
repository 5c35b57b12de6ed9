"""The noise of simulated plates is that of good real ones."""

from __future__ import annotations

import numpy as np
import pytest

from pbis.simulate import example_plate, write_plates
from pbis.simulate.bench import SAMPLES_PER_PLATE
from pbis.simulate.instrument import derive
from pbis.simulate.model import BACKGROUND, STANDARD, UNKNOWN


@pytest.fixture(scope="module")
def plates():
    return [example_plate(31, number) for number in range(1, 9)]


def test_a_full_plate_has_96_wells(plates) -> None:
    roles = plates[0].wells.role
    counts = {role: roles.count(role) for role in set(roles)}
    assert counts == {"background": 2, "standard": 14, "qc_control": 4, "unknown": 2 * SAMPLES_PER_PLATE}
    assert plates[0].wells.name[0] == "A1"
    assert plates[0].wells.name[-1] == "H12"


def test_replicates_vary_by_five_to_eight_percent(plates) -> None:
    """Root mean square CV of duplicate results well inside the curve."""
    squares = []
    for plate in plates:
        result = derive(plate).result[plate.wells.of_role(UNKNOWN)]
        first, second = result[0::2], result[1::2]
        inside = (first > 10) & (first < 800)
        squares += (np.log(first[inside] / second[inside]) ** 2 / 2).tolist()
    assert 0.05 < np.sqrt(np.mean(squares)) < 0.08


def test_results_are_unbiased(plates) -> None:
    """Control results lie around their targets over plates."""
    ratios = [np.log(derive(p).recovery_pct[p.wells.of_reagent("Control1")] / 100) for p in plates]
    assert abs(np.mean(ratios)) < 0.03


def test_beads_are_poisson_like_around_120(plates) -> None:
    counts = np.concatenate([p.count.ravel() for p in plates])
    assert 110 < counts.mean() < 130
    assert counts.mean() < counts.var() < 4 * counts.mean()
    assert (counts < 35).mean() < 0.001


def test_the_lowest_standard_stands_clear_of_the_background(plates) -> None:
    for plate in plates:
        low = plate.median[plate.wells.of_reagent("Standard1")].min(axis=0)
        assert (low > 2 * plate.median[plate.wells.of_role(BACKGROUND)].max(axis=0)).all()


def test_plates_differ_in_height(plates) -> None:
    tops = np.array([p.median[p.wells.of_role(STANDARD)].max(axis=0) for p in plates])
    assert 0.03 < np.log(tops).std(axis=0).mean() < 0.2


def test_load_plates_are_deterministic(tmp_path) -> None:
    first = write_plates(tmp_path / "a", 4, 2)
    again = write_plates(tmp_path / "b", 4, 2)
    assert [p.name for p in first] == ["LOAD_0001.csv", "LOAD_0002.csv"]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    data = first[0].read_bytes()
    assert data.count(b'"DataType:"') == 23
    columns = data.partition(b'"DataType:","Median"\r\n')[2].partition(b"\r\n")[0].split(b",")
    assert len(columns) == 2 + 41 + 1
