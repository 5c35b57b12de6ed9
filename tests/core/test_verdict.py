"""Roll-up of findings on a plate small enough to check by eye: 4 samples in duplicate, 3 analytes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest

from pbis.core.frames import CURVE, FINDING, JUDGED, RESULT, TREND_FINDING
from pbis.core.verdicts.roll_up import Verdicts, roll_up
from pbis.core.verdicts.states import ORDER, takes_all, worst
from pbis.core.verdicts.with_trends import OwnFrames, judge_with_trends, judgement_id

ANALYTES = ("IL-2", "IL-6", "TNF")
WELLS = {"A1": "S1", "B1": "S1", "C1": "S2", "D1": "S2", "E1": "S3", "F1": "S3", "G1": "S4", "H1": "S4"}
CONTROLS = {"A2": "QC1", "B2": "QC1"}


def result(**changed: dict[tuple[str, str], Any]) -> pa.Table:
    rows = [_row(well, group, "unknown", analyte) for well, group in WELLS.items() for analyte in ANALYTES]
    rows += [_row(well, group, "qc_control", analyte) for well, group in CONTROLS.items() for analyte in ANALYTES]
    for name, values in changed.items():
        for row in rows:
            row[name] = values.get((row["well"], row["analyte"]), row[name])
    return RESULT.table({name: [row.get(name) for row in rows] for name in RESULT.names})


def _row(well: str, group: str, role: str, analyte: str) -> dict[str, Any]:
    own = {"assay_id": "a", "run_id": "r", "plate": "P1", "plate_number": 1, "well": well, "replicate_group": group}
    read = {"well_role": role, "analyte": analyte, "analyte_reported": analyte, "mfi": 500.0, "concentration": 10.0}
    return {**own, **read, "status": "QUANT", "method": "robust", "method_version": "1", "source_line": 1}


def finding(*rows: dict[str, Any]) -> pa.Table:
    base = {"assay_id": "a", "run_id": "r", "limit_text": "", "action": "", "source": "", "suite_hash": ""}
    full = [{**base, "plate_number": None if r["unit_of_judgement"] == "run" else 1, **r} for r in rows]
    return FINDING.table({name: [row.get(name) for row in full] for name in FINDING.names})


def find(rule: str, severity: str, unit: str, effect: str, message: str = "because", **where: str) -> dict[str, Any]:
    own = {"rule": rule, "severity": severity, "unit_of_judgement": unit, "effect": effect, "message": message}
    return {**own, **where}


def judge(*rows: dict[str, Any], table: pa.Table | None = None) -> Verdicts:
    return roll_up(table if table is not None else result(), finding(*rows), CURVE.empty())


def states(verdicts: Verdicts) -> dict[tuple[str, str], tuple[str, bool, str | None]]:
    rows = verdicts.reading_state.to_pylist()
    return {(r["well"], r["analyte"]): (r["qc_state"], r["reportable"], r["reasons"]) for r in rows}


def test_nothing_found_everything_passes() -> None:
    verdicts = judge()
    assert set(states(verdicts).values()) == {("pass", True, None), ("pass", False, None)}
    assert [row["state"] for row in verdicts.analyte.to_pylist()] == ["pass"] * 3
    assert verdicts.plate.to_pylist()[0]["sentence"] == (
        "P1 passes: 3 of 3 analytes pass; 100.0 % of 24 sample results reportable."
    )


def test_only_sample_wells_are_reportable() -> None:
    reportable = {key for key, state in states(judge()).items() if state[1]}
    assert reportable == {(well, analyte) for well in WELLS for analyte in ANALYTES}


def test_a_lost_reading_leaves_its_replicate_alone() -> None:
    verdicts = judge(find("bead_count", "fail", "well_analyte", "exclude_reading", well="A1", analyte="IL-2"))
    found = states(verdicts)
    assert found["A1", "IL-2"] == ("fail", False, "bead_count")
    assert found["B1", "IL-2"] == ("warn", True, "single_replicate")
    assert found["B1", "IL-6"] == ("pass", True, None)
    assert verdicts.plate.to_pylist()[0]["low_bead_wells"] == 1


def test_both_replicates_lost_leave_no_single_one() -> None:
    lost = [find("bead_count", "fail", "well_analyte", "exclude_reading", well=w, analyte="IL-2") for w in ("A1", "B1")]
    found = states(judge(*lost))
    assert [found[w, "IL-2"] for w in ("A1", "B1")] == [("fail", False, "bead_count")] * 2


@pytest.mark.parametrize(
    ("row", "touched"),
    [
        (find("replicate_cv_sample", "fail", "replicate_group", "exclude_reading", replicate_group="S2", analyte="IL-6"),
         {("C1", "IL-6"), ("D1", "IL-6")}),
        (find("well_outlier", "fail", "well", "exclude_well", well="E1"), {("E1", a) for a in ANALYTES}),
        (find("curve_fit", "fail", "analyte_plate", "fail_analyte", analyte="TNF"), {(w, "TNF") for w in (*WELLS, *CONTROLS)}),
        (find("replicate_drift", "fail", "plate", "fail_plate"), {(w, a) for w in (*WELLS, *CONTROLS) for a in ANALYTES}),
        (find("calibration_status", "fail", "run", "fail_plate"), {(w, a) for w in (*WELLS, *CONTROLS) for a in ANALYTES}),
        (find("replicate_cv_standard", "fail", "replicate_group", "flag", replicate_group="S2", analyte="IL-6"), set()),
        (find("bead_count", "error", "plate", "flag"), set()),
        (find("bead_count", "info", "well_analyte", "exclude_reading", well="A1", analyte="IL-2"), set()),
    ],
    ids=lambda value: f"{value['rule']}-{value['unit_of_judgement']}-{value['effect']}" if isinstance(value, dict) else "",
)  # fmt: skip
def test_what_an_effect_takes_out(row: dict[str, Any], touched: set[tuple[str, str]]) -> None:
    assert {key for key, state in states(judge(row)).items() if state[0] == "fail"} == touched


def test_flags_of_a_plate_stay_with_the_plate() -> None:
    verdicts = judge(find("spatial_effect", "warn", "plate", "flag", "row A by +0.2"))
    assert {state[0] for state in states(verdicts).values()} == {"pass"}
    plate = verdicts.plate.to_pylist()[0]
    assert (plate["state"], plate["sentence"][:36]) == ("warn", "P1 passes with warnings: row A by +0")


def test_a_flag_on_an_analyte_marks_its_readings() -> None:
    found = states(judge(find("hook_effect", "warn", "analyte_plate", "flag", analyte="IL-6")))
    assert found["A1", "IL-6"] == ("warn", True, "hook_effect")
    assert found["A1", "IL-2"] == ("pass", True, None)


def test_one_failed_analyte_of_three_warns_the_plate_and_fails_itself() -> None:
    verdicts = judge(find("curve_fit", "fail", "analyte_plate", "fail_analyte", "IL-6: flat", analyte="IL-6"))
    assert {row["analyte"]: row["state"] for row in verdicts.analyte.to_pylist()} == {
        "IL-2": "pass",
        "IL-6": "fail",
        "TNF": "pass",
    }
    sentence = next(row["sentence"] for row in verdicts.analyte.to_pylist() if row["analyte"] == "IL-6")
    assert sentence == "IL-6 fails: flat; 0 of 8 sample results reportable."
    plate = verdicts.plate.to_pylist()[0]
    assert (plate["state"], plate["analytes_failed"]) == ("warn", 1)
    assert "2 of 3 analytes pass, failed: IL-6 (curve_fit)" in plate["sentence"]
    assert plate["reportable_pct"] == pytest.approx(100 * 16 / 24)


def test_an_analyte_without_any_reading_left_fails() -> None:
    rows = [find("bead_count", "fail", "well_analyte", "exclude_reading", well=w, analyte="TNF") for w in WELLS]
    tnf = next(row for row in judge(*rows).analyte.to_pylist() if row["analyte"] == "TNF")
    assert (tnf["state"], tnf["reasons"]) == ("fail", "no_reading_left")
    assert "all 8 sample readings were taken out" in tnf["sentence"]


@pytest.mark.parametrize("others", ["NO_CURVE", "MISSING"])
def test_an_analyte_without_a_standard_does_not_pass(others: str) -> None:
    status = {(well, "TNF"): "NO_CURVE" if well < "E" else others for well in WELLS}
    verdicts = judge(table=result(status=status))
    tnf = next(row for row in verdicts.analyte.to_pylist() if row["analyte"] == "TNF")
    assert (tnf["state"], tnf["reasons"]) == ("fail", "no_curve")
    assert "no standard of it on this plate" in tnf["sentence"]
    assert "2 of 3 analytes pass, failed: TNF (no_curve)" in verdicts.plate.to_pylist()[0]["sentence"]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("BELOW_LLOQ", ("pass", True, None)),
        ("ABOVE_STANDARDS", ("pass", True, None)),
        ("NO_CURVE", ("pass", False, "no_curve")),
        ("MISSING", ("fail", False, "missing")),
        ("LOW_BEADS", ("fail", False, "low_beads")),
        ("EXCLUDED", ("fail", False, "excluded")),
        ("CURVE_FAILED", ("fail", False, "curve_failed")),
    ],
)
def test_status_of_a_sample(status: str, state: tuple[str, bool, str | None]) -> None:
    table = result(status={("A1", "IL-2"): status})
    assert states(judge(table=table))["A1", "IL-2"] == state


def test_a_check_that_could_not_run_is_a_warning() -> None:
    plate = judge(find("bead_count", "error", "plate", "flag", "the check could not run")).plate.to_pylist()[0]
    assert (plate["state"], "the check could not run" in plate["sentence"]) == ("warn", True)


def test_false_alarms_to_expect_stand_beside_those_seen() -> None:
    base = {"assay_id": "a", "run_id": "r", "plate_number": 1}
    rows = [
        {**base, "entry": "x.warn", "rule": "x", "severity": "warn", "judged_count": 100, "found_count": 4, "expected_false_alarms": 3.5},
        {**base, "entry": "x.fail", "rule": "x", "severity": "fail", "judged_count": 100, "found_count": 1, "expected_false_alarms": 0.1},
        {**base, "entry": "y.info", "rule": "y", "severity": "info", "judged_count": 9, "found_count": 9, "expected_false_alarms": 9.0},
    ]  # fmt: skip
    judged = JUDGED.table({name: [row[name] for row in rows] for name in JUDGED.names})
    plate = roll_up(result(), finding(), CURVE.empty(), judged).plate.to_pylist()[0]
    assert plate["expected_false_alarms"] == pytest.approx(3.5)
    assert plate["sentence"].endswith("; 4 objects out of limits, 3.5 expected on a good plate.")


def test_an_empty_night_has_no_verdicts() -> None:
    verdicts = roll_up(RESULT.empty(), FINDING.empty(), CURVE.empty())
    assert (verdicts.analyte.num_rows, verdicts.plate.num_rows, verdicts.reading_state.num_rows) == (0, 0, 0)


@pytest.mark.parametrize("unit", ["plate", "run"])
def test_no_analyte_is_better_than_a_plate_that_fails(unit: str) -> None:
    verdicts = judge(
        find("ladder_steps", "fail", unit, "fail_plate", "levels are in each other's place"),
        find("hook_effect", "warn", "analyte_plate", "flag", "IL-2: hook", analyte="IL-2"),
        find("kit_control_range", "fail", "analyte_plate", "fail_analyte", "TNF: out", analyte="TNF"),
    )
    rows = {row["analyte"]: row for row in verdicts.analyte.to_pylist()}
    assert {row["state"] for row in rows.values()} == {"fail"}
    assert rows["IL-2"]["reasons"] == "hook_effect; ladder_steps"
    assert rows["IL-2"]["sentence"].startswith("IL-2 fails: hook; its plate fails (ladder_steps)")
    plate = verdicts.plate.to_pylist()[0]
    assert (plate["state"], plate["analytes_passed"], plate["analytes_warned"]) == ("fail", 0, 0)
    assert plate["analytes_failed"] == len(rows)
    assert f"0 of {len(rows)} analytes pass, failed: TNF (kit_control_range" in plate["sentence"]
    assert set(verdicts.reading_state.column("qc_state").to_pylist()) == {"fail"}


def test_states_are_in_one_order_and_an_unknown_one_is_the_worst() -> None:
    assert [worst(one, other) for one, other in pairwise(ORDER)] == list(ORDER[1:])
    assert (worst("fail", "of_tomorrow"), takes_all("of_tomorrow"), takes_all("warn")) == ("of_tomorrow", True, False)


def trend(rule: str, severity: str, effect: str, **where: Any) -> dict[str, Any]:
    own = {"assay_id": "a", "run_id": "r", "plate_number": 1, "rule": rule, "severity": severity, "effect": effect}
    words = {"limit_text": "", "action": "do not report", "source": "", "message": f"{rule} said", "suite_hash": ""}
    return {**own, **words, **where}


def with_trends(*rows: dict[str, Any]) -> Verdicts:
    table = TREND_FINDING.table({name: [row.get(name) for row in rows] for name in TREND_FINDING.names})
    own = OwnFrames(result(), CURVE.empty(), finding(), JUDGED.empty(), judge().reading_state)
    return judge_with_trends(own, table)


def test_a_trend_takes_its_analyte_and_only_changed_readings_are_told() -> None:
    verdicts = with_trends(
        trend("westgard_1_3s", "fail", "fail_analyte", analyte="IL-2"),
        trend("westgard_1_2s", "warn", "flag", analyte="TNF"),
        trend("lot_change", "info", "none"),
    )
    found = states(verdicts)
    assert {key[1] for key in found} == {"IL-2", "TNF"}
    assert {found[well, "IL-2"] for well in WELLS} == {("fail", False, "westgard_1_3s")}
    assert {found[well, "TNF"] for well in WELLS} == {("warn", True, "westgard_1_2s")}
    assert [row["state"] for row in verdicts.analyte.to_pylist()] == ["fail", "pass", "warn"]
    (plate,) = verdicts.plate.to_pylist()
    assert (plate["state"], plate["analytes_failed"], plate["analytes_warned"]) == ("warn", 1, 1)
    assert "failed: IL-2 (westgard_1_3s)" in plate["sentence"]


def test_a_failing_trend_that_does_not_forbid_reporting_marks_and_takes_nothing() -> None:
    verdicts = with_trends(
        trend("westgard_2_2s", "fail", "flag", analyte="IL-2"), trend("same_numbers", "fail", "flag", analyte=None)
    )
    assert {state[:2] for state in states(verdicts).values()} == {("warn", True), ("warn", False)}
    (plate,) = verdicts.plate.to_pylist()
    assert (plate["state"], plate["analytes_failed"]) == ("warn", 0)
    assert "same_numbers said" in plate["sentence"]


def test_a_judgement_is_named_by_what_was_found_and_not_by_what_is_only_told() -> None:
    one, note = trend("westgard_1_3s", "fail", "fail_analyte", analyte="IL-2"), trend("lot_change", "info", "none")
    tables = [
        TREND_FINDING.table({name: [row.get(name) for row in rows] for name in TREND_FINDING.names})
        for rows in ([one], [one, note], [one | {"message": "other"}])
    ]
    first, second, third = (judgement_id("a", table, "1") for table in tables)
    assert first == second != third
    assert first != judgement_id("a", tables[0], "2")


def test_assays_that_are_judged_together_are_judged_as_each_alone() -> None:
    """A night judges a shard of plates at once, since one plate costs as much as ten."""
    names = {"assay_id": "b", "run_id": "s", "plate": "P2"}
    said = [
        [find("bead_count", "fail", "well_analyte", "exclude_reading", well="A1", analyte="IL-2")],
        [find("ladder_steps", "fail", "run", "fail_plate", analyte=None, well=None)],
    ]
    trends = [trend("westgard_1_3s", "fail", "fail_analyte", analyte="IL-2"), trend("lot_change", "warn", "flag")]
    each = []
    for number, own in enumerate(said):
        tables = (result(), finding(*own), _trend_table(trends[number]))
        tables = tuple(_renamed(table, names) for table in tables) if number else tables
        state = roll_up(tables[0], tables[1], CURVE.empty()).reading_state
        each.append((OwnFrames(tables[0], CURVE.empty(), tables[1], JUDGED.empty(), state), tables[2]))
    fields = ("result", "curve", "finding", "judged", "reading_state")
    both = OwnFrames(**{name: pa.concat_tables([getattr(own, name) for own, _ in each]) for name in fields})
    found = judge_with_trends(both, pa.concat_tables([table for _, table in each]))
    alone = [judge_with_trends(own, table) for own, table in each]
    for part in ("analyte", "plate", "reading_state"):
        rows = [row for verdicts in alone for row in getattr(verdicts, part).to_pylist()]
        assert rows
        assert getattr(found, part).to_pylist() == rows


def _trend_table(row: dict[str, Any]) -> pa.Table:
    return TREND_FINDING.table({name: [row.get(name)] for name in TREND_FINDING.names})


def _renamed(table: pa.Table, names: dict[str, str]) -> pa.Table:
    for name, text in names.items():
        if name in table.column_names:
            at = table.column_names.index(name)
            table = table.set_column(at, table.schema.field(at), pa.array([text] * table.num_rows, pa.string()))
    return table
