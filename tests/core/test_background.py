"""Which wells are the background is told by names that mean nothing else, and by what the export's Net MFI subtracts."""

from __future__ import annotations

import pyarrow as pa
import pytest
from partial_frames import partial

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayInput, AssayOptions, assay
from pbis.core.frames import LAYOUT
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.well import WellAssignment, assign_roles
from pbis.panels import load_aliases
from pbis.readers import read_bytes
from pbis.simulate import Dialect, SimulatedPlate, example_plate, faults, render_plate
from pbis.simulate.resaved import render_is, render_sheets, render_workbook

RESEARCH = tolerances(load_suite("research"))

PLATE = example_plate(11, samples=6)
BACKGROUND = [name for name, role in zip(PLATE.wells.name, PLATE.wells.role, strict=True) if role == "background"]
SAMPLE = PLATE.wells.label[PLATE.wells.of_specimen("SR001003")[0]]
NO_NET = Dialect(skipped_blocks=frozenset({"Net MFI"}))


def read(data: bytes) -> PlateRead:
    return read_bytes(data, "plate.csv")


def called(*names: str, dialect: Dialect | None = None) -> PlateRead:
    """The plate with its background wells called so, the last name for all that are left."""
    labels = list(PLATE.wells.label)
    for i, well in enumerate(BACKGROUND):
        labels[PLATE.wells.name.index(well)] = names[min(i, len(names) - 1)]
    return read(render_plate(with_labels(labels), dialect or Dialect()))


def with_labels(labels: list[str]) -> SimulatedPlate:
    from dataclasses import replace

    return replace(PLATE, wells=replace(PLATE.wells, label=tuple(labels)))


def without_wells(data: bytes, wells: list[str]) -> bytes:
    """The export with every row of the wells cut out: they were read, and stand in another file."""
    rows = data.split(b"\r\n")
    return b"\r\n".join(row for row in rows if not any(f",{well})".encode() in row for well in wells))


def by_well(roles: WellAssignment) -> dict[str, dict[str, object]]:
    return {row["well"]: row for row in roles.table.to_pylist()}


def found_as_background(roles: WellAssignment) -> dict[str, str]:
    return {well: str(row["role_source"]) for well, row in by_well(roles).items() if row["well_role"] == "background"}


def computed(found: PlateRead, layout: pa.Table | None = None) -> pa.Table:
    roles = assign_roles(found, layout)
    return assay([AssayInput("a", found, roles.table, None, load_aliases())], AssayOptions(RESEARCH)).result


def layout(roles: dict[str, str], number: int = 1) -> pa.Table:
    return partial(
        LAYOUT,
        {
            "file_id": ["f"] * len(roles),
            "source_line": list(range(2, 2 + len(roles))),
            "plate": ["B"] * len(roles),
            "plate_number": [number] * len(roles),
            "well": list(roles),
            "well_role": list(roles.values()),
        },
    )


NAMES = {
    "Blank": "default_name",
    "blank 1": "default_name",
    "BLK": "default_name",
    "Background": "default_name",
    "Bkgd2": "default_name",
    "B0": "net_mfi",
    "NSB": "net_mfi",
    "Standard 0": "net_mfi",
    "PBS": "net_mfi",
    "assay buffer": "net_mfi",
}


@pytest.mark.parametrize("name", NAMES)
def test_net_mfi_says_which_wells_they_are_whatever_their_name(name: str) -> None:
    found = called(name)
    roles = assign_roles(found, None)
    assert found_as_background(roles) == dict.fromkeys(BACKGROUND, NAMES[name])
    assert "the export's own Net MFI is Median minus their mean" in dict(roles.warnings)["background_found"]
    assert "no_background" not in dict(roles.warnings)
    names = ["well", "analyte", "status", "concentration", "concentration_bound", "ci_low", "net_mfi"]
    assert computed(found).select(names).equals(computed(read(render_plate(PLATE))).select(names))


@pytest.mark.parametrize("names", [("Blank 1", "Blank 2"), ("NTC1", "NTC2"), ("buffer", "nothing")])
def test_wells_with_names_of_their_own_are_found_together(names: tuple[str, str]) -> None:
    assert set(found_as_background(assign_roles(called(*names), None))) == set(BACKGROUND)


@pytest.mark.parametrize("render", [render_plate, render_workbook, render_sheets, render_is])
def test_every_form_that_names_its_wells_finds_them(render) -> None:
    found = read_bytes(render(faults.relabel(PLATE, {"Background0": "Blank"})), "plate")
    assert set(found_as_background(assign_roles(found, None))) == set(BACKGROUND)


def test_a_name_that_means_nothing_else_is_believed_without_net_mfi() -> None:
    roles = assign_roles(called("Blank", dialect=NO_NET), None)
    assert found_as_background(roles) == dict.fromkeys(BACKGROUND, "default_name")
    assert "by their name" in dict(roles.warnings)["background_found"]


