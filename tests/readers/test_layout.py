"""Layouts: long form in CSV and XLSX; every slip of the person who typed it is refused with its line."""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest

from pbis.core.errors import AmbiguousValue, InputRefused, MalformedFile, UnrecognisedFormat
from pbis.readers import read_layout

LONG = "plate,well,role,specimen,label,dilution\nP1,A1,background,,,\nP1,b02,standard,,Standard1,\nP1,C1,unknown,SP-1,,1:4\n"


def write(tmp_path, text, name="layout.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_long_form(tmp_path):
    rows = read_layout(write(tmp_path, LONG)).to_pylist()
    assert [(r["well"], r["well_role"], r["reagent_label"], r["specimen_id"]) for r in rows] == [
        ("A1", "background", None, None),
        ("B2", "standard", "Standard1", None),
        ("C1", "unknown", None, "SP-1"),
    ]
    assert [(r["source_line"], r["dilution_factor"]) for r in rows] == [(2, None), (3, None), (4, 4.0)]


def test_columns_in_any_order_and_another_delimiter(tmp_path):
    text = "role;dilution;well;plate;barcode\nSample;2;A1;P1;275001\n"
    row = read_layout(write(tmp_path, text)).to_pylist()[0]
    assert (row["well_role"], row["dilution_factor"], row["specimen_id"]) == ("unknown", 2.0, "275001")


def test_a_workbook_keeps_numeric_barcodes_as_text(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["plate", "well", "role", "specimen"],
        ["P1", "A1", "unknown", 275001],
        ["P1", "A2", "unknown", "275-12M"],
    ):
        book.active.append(row)
    book.save(tmp_path / "layout.xlsx")
    assert read_layout(tmp_path / "layout.xlsx").column("specimen_id").to_pylist() == ["275001", "275-12M"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (LONG.replace("b02", "A1"), 3, "two rows name one well"),
        (LONG.replace("b02", "Q2"), 3, "a well name"),
        (LONG.replace("unknown", "mystery"), 4, "mystery"),
        (LONG.replace("1:4", "1,4"), 4, "cells under the header"),
        (LONG.replace("1:4", "-4"), 4, "a factor above 0"),
        (LONG.replace("P1,C1", ",C1"), 4, "the plate's batch name"),
        (LONG.replace("well", "wall"), 1, "a header with well and role"),
        (LONG.replace("label", "colour"), 1, "an unknown column 'colour'"),
        (LONG.replace("specimen", "role"), 1, "one column"),
        ("\n\n", 1, "empty"),
    ],
)
def test_slips_are_refused_with_their_line(tmp_path, text, line, words):
    with pytest.raises(MalformedFile) as refusal:
        read_layout(write(tmp_path, text))
    assert refusal.value.line == line
    assert words in str(refusal.value)


def test_the_files_own_cells_say_how_its_dilutions_are_written(tmp_path):
    head = "plate;well;role;dilution\n"
    rows = read_layout(
        write(tmp_path, f"{head}P1;A1;unknown;1,5\nP1;A2;unknown;1.500\nP1;A3;unknown;1:2\nP1;A4;unknown;\n")
    )
    assert rows.column("dilution_factor").to_pylist() == [1.5, 1500.0, 2.0, None]
    for slip in ("P1;A1;unknown;1,500\n", "P1;A1;unknown;1,5\nP1;A2;unknown;2.5\n"):
        with pytest.raises(InputRefused, match="decimal"):
            read_layout(write(tmp_path, head + slip))


@pytest.mark.parametrize(
    ("written", "factor"), [("1:4", 4.0), ("1 : 4", 4.0), ("neat", 1.0), ("Undiluted", 1.0), ("1:1", 1.0)]
)
def test_how_a_dilution_is_written(tmp_path, written, factor):
    rows = read_layout(write(tmp_path, f"plate,well,role,dilution\nP1,A1,unknown,{written}\nP1,A2,unknown,2\n"))
    assert rows.column("dilution_factor").to_pylist() == [factor, 2.0]


@pytest.mark.parametrize("written", ["1/4", "4:1", "1+3", "2x", "50%"])
def test_what_may_be_another_dilution_is_refused(tmp_path, written):
    with pytest.raises(InputRefused):
        read_layout(write(tmp_path, f"plate,well,role,dilution\nP1,A1,unknown,{written}\n"))


def test_a_broken_workbook_is_refused(tmp_path):
    path = tmp_path / "layout.xlsx"
    path.write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(UnrecognisedFormat, match="broken"):
        read_layout(path)


@pytest.mark.parametrize(
    "header",
    [
        "Plate,Well,Role,Specimen,Label,Dilution",
        "plate_id,position,well_role,specimen_barcode,reagent,dilution_factor",
        "Batch,WELL,Well Type,Sample ID,Label,Dilution Factor",
        "plate id,Well,type,barcode,reagent label,dilution",
    ],
)
def test_column_names_are_taken_in_every_usual_spelling(tmp_path, header):
    usual = read_layout(write(tmp_path, LONG))
    found = read_layout(write(tmp_path, LONG.replace(LONG.splitlines()[0], header)))
    assert found.drop(["file_id"]).equals(usual.drop(["file_id"]))


