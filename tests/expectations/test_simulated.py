"""A slice of bench/quality.py: good plates pass, problems at their stated strength are found, each from its export to the verdict."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

from expectations import judge_trend, load_suite
from expectations.entries import TREND_TABLES, all_entries
from pbis.core.frames import BRIDGE
from pbis.simulate import SimulatedPlate, example_plate, faults, watch
from pbis.simulate.kit import CONTROL_RANGE
from pbis.simulate.load import BASE_ON
from pbis.simulate.problems import GradedFault, problems

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "quality.py"
GRADED = tuple(problems())  # made once: a fault is known by itself
STATED = [one for one in GRADED if one.is_stated]
BELOW = (
    ("hook, top / next", "0.9"),
    ("share of wells low in beads", "0.08"),
    ("share of readings low in beads", "0.03"),
    ("drift, ln MFI", "0.08"),
    ("a row high, ln MFI", "0.2"),
    ("carried over, share", "0.002"),
    ("analytes with failed curves", "1"),
    ("analytes with failed controls", "1"),
    ("kit expired, days ago", "0"),
    ("calibrated and verified, days ago", "0.5"),
)
WEAK = [one for one in GRADED if (one.fault, one.strength) in BELOW]
EACH = 1
GOOD = 9
# Rules that no fault of a plate can break: blocks and names of the export, layouts, specimens at several dilutions, true levels in serum, doors that
# refuse earlier; test_rules.py has plates for each.
NOT_OF_AN_EXPORT = {"dilution_assumed", "background_missing", "analyte_order", "layout_missing", "parallelism", "plausibility", "ladder_geometry", "standard_recovery", "control_agreement", "analyte_rate"}  # fmt: skip


@pytest.fixture(scope="module")
def quality() -> ModuleType:
    spec = importlib.util.spec_from_file_location("quality", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["quality"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def told(quality: ModuleType) -> Any:
    return quality.in_control(GOOD)


def test_the_drift_of_the_demo_is_found_on_its_chart_and_nothing_else_is(quality: ModuleType) -> None:
    kit = watch.watch_kit(10, BASE_ON)
    plates = [watch.watch_plate(kit, number, 10, BASE_ON) for number in range(1, watch.PLATES + 1)]
    history = quality._history(plates)
    judged = judge_trend(history, BRIDGE.empty(), load_suite("research"))
    alarms = [row for row in judged.finding.to_pylist() if row["severity"] == "fail"]
    assert {row["analyte"] for row in alarms} == {watch.DRIFTS}
    assert {int(row["assay_id"][1:]) + 1 for row in alarms} <= set(range(watch.FROM_PLATE + 1, watch.PLATES + 1))
    target = dict(zip([a.name for a in kit.analytes], kit.reagents.control_expected.T, strict=True))[watch.DRIFTS]
    own = history.filter(pc.equal(history.column("analyte"), watch.DRIFTS))
    for metric, middle in zip(("qc1", "qc2"), target, strict=True):
        values = own.filter(pc.equal(own.column("metric"), metric)).column("value").to_numpy()
        assert np.all(np.abs(values / middle - 1) < CONTROL_RANGE), "every plate is right by itself"


@pytest.fixture(scope="module")
def found(quality: ModuleType) -> dict[GradedFault, int]:
    counts: dict[GradedFault, int] = quality.caught([*STATED, *WEAK], EACH)
    return counts


def test_no_good_plate_fails(told: Any) -> None:
    assert (told["research"].plate_count, told["regulated"].plate_count) == (GOOD, GOOD // 3)
    assert told["research"].plates == {"pass": GOOD}
    assert told["regulated"].plates["fail"] == 0


def test_rules_other_than_curve_acceptance_fail_at_most_one_in_a_hundred(told: Any) -> None:
    research = told["research"]
    assert research.analytes == GOOD * 41
    assert research.lost_by_others <= 0.01 * research.analytes


def test_false_alarms_are_as_rare_as_the_suites_say(quality: ModuleType, told: Any) -> None:
    assert quality._differing(told["research"].found, told["research"].judged) == set()


@pytest.mark.parametrize("number", range(len(STATED)), ids=[f"{p.fault} {p.strength}".strip() for p in STATED])
def test_a_problem_is_found_where_it_is(number: int, found: dict[GradedFault, int]) -> None:
    assert found[STATED[number]] == EACH


def test_below_its_strength_a_problem_fades_out(found: dict[GradedFault, int]) -> None:
    assert len(WEAK) == len(BELOW)
    assert {found[one] for one in WEAK} == {0}


def test_every_rule_about_one_export_has_a_problem() -> None:
    rules = {entry.rule for entry in all_entries() if entry.table not in (*TREND_TABLES, "labs")}
    assert rules - NOT_OF_AN_EXPORT == {one.rule for one in STATED}


STATES: tuple[tuple[str, Callable[[SimulatedPlate], SimulatedPlate], str], ...] = (
    ("swapped standards", lambda p: faults.swap_standards(p, p.reagents.standards[2], p.reagents.standards[4]), "fail"),
    ("swapped controls", faults.swap_controls, "fail"),
    ("drift", faults.drift, "fail"),
    ("failed calibration", faults.fail_calibration, "fail"),
    ("low beads everywhere", lambda p: faults.low_beads(p, p.wells.name[20:26]), "fail"),
    ("failed controls of one analyte", lambda p: faults.fail_controls(p, "IL-6"), "warn"),
    ("one flat curve", lambda p: faults.flat_curve(p, "IL-6"), "warn"),
    ("hook", lambda p: faults.hook(p, "IL-6"), "pass"),
    ("bubble", lambda p: faults.bubble(p, p.wells.name[30]), "pass"),
)


@pytest.fixture(scope="module")
def verdicts(quality: ModuleType) -> list[dict[str, Any]]:
    plates = [plant(example_plate(7, i + 1)) for i, (_, plant, _) in enumerate(STATES)]
    said = quality.run([quality._read(plate) for plate in plates], "research")[1]
    return sorted(said.plate.to_pylist(), key=lambda row: str(row["assay_id"]))


@pytest.mark.parametrize("number", range(len(STATES)), ids=[name for name, _, _ in STATES])
def test_state_of_the_plate(number: int, verdicts: list[dict[str, Any]]) -> None:
    assert verdicts[number]["state"] == STATES[number][2], verdicts[number]["sentence"]


def test_a_trend_notices_a_fault_that_begins_in_a_lot(quality: ModuleType) -> None:
    lot = quality._lot(quality.TREND_SEED)
    assert quality.shifted([lot], quality.SHIFTS[1]) == (7, 7, 7)
