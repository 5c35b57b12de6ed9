"""The flags table: grouping, places, observed."""

from __future__ import annotations

from typing import Any

import pytest
from report_factory import finding, plate, table

from pbis.core import frames
from pbis.report.flags import PlateFlag, flags


def made(*rows: dict[str, Any]) -> list[PlateFlag]:
    return flags(table(frames.FINDING, list(rows)), plate().well)


def test_worst_first_then_rule_and_analyte() -> None:
    found = made(
        finding(severity="info", rule="a", analyte="IL-2"),
        finding(severity="warn", rule="b", analyte="IL-6"),
        finding(severity="fail", rule="c", analyte="TNF"),
        finding(severity="error", rule="d"),
        finding(severity="warn", rule="b", analyte="IL-10", limit_text="other"),
    )
    assert [(flag.severity, flag.rule, flag.analyte) for flag in found] == [
        ("error", "d", "all"),
        ("fail", "c", "TNF"),
        ("warn", "b", "IL-10"),
        ("warn", "b", "IL-6"),
        ("info", "a", "IL-2"),
    ]


def test_wells_that_break_one_rule_share_a_row_in_plate_order() -> None:
    rows = [finding(analyte="IL-2", well=well, observed=n) for well, n in (("B10", 12.0), ("B2", 30.0), ("A1", 20.0))]
    (flag,) = made(*rows)
    assert (flag.wells, flag.observed) == ("A1, B2, B10", "12 to 30 in 3")


def test_a_rule_broken_everywhere_says_so_in_one_row() -> None:
    wells = plate().well.column("well").to_pylist()
    (flag,) = made(*(finding(analyte="IL-2", well=well, observed=0.0) for well in wells))
    assert (flag.wells, flag.observed) == ("all 96 wells", "0 in each of 96")


def test_many_wells_are_counted() -> None:
    (flag,) = made(*(finding(analyte="IL-2", well=f"A{n}", observed=1.0) for n in range(1, 8)))
    assert flag.wells == "A1, A2, A3, A4 and 3 more"


def test_analytes_of_one_bad_well_share_a_row() -> None:
    (flag,) = made(*(finding(analyte=name, well="E5", observed_text="22 beads") for name in ("IL-2", "IL-6")))
    assert (flag.analyte, flag.wells, flag.observed) == ("IL-2, IL-6", "E5", "22 beads")


def test_analytes_of_different_wells_stay_apart() -> None:
    assert len(made(finding(analyte="IL-2", well="E5"), finding(analyte="IL-6", well="E6"))) == 2


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"replicate_group": "HCC-003 x1"}, "A4, B4"),
        ({"replicate_group": "unknown group"}, "unknown group"),
        ({}, "plate"),
    ],
)
def test_a_finding_names_its_place(changes: dict[str, Any], place: str) -> None:
    assert made(finding(**changes))[0].wells == place


@pytest.mark.parametrize(
    ("changes", "observed"),
    [({"observed": 22.456}, "22.5"), ({"observed": 22.0, "observed_text": "22 beads"}, "22 beads"), ({}, "–")],
)
def test_the_observed_value_reads_as_the_rule_wrote_it(changes: dict[str, Any], observed: str) -> None:
    assert made(finding(**changes))[0].observed == observed


def test_a_plate_without_findings_has_no_flags() -> None:
    assert made() == []