def test_without_a_plate_column_the_layout_is_of_whichever_plate_it_is_given_for(tmp_path):
    rows = read_layout(write(tmp_path, "well,role\nA1,background\nA2,Standard 1\n")).to_pylist()
    assert [(r["plate"], r["well_role"], r["reagent_label"]) for r in rows] == [
        ("", "background", None),
        ("", "standard", "Standard 1"),
    ]


GRID = """P7,1,2,3,4
A,Background0,Standard1,SP-1,SP-1
B,Background0,Control 2,,275001
"""


def drawn(rows):
    return {r["well"]: (r["well_role"], r["specimen_id"], r["reagent_label"], r["dilution_factor"]) for r in rows}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_picture_of_the_plate(tmp_path, mark):
    rows = read_layout(write(tmp_path, GRID.replace(",", mark))).to_pylist()
    assert {r["plate"] for r in rows} == {"P7"}
    assert drawn(rows) == {
        "A1": ("background", None, None, None),
        "A2": ("standard", None, "Standard1", None),
        "A3": ("unknown", "SP-1", None, None),
        "A4": ("unknown", "SP-1", None, None),
        "B1": ("background", None, None, None),
        "B2": ("qc_control", None, "Control 2", None),
        "B4": ("unknown", "275001", None, None),
    }
    assert {r["well"]: r["source_line"] for r in rows}["B4"] == 3


TITLED = """plate,P9
role
,1,2,3
A,blank,standard,sample
B,control,,sample
label
,1,2,3
A,,S1,
B,QC1,,
specimen,1,2,3
A,,,SP-1
B,,,SP-2
dilution,1,2,3
A,,,2
B,,,1:4
"""


def test_pictures_of_role_label_specimen_and_dilution_lie_over_each_other(tmp_path):
    rows = read_layout(write(tmp_path, TITLED)).to_pylist()
    assert {r["plate"] for r in rows} == {"P9"}
    assert drawn(rows) == {
        "A1": ("background", None, None, None),
        "A2": ("standard", None, "S1", None),
        "A3": ("unknown", "SP-1", None, 2.0),
        "B1": ("qc_control", None, "QC1", None),
        "B3": ("unknown", "SP-2", None, 4.0),
    }


def test_a_workbook_with_a_picture_a_sheet(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Role"
    for row in ([None, 1, 2], ["A", "standard", "unknown"]):
        book.active.append(row)
    for title, cells in (("Label", ["Standard1", None]), ("Specimen", [None, 275001])):
        sheet = book.create_sheet(title)
        sheet.append([None, 1, 2])
        sheet.append(["A", *cells])
    book.create_sheet("Notes").append(["pipetted on Monday"])
    book.save(tmp_path / "layout.xlsx")
    rows = read_layout(tmp_path / "layout.xlsx").to_pylist()
    assert drawn(rows) == {"A1": ("standard", None, "Standard1", None), "A2": ("unknown", "275001", None, None)}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (GRID.replace("Standard1", "K1"), 2, "Standard1, Control1"),
        (GRID.replace("B,Back", "C,Back"), 3, "row B"),
        (GRID + "C,,,,,SP-2\n", 4, "under the grid's columns"),
        (GRID + "remark about,two cells\n", 4, "nothing after the last grid"),
        (TITLED.replace("blank", "blanc"), 4, "blanc"),
        (TITLED.replace("B,,,SP-2", "B,,SP-3,SP-2"), 12, "a role in the grid titled role"),
        (TITLED.replace("label\n", "role\n"), 7, "a second"),
        (TITLED.replace("1:4", "0"), 5, "a factor above 0"),
    ],
)
def test_slips_of_a_picture_are_refused_with_their_line(tmp_path, text, line, words):
    with pytest.raises(MalformedFile) as refusal:
        read_layout(write(tmp_path, text))
    assert words in str(refusal.value)
    assert refusal.value.line == line


def test_a_barcode_that_a_spreadsheet_turned_into_a_date_is_refused(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["well", "role", "specimen"])
    book.active.append(["A1", "unknown", date(2025, 3, 14)])
    book.save(tmp_path / "layout.xlsx")
    with pytest.raises(AmbiguousValue) as refusal:
        read_layout(tmp_path / "layout.xlsx")
    assert refusal.value.line == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("well,role,specimen\nA1,unknown,2.75E+05\n", "rounded number"),
        ("well;role;dilution\nA1;unknown;1.000\n", "thousands or decimals"),
    ],
)
def test_what_a_spreadsheet_made_ambiguous_is_refused(tmp_path, text, words):
    with pytest.raises(AmbiguousValue, match=words) as refusal:
        read_layout(write(tmp_path, text))
    assert refusal.value.line == 2


def test_a_row_that_names_a_well_alone_is_a_hole(tmp_path):
    rows = read_layout(
        write(tmp_path, "plate,well,role,specimen\nP,A1,background,\nP,B1,,\nP,C1,unknown,S\n")
    ).to_pylist()
    assert [row["well"] for row in rows] == ["A1", "C1"]
    with pytest.raises(MalformedFile):
        read_layout(write(tmp_path, "well,role,specimen\nA1,,S1\n"))
    with pytest.raises(MalformedFile):
        read_layout(write(tmp_path, "well,role,specimen\nZ1,,\n"))
