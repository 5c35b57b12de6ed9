"""Lot sheets in three shapes give one table; a plate run with analysis off takes its standards from it."""

from __future__ import annotations

from datetime import date

import pytest

from pbis.core.errors import AmbiguousValue, CorruptedLadder, MalformedFile
from pbis.core.plates.well import assign_roles
from pbis.readers import attach_lot_sheet, read_bytes, read_lot_sheet
from pbis.simulate import Dialect, example_plate, render_plate
from pbis.simulate.intelliflex import render_flat
from pbis.simulate.xlsx import workbook

LONG = """Kit,Two cytokines
Lot,K77
Expires,2027-01-31
Reagent,Analyte,Expected,Low,High,Unit
Standard1,IL-2,4,,,pg/mL
Standard2,IL-2,16,,,pg/mL
Standard3,IL-2,64,,,pg/mL
Standard1,TNF,2.5,,,pg/mL
Standard2,TNF,10,,,pg/mL
Standard3,TNF,40,,,pg/mL
Control1,IL-2,40,30,50,pg/mL
Control1,TNF,20,15,25,pg/mL
"""
BY_ANALYTE = """Two cytokines
Lot number,K77
Expiry date,2027-01-31
Analyte,Unit,Standard1,Standard2,Standard3,Control1,Control1 Range
IL-2,pg/mL,4,16,64,40,30 - 50
TNF,pg/mL,2.5,10,40,20,15-25
"""
BY_REAGENT = """Kit;Two cytokines
Lot;K77
Expiration date;2027-01-31
Reagent;IL-2;TNF
Unit;pg/mL;pg/mL
Standard1;4;2,5
Standard2;16;10
Standard3;64;40
Control1;40;20
Control1 Low;30;15
Control1 High;50;25
"""
COLUMNS = ["reagent_label", "reagent_kind", "analyte_reported", "expected_concentration", "range_low", "range_high"]
FACTS = ["unit_reported", "kit_name", "lot_number", "expires_on"]


def sheet_of(tmp_path, text, name="lot.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_lot_sheet(path)


def rows(table):
    return table.select(COLUMNS + FACTS).sort_by([("reagent_label", "ascending"), ("analyte_reported", "ascending")])


@pytest.mark.parametrize("text", [BY_ANALYTE, BY_REAGENT], ids=["an analyte a row", "a reagent a row"])
def test_every_shape_says_the_same(tmp_path, text):
    found = rows(sheet_of(tmp_path, LONG))
    assert rows(sheet_of(tmp_path, text)).equals(found)
    control = found.to_pylist()[0]
    assert [control[name] for name in COLUMNS] == ["Control1", "qc_control", "IL-2", 40.0, 30.0, 50.0]
    assert [control[name] for name in FACTS] == ["pg/mL", "Two cytokines", "K77", date(2027, 1, 31)]


def test_a_workbook_says_the_same(tmp_path):
    cells = [
        [float(c) if c.replace(".", "").isdigit() else c for c in line.split(",")] for line in BY_ANALYTE.splitlines()
    ]
    assert rows(sheet_of(tmp_path, workbook([("lot", cells)]), "lot.xlsx")).equals(rows(sheet_of(tmp_path, LONG)))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (LONG.replace("Standard2,TNF", "Spike,TNF"), 9, "Standard1, Control1"),
        (LONG.replace("Standard2,TNF", "Standard1,TNF"), 9, "expected of Standard1 once"),
        (LONG.replace(",30,50,", ",50,30,"), 11, "a range up from 50"),
        (LONG.replace("High,Unit", "High,Colour"), 4, "Colour"),
        (LONG.replace("20,15,25,pg/mL", "20,15,25,ng/mL"), 12, "one unit, pg/mL"),
        (BY_ANALYTE.replace("30 - 50", "thirty"), 5, "a range such as"),
        (BY_ANALYTE.replace("Unit,Standard1", "Unit,Standard one"), 4, "Standard one"),
        (BY_ANALYTE.replace("Lot number", "Shelf"), 2, "kit, lot, expiry, unit or plate"),
        (BY_REAGENT.replace("Standard2;", "Second;"), 7, "Standard1, Control1"),
        ("a,b\n1,2\n", 1, "begins with Reagent or Analyte"),
        ("Reagent,IL-2\n", 1, "concentrations of standards"),
    ],
)
def test_slips_are_refused_with_their_line(tmp_path, text, line, words):
    with pytest.raises(MalformedFile) as refusal:
        sheet_of(tmp_path, text)
    assert refusal.value.line == line
    assert words in str(refusal.value)


def test_a_number_with_two_readings_is_refused(tmp_path):
    with pytest.raises(AmbiguousValue):
        sheet_of(tmp_path, "Reagent;IL-2\nStandard1;1.234\n")


OFF = frozenset({"Result", "Range", "Standard Expected Concentration", "Control Expected Concentration", "Units"}) | {
    "Control Range - Low",
    "Control Range - High",
}


@pytest.fixture(scope="module")
def plate():
    return example_plate(5, samples=4)


@pytest.fixture(scope="module")
def kit_sheet(plate):
    """The plate's own kit as a sheet of an analyte a row, under other spellings of two analytes."""
    reagents = plate.reagents
    lines = ["Kit,Human cytokine", f"Lot,{plate.header.kit.number}", ",".join(["Analyte", "Unit", *reagents.standards])]
    spelled = {"TNFa": "TNF", "IFNg": "IFN-gamma"}
    for j, analyte in enumerate(plate.analytes):
        name = spelled.get(analyte.name, analyte.name)
        lines.append(",".join([name, analyte.unit, *(f"{value!r}" for value in reagents.expected[:, j].tolist())]))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("render", [render_flat, render_plate])
