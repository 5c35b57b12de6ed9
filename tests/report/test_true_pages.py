"""Every section of the pages of a plate, of a night and of the cohort says what its rows say: a row that changes, changes its section's words.

A table of mutations, a row each, on built rows; and that no section and no table of a plate is without one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from builders import changed
from report_factory import finding, night, plate, plate_line, table
from test_cohort import report
from test_morning import told

from pbis.core import frames
from pbis.report import (
    AlarmRow,
    Hold,
    LabFileRow,
    NightReport,
    PlateDecision,
    PlateReport,
    PlateReview,
    RefusedRow,
    ScoreChange,
    SignatureLine,
    night_index,
    plate_report,
)
from pbis.report.cohort import cohort_sheet
from pbis.report.data import PLATE_TABLES
from pbis.report.morning import EarlierNight, KeptRelease, LeftLying, MovedScore, StripPlate
from pbis.report.pages.todo import NoteRow, TodoRow

Change = Callable[[Any], Any]


def sections(page: str) -> dict[str, str]:
    """Section -> its whole content, drawings included; `head` for what stands before the first, with the numbers of the map in `plate`."""
    body = page.split("<body>")[1]
    numbers = re.search(r'<script type="application/json".*?</script>', body, re.DOTALL)
    parts = re.split(r'<section aria-labelledby="([\w-]+)">', re.sub(r"<script.*?</script>", "", body, flags=re.DOTALL))
    found = {"head": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))
    found["plate" if numbers else "head"] += numbers.group() if numbers else ""
    if "decisions" in found:  # its line of hashes changes with whatever else does
        found["decisions"] = re.sub(r"<!--hashes-->.*?<!--/hashes-->", "", found["decisions"])
    return found


def cell(table_name: str, column: str, value: Any, where: tuple[str, Any] | None = None) -> Change:
    """The plate with another value in a column, in the rows where another column holds something or in all."""

    def change(data: PlateReport) -> PlateReport:
        old: pa.Table = getattr(data, table_name)
        hit = pc.equal(old.column(where[0]), where[1]).to_pylist() if where else [True] * old.num_rows
        values = [value if one else was for one, was in zip(hit, old.column(column).to_pylist(), strict=True)]
        return replace(data, **{table_name: changed(old, {column: values})})

    return change


def put(**values: Any) -> Change:
    return lambda data: replace(data, **values)


DECISION = PlateDecision(3, "2026-03-10 00:00", "A. Name", "kept", "the plate", None, "other", "seen", "", True)
SIGNED = SignatureLine(
    "0" * 32, "C. Lead", "c.lead", "approver", "approval", "2026-03-10 00:00", "0.1.0", "a" * 64, "b" * 64, True
)
REVIEW = PlateReview("accepted", "Decision 1 by A. Name", "partly", (SIGNED,))
TREND_FINDING = frames.TREND_FINDING.names
TABLES = set(PLATE_TABLES)

# table or field, section that must change, the change
PLATE = [
    ("run", "head", lambda data: replace(data, run=replace(data.run, protocol_name="Another protocol"))),
    ("run", "provenance", lambda data: replace(data, run=replace(data.run, byte_count=7))),
    ("plate", "head", put(plate="Another")),
    ("well", "plate", cell("well", "sample_label", "Another", ("well", "C4"))),
    ("result", "plate", cell("result", "mfi", 4321.0, ("well", "C4"))),
    ("result", "curves", cell("result", "mfi", 4321.0, ("well", "C4"))),
    ("result", "standards", cell("result", "concentration", 4321.0, ("well", "A3"))),
    ("curve", "curves", cell("curve", "lloq", 7.7, ("analyte", "IL-6"))),
    ("level", "standards", cell("level", "recovery_pct", 77.7)),
    ("level", "curves", cell("level", "recovery_pct", 77.7)),
    ("finding", "flags", put(finding=table(frames.FINDING, [finding(rule="carry_over")]))),
    ("finding", "head", put(finding=table(frames.FINDING, [finding(rule="carry_over", effect="fail_plate")]))),
    ("analyte_verdict", "analytes", cell("analyte_verdict", "reportable_count", 5, ("analyte", "IL-6"))),
    ("analyte_verdict", "curves", cell("analyte_verdict", "sentence", "Quite another.", ("analyte", "IL-6"))),
    ("plate_verdict", "head", cell("plate_verdict", "sentence", "Quite another.")),
    ("plate_verdict", "head", cell("plate_verdict", "analytes_failed", 3)),
    ("reading_state", "plate", cell("reading_state", "qc_state", "held", ("well", "C4"))),
    ("reading_state", "head", cell("reading_state", "reportable", False, ("analyte", "IL-6"))),
    ("reagent", "standards", cell("reagent", "range_low", 1.0)),
    ("lot", "provenance", cell("lot", "lot_number", "L-77")),
    ("lot", "head", cell("lot", "lot_number", "L-77")),
    ("calibration", "provenance", cell("calibration", "state", "failed")),
    ("warning", "flags", cell("warning", "message", "Quite another.")),
    ("provenance", "provenance", put(provenance={"Method": "xponent"})),
    ("tolerances", "curves", lambda data: replace(data, tolerances=replace(data.tolerances, recovery_low_pct=55.0))),
    ("tolerances", "provenance", lambda data: replace(data, tolerances=replace(data.tolerances, lod_sds=9.0))),
    ("hold", "head", put(hold=Hold("twins", ("release it", "exclude it")))),
    ("decisions", "decisions", put(decisions=(DECISION,))),
    ("review", "decisions", put(review=REVIEW)),
    ("review", "decisions", put(review=replace(REVIEW, signatures=()))),
]  # fmt: skip

PLATE_ROW = plate_line("PBIS-P99", "fail")
STOOD = StripPlate("P1", "2026-03-01 10:00", "pass", "plates/p1.html", {"IL-2": "pass"})
ALARM = AlarmRow("P1", "IL-2", "L1", "westgard_1_3s", "far off", "look", True, True)
SCORE_CHANGE = ScoreChange("S1", "crp", "1", "2", "line 3", "low", "high", True)


def morning(**changes: Any) -> Change:
    return lambda data: replace(data, morning=told(**({"plates": (STOOD,)} | changes)))


NIGHT = [
    ("started", "head", put(started="2020-01-01 01:00")),
    ("finished", "head", put(finished="2020-01-01 01:00")),
    ("night_id", "head", put(night_id="2020-01-01-7")),
    ("morning", "head", morning(release="2020-01-01-7")),
    ("morning", "strip", morning(plates=(replace(STOOD, state="fail"),))),
    ("morning", "strip", morning(plates=(replace(STOOD, analytes={"IL-2": "warn"}),))),
    ("morning", "moved", morning(moved=(MovedScore("S1", "low", "high", ("because",)),))),
    ("morning", "nights", morning(nights=(EarlierNight("n", "then", "done", ""),))),
    ("morning", "lying", morning(lying=(LeftLying("bad.csv", "labs", "n"),))),
    ("morning", "releases", morning(releases=(KeptRelease("n", True),))),
    ("todo", "todo", put(todo=(TodoRow("held_well", "P1: one well waits", "look", "n", True),))),
    ("notes", "notes", put(notes=(NoteRow("P1: something to know"),))),
    ("charts", "head", put(charts="trends.html")),
    ("zone", "head", put(zone="Europe/Berlin")),
    ("plates", "plates", put(plates=(PLATE_ROW,))),
    ("plates", "head", put(plates=(PLATE_ROW,))),
    ("read_count", "plates", put(plates=(), read_count=0)),
    ("refused", "refused", put(refused=(RefusedRow("other.csv", "it is empty", "send it again"),))),
    ("alarms", "alarms", put(alarms=(ALARM,))),
    ("changes", "changes", put(changes=(SCORE_CHANGE,))),
    ("lab_files", "labs", put(lab_files=(LabFileRow("labs.csv", 9, 5, 3, 1, "cancelled: 3"),))),
    ("score", "head", lambda data: replace(data, score=changed(data.score, {"group": ["high"] * data.score.num_rows}))),
    ("score", "cutoffs", lambda data: replace(data, score=changed(data.score, {"group": ["high"] * data.score.num_rows}))),
    ("score", "depending", lambda data: replace(data, score=changed(data.score, {"group": ["high"] * data.score.num_rows}))),
    ("score", "patients", lambda data: replace(data, score=changed(data.score, {"reasons": ["x"] * data.score.num_rows}))),
    ("component", "patients",
     lambda data: replace(data, component=changed(data.component, {"value_text": ["7"] * data.component.num_rows}))),
    ("site_set", "cutoffs", put(site_set="pbis-2025-no-il2")),
    ("cutoff_sets", "cutoffs",
     lambda data: replace(data, cutoff_sets=tuple(replace(one, note="Another note.") for one in data.cutoff_sets))),
    ("why_the_set_matters", "cutoffs", put(why_the_set_matters="Because.")),
    ("paths", "where", put(paths={"Database": "elsewhere"})),
    ("provenance", "where", put(provenance={"Code": "9.9.9"})),
]  # fmt: skip


def column(table_name: str, name: str, value: Any) -> Change:
    """The data with one value in a whole column."""

    def change(data: Any) -> Any:
        old = getattr(data, table_name)
        return replace(data, **{table_name: changed(old, {name: [value] * old.num_rows})})

    return change


COHORT = [
    ("limit", "doubt", column("limit", "lowest_standard", 0.1)),
    ("component", "components", column("component", "value_text", "7")),
    ("limit", "limits", column("limit", "lloq", 99.0)),
    ("limit", "limits", column("limit", "lloq", None)),
    ("score", "shift", column("score", "cohort", "one")),
    ("score", "groups", column("score", "group", "high")),
    ("score", "head", column("score", "group", "high")),
    ("score", "depending", column("score", "group", "high")),
    ("component", "near", column("component", "is_near_cut", True)),
    ("provenance", "where", put(provenance={"basis": "another"})),
]


def base() -> NightReport:
    return replace(night(), morning=told(plates=(STOOD,)), read_count=3)


@pytest.fixture(scope="module")
def plate_sections() -> dict[str, str]:
    return sections(plate_report(plate()))


@pytest.fixture(scope="module")
def night_sections() -> dict[str, str]:
    return sections(night_index(base()))


@pytest.fixture(scope="module")
def cohort_sections() -> dict[str, str]:
    return sections(cohort_sheet(report()))


@pytest.mark.parametrize(
    ("what", "section", "change"), COHORT, ids=[f"{what}-{at}-{n}" for n, (what, at, _) in enumerate(COHORT)]
)
def test_a_section_of_the_cohort_sheet_changes_with_its_rows(
    what: str, section: str, change: Change, cohort_sections: dict[str, str]
) -> None:
    assert sections(cohort_sheet(change(report()))).get(section) != cohort_sections.get(section), what


@pytest.mark.parametrize(
    ("what", "section", "change"), PLATE, ids=[f"{what}-{at}-{n}" for n, (what, at, _) in enumerate(PLATE)]
)
def test_a_section_of_a_plate_changes_with_its_rows(
    what: str, section: str, change: Change, plate_sections: dict[str, str]
) -> None:
    assert sections(plate_report(change(plate())))[section] != plate_sections[section], what


@pytest.mark.parametrize(
    ("what", "section", "change"), NIGHT, ids=[f"{what}-{at}-{n}" for n, (what, at, _) in enumerate(NIGHT)]
)
def test_a_section_of_a_night_changes_with_its_rows(
    what: str, section: str, change: Change, night_sections: dict[str, str]
) -> None:
    assert sections(night_index(change(base()))).get(section) != night_sections.get(section), what


def test_a_plate_without_an_lloq_is_not_said_to_have_a_high_one() -> None:
    found = sections(cohort_sheet(column("limit", "lloq", None)(report())))
    assert "LLOQ × dilution is not known on 2 of 2 plate dilutions" in found["doubt"]
    assert "above the cut (" not in found["doubt"]
    assert "not below" not in found["limits"]
    assert found["limits"].count("not known: the curve has no LLOQ and no standard") == 4


def test_no_section_and_no_table_is_without_a_mutation(
    plate_sections: dict[str, str], night_sections: dict[str, str], cohort_sections: dict[str, str]
) -> None:
    assert set(cohort_sections) - {at for _, at, _ in COHORT} == set()
    assert set(plate_sections) - {at for _, at, _ in PLATE} == {"trend"}  # tests/report/test_trend.py
    assert set(night_sections) - {at for _, at, _ in NIGHT} == set()
    assert TABLES - {what for what, _, _ in PLATE} == set()
    fields = set(NightReport.__dataclass_fields__) - {"basis"}
    assert fields - {what for what, _, _ in NIGHT} == set()


def test_what_one_section_shows_moves_no_other(plate_sections: dict[str, str]) -> None:
    """A decision that changed nothing moves its own block alone: the plate's page holds nothing that changes when its plate does not."""
    found = sections(plate_report(replace(plate(), decisions=(DECISION,), review=REVIEW)))
    assert {name for name in found if found[name] != plate_sections[name]} == {"decisions"}
