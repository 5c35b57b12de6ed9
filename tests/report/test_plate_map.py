"""The plate map: cells, labels, what the first view leaves out, and the data behind the pickers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from report_factory import Names, finding, plate, table

from pbis.core import frames
from pbis.core.verdicts.roll_up import roll_up
from pbis.report.map_data import _short, _shorts, embedded
from pbis.report.plate_map import PlateMap, plate_map
from pbis.report.well_label import well_labels

FIVE = ("a", "IL-10", "c", "d", "e")


def mapped(plate_type: int | None = 96, **changes: Any) -> PlateMap:
    data = plate(Names(**changes))
    return plate_map(data.result, data.well, data.reading_state, plate_type)


def test_the_grid_has_the_shape_of_the_plate() -> None:
    found = mapped()
    assert [letter for letter, _ in found.lines] == list("ABCDEFGH")
    assert found.columns == tuple(range(1, 13))
    big = mapped(384)
    assert (len(big.lines), len(big.columns)) == (16, 24)
    assert big.lines[15][1] == (None,) * 24


def test_a_well_shows_its_worst_flag_and_how_many_analytes_have_it() -> None:
    cell = dict(mapped().lines)["E"][4]
    assert cell is not None
    assert (cell.state, cell.text, cell.label) == ("fail", "✕ 4", "009")
    assert cell.title == "E5, sample HCC-009: 4 fail of 4 analytes"


def test_analytes_flagged_in_every_sample_are_left_out_and_named() -> None:
    found = mapped()
    assert (
        found.note == "Flagged in every sample well, so left out of this view: IL-10 (fail), IL-17A (warn), TNF (warn)."
    )
    assert json.loads(found.data)["apart"] == [0, 2, 4, 5]
    assert (dict(found.lines)["A"][8].text, dict(found.lines)["A"][8].state) == ("rest ok", "rest")


def test_failed_controls_of_an_analyte_that_is_left_out_are_never_green() -> None:
    data = plate()
    both = [
        finding(rule="kit_control_range", severity="warn", unit_of_judgement="replicate_group", analyte="TNF", replicate_group=group)
        for group in ("Control1 x1", "Control2 x1")
    ]  # fmt: skip
    failed = finding(rule="kit_control_range", unit_of_judgement="analyte_plate", analyte="TNF", effect="fail_analyte")
    found = table(frames.FINDING, [*both, failed])
    judged = roll_up(data.result, found, data.curve).reading_state
    made = plate_map(data.result, data.well, judged, 96, found)
    cells = {cell.name.split(",")[0]: cell for _, line in made.lines for cell in line if cell}
    assert "TNF (fail)" in made.note
    controls = [name for name, cell in cells.items() if cell.role == "qc_control"]
    assert len(controls) == 4
    assert {(cells[name].state, cells[name].text) for name in controls} == {("fail", "✕ 1")}
    assert "pass" not in {cell.state for cell in cells.values()}
    assert set(json.loads(made.data)["own"]) == {str(list(cells).index(name)) for name in controls}


def test_a_plate_on_which_nothing_stands_does_not_look_clean() -> None:
    found = mapped(analytes=FIVE)
    only = plate(Names(analytes=FIVE))
    state = only.reading_state.set_column(5, "qc_state", [["fail"] * only.reading_state.num_rows])
    failed = plate_map(only.result, only.well, state, 96)
    assert failed.note == "Every analyte is flagged in every sample well."
    assert dict(failed.lines)["A"][8].text == "✕ 5"
    assert dict(found.lines)["A"][8].text == "rest ok"


def test_numbers_are_those_of_the_results() -> None:
    data = plate()
    grids = json.loads(plate_map(data.result, data.well, data.reading_state, 96).data)
    row = next(r for r in data.result.to_pylist() if r["analyte"] == "IL-6" and r["well"] == "E1")
    analyte, well = grids["analytes"].index("IL-6"), 48
    assert grids["beads"][analyte][well] == row["bead_count"]
    assert grids["mfi"][analyte][well] == pytest.approx(row["mfi"], abs=0.5)
    assert grids["result"][analyte][well] == pytest.approx(row["concentration"], rel=0.005)


def test_a_censored_result_is_text_with_its_bound() -> None:
    data = plate()
    grids = json.loads(plate_map(data.result, data.well, data.reading_state, 96).data)
    shown = {value for line in grids["result"] for value in line if isinstance(value, str)}
    assert shown == {"< 3.2", "> 3280", "> 13\u202f100"}


def test_reasons_are_stored_once_and_pointed_at() -> None:
    grids = json.loads(mapped().data)
    e5 = 4 * 12 + 4
    said = grids["reasons"][grids["why"][grids["analytes"].index("IL-10")][e5]]
    assert said == "Too few beads, too few standards pass in a row, no standard of it on this plate"


def test_data_cannot_end_its_element() -> None:
    text = embedded({"a": "</script><!--<script>&]]>\u2028"})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"a": "</script><!--<script>&]]>\u2028"}


def test_cells_round_as_single_numbers_do() -> None:
    values = np.concatenate([
        np.arange(-4000, 4000) / 20, np.round(np.random.default_rng(1).uniform(-100, 100, 20000), 2),
        [0.15, 0.25, 0.35, -0.04, -0.0, 99.95, 99.949999, 100.5, 101.5, 1e15, 1e300, np.inf, -np.inf, np.nan],
    ])  # fmt: skip
    assert list(map(repr, _shorts(values))) == [repr(_short(value)) for value in values.tolist()]


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["S1", "S2"], ["S1", "S2"]),
        (["HCC-0101", "HCC-0102"], ["0101", "0102"]),
        (["HCC-0101", "HCC-0101"], ["…-0101", "…-0101"]),
        (["alpha-centauri", "beta"], ["…tauri", "beta"]),
        ([None, "x"], ["…name", "x"]),
    ],
)
def test_labels_keep_what_tells_samples_apart(names: list[str | None], labels: list[str]) -> None:
    rows = {f"A{n}": {"well_role": "unknown", "sample_label": name} for n, name in enumerate(names)}
    assert list(well_labels(rows).values()) == [label.replace("…name", "…" + "no name"[-5:]) for label in labels]


@pytest.mark.parametrize(
    ("row", "label"),
    [
        ({"well_role": "standard", "standard_level": 3}, "S3"),
        ({"well_role": "qc_control", "reagent_label": "Control2"}, "C2"),
        ({"well_role": "background"}, "Bkg"),
        ({"well_role": "unknown_role", "sample_label": "odd"}, "odd"),
    ],
)
def test_each_role_has_its_short_name(row: dict[str, Any], label: str) -> None:
    assert well_labels({"A1": row}) == {"A1": label}
