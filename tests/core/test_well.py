"""Roles come from the layout, the reagent tables, or exact default names; never from a prefix."""

from __future__ import annotations

import dataclasses

import pytest
from partial_frames import partial

from pbis.core.errors import CorruptedLadder
from pbis.core.frames import LAYOUT, REAGENT, WELL
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.standard_level import standard_levels
from pbis.core.plates.well import assign_roles
from pbis.readers import read_bytes

HEAD = (
    "Program,xPONENT,,MAGPIX\nBuild,4.2\nDate,2025-03-14,10:00\nSN,M1\nBatch,B\nProtocolAnalysis,{analysis}\nResults\n"
)
STANDARDS = "DataType:,Standard Expected Concentration\nReagent,IL-2\n{rows}"


def plate(labels: list[str], standards: dict[str, float] | None = None, dilution: str = "") -> PlateRead:
    """A plate of one analyte with the sample names down column 1."""
    wells = [f'"{i}(1,{"ABCDEFGH"[i - 1]}1)",{label}' for i, label in enumerate(labels, 1)]
    median = "DataType:,Median\nLocation,Sample,IL-2\n" + "".join(f"{w},20.5\n" for w in wells)
    count = "DataType:,Count\nLocation,Sample,IL-2\n" + "".join(f"{w},60\n" for w in wells)
    factors = "DataType:,Dilution Factor\nLocation,Sample,Dilution Factor\n" + "".join(
        f"{w},{dilution}\n" for w in wells
    )
    rows = "".join(f"{label},{value}\n" for label, value in (standards or {}).items())
    reagents = STANDARDS.format(rows=rows) if standards else ""
    text = HEAD.format(analysis="Off") + median + count + factors + reagents + "-- CRC --\nCRC32: 00000000\n"
    return read_bytes(text.encode(), "plate.csv")


def roles(read: PlateRead, layout=None) -> list[tuple[str, str]]:
    rows = assign_roles(read, layout).table.to_pylist()
    return [(row["well_role"], row["role_source"]) for row in rows]


def layout(*rows: tuple[str, str, str | None, str | None, float | None]):
    """Rows of (well, role, specimen, label, dilution)."""
    wells, names, specimens, labels, dilutions = map(list, zip(*rows, strict=True))
    size = len(rows)
    return partial(
        LAYOUT,
        {
            "file_id": ["f"] * size,
            "source_line": list(range(2, 2 + size)),
            "plate": ["B"] * size,
            "plate_number": [1] * size,
            "well": wells,
            "well_role": names,
            "specimen_id": specimens,
            "reagent_label": labels,
            "dilution_factor": dilutions,
        },
    )


def test_reagent_tables_decide_and_blanks_fold():
    read = plate(
        ["Background0", "Standard 1", "standard2", "S1", "Normoxia Control 1", "Standard10"],
        {"Standard1": 5, "Standard2": 25},
    )
    assert roles(read) == [
        ("background", "default_name"),
        ("standard", "reagent_table"),
        ("standard", "reagent_table"),
        ("unknown", "reagent_table"),
        ("unknown", "reagent_table"),
        ("standard", "default_name"),
    ]


def test_without_an_analysis_a_name_of_its_own_is_said_to_be_unknown():
    read = plate(["Background0", "Control1", "Unknown3", "Blank 1", "African-Standard01", "Background"])
    assert [role for role, _ in roles(read)] == [
        "background",
        "qc_control",
        "unknown",
        "unknown_role",
        "unknown_role",
        "unknown_role",
    ]
    codes = dict(assign_roles(read, None).warnings)
    assert "'African-Standard01', 'Background', 'Blank 1'" in codes["unknown_role"]


def test_levels_follow_concentrations_not_numbers():
    read = plate(["Standard1", "Standard2", "Standard3"], {"Standard1": 400, "Standard2": 80, "Standard3": 16})
    rows = assign_roles(read, None).table.to_pylist()
    assert [(r["reagent_label"], r["standard_level"]) for r in rows] == [
        ("Standard1", 3),
        ("Standard2", 2),
        ("Standard3", 1),
    ]


def test_a_standard_of_zero_is_level_zero_and_equals_share_a_level():
    read = plate(["Standard1"], {"Standard0": 0, "Standard1": 5, "Standard2": 5, "Standard3": 25})
    assert standard_levels(read) == {"Standard0": 0, "Standard1": 1, "Standard2": 1, "Standard3": 2}


def test_analytes_that_rank_the_standards_differently_are_refused():
    read = plate(["Standard1"], {"Standard1": 5, "Standard2": 25})
    rows = [
        (label, a, v)
        for a, pair in (("IL-2", (5, 25)), ("IL-6", (50, 10)))
        for label, v in zip(("Standard1", "Standard2"), pair, strict=True)
    ]
    reagent = partial(
        REAGENT,
        {
            "run_id": ["r"] * 4,
            "reagent_label": [r[0] for r in rows],
            "reagent_kind": ["standard"] * 4,
            "analyte_reported": [r[1] for r in rows],
            "expected_concentration": [float(r[2]) for r in rows],
        },
    )
    with pytest.raises(CorruptedLadder, match="another order"):
        standard_levels(dataclasses.replace(read, reagent=reagent))


def test_the_layout_wins_and_says_where_it_differs():
    read = plate(["Background0", "x", "Standard1", "y"], {"Standard1": 5}, dilution="2")
    plan = layout(
        ("A1", "unknown", "SP-1", None, None),
        ("B1", "unknown", "SP-1", None, 4.0),
        ("C1", "standard", None, None, None),
        ("H12", "unknown", "SP-9", None, None),
    )
    assigned = assign_roles(read, plan)
    rows = WELL.check(assigned.table).to_pylist()
    assert [(r["well_role"], r["replicate_group"], r["dilution_factor"], r["dilution_source"]) for r in rows] == [
        ("unknown", "SP-1 x2", 2.0, "export"),
        ("unknown", "SP-1 x4", 4.0, "layout"),
        ("standard", "Standard1", None, None),
        ("unknown", "y x2", 2.0, "export"),
    ]
    assert {code for code, _ in assigned.warnings} == {
        "role_conflict",
        "layout_well_not_read",
        "well_not_in_layout",
        "no_background",
    }


def test_a_missing_dilution_is_one_and_said():
    row = assign_roles(plate(["Unknown1"]), None).table.to_pylist()[0]
    assert (row["dilution_factor"], row["dilution_source"]) == (1.0, "assumed_1")
