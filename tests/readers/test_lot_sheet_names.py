"""A lot sheet may call standards and controls as the plate's wells are called; what a name is, is said and never guessed."""

from __future__ import annotations

import pytest

from pbis.core.errors import MalformedFile
from pbis.core.plates.well import assign_roles
from pbis.readers import attach_lot_sheet, read_bytes
from pbis.readers.lot_sheets.labels import kind_of_reagent, reagent_and_target
from pbis.readers.lot_sheets.sheet import lot_sheet_from_bytes
from pbis.simulate import Dialect, example_plate, render_plate

OFF = frozenset({"Result", "Range", "Standard Expected Concentration", "Control Expected Concentration", "Units"}) | {
    "Control Range - Low",
    "Control Range - High",
}
BY_REAGENT = "Reagent,IL-2\nUnit,pg/mL\nSt1,4\nSt2,16\nConA,8\nConA Low,5\nConA High,11\n"
BY_ANALYTE = "Analyte,Unit,St1,St2,ConA,ConA Low,ConA High\nIL-2,pg/mL,4,16,8,5,11\n"
LONG = "Reagent,Analyte,Expected,Low,High,Unit\nSt1,IL-2,4,,,pg/mL\nSt2,IL-2,16,,,pg/mL\nConA,IL-2,8,5,11,pg/mL\n"


def rows(text):
    table = lot_sheet_from_bytes(text.encode(), "lot.csv")
    names = ("reagent_label", "reagent_kind", "expected_concentration", "range_low", "range_high")
    return sorted(zip(*(table.column(name).to_pylist() for name in names), strict=True))


@pytest.mark.parametrize("text", [BY_REAGENT, BY_ANALYTE, LONG], ids=["a reagent a row", "an analyte a row", "long"])
def test_names_of_a_plate_are_taken_in_every_shape(text):
    assert rows(text) == [
        ("ConA", "qc_control", 8.0, 5.0, 11.0),
        ("St1", "standard", 4.0, None, None),
        ("St2", "standard", 16.0, None, None),
    ]


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Standard 1", "standard"), ("ES3", "standard"), ("Std 07", "standard"), ("Cal2", "standard"), ("S8", "standard"),
        ("QC B", "qc_control"), ("Con A", "qc_control"), ("Ctrl2", "qc_control"), ("QC_Control1", "qc_control"),
        ("SA", None), ("NC", None), ("Control", None), ("Control Low", None), ("Low Control", None), ("Concentrate", None),
    ],
)  # fmt: skip
def test_the_kind_that_a_name_proves(label, kind):
    assert kind_of_reagent(label) == kind


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ConA Range - Low", ("ConA", "low")),
        ("Serum 7 Range High", ("Serum 7", "high")),
        ("Serum 7 (Range)", ("Serum 7", "range")),
        ("Serum 7", ("Serum 7", "expected")),
        ("Serum Low", None),  # a material at a low level, or the limit of one: nobody can tell
        ("QC High", None),
        ("Low", None),
    ],
)
def test_a_heading_names_a_reagent_and_what_stands_below(words, found):
    assert reagent_and_target(words) == found


def test_another_name_is_what_type_or_its_range_says():
    typed = "Reagent,Type,IL-2\nTop,standard,64\nMiddle,standard,16\nSerum,control,8\n"
    assert [row[:3] for row in rows(typed)] == [
        ("Middle", "standard", 16.0), ("Serum", "qc_control", 8.0), ("Top", "standard", 64.0),
    ]  # fmt: skip
    by_analyte = "Analyte,Top,Serum,Serum Range\nType,standard,,\nIL-2,64,8,5 - 11\n"
    assert rows(by_analyte) == [("Serum", "qc_control", 8.0, 5.0, 11.0), ("Top", "standard", 64.0, None, None)]
    long = "Reagent,Type,Analyte,Expected,Range\nTop,Standard,IL-2,64,\nSerum,,IL-2,8,5 - 11\n"
    assert [row[:2] for row in rows(long)] == [("Serum", "qc_control"), ("Top", "standard")]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("Reagent,IL-2\nSt1,4\nSerum,8\n", 3, "Type beside another name"),
        ("Analyte,St1,Serum\nIL-2,4,8\n", 1, "Type beside another name"),
        ("Reagent,Type,IL-2\nSt1,control,4\n", 2, "standard for St1"),
        ("Reagent,Type,IL-2\nTop,spike,4\n", 2, "standard or control"),
        ("Reagent,Type,Analyte,Expected\nTop,standard,IL-2,4\nTop,control,TNF,4\n", 3, "standard for Top"),
        ("Reagent,IL-2\nSt1,4\nQC Low,8\n", 3, "Control1 Low"),
    ],
)
def test_a_kind_that_nothing_says_is_refused_with_its_line(text, line, words):
    with pytest.raises(MalformedFile, match=words) as refusal:
        lot_sheet_from_bytes(text.encode(), "lot.csv")
    assert refusal.value.line == line


@pytest.fixture(scope="module")
def plate():
    return example_plate(5, samples=4)


def called(plate, names):
    """The export of the plate without analysis, its reagents under other names."""
    text = render_plate(plate, Dialect(skipped_blocks=OFF)).decode()
    for old, new in names.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    return read_bytes(text.encode(), "plate.csv")


def test_a_plate_takes_its_standards_from_a_sheet_of_its_own_names(plate):
    names = {name: f"St{i}" for i, name in enumerate(plate.reagents.standards, 1)}
    names["Control1"] = "ConA"
    lines = [",".join(["Reagent", *(analyte.name for analyte in plate.analytes)])]
    for row, label in zip(plate.reagents.expected.tolist(), plate.reagents.standards, strict=False):
        lines.append(",".join([names[label], *map(repr, row)]))
    lines.append(",".join(["ConA", *["100"] * len(plate.analytes)]))
    told = attach_lot_sheet(called(plate, names), lot_sheet_from_bytes("\n".join(lines).encode(), "lot.csv"))
    table = assign_roles(told, None).table
    roles = dict(zip(*(table.column(name).to_pylist() for name in ("sample_label", "well_role")), strict=True))
    assert {name: roles[name] for name in (*names.values(),)} == {
        **{f"St{i}": "standard" for i in range(1, len(plate.reagents.standards) + 1)},
        "ConA": "qc_control",
    }
    levels = {level for level in table.column("standard_level").to_pylist() if level}
    assert levels == set(range(1, len(plate.reagents.standards) + 1))


def test_a_name_of_the_sheet_that_no_well_has_is_said(plate):
    sheet = "Reagent,Type,IL-2\nStandard1,,4\nStandard2,,16\nTop,standard,64\n"
    told = attach_lot_sheet(called(plate, {}), lot_sheet_from_bytes(sheet.encode(), "lot.csv"))
    said = {row["code"]: row["message"] for row in told.warning.to_pylist()}
    assert "'Top'" in said["lot_sheet_reagent_absent"]
    assert "Standard1" not in said["lot_sheet_reagent_absent"]
