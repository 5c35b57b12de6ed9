"""Bio-Plex Manager: equations, types, what the sheets must agree on; XML that is cut or hostile."""

from __future__ import annotations

import pytest

from pbis.core.errors import InputRefused, MalformedFile, UnrecognisedFormat
from pbis.core.plates.well import assign_roles
from pbis.readers import read_bytes
from pbis.readers.bioplex.sheet import coefficients
from pbis.readers.summary import summarise
from pbis.simulate import example_plate
from pbis.simulate.bioplex import COLUMNS, render_xml
from pbis.simulate.xlsx import workbook

HEAD = [["File Name: run.rbx"], ["Acquisition Date: 03-Mar-2025, 04:12 PM"], ["Reader Serial Number: LX1"], []]
WELLS = [
    ("B", "A1", "", 10, "", None),
    ("S1", "B1", "Std", 1000, 100.0, 100),
    ("S2", "C1", "Std", 500, "OOR >", 25),
    ("C1", "D1", "Kit control", 300, 20.0, 20),
    ("X1", "E1", 275001, 40, "OOR <", None),
    ("X1", "F1", 275001, 44, "*1.5", None),
    ("X2", "G1", "275-12M", "---", "***", None),
]


def sheet(analyte, wells=WELLS, columns=COLUMNS):
    rows = [[f"Analyte: {analyte}"], *HEAD, list(columns)]
    for code, well, text, fi, obs, exp in wells:
        rows.append(
            [
                analyte,
                code,
                well,
                "",
                text,
                fi,
                fi,
                "",
                "",
                obs,
                exp,
                "",
                "",
                "",
                "",
                2 if code[0] == "X" else 1,
                60,
                "",
            ]
        )
    return (analyte, rows)


def read(*sheets):
    return read_bytes(workbook(sheets), "p")


def cells(found, column):
    return dict(zip(found.reading.column("well").to_pylist(), found.reading.column(column).to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("equation", "want"),
    [
        ("FI = 3.5 + (29496.2 - 3.5) / ((1 + (Conc / 3.1)^-12.2))^0.1", (3.5, 29496.2, 3.1, -12.2, 0.1)),
        ("FI = -2.0 + (29934.1 + 2.0) / ((1 + (Conc / 2.4)^-4.9))^0.21", (-2.0, 29934.1, 2.4, -4.9, 0.21)),
        ("FI = 1E1 + (2E4 - 1E1) / (1 + (Conc / 30)^-1.1)", (10.0, 20000.0, 30.0, -1.1, None)),
        ("FI = 3.5 + (29496.2 - 4.5) / ((1 + (Conc / 3.1)^-12.2))^0.1", None),
        ("FI = 2 + 3 * Conc", None),
        ("FI = 1.2.3 + (29496.2 - 1.2.3) / ((1 + (Conc / 3.1)^-12.2))^0.1", None),
        ("FI = 3.5 + (29496.2 - 3.5) / ((1 + (Conc / 3.1)^-12.2))^0.94072861899.3122", None),
        ("FI = 3.5 + (1E999 - 3.5) / ((1 + (Conc / 3.1)^-12.2))^0.1", None),
    ],
)
def test_equations(equation, want):
    found = coefficients(f"{equation}")
    assert tuple(found.get(f"coef_{letter}") for letter in "abcdf") == (want or (None,) * 5)


def test_cells_of_every_kind():
    found = read(sheet("IL-2 (3)"))
    assert cells(found, "sample_label") == {
        "A1": "B", "B1": "Std", "C1": "Std", "D1": "Kit control", "E1": "275001", "F1": "275001", "G1": "275-12M"
    }  # fmt: skip
    assert cells(found, "mfi")["G1"] is None
    assert cells(found, "mfi_text")["G1"] == "---"
    assert [cells(found, "result_reported_op")[w] for w in ("C1", "E1", "F1")] == [">", "<", "="]
    assert cells(found, "result_reported")["F1"] == 1.5
    assert cells(found, "bead_count")["A1"] == 60
    assert found.analyte.column("bead_region").to_pylist() == ["3"]


def test_roles_come_from_the_types():
    rows = {row["well"]: row for row in assign_roles(read(sheet("IL-2 (3)")), None).table.to_pylist()}
    assert [rows[w]["well_role"] for w in ("A1", "B1", "D1", "E1")] == [
        "background",
        "standard",
        "qc_control",
        "unknown",
    ]
    assert [rows[w]["standard_level"] for w in ("B1", "C1")] == [2, 1]
    assert [rows[w]["reagent_label"] for w in ("B1", "C1", "D1")] == ["S1", "S2", "C1"]
    assert rows["E1"]["replicate_group"] == rows["F1"]["replicate_group"] != rows["G1"]["replicate_group"]
    assert rows["E1"]["dilution_factor"] == 2.0


def changed(at, **values):
    names = ("code", "well", "text", "fi", "obs", "exp")
    rows = [list(row) for row in WELLS]
    for name, value in values.items():
        rows[at][names.index(name)] = value
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("other", "line", "words"),
    [
        (changed(4, code="S3"), 11, "another sample"),
        (changed(5, well="E1"), 12, "two rows name one well"),
        (changed(5, well="Q1"), 12, "names no well"),
        ([*WELLS, ("S1", "H1", "Std", 900, 100.0, 99)], 14, "expect different concentrations"),
        ([*WELLS, ("X3", "H1,H2", "x", 5, 1.0, None), ("X3", "H1", "x", 5, 1.0, None)], 14, "has lost a well"),
    ],
)
def test_sheets_that_disagree_are_refused(other, line, words):
    with pytest.raises(MalformedFile, match=words) as refusal:
        read(sheet("IL-2 (3)"), sheet("IL-6 (4)", other))
    assert refusal.value.line == line
    assert "IL-6 (4)" in str(refusal.value)


