"""The two lines at the head of a plate's page: what failed, and what has no result because of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from report_factory import CYTOKINES, finding, plate, table

from expectations.entries import all_entries
from pbis.core import frames
from pbis.core.verdicts.doubted import DOUBTS, EVENTS_DIFFER, LABEL_DIFFERS
from pbis.report import Hold
from pbis.report.causes import outcome
from pbis.report.rule_words import RULE_TITLES, rule_title, titled


def told(found: list[dict[str, Any]]) -> str:
    return outcome(replace(plate(), finding=table(frames.FINDING, found))).cause


@pytest.mark.parametrize(
    ("found", "cause"),
    [
        ([], "Nothing failed."),
        ([finding(severity="warn", effect="flag", analyte="IL-6")], "Nothing failed."),
        ([finding(rule="curve_fit", effect="fail_analyte", analyte="IL-6")], "Curve does not fit (IL-6)."),
        ([finding(rule="control_order", effect="fail_plate")], "Controls swapped."),
        ([finding(rule="well_outlier", effect="exclude_well", well="C4")], "Well deviates in many analytes (C4)."),
        ([finding(analyte="IL-6", well="C4"), finding(analyte="IL-6", well="D4")], "Too few beads (IL-6 in C4, IL-6 in D4)."),
        ([finding(analyte=name, well="C4") for name in CYTOKINES], "Too few beads (7 analytes in C4)."),
        (
            [finding(rule="curve_fit", effect="fail_analyte", analyte="TNF"), finding(rule="control_order", effect="fail_plate")],
            "Curve does not fit (TNF); controls swapped.",
        ),
    ],
)  # fmt: skip
def test_the_cause_names_rules_in_words_and_where_they_took_something(found: list[dict[str, Any]], cause: str) -> None:
    assert told(found) == cause


def reported(lost: set[tuple[str, str]]) -> str:
    """The consequence where these (well, analyte) are not reportable and every other sample well is."""
    data = plate()
    samples = {row["well"] for row in data.well.to_pylist() if row["well_role"] == "unknown"}
    rows = [
        row | {"reportable": row["well"] in samples and not {(row["well"], row["analyte"]), (row["well"], "*"), ("*", row["analyte"])} & lost}
        for row in data.reading_state.to_pylist()
    ]  # fmt: skip
    state = pa.Table.from_pylist(rows, schema=data.reading_state.schema)
    return outcome(replace(data, reading_state=state)).consequence


@pytest.mark.parametrize(
    ("lost", "consequence"),
    [
        (set(), "Nothing is missing: all 38 samples have a result of all 7 analytes."),
        (
            {("E5", "IL-6")},
            "Nothing is missing: all 38 samples have a result of all 7 analytes.",
        ),  # its replicate stands
        ({("E5", "IL-6"), ("F5", "IL-6")}, "1 sample without a result of some analytes: HCC-009 (IL-6)."),
        ({("E5", "*"), ("F5", "*")}, "1 sample without a result of some analytes: HCC-009 (all of them)."),
        ({("*", "TNF"), ("*", "IL-6")}, "No result of IL-6, TNF in any of 38 samples."),
        (
            {("*", "TNF"), ("E5", "*"), ("F5", "*")},
            "No result of TNF in any of 38 samples; 1 sample without a result of other analytes: HCC-009 (all of them).",
        ),
        ({("*", name) for name in CYTOKINES}, "None of its 38 samples has any result."),
    ],
)
def test_the_consequence_names_analytes_and_samples_without_a_result(
    lost: set[tuple[str, str]], consequence: str
) -> None:
    assert reported(lost) == consequence


def test_a_held_plate_says_that_it_waits_and_one_without_samples_that_nothing_hangs_on_it() -> None:
    assert outcome(replace(plate(), hold=Hold("twins", ("a", "b")))).cause.startswith("Another plate contradicts")
    assert outcome(replace(plate(), well=plate().well.slice(0, 0))).consequence.startswith("It holds no samples")


def test_every_rule_has_a_title_in_words() -> None:
    rules = {entry.rule for entry in all_entries() if entry.table != "labs"}
    rules |= {doubt.rule for doubt in (*DOUBTS.values(), EVENTS_DIFFER, LABEL_DIFFERS)}
    assert rules - set(RULE_TITLES) == set()
    assert not any("_" in title for title in RULE_TITLES.values())
    assert rule_title("new_rule") == "New rule"
    assert titled("curve_fit; kit_control_range") == "Curve does not fit, controls outside the kit's range"
    assert titled(None) == ""
