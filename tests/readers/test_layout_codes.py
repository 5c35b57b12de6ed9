"""A drawn layout may call wells by the codes that the readers know; a code that may be a barcode is refused with its line."""

from __future__ import annotations

import pytest

from pbis.core.errors import MalformedFile
from pbis.core.plates.well import assign_roles
from pbis.readers import read_bytes
from pbis.readers.layouts.layout import layout_from_bytes
from pbis.simulate import example_plate, render_plate

CODED = """P7,1,2,3,4
A,B,S1,C1,X1
B,B,es2,C2,SP-1
C,,S 3,,U4
"""


def drawn(text):
    rows = layout_from_bytes(text.encode(), "layout.csv").to_pylist()
    return {row["well"]: (row["well_role"], row["reagent_label"], row["specimen_id"]) for row in rows}


def test_codes_say_what_lies_in_the_well():
    assert drawn(CODED) == {
        "A1": ("background", None, None), "B1": ("background", None, None),
        "A2": ("standard", "S1", None), "B2": ("standard", "es2", None), "C2": ("standard", "S 3", None),
        "A3": ("qc_control", "C1", None), "B3": ("qc_control", "C2", None),
        "A4": ("unknown", None, None), "B4": ("unknown", None, "SP-1"), "C4": ("unknown", None, None),
    }  # fmt: skip


def test_codes_in_a_grid_titled_role_need_no_barcode_beside_them():
    text = "role\n,1,2,3\nA,B,S,X\nB,S1,C1,U\nspecimen\n,1,2,3\nA,,,S1\nB,,,SP-2\nlabel\n,1,2,3\nA,,Standard1,\n"
    assert drawn(text) == {
        "A1": ("background", None, None), "A2": ("standard", "Standard1", None), "A3": ("unknown", None, "S1"),
        "B1": ("standard", "S1", None), "B2": ("qc_control", "C1", None), "B3": ("unknown", None, "SP-2"),
    }  # fmt: skip


def many(count):
    rows = [
        f"{letter},{','.join(f'S{i * 12 + n}' for n in range(1, 13) if i * 12 + n <= count)}"
        for i, letter in enumerate("AB")
    ]
    return "P7," + ",".join(map(str, range(1, 13))) + "\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (CODED.replace("es2", "Standard2"), 2, "one way to call a standard, as 'Standard2'"),
        (CODED.replace("B,S1", "Background,S1"), 3, "one way to call a background"),
        (CODED.replace("S1", "S"), 2, "S1, C1, B, X1"),
        (CODED.replace("S1", "St1"), 2, "S1, C1, B, X1"),
        (CODED.replace("C2", "NC"), 3, "S1, C1, B, X1"),
        (many(17), 3, "at most 16 standards"),
    ],
)
def test_a_code_that_may_be_a_barcode_is_refused(text, line, words):
    with pytest.raises(MalformedFile, match=words) as refusal:
        layout_from_bytes(text.encode(), "layout.csv")
    assert refusal.value.line == line


def test_as_many_standards_as_a_ladder_may_have_are_codes():
    assert {role for role, _, _ in drawn(many(16)).values()} == {"standard"}


def test_a_code_and_the_name_in_the_export_are_one_reagent():
    """The plate calls its wells Standard1 and Control1: a layout of codes gives the same roles, labels and levels."""
    read = read_bytes(render_plate(example_plate(5, samples=4)), "plate.csv")
    before = assign_roles(read, None).table.to_pylist()
    codes = {"standard": "S", "qc_control": "C", "background": "B", "unknown": "X"}
    cells = {
        row["well"]: codes[row["well_role"]] + "".join(c for c in str(row["reagent_label"] or 1) if c.isdigit())
        for row in before
    }
    lines = [f"{letter}," + ",".join(cells.get(f"{letter}{n}", "") for n in range(1, 13)) for letter in "ABCDEFGH"]
    layout = layout_from_bytes(
        (",".join(["", *map(str, range(1, 13))]) + "\n" + "\n".join(lines)).encode(), "layout.csv"
    )
    after = assign_roles(read, layout)
    keys = ("well", "well_role", "reagent_label", "standard_level")
    assert [[row[k] for k in keys] for row in after.table.to_pylist()] == [[row[k] for k in keys] for row in before]
    assert "layout_reagent_unknown" not in dict(after.warnings)
