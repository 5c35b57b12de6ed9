"""Standards of another size than the kit's: a unit that is written wrong is found by the range that the panel declares."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import SEVEN, simulated

from pbis.core.errors import PanelMismatch
from pbis.core.plates.kit_range import check_kit_range
from pbis.core.plates.plate import PlateRead
from pbis.panels import load_aliases, load_panel
from pbis.readers import read_bytes
from pbis.simulate import SimulatedPlate, render_plate

PANEL, ALIASES = load_panel(SEVEN), load_aliases()


def in_unit(plate: SimulatedPlate, unit: str, factor: float, analytes: int = 7) -> PlateRead:
    """The export of the plate, its first analytes called in another unit and their reagents multiplied by the factor."""
    of, scale = plate.reagents, [factor] * analytes + [1.0] * (7 - analytes)
    named = tuple(replace(each, unit=unit if n < analytes else each.unit) for n, each in enumerate(plate.analytes))
    fields = ("expected", "control_expected", "control_low", "control_high")
    reagents = replace(of, **{name: getattr(of, name) * scale for name in fields})
    return read_bytes(render_plate(replace(plate, analytes=named, reagents=reagents)), "p.csv")


@pytest.mark.parametrize(
    ("unit", "factor"), [("pg/mL", 1.0), ("ng/mL", 0.001), ("ng/L", 1.0), ("pg/mL", 4.0), ("pg/mL", 0.03)]
)
def test_another_unit_or_a_ladder_of_another_lot_or_sensitivity_is_the_kits(unit: str, factor: float) -> None:
    assert check_kit_range(in_unit(simulated(samples=2), unit, factor), PANEL, ALIASES) == ()


@pytest.mark.parametrize(
    ("unit", "factor", "said"),
    [("ng/mL", 1.0, "1000"), ("pg/mL", 0.001, "0.001"), ("ug/L", 1.0, "1000"), ("pg/mL", 100.0, "100")],
)
def test_a_unit_that_is_written_wrong_refuses_the_plate(unit: str, factor: float, said: str) -> None:
    read = in_unit(simulated(samples=2), unit, factor)
    with pytest.raises(PanelMismatch, match=r"standards are of another size .* \(7 of 7 analytes\)") as told:
        check_kit_range(read, PANEL, ALIASES)
    assert f"{said} times the kit's 13107.2 pg/mL" in str(told.value)
    assert told.value.line is not None
    assert len(told.value.cells) == 7
    with pytest.raises(PanelMismatch, match=r"kit\.csv"):
        check_kit_range(read, PANEL, ALIASES, "kit.csv")


def test_of_fewer_than_half_it_is_said_and_the_others_stand() -> None:
    said = check_kit_range(in_unit(simulated(samples=2), "ng/mL", 1.0, analytes=3), PANEL, ALIASES)
    assert [code for code, _ in said] == ["kit_range"] * 3
    assert "1000 times the kit's 13107.2 pg/mL: another unit?" in said[0][1]


def test_nothing_is_asked_without_a_panel_or_its_range() -> None:
    read = in_unit(simulated(samples=2), "ng/mL", 1.0)
    bare = replace(PANEL, analytes=tuple(replace(each, range_high=None) for each in PANEL.analytes))
    assert check_kit_range(read, None, ALIASES) == check_kit_range(read, bare, ALIASES) == ()