def test_a_well_that_one_sheet_has_lost_is_said():
    found = read(sheet("IL-2 (3)"), sheet("IL-6 (4)", WELLS[:-1]))
    assert found.reading.num_rows == 14
    assert "IL-6 (4) has no row for 1 well: G1" in found.warning.column("message").to_pylist()


def test_a_column_of_a_new_name_is_listed():
    columns = [c if c != "Ratio" else "Slope" for c in COLUMNS]
    found = read(sheet("IL-2 (3)", columns=columns))
    assert "Slope" in found.block.to_pylist()[0]["note"]


@pytest.fixture(scope="module")
def xml():
    return render_xml(example_plate(3, samples=2))


def test_xml_cut_anywhere_is_refused_with_its_line(xml):
    for at in range(40, len(xml) - 1, len(xml) // 40):
        with pytest.raises(InputRefused) as refusal:
            read_bytes(xml[:at], "p")
        assert refusal.value.line is not None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"?>", b'?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "no plate export|document type"),
        (b"<Samples>", b"<Samples>" + b"<x>" * 60, "more than a plate"),
        (b'RowNo="1"', b'RowNo="99"', "names no well"),
        (b"</Samples>", b"", "XML is broken"),
    ],
)
def test_hostile_or_damaged_xml_is_refused(xml, old, new, words):
    with pytest.raises((MalformedFile, UnrecognisedFormat), match=words):
        read_bytes(xml.replace(old, new, 1), "p")


def test_a_doctype_after_the_root_is_claimed_is_refused_too(xml):
    data = xml.replace(b"<bpm:Bio", b"<!--", 1)
    with pytest.raises(InputRefused):
        read_bytes(data, "p")


def test_means_of_replicates_that_one_sheet_calls_otherwise_hold_their_wells():
    rows = [*WELLS, ("X3", "H1,H2", "P105", 5, 1.0, None)]
    found = read(sheet("IL-2 (3)", rows), sheet("IL-6 (4)", [*WELLS, ("X3", "H1,H2", "P105-b", 5, 1.0, None)]))
    doubts = [one for one in summarise(found)["doubts"] if one["kind"] == "label"]
    assert [(d["well"], d["expected"], d["found"], d["block"]) for d in doubts] == [
        ("H1", "X3 P105", "X3 P105-b", "IL-6 (4)"),
        ("H2", "X3 P105", "X3 P105-b", "IL-6 (4)"),
    ]
    held = {row["well"] for row in assign_roles(found, None).table.to_pylist() if row["doubt"] == "label"}
    assert held == {"H1"}
