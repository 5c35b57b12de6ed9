"""Which kit an export is of: one, or a refusal that says what to do; never the nearest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbis.core.errors import PanelMismatch
from pbis.core.plates.kits import beads_of, fitting, kit_of
from pbis.core.plates.panel import Panel, PanelAnalyte
from pbis.core.plates.plate import PlateRead
from pbis.panels import load_aliases, load_panel
from pbis.readers import read_bytes
from pbis.simulate import example_plate, render_plate
from pbis.simulate.load import example_kit

SEVEN = load_panel("human-cytokine-7plex")
MANY = load_panel("human-cytokine-41plex")
ALIASES = load_aliases()


def export(analytes: int) -> PlateRead:
    return read_bytes(render_plate(example_plate(1, kit=example_kit(1, analytes), samples=2)), "plate.csv")


@pytest.fixture(scope="module")
def seven() -> PlateRead:
    return export(7)


def without(read: PlateRead, count: int) -> PlateRead:
    return replace(read, analyte=read.analyte.slice(count))


def test_a_plate_finds_its_kit_among_several(seven: PlateRead) -> None:
    found = kit_of(seven, (MANY, SEVEN), ALIASES)
    assert found is not None
    assert (found.panel, found.absent, found.sentence) == (SEVEN, (), "")
    many = kit_of(export(41), (MANY, SEVEN), ALIASES)
    assert many is not None
    assert many.panel is MANY


def test_a_site_without_panels_asks_for_none(seven: PlateRead) -> None:
    assert kit_of(seven, (), ALIASES) is None


def test_fewer_analytes_are_said_and_fewer_than_half_are_another_kit(seven: PlateRead) -> None:
    found = kit_of(without(seven, 3), (SEVEN,), ALIASES)
    assert found is not None
    assert found.sentence.startswith("the export holds 4 of the 7 analytes of human-cytokine-7plex; without ")
    with pytest.raises(PanelMismatch, match=r"holds 3 of the 7 analytes .* fewer than half.*pbis panel propose"):
        kit_of(without(seven, 4), (SEVEN,), ALIASES)


def test_two_kits_that_fit_are_named(seven: PlateRead) -> None:
    with pytest.raises(PanelMismatch, match=r"may be of 2 kits.*human-cytokine-7plex and theirs.*pbis decide tell"):
        kit_of(seven, (SEVEN, replace(SEVEN, name="theirs")), ALIASES)
    told = kit_of(seven, (SEVEN, replace(SEVEN, name="theirs")), ALIASES, told="theirs")
    assert told is not None
    assert told.panel.name == "theirs"
    with pytest.raises(PanelMismatch, match="none of the site's"):
        kit_of(seven, (SEVEN,), ALIASES, told="theirs")


def test_a_plate_of_no_kit_says_what_it_calls_itself(seven: PlateRead) -> None:
    strange = Panel("strange", "strange", (PanelAnalyte("X-1", "pg/mL"),))
    with pytest.raises(
        PanelMismatch, match=r"7 of 7 analytes are in none of strange; the export calls its kit .*propose"
    ):
        kit_of(seven, (strange,), ALIASES)


def test_a_name_that_the_panel_spells_otherwise_is_named(seven: PlateRead) -> None:
    names = seven.analyte.column_names.index("analyte_reported")
    read = replace(
        seven, analyte=seven.analyte.slice(6).set_column(names, seven.analyte.schema.field(names), [["Own X-1"]])
    )
    own = Panel("ours", "ours", (PanelAnalyte("own x-1", "pg/mL"),))
    with pytest.raises(PanelMismatch, match="; ours spells Own X-1 otherwise, as own x-1"):
        kit_of(read, (SEVEN, own), ALIASES)


def test_names_that_stand_in_two_panels_are_said_to_fit_neither(seven: PlateRead) -> None:
    one, other = (
        replace(SEVEN, name=name, analytes=part)
        for name, part in (("one", SEVEN.analytes[:3]), ("other", SEVEN.analytes[3:6]))
    )
    with pytest.raises(PanelMismatch) as caught:
        kit_of(without(seven, 1), (one, other, replace(SEVEN, name="last", analytes=SEVEN.analytes[6:])), ALIASES)
    said = str(caught.value)
    assert "none of one, other, last fits" in said
    assert "one without " in said
    assert "analytes are in none of" not in said
    assert "spells" not in said


def test_an_analyte_more_than_the_kit_has_is_named_with_its_line(seven: PlateRead) -> None:
    six = replace(SEVEN, analytes=SEVEN.analytes[1:])  # the site's panel lacks IFN-gamma
    with pytest.raises(
        PanelMismatch, match=r"line \d+, column IFNg.*1 of 7 analytes are in none of human-cytokine-7plex"
    ):
        kit_of(seven, (six,), ALIASES)


def test_a_name_on_another_bead_is_refused_as_such(seven: PlateRead) -> None:
    moved = replace(SEVEN, analytes=(*SEVEN.analytes[:-1], replace(SEVEN.analytes[-1], bead_region="76")))
    with pytest.raises(PanelMismatch, match=r"bead regions differ from panel human-cytokine-7plex .1 of 7"):
        kit_of(seven, (moved, MANY), ALIASES)
    assert fitting(beads_of(seven), (moved, MANY), ALIASES) == []
