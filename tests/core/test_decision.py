"""Decisions: an unbroken chain, what stands of it, and what a standing one does to findings, readings and verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from pbis.core.curves.assay import Exclusion
from pbis.core.decision import Decision, Target, chained, digest, standing, verify
from pbis.core.errors import IntegrityError, UsageError
from pbis.core.frames import CURVE, FINDING, RESULT, WELL
from pbis.core.measures.qc import CheckFrames
from pbis.core.verdicts.decided import decided, exclusions
from pbis.core.verdicts.roll_up import Verdicts, roll_up

AT = datetime(2026, 1, 5, 9, 30)
WELLS = {"A1": "S1", "B1": "S1", "C1": "S2", "D1": "S2"}
ANALYTES = ("IL-2", "IL-6")


def draft(kind: str = "exclude", at: datetime = AT, **given: Any) -> Decision:
    own = {name: given.pop(name) for name in ("rule", "reverses") if name in given}
    text = {name: given.pop(name, value) for name, value in (("author", "A. Name"), ("reason", "seen in the well"))}
    target = Target("content", "P1", **given)
    return Decision(0, at, kind=kind, target=target, cause="bubble", **text, **own)


def log(*drafts: Decision) -> tuple[Decision, ...]:
    events: tuple[Decision, ...] = ()
    for one in drafts:
        events = (*events, chained(events, one))
    return events


def test_events_are_numbered_chained_and_found_whole() -> None:
    events = log(draft(well="A1"), draft(well="B1"), draft("reverse", reverses=1))
    assert [event.sequence for event in events] == [1, 2, 3]
    assert [event.previous_id for event in events[1:]] == [event.decision_id for event in events[:2]]
    assert verify(events) == events


@pytest.mark.parametrize(
    "damage",
    [
        lambda e: (replace(e[0], reason="another"), *e[1:]),
        lambda e: (replace(e[0], target=replace(e[0].target, well="H12")), *e[1:]),
        lambda e: e[1:],
        lambda e: (e[1], e[0], e[2]),
        lambda e: (e[0], e[2]),
        lambda e: (*e, e[2]),
    ],
)
def test_an_event_that_was_changed_dropped_moved_or_repeated_is_noticed(damage: Any) -> None:
    with pytest.raises(IntegrityError, match="decision log, event"):
        verify(damage(log(draft(well="A1"), draft(well="B1"), draft(well="C1"))))


def test_what_is_reversed_does_not_stand_and_can_be_decided_again() -> None:
    events = log(draft(well="A1"), draft(well="B1"), draft("reverse", reverses=1), draft(well="A1"))
    assert [event.sequence for event in standing(events)] == [2, 4]
    assert digest(standing(log(draft(well="A1"), draft("reverse", reverses=1)))) == digest(()) == ""
    assert digest(standing(events[:1])) != digest(standing(events[:2]))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (draft(well="A1"), r"decision 1 by A\. Name on 2026-01-05 09:30 \(bubble: seen in the well\) says so already"),
        (draft("reverse", reverses=7), "decision 7 is none that stands"),
        (draft(well="B1", reason=""), "needs reason"),
        (draft(well="B1", reason="two\nlines"), "needs reason"),
        (draft(well="B1", author=" "), "needs author"),
        (replace(draft(well="B1"), cause="mood"), "no such cause: mood"),
        (draft(well="B1", replicate_group="S1"), "not both"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(wrong: Decision, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        log(draft(well="A1"), wrong)


def test_reversing_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="decision 1 is none that stands"):
        log(draft(well="A1"), draft("reverse", reverses=1), draft("reverse", reverses=1))


def test_the_name_of_the_plate_makes_no_other_object() -> None:
    renamed = replace(draft(well="A1"), target=replace(draft(well="A1").target, plate="P1 again"))
    with pytest.raises(UsageError, match="says so already"):
        log(draft(well="A1"), renamed)


@pytest.mark.parametrize(
    ("target", "wells"),
    [
        ({"well": "A1"}, {("A1", None)}),
        ({"well": "A1", "analyte": "IL-6"}, {("A1", "IL-6")}),
        ({"replicate_group": "S1"}, {("A1", None), ("B1", None)}),
        ({"replicate_group": "S1", "analyte": "IL-6"}, {("A1", "IL-6"), ("B1", "IL-6")}),
        ({"analyte": "IL-6"}, set()),
        ({}, set()),
        ({"well": "A1", "plate_number": 2}, set()),
    ],
)
def test_wells_that_take_no_part(target: dict[str, Any], wells: set[tuple[str, str | None]]) -> None:
    assert exclusions(log(draft(**target)), frames().well) == {Exclusion(*one) for one in wells}


def frames() -> CheckFrames:
    well = [
        {
            "run_id": "r",
            "plate_number": 1,
            "well": w,
            "replicate_group": g,
            "well_role": "unknown",
            "role_source": "layout",
        }
        for w, g in WELLS.items()
    ]
    rows = [_reading(w, g, a) for w, g in WELLS.items() for a in ANALYTES]
    none = pa.table({})
    return CheckFrames(
        RESULT.table({name: [row.get(name) for row in rows] for name in RESULT.names}), CURVE.empty(), none, none,
        WELL.table({name: [row.get(name) for row in well] for name in WELL.names}), none, none, none, none, (), {"r": "a"}, {},
    )  # fmt: skip


def _reading(well: str, group: str, analyte: str) -> dict[str, Any]:
    own = {"assay_id": "a", "run_id": "r", "plate": "P1", "plate_number": 1, "well": well, "replicate_group": group}
    read = {
        "well_role": "unknown",
        "analyte": analyte,
        "analyte_reported": analyte,
        "mfi": 500.0,
        "concentration": 10.0,
    }
    return {**own, **read, "status": "QUANT", "method": "robust", "method_version": "1", "source_line": 1}


def found(rule: str, unit: str, effect: str, **where: Any) -> dict[str, Any]:
    own = {"assay_id": "a", "run_id": "r", "plate_number": 1, "severity": "fail", "limit_text": "", "action": ""}
    return {**own, "rule": rule, "unit_of_judgement": unit, "effect": effect, "source": "", "message": rule, "suite_hash": "s", **where}  # fmt: skip


BEADS = found("bead_count", "well_analyte", "exclude_reading", well="A1", replicate_group="S1", analyte="IL-2")
CURVE_FAILS = found("curve_acceptance", "analyte_plate", "fail_analyte", analyte="IL-6")
ORDER = found("standard_order", "plate", "fail_plate")


def judge(*drafts: Decision) -> tuple[pa.Table, Verdicts]:
    rows = [BEADS, CURVE_FAILS, ORDER]
    finding = FINDING.table({name: [row.get(name) for row in rows] for name in FINDING.names})
    finding = decided(finding, frames(), {"r": standing(log(*drafts))}, "s")
    return finding, roll_up(frames().result, finding, CURVE.empty())


def reported(verdicts: Verdicts) -> set[tuple[str, str]]:
    return {(row["well"], row["analyte"]) for row in verdicts.reading_state.to_pylist() if row["reportable"]}


KEEP_ORDER = draft("keep", rule="standard_order")
EVERYTHING = {(well, analyte) for well in WELLS for analyte in ANALYTES}


def test_keeping_gives_back_exactly_what_each_rule_took() -> None:
    keep_beads = draft("keep", rule="bead_count", well="A1", analyte="IL-2")
    keep_curve = draft("keep", rule="curve_acceptance", analyte="IL-6")
    assert reported(judge()[1]) == set()
    assert reported(judge(KEEP_ORDER)[1]) == {(w, "IL-2") for w in WELLS} - {("A1", "IL-2")}
    assert reported(judge(KEEP_ORDER, keep_beads)[1]) == {(w, "IL-2") for w in WELLS}
    assert reported(judge(KEEP_ORDER, keep_beads, keep_curve)[1]) == EVERYTHING
    assert reported(judge(KEEP_ORDER, keep_beads, draft("reverse", reverses=2))[1]) == reported(judge(KEEP_ORDER)[1])


def test_a_kept_finding_stays_says_who_and_leaves_a_mark() -> None:
    finding, verdicts = judge(KEEP_ORDER, draft("keep", rule="bead_count", well="A1", analyte="IL-2"))
    row = next(row for row in finding.to_pylist() if row["rule"] == "bead_count")
    assert (row["severity"], row["effect"], row["effect_of_rule"]) == ("fail", "flag", "exclude_reading")
    assert row["message"] == "bead_count; kept by A. Name on 2026-01-05 09:30 (bubble: seen in the well)"
    assert row["decision_id"]
    state = next(r for r in verdicts.reading_state.to_pylist() if (r["well"], r["analyte"]) == ("A1", "IL-2"))
    assert (state["qc_state"], state["reasons"]) == ("warn", "bead_count")
    assert verdicts.plate.to_pylist()[0]["state"] == "warn"


@pytest.mark.parametrize("other", [{"well": "B1", "analyte": "IL-2"}, {"well": "A1", "analyte": "IL-6"}, {"analyte": "IL-2"}, {}])  # fmt: skip
def test_a_keeping_is_about_one_object_only(other: dict[str, str]) -> None:
    assert reported(judge(KEEP_ORDER, draft("keep", rule="bead_count", **other))[1]) == reported(judge(KEEP_ORDER)[1])


@pytest.mark.parametrize(
    ("target", "lost"),
    [
        ({"well": "C1"}, {("C1", "IL-2")}),
        ({"well": "C1", "analyte": "IL-2"}, {("C1", "IL-2")}),
        ({"replicate_group": "S2"}, {("C1", "IL-2"), ("D1", "IL-2")}),
        ({"analyte": "IL-2"}, {(w, "IL-2") for w in WELLS}),
        ({}, {(w, "IL-2") for w in WELLS}),
    ],
)
def test_an_exclusion_is_a_finding_with_its_effect(target: dict[str, str], lost: set[tuple[str, str]]) -> None:
    finding, verdicts = judge(KEEP_ORDER, draft(**target))
    assert reported(judge(KEEP_ORDER)[1]) - reported(verdicts) == lost - {("A1", "IL-2")}
    mine = [row for row in finding.to_pylist() if row["rule"] == "decision"]
    assert {row["source"] for row in mine} == {"decision 2 of A. Name"}
    assert finding.equals(FINDING.check(finding))


@pytest.mark.parametrize("kind", ["reject", "repeat"])
def test_a_rejected_plate_and_one_to_be_run_again_give_what_an_excluded_one_gives(kind: str) -> None:
    finding, verdicts = judge(KEEP_ORDER, draft(kind))
    assert reported(verdicts) == set()
    (mine,) = (row for row in finding.to_pylist() if row["rule"] == "decision")
    other = next(row for row in judge(KEEP_ORDER, draft())[0].to_pylist() if row["rule"] == "decision")
    assert mine | {"decision_id": ""} == other | {"decision_id": ""}
    assert verdicts.plate.equals(judge(KEEP_ORDER, draft())[1].plate)


def test_without_decisions_nothing_is_touched() -> None:
    finding = FINDING.table({name: [row.get(name) for row in [BEADS]] for name in FINDING.names})
    assert decided(finding, frames(), {"r": ()}, "s") is finding