def test_a_plate_without_analysis_takes_its_standards_from_the_sheet(tmp_path, plate, kit_sheet, render):
    bare = read_bytes(render(plate, Dialect(skipped_blocks=OFF)), "plate")
    assert bare.reagent.num_rows == 0
    told = attach_lot_sheet(bare, sheet_of(tmp_path, kit_sheet))
    whole = read_bytes(render_plate(plate), "plate")
    expected = {
        (r["reagent_label"], r["analyte_reported"]): r["expected_concentration"]
        for r in whole.reagent.to_pylist()
        if r["reagent_kind"] == "standard"
    }
    assert {
        (r["reagent_label"], r["analyte_reported"]): r["expected_concentration"] for r in told.reagent.to_pylist()
    } == pytest.approx(expected)
    assert set(told.analyte.column("unit_reported").to_pylist()) == {"pg/mL"}
    assert told.lot.to_pylist()[-1]["lot_number"] == plate.header.kit.number
    levels = assign_roles(told, None).table.column("standard_level").to_pylist()
    assert sorted({level for level in levels if level}) == list(range(1, len(plate.reagents.standards) + 1))


def test_a_sheet_that_contradicts_the_export_is_refused(tmp_path, plate, kit_sheet):
    whole = read_bytes(render_plate(plate), "plate")
    assert attach_lot_sheet(whole, sheet_of(tmp_path, kit_sheet)).reagent.num_rows == whole.reagent.num_rows
    wrong = kit_sheet.replace(",pg/mL,3.2,", ",pg/mL,3.3,", 1)
    assert wrong != kit_sheet
    with pytest.raises(MalformedFile, match="contradicts the export"):
        attach_lot_sheet(whole, sheet_of(tmp_path, wrong))
    with pytest.raises(MalformedFile, match="another unit"):
        attach_lot_sheet(whole, sheet_of(tmp_path, kit_sheet.replace("pg/mL", "ng/mL")))


def test_a_sheet_of_another_lot_is_refused(tmp_path, plate, kit_sheet):
    bare = read_bytes(render_plate(plate, Dialect(skipped_blocks=OFF)), "plate")
    other = sheet_of(tmp_path, kit_sheet.replace(plate.header.kit.number, "K-other"))
    with pytest.raises(MalformedFile, match=r"lot\.csv.*another lot.*K-other"):
        attach_lot_sheet(bare, other, name="lot.csv")


def test_plates_above_the_header_are_kept(tmp_path):
    told = sheet_of(tmp_path, "Plate,P1,P2\nPlate,P3\n" + LONG)
    assert set(told.column("plates").to_pylist()) == {"P1 | P2 | P3"}
    with pytest.raises(MalformedFile, match="one value, as above: K77"):
        sheet_of(tmp_path, "Lot,K77\n" + LONG.replace("Lot,K77", "Lot,K78"))


def test_wells_that_the_sheet_does_not_name_stay_unknown_role(tmp_path, plate, kit_sheet):
    """With a sheet alone the export knows nothing of its wells: 'S1' is no sample because the sheet says 'Standard1'."""
    labels = {f"Standard{i}": f"S{i}" for i in range(1, 9)}
    text = render_plate(plate, Dialect(skipped_blocks=OFF)).decode()
    for old, new in labels.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    told = attach_lot_sheet(read_bytes(text.encode(), "plate"), sheet_of(tmp_path, kit_sheet))
    roles = assign_roles(told, None)
    by_label = dict(zip(*(roles.table.column(n).to_pylist() for n in ("sample_label", "well_role")), strict=True))
    assert by_label["S1"] == "unknown_role"
    assert "unknown_role" in dict(roles.warnings)


def test_roles_from_the_sheet_say_so(tmp_path, plate, kit_sheet):
    bare = read_bytes(render_plate(plate, Dialect(skipped_blocks=OFF)), "plate")
    table = assign_roles(attach_lot_sheet(bare, sheet_of(tmp_path, kit_sheet)), None).table
    sources = dict(zip(*(table.column(n).to_pylist() for n in ("sample_label", "role_source")), strict=True))
    assert (sources["Standard1"], sources["Background0"]) == ("lot_sheet", "default_name")


def test_a_broken_ladder_of_a_sheet_is_refused(tmp_path, plate, kit_sheet):
    bare = read_bytes(render_flat(plate), "plate")
    broken = kit_sheet.replace(",51.2,", ",51200,", 1)
    assert broken != kit_sheet
    with pytest.raises(CorruptedLadder):
        attach_lot_sheet(bare, sheet_of(tmp_path, broken))


def test_analytes_of_one_side_only_are_said(tmp_path, plate):
    bare = read_bytes(render_flat(plate), "plate")
    told = attach_lot_sheet(bare, sheet_of(tmp_path, "Reagent,IL-2,EGF\nStandard1,4,4\n"))
    codes = {w["code"]: w["message"] for w in told.warning.to_pylist()}
    assert "EGF" in codes["lot_sheet_analyte_unknown"]
    assert "IL-6" in codes["lot_sheet_analyte_absent"]
    with pytest.raises(MalformedFile, match="shares no analyte"):
        attach_lot_sheet(bare, sheet_of(tmp_path, "Reagent,EGF\nStandard1,4\n"))
