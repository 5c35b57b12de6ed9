"""A value with its unit, its flag or its comparator in the cell is one result, whatever the format that holds the cell."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from result_formats import FORMATS

from pbis.clinical import Linkage
from pbis.clinical.labs import labs_from_bytes
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
CRP = [  # value cell, unit cell, what it is in mg/dL
    ("13.0 H", "mg/L", "=1.3"),
    ("H 13.0", "mg/L", "=1.3"),
    ("13.0*", "mg/L", "=1.3"),
    ("13.0 (H)", "mg/L", "=1.3"),
    ("13.0 \u2191", "mg/L", "=1.3"),
    ("13.0 H mg/L", "", "=1.3"),
    ("13.0 mg/L H", "", "=1.3"),
    ("<0.5 mg/L", "", "<0.05"),
    ("< 0.5mg/L", "", "<0.05"),
    ("less than 0.5", "mg/L", "<0.05"),
    ("less than 0.5 mg/L", "", "<0.05"),
    ("GT 45", "mg/L", ">4.5"),
    ("at least 5 mg/L", "", ">=0.5"),
    ("\u22640.5", "mg/L", "<=0.05"),
    ("<5 L", "mg/L", "<0.5"),
    ("\u5c0f\u4e8e5", "mg/L", "<0.5"),
    ("5\u672a\u6e80", "mg/L", "<0.5"),
    ("5 mg/100 mL", "", "=5"),
    ("5 \u338e/\u2113", "", "=0.5"),
    ("5,0", "mg/L", "number_ambiguous"),
    ("5++", "mg/L", "unreadable"),
]
COUNTS = [  # value cell with its unit, in 10*9/L
    ("4.2 10^9/L", "=4.2"),
    ("4.2 x10^3/uL", "=4.2"),
    ("4.2x10^9/L", "=4.2"),
    ("4.2 x1000/uL", "=4.2"),
    ("4.2 \u5343/\u03bcL", "=4.2"),
    ("4.2 10*3/uL H", "=4.2"),
    ("4200 cells/uL", "=4.2"),
    ("<0.1 10(3)/uL", "<0.1"),
]
CASES = [("CRP", *case) for case in CRP] + [("neutrophils", value, "", found) for value, found in COUNTS]


@pytest.mark.parametrize("form", FORMATS)
def test_a_cell_says_the_same_in_every_format(linkage: Linkage, form: str) -> None:
    found, labs_map = [], load_map()
    for test, value, unit, _ in CASES:
        (row,) = labs_from_bytes(FORMATS[form](test, value, unit), "r", linkage, labs_map, ZONE).to_pylist()
        found.append((test, value, unit, row["reason"] or row["value_op"] + row["value_text"]))
    assert found == CASES


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "fhir"])  # a string of FHIR has no second unit
def test_a_unit_in_the_cell_that_is_not_the_row_s_is_neither(linkage: Linkage, form: str) -> None:
    data = FORMATS[form]("CRP", "<0.5 mg/dL", "mg/L")
    (row,) = labs_from_bytes(data, "r", linkage, load_map(), ZONE).to_pylist()
    assert (row["value_text"], row["reason"]) == (None, "unit_ambiguous")
