"""Layouts: long form in CSV and XLSX; every slip of the person who typed it is refused with its line."""

from __future__ import annotations

import openpyxl
import pytest

from pbis.core.errors import InputRefused, MalformedFile
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
        (LONG.replace("well", "wall"), 1, "a header with plate, well, role"),
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


def test_a_comma_in_a_dilution_is_ambiguous(tmp_path):
    with pytest.raises(InputRefused, match="a decimal point"):
        read_layout(write(tmp_path, "plate;well;role;dilution\nP1;A1;unknown;1,5\n"))


def test_a_broken_workbook_is_refused(tmp_path):
    path = tmp_path / "layout.xlsx"
    path.write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(MalformedFile, match="broken"):
        read_layout(path)
