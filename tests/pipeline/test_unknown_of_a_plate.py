"""A night with a plate whose background lies under a sample's name, one without any dilution, and one with a wrong cell."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pbis.cli.night import outcome_lines
from pbis.config import Site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query
from pbis.simulate import RESAVED, Dialect, SimulatedPlate, example_plate, faults, render_plate

NO_NET = Dialect(skipped_blocks=frozenset({"Net MFI", "Avg Net MFI"}))
NO_DILUTIONS = Dialect(skipped_blocks=frozenset({"Dilution Factor"}))


def named(plate: SimulatedPlate, batch: str) -> SimulatedPlate:
    return replace(plate, header=replace(plate.header, batch=batch))


@pytest.fixture(scope="module")
def night(copy_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    site = copy_site(tmp_path_factory.mktemp("unknown") / "site", plates=(), has_clinic=False)
    ntc, undiluted, cell = (named(example_plate(seed, samples=9), f"P{seed}") for seed in (1, 2, 3))
    files = {
        "ntc": render_plate(faults.relabel(ntc, {"Background0": "NTC"}), NO_NET),
        "undiluted": render_plate(undiluted, NO_DILUTIONS),
        "cell": render_plate(faults.corrupt_ladder(cell, 3, 10.0, "IL-6")),
    }
    for name, data in files.items():
        (site.path("inbox") / "plates" / f"{name}.csv").write_bytes(data)
    return site.root, run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))


def asked(night: tuple[Path, Outcome], query: str) -> list[dict[str, Any]]:
    return run_query(night[0], query).to_pylist()


def findings(night: tuple[Path, Outcome], rule: str) -> list[dict[str, Any]]:
    query = "select r.file_name, f.* from qc_flag as f join store.run as r using (run_id)"
    return asked(night, f"{query} where f.rule = '{rule}'")


def test_a_background_under_a_samples_name_fails_the_plate(night):
    (one,) = findings(night, "background_missing")
    assert (one["file_name"], one["effect"]) == ("ntc.csv", "fail_plate")
    query = "select 1 from result join store.run as r using (run_id) where r.file_name = 'ntc.csv'"
    assert asked(night, query) == []  # nothing of it is reportable


def test_an_assumed_dilution_is_a_finding_and_told_on_the_terminal(night):
    (one,) = findings(night, "dilution_assumed")
    assert (one["file_name"], one["severity"]) == ("undiluted.csv", "warn")
    said = "\n".join(outcome_lines(night[1]))
    assert "note: undiluted.csv: neither the export nor a layout gives a dilution: 18 of 18 sample wells" in said


def test_a_wrong_cell_fails_its_analyte_with_the_true_value(night):
    (one,) = findings(night, "ladder_geometry")
    assert (one["file_name"], one["analyte"], one["effect"]) == ("cell.csv", "IL-6", "fail_analyte")
    assert "should be 204.8" in one["message"]
    query = (
        "select distinct analyte, qc_state from result_all join store.run as r using (run_id) where r.file_name = 'cell.csv'"
        " and well_role = 'unknown' and qc_state = 'fail'"
    )
    assert [row["analyte"] for row in asked(night, query)] == ["IL-6"]
    query = "select expected_concentration, implied_concentration from store.reagent where implied_concentration is not null"
    assert [list(row.values()) for row in asked(night, query)] == [[2048.0, 204.8]]


@pytest.mark.parametrize("is_killed", [False, True])  # after it is loaded, and before anybody is told
def test_a_re_export_with_other_medians_is_a_finding_with_the_count(copy_site, killed, tmp_path, is_killed):
    site = copy_site(tmp_path / "site", plates=(), has_clinic=False)
    plate, inbox = example_plate(4, samples=9), site.path("inbox") / "plates"
    (inbox / "first.csv").write_bytes(render_plate(plate))
    median = plate.median.copy()
    median[20, 1] += 7.0
    median[21, 1:3] += 9.0
    at = plate.header.exported_at + timedelta(days=1)
    again = replace(plate, median=median, header=replace(plate.header, exported_at=at))
    outcomes = []
    for name, data in (("", None), ("again.csv", render_plate(again))):
        if data:
            (inbox / name).write_bytes(data)
        if data and is_killed:
            assert killed(site, "publish") == -signal.SIGKILL
        outcomes.append(run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0)))
    assert outcomes[0].notes == ()
    (one,) = findings((site.root, outcomes[1]), "medians_changed")
    total = median.size
    assert (one["file_name"], one["observed"], one["severity"]) == ("again.csv", 3.0, "warn")
    assert f"again.csv: 3 of {total} medians (2 wells, the first " in one["message"]
    assert one["message"] in outcomes[1].notes


def test_the_same_export_saved_again_has_no_such_finding(copy_site, tmp_path):
    site = copy_site(tmp_path / "site", plates=(), has_clinic=False)
    plate, inbox = example_plate(4, samples=9), site.path("inbox") / "plates"
    (inbox / "first.csv").write_bytes(render_plate(plate))
    (inbox / "saved.csv").write_bytes(render_plate(plate, RESAVED))
    outcome = run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))
    assert outcome.plates_superseded == 1 or len(asked((site.root, outcome), "select 1 from store.supersession")) == 1
    assert findings((site.root, outcome), "medians_changed") == []
