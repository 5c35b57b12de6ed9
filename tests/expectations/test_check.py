"""The judging itself: empty nights, checks that cannot run, order of plates, and the library kept at bay."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from expectations import check, check_labs, judge, load_suite
from pbis.core import frames


def rules(finding: pa.Table) -> set[tuple[str, str]]:
    return set(zip(finding.column("rule").to_pylist(), finding.column("severity").to_pylist(), strict=True))


def test_an_empty_night_finds_nothing(make_night: Any) -> None:
    night = make_night().build()
    empty = {name: getattr(night, name).slice(0, 0) for name in ("result", "curve", "level", "reading", "well")}
    assert check(replace(night, **empty), load_suite("research")).num_rows == 0


def test_no_labs_find_nothing() -> None:
    assert check_labs(frames.LAB.empty(), load_suite("research")).num_rows == 0


def test_a_plate_without_curves_standards_or_controls_is_judged_on_what_it_has(make_night: Any) -> None:
    night = make_night(cv=0.015)
    night.put("well_role", "unknown")
    night.put("status", "NO_CURVE")
    for name in ("concentration", "standard_level", "expected_concentration"):
        night.put(name, float("nan"))
    night.curve.clear(), night.level.clear(), night.reagent.clear(), night.calibration.clear(), night.lot.clear()
    finding = check(night.build(), load_suite("research"))
    assert {one for one in rules(finding) if one[1] in ("fail", "error")} == set()


def test_a_check_that_cannot_run_is_an_error_on_every_plate_and_no_pass(make_night: Any) -> None:
    suite = load_suite("research")
    broken = [
        replace(e, kwargs={**e.kwargs, "column": "beads"}) if e.id == "bead_count.fail" else e for e in suite.entries
    ]
    checked = judge(make_night(plates=2, cv=0.015).build(), replace(suite, entries=tuple(broken)))
    errors = [one for one in checked.finding.to_pylist() if one["severity"] == "error"]
    assert [(one["rule"], one["run_id"], one["effect"]) for one in errors] == [
        ("bead_count", "r0", "flag"),
        ("bead_count", "r1", "flag"),
    ]
    assert "does not exist" in errors[0]["message"]
    assert "bead_count.fail" not in checked.judged.column("entry").to_pylist()


def test_findings_do_not_depend_on_the_order_of_rows(make_night: Any) -> None:
    night = make_night(plates=2, cv=0.09)
    one = night.build()
    other = replace(one, result=one.result.take(pa.array(range(one.result.num_rows - 1, -1, -1))))
    first, second = (check(frame, load_suite("research")) for frame in (one, other))
    assert first.num_rows > 10
    same = ["rule", "severity", "run_id", "replicate_group", "analyte", "limit_text"]
    assert first.select(same).to_pylist() == second.select(same).to_pylist()


def test_a_plate_is_judged_alone_as_in_company(make_night: Any) -> None:
    together, alone = make_night(plates=3, cv=0.09).build(), make_night(plates=3, cv=0.09).build()
    mine = alone.result.filter(pa.compute.equal(alone.result.column("run_id"), "r1"))
    both = check(together, load_suite("research")).to_pylist()
    single = check(replace(alone, result=mine), load_suite("research")).to_pylist()
    assert [f for f in both if f["run_id"] == "r1"] == [f for f in single if f["run_id"] == "r1"]


def test_regulated_controls_and_curves(make_night: Any) -> None:
    night = make_night(plates=4, cv=0.015)
    night.put("concentration", [60.0, 75.0], run_id="r1", replicate_group="Control1", analyte="AN-3")  # 3 of 4 near
    night.put(
        "concentration", [75.0, 75.0], run_id="r2", replicate_group="Control1", analyte="AN-3"
    )  # 2 of 4, none of QC1
    night.edit(night.curve, {"required_passing": 5}, run_id="r3", analyte="AN-3")
    finding = check(night.build(), load_suite("regulated")).to_pylist()
    failed = {(f["run_id"], f["rule"]) for f in finding if f["severity"] == "fail"}
    assert failed == {("r2", "control_acceptance"), ("r3", "curve_acceptance")}
    sentence = next(f["message"] for f in finding if f["rule"] == "curve_acceptance")
    assert sentence == "AN-3: 5 levels pass, 6 wanted; AN-3: 71 % of 7 levels pass, 75 % wanted"


PROBE = """
import socket, sys
def refuse(*_a, **_k): raise OSError("no network")
socket.socket.connect = refuse
import expectations
assert not any(name.startswith(("great_expectations", "pandas")) for name in sys.modules), "imported too early"
from expectations import _gx
import great_expectations as gx
context = _gx._context()
assert context.config.analytics_enabled is False
assert context.progress_bars.globally is False and context.progress_bars.metric_calculations is False
import os
assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
"""


def test_the_library_loads_late_and_silently() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_expected_false_alarms_grow_with_what_is_judged(make_night: Any) -> None:
    few, many = (judge(make_night(analytes=n).build(), load_suite("research")).judged for n in (3, 9))
    of = [sum(j.column("expected_false_alarms").to_pylist()) for j in (few, many)]
    assert of[1] == pytest.approx(3 * of[0], rel=0.2)