@pytest.mark.parametrize("name", ["B0", "NSB", "Standard0"])
def test_a_name_that_may_be_a_samples_is_held_without_net_mfi(name: str) -> None:
    found = called(name, dialect=NO_NET)
    rows = by_well(assign_roles(found, None))
    assert {well for well, row in rows.items() if row["doubt"] == "label"} == set(BACKGROUND)
    assert {r["status"] for r in computed(found).to_pylist() if r["well"] in BACKGROUND} == {"HELD"}


def test_a_blank_that_was_not_subtracted_is_no_background_and_no_result() -> None:
    """Beside proven background wells: the curve stays as it was, and the two wells do not go out as a patient."""
    found = read(render_plate(faults.relabel(PLATE, {SAMPLE: "Blank"})))
    roles = assign_roles(found, None)
    assert set(found_as_background(roles)) == set(BACKGROUND)
    held = {well for well, row in by_well(roles).items() if row["doubt"] == "label"}
    assert held == set(faults.sample_wells(PLATE, "SR001003"))
    assert "say in a layout what it holds" in dict(roles.warnings)["background_or_sample"]
    names = ["well", "analyte", "concentration", "status"]
    got, want = (
        [row for row in computed(one).select(names).to_pylist() if row["well"] not in held]
        for one in (found, read(render_plate(PLATE)))
    )
    assert got == want


def test_where_nobody_knows_what_was_subtracted_the_samples_wait_for_a_layout() -> None:
    found = read(without_wells(render_plate(PLATE), BACKGROUND))
    roles = assign_roles(found, None)
    message = dict(roles.warnings)["background_unknown"]
    assert "Median minus" in message
    assert "give a layout that names the background wells" in message
    samples = [r for r in computed(found).to_pylist() if r["well_role"] == "unknown"]
    assert {r["status"] for r in samples} == {"HELD"}
    assert all(r["concentration"] is None for r in samples)


def test_a_layout_that_says_that_all_are_samples_releases_them() -> None:
    found = read(without_wells(render_plate(PLATE), BACKGROUND))
    wells = {r["well"]: "unknown" for r in assign_roles(found, None).table.to_pylist() if r["well_role"] == "unknown"}
    roles = assign_roles(found, layout(wells))
    assert roles.table.column("doubt").null_count == roles.table.num_rows
    assert "By the layout the background lies outside this export" in dict(roles.warnings)["background_unknown"]


def test_a_layout_that_names_other_wells_is_followed_and_contradicted() -> None:
    found = called("Blank")
    wrong = faults.sample_wells(PLATE, "SR001001")
    roles = assign_roles(found, layout(dict.fromkeys(wrong, "background") | dict.fromkeys(BACKGROUND, "unknown")))
    assert set(found_as_background(roles)) == set(wrong)
    assert "is not Median minus the mean of the background wells" in dict(roles.warnings)["background_conflict"]


def test_a_plate_without_background_and_without_subtraction_is_as_before() -> None:
    roles = assign_roles(read(render_plate(faults.drop_wells(PLATE, BACKGROUND))), None)
    assert dict(roles.warnings) == {"no_background": "no well is a background well"}
    assert roles.table.column("doubt").null_count == roles.table.num_rows


def test_a_good_plate_is_told_nothing() -> None:
    assert assign_roles(read(render_plate(PLATE)), None).warnings == ()


def test_a_standard_of_nothing_is_the_background_where_no_other_well_is() -> None:
    data = render_plate(faults.relabel(PLATE, {"Background0": "Standard0"}))
    zero = b'"Standard0"' + b',"0"' * len(PLATE.analytes) + b"\r\n"
    head, mark, tail = data.partition(b'"Standard Expected Concentration"')
    at = tail.index(b'"Standard1"')
    found = read(head + mark + tail[:at] + zero + tail[at:])
    assert found_as_background(assign_roles(found, None)) == dict.fromkeys(BACKGROUND, "reagent_table")
    names = ["well", "analyte", "status", "concentration"]
    assert computed(found).select(names).equals(computed(read(render_plate(PLATE))).select(names))


def test_one_or_two_analytes_prove_a_name_and_find_none() -> None:
    """A mean that agrees in one analyte may do so by chance."""
    plate = PLATE
    for analyte in [a.name for a in PLATE.analytes][2:]:
        plate = faults.drop_analyte(plate, analyte)
    named = assign_roles(read(render_plate(faults.relabel(plate, {"Background0": "Blank"}))), None)
    assert set(found_as_background(named)) == set(BACKGROUND)
    unnamed = assign_roles(read(render_plate(faults.relabel(plate, {"Background0": "PBS"}))), None)
    assert found_as_background(unnamed) == {}
    assert "background_unknown" in dict(unnamed.warnings)


def test_the_plate_whose_background_is_called_blank(shared) -> None:
    folder = shared / "cases" / "plates"
    blank, base = (
        read((folder / f"open_{name}.csv").read_bytes()) for name in ("background_called_Blank", "base_reference")
    )
    names = ["well", "analyte", "status", "concentration"]
    assert computed(blank).select(names).equals(computed(base).select(names))
