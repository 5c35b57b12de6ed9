"""The judging itself: empty nights, checks that cannot run, order of plates, and the library kept at bay."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from pydantic.v1 import BaseModel, validator

from expectations import check, check_labs, judge, load_suite
from expectations._import import frugal_import
from pbis.core import frames
from pbis.core.measures.qc import CheckFrames
from pbis.simulate.bench import Noise

POOR = Noise(well=0.08, analyte=0.08)  # replicates 11 % apart


def rules(finding: pa.Table) -> set[tuple[str, str]]:
    return set(zip(finding.column("rule").to_pylist(), finding.column("severity").to_pylist(), strict=True))


def test_an_empty_night_finds_nothing(make_night: Any) -> None:
    night = make_night().build()
    empty = {name: getattr(night, name).slice(0, 0) for name in ("result", "curve", "level", "reading", "well")}
    assert check(replace(night, **empty), load_suite("research")).num_rows == 0


def test_no_labs_find_nothing() -> None:
    assert check_labs(frames.LAB.empty(), load_suite("research")).num_rows == 0


def test_a_plate_without_curves_standards_or_controls_is_judged_on_what_it_has(make_night: Any) -> None:
    night = make_night()
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
        replace(e, kwargs={**e.kwargs, "column": "beads"}) if e.id == "bead_count.fail" else e
        for e in suite.entries
        if e.rule == "bead_count"
    ]
    checked = judge(make_night(plates=2).build(), replace(suite, entries=tuple(broken)))
    errors = [one for one in checked.finding.to_pylist() if one["severity"] == "error"]
    assert [(one["rule"], one["run_id"], one["effect"]) for one in errors] == [
        ("bead_count", "r0", "flag"),
        ("bead_count", "r1", "flag"),
    ]
    assert "does not exist" in errors[0]["message"]
    judged = set(checked.judged.column("entry").to_pylist())
    assert judged == {one.id for one in broken} - {"bead_count.fail"}


@pytest.fixture(scope="module")
def poor(make_night: Any) -> CheckFrames:
    """Three plates of their own, pipetted so badly that much is found."""
    night: CheckFrames = make_night(plates=3, seeds=(1, 2, 3), noise=POOR).build()
    return night


@pytest.fixture(scope="module")
def said_of_poor(poor: CheckFrames) -> pa.Table:
    return check(poor, load_suite("research"))


def test_findings_do_not_depend_on_the_order_of_rows(poor: CheckFrames, said_of_poor: pa.Table) -> None:
    other = replace(poor, result=poor.result.take(pa.array(range(poor.result.num_rows - 1, -1, -1))))
    second = check(other, load_suite("research"))
    assert second.num_rows > 10
    same = ["rule", "severity", "run_id", "replicate_group", "analyte", "limit_text"]
    assert said_of_poor.select(same).to_pylist() == second.select(same).to_pylist()


def test_a_plate_is_judged_alone_as_in_company(poor: CheckFrames, said_of_poor: pa.Table) -> None:
    mine = poor.result.filter(pa.compute.equal(poor.result.column("run_id"), "r1"))
    single = check(replace(poor, result=mine), load_suite("research")).to_pylist()
    of_it = [one for one in said_of_poor.to_pylist() if one["run_id"] == "r1"]
    assert len(of_it) > 3
    assert of_it == [one for one in single if one["run_id"] == "r1"]


def test_regulated_controls_and_curves(make_night: Any) -> None:
    night = make_night(plates=4)
    (kit,) = night.find(night.reagent, run_id="r1", reagent_label="Control1", analyte_reported="IL-6")
    nominal, off = kit["expected_concentration"], 1.25 * kit["expected_concentration"]
    control = {"replicate_group": "Control1 x1", "analyte": "IL-6"}
    night.put("concentration", [nominal, off], run_id="r1", **control)  # 3 of 4 near
    night.put("concentration", [off, off], run_id="r2", **control)  # 2 of 4, none of QC1
    night.edit(night.curve, {"required_passing": 5}, run_id="r3", analyte="IL-6")
    finding = check(night.build(), load_suite("regulated")).to_pylist()
    failed = {(f["run_id"], f["rule"]) for f in finding if f["severity"] == "fail"}
    assert failed == {("r2", "control_acceptance"), ("r3", "curve_acceptance")}
    sentence = next(f["message"] for f in finding if f["rule"] == "curve_acceptance")
    assert sentence == "IL-6: 5 levels pass, 6 wanted; IL-6: 71 % of 7 levels pass, 75 % wanted"


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
assert not {"scipy.stats._stats_py", "sqlalchemy", "altair.vegalite"} & set(sys.modules), "half of the import is for nothing"
import scipy.stats, sqlalchemy
assert scipy.stats.norm.cdf(0) == 0.5, "it is there for who touches it"
from pydantic.v1 import main
assert main.smart_deepcopy.__module__ == "pydantic.v1.utils"
"""


def test_the_library_loads_late_and_silently() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_model_that_is_made_meanwhile_leaves_the_one_before_as_it_is() -> None:
    with frugal_import():

        class Before(BaseModel):
            name: str

        class First(Before):
            @validator("name")
            def _first(cls, name: str) -> str:  # noqa: N805  the library makes it a class method
                return f"{name} first"

        class Second(Before):
            @validator("name")
            def _second(cls, name: str) -> str:  # noqa: N805
                return f"{name} second"

    assert [one(name="a").name for one in (Before, First, Second)] == ["a", "a first", "a second"]


def test_expected_false_alarms_grow_with_what_is_judged(make_night: Any) -> None:
    judged = judge(make_night(plates=2, analytes=(3, 9)).build(), load_suite("research")).judged.to_pylist()
    few, many = (sum(j["expected_false_alarms"] for j in judged if j["run_id"] == run) for run in ("r0", "r1"))
    assert many == pytest.approx(3 * few, rel=0.2)
