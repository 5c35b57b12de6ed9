"""Which measures a plate has is said by their spec alone, not by how their names begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from expectations import load_suite
from expectations.suite import measure_settings
from pbis.core.measures import plate
from pbis.core.measures.qc import CheckFrames
from pbis.core.measures.reading import valid_mfi
from pbis.core.measures.spec import OF_RUN

SETTINGS = measure_settings(load_suite("research"))


@pytest.fixture(scope="module")
def frames(make_night: Callable[..., Any]) -> CheckFrames:
    built: CheckFrames = make_night(plates=2).build()
    return built


def measured(frames: CheckFrames) -> pa.Table:
    return plate.plates(frames, valid_mfi(frames.result, SETTINGS.low_beads), SETTINGS)


def test_a_measure_of_the_run_that_the_spec_does_not_know_is_named(
    monkeypatch: pytest.MonkeyPatch, frames: CheckFrames
) -> None:
    known = plate.lots
    monkeypatch.setattr(plate, "lots", lambda run, lines: known(run, lines) | {"operator_changed": 1.0})
    with pytest.raises(ValueError, match="plates: no such column: operator_changed"):
        measured(frames)


def test_a_measure_of_the_run_that_nobody_takes_is_named(monkeypatch: pytest.MonkeyPatch, frames: CheckFrames) -> None:
    known = plate.lots
    monkeypatch.setattr(
        plate, "lots", lambda run, lines: {k: v for k, v in known(run, lines).items() if k != "lots_text"}
    )
    with pytest.raises(ValueError, match="plates: column left out: lots_text"):
        measured(frames)


def test_a_plate_whose_run_is_not_at_hand_has_no_measure_of_it(frames: CheckFrames) -> None:
    one = measured(replace(frames, run=frames.run[:1])).to_pylist()
    assert one[0]["calibration_lines"] == 3  # the test of the fluidics is none
    assert {one[1][column.name] for column in OF_RUN} == {None}
    nobody = measured(replace(frames, run=()))
    assert {value for column in OF_RUN for value in nobody.column(column.name).to_pylist()} == {None}
