"""Patients whose truth lies around a cut, through export, reader, curves and replicates: a slice of bench/cut.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

PATH = Path(__file__).resolve().parents[2] / "bench" / "cut.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_cut", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault(spec.name, importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


def test_a_wrong_point_has_a_mark_and_a_far_truth_has_none(bench: ModuleType) -> None:
    """At the lowest standard, where every value below it is a bound and not a number."""
    found = bench.decided(bench.simulated(2600, 3.2), 3.2)
    assert found.is_wrong.sum() > 20
    assert found.wrong_without_mark_pct <= 3.0
    assert found.far_with_mark_pct <= 5.0


@pytest.mark.prove
def test_at_the_cut_120000_patients(bench: ModuleType) -> None:
    """Never stated too low. Stated too high it is on even plates, a goal that is out of reach and that the bench tells as missed."""
    missed = [goal for goal, is_met in bench.judged(120000).items() if not is_met]
    assert all(goal.endswith(bench.EVEN) for goal in missed), missed
