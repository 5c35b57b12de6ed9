"""Corrupted ladders are caught by either detector; ladders that kits really have are not."""

from __future__ import annotations

import dataclasses

import pyarrow as pa
import pytest
from partial_frames import partial

from pbis.core.errors import CorruptedLadder
from pbis.core.frames import READING, REAGENT
from pbis.core.plates.ladder import by_geometry, by_identity, check_ladder
from pbis.core.plates.plate import PlateRead, Run

EMPTY = pa.table({})


def plate(expected: dict[str, float | None], wells=()) -> PlateRead:
    """One analyte with the expected concentrations; wells: (sample, result, recovery)."""
    size = len(expected)
    reagent = partial(
        REAGENT,
        {
            "run_id": ["r"] * size,
            "reagent_label": list(expected),
            "reagent_kind": ["standard"] * size,
            "analyte_reported": ["IL-2"] * size,
            "expected_concentration": list(expected.values()),
            "source_line": list(range(10, 10 + size)),
        },
    )
    reading = partial(
        READING,
        {
            "run_id": ["r"] * len(wells),
            "plate_number": [1] * len(wells),
            "well": [f"A{i}" for i in range(1, len(wells) + 1)],
            "analyte_reported": ["IL-2"] * len(wells),
            "location": ["1(1,A1)"] * len(wells),
            "source_line": list(range(len(wells))),
            "sample_label": [name for name, _, _ in wells],
            "result_reported": [result for _, result, _ in wells],
            "result_reported_op": ["="] * len(wells),
            "recovery_reported_pct": [recovery for _, _, recovery in wells],
        },
    )
    tables = {
        f.name: EMPTY for f in dataclasses.fields(PlateRead) if f.name not in ("run", "reading", "reagent", "well_type")
    }
    return PlateRead(run=Run("r", "plate.csv", 1, "test"), reading=reading, reagent=reagent, **tables)


def ladder(*values: float | None) -> PlateRead:
    return plate({f"Standard{i}": value for i, value in enumerate(values, 1)})


@pytest.mark.parametrize(
    "values",
    [
        (3.2, 16, 80, 400, 2000, 10000),
        (10000, 2000, 400, 80, 16, 3.2),
        (3.2, 12.8, 51.2, 204.8, 819.2, 3276.8, 13107.2),
        (0, 3.2, 16, 80, 400, 2000),
        (1, 3, 9, 27, 81, 500),  # a top level of its own
        (0.5, 1, 2, 4, 8, 32),  # a step left out
        (3.2, 3.2, 16, 16, 80, 80),  # duplicates under labels of their own
        (4.9, 19.5, 78.1, 312, 1250, 5000, 20000),  # rounded
        (400, 3.2, 10000, 80, 16, 2000),  # labels in no order
        (1, 10, 100, 1000, 10000),
        (5, None, 80, 320, 1280),
        (3.2, 16, 80),
    ],
)
def test_ladders_that_kits_have_pass(values):
    assert list(by_geometry(ladder(*values))) == []
    check_ladder(ladder(*values))


@pytest.mark.parametrize(
    "values", [(3450, 1725, 862.5, 431.25, 215.625, 107.8125, 53.90625), (3.2, 16, 80, 400, 2000, 10000)]
)
@pytest.mark.parametrize("factor", [1000.0, 0.001, 100.0])
def test_one_level_off_by_a_power_of_ten_is_named_at_every_place(values, factor):
    for at in range(len(values)):
        broken = [value * factor if i == at else value for i, value in enumerate(values)]
        suspects = list(by_geometry(ladder(*broken)))
        assert [(s.label, s.line) for s in suspects] == [(f"Standard{at + 1}", 10 + at)]
        assert suspects[0].should_be == pytest.approx(values[at])


def test_two_levels_off_are_both_named():
    suspects = list(by_geometry(ladder(3.2, 16000, 80, 400, 2000000, 10000, 50000)))
    assert {s.label: s.should_be for s in suspects} == pytest.approx({"Standard2": 16, "Standard5": 2000})


def test_the_identity_catches_what_geometry_cannot():
    whole_ladder = {f"Standard{i}": 1000 * v for i, v in enumerate((3.2, 16, 80), 1)}
    wells = [
        ("Standard 1", 3.3, 103.13),
        ("Standard2", 15.5, 96.88),
        ("Standard3", 80.0, 100.0),
        ("Standard3", 81.0, 101.25),
    ]
    broken = plate(whole_ladder, wells)
    assert {s.label: s.should_be for s in by_identity(broken)} == pytest.approx(
        {"Standard1": 3.2, "Standard2": 16, "Standard3": 80}
    )
    with pytest.raises(CorruptedLadder, match="3 expected concentrations"):
        check_ladder(broken)


def test_rounded_recoveries_are_no_corruption():
    fine = plate({"Standard1": 3.2, "Standard2": 16.0}, [("Standard1", 0.0413, 1.29), ("Standard2", 15.99, 99.94)])
    assert list(by_identity(fine)) == []
    check_ladder(fine)
