"""Write, then read: the reader returns what the plate holds, in every dialect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pbis.core.errors import CorruptedLadder
from pbis.readers import read_bytes
from pbis.simulate import EUROPEAN, FLEXMAP3D, MAGPIX, RESAVED, UNICODE, Dialect, example_plate, faults, render_plate
from pbis.simulate.instrument import derive

DIALECTS = {
    "untouched": Dialect(),
    "british": Dialect(country_code="809"),
    "french semicolons": Dialect(country_code="40C", delimiter=";", decimal_mark=",", encoding="utf-8"),
    "european": EUROPEAN,
    "utf-16 tabs": UNICODE,
    "magpix": Dialect(model=MAGPIX),
    "flexmap": Dialect(model=FLEXMAP3D, country_code="7F"),
    "row-major": Dialect(numbering="row"),
    "minimal quotes, padded": Dialect(quoting="minimal", padding=True),
    "line feeds": Dialect(line_ending="\n"),
    "no footer": Dialect(crc="absent"),
    "byte order mark": Dialect(encoding="utf-8-sig"),
}


@pytest.fixture(scope="module")
def plate():
    """A plate with a sample out of range at either end, a well without beads and a low one."""
    good = example_plate(11, samples=9, dilution=2.0)
    median = good.median.copy()
    median[good.wells.of_specimen("SR001001")] = 0.5
    median[good.wells.of_specimen("SR001002")] = 40000.0
    return faults.low_beads(faults.no_reading(replace(good, median=median), ["G4"], ["IL-2"]), ["H4"])


def _matrix(plate, found, column: str) -> np.ndarray:
    rows = {well: i for i, well in enumerate(plate.wells.name)}
    columns = {analyte.name: j for j, analyte in enumerate(plate.analytes)}
    values = np.full(plate.median.shape, np.nan)
    cells = (found.reading[name].to_pylist() for name in ("well", "analyte_reported", column))
    for well, analyte, value in zip(*cells, strict=True):
        values[rows[well], columns[analyte]] = np.nan if value is None else value
    return values


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS.keys())
def test_reading_is_the_identity(plate, dialect: Dialect) -> None:
    derived = derive(plate)
    found = read_bytes(render_plate(plate, dialect, derived), "plate.csv")
    np.testing.assert_array_equal(_matrix(plate, found, "mfi"), plate.median)
    np.testing.assert_array_equal(_matrix(plate, found, "bead_count"), plate.count)
    np.testing.assert_allclose(_matrix(plate, found, "net_mfi_reported"), derived.net_mfi, rtol=1e-14)
    numbers = np.where(np.isfinite(derived.result), derived.result, np.nan)
    is_number = np.isfinite(numbers)
    np.testing.assert_allclose(_matrix(plate, found, "result_reported")[is_number], numbers[is_number], rtol=1e-14)
    assert found.run.crc_state == {"match": "match", "absent": "absent"}[dialect.crc]
    assert (found.run.batch, found.run.started_at) == (plate.header.batch, plate.header.started_at)


def test_operators_of_results_out_of_range(plate) -> None:
    found = read_bytes(render_plate(plate), "plate.csv").reading.to_pylist()
    texts = {(r["sample_label"], r["result_reported_op"], r["result_reported_text"]) for r in found}
    assert {("Unknown1", "<", "< 3.2"), ("Unknown2", ">", "> 13107.2")} <= texts
    assert {r["result_reported_op"] for r in found if r["sample_label"] == "Background0"} == {None}


def test_tables_beside_the_readings(plate) -> None:
    derived = derive(plate)
    found = read_bytes(render_plate(plate, Dialect(), derived), "plate.csv")
    analyte = found.analyte.to_pydict()
    assert analyte["analyte_reported"] == [a.name for a in plate.analytes]
    assert analyte["bead_region"] == [a.bead_region for a in plate.analytes]
    for row, name in enumerate(("coef_a", "coef_b", "coef_c", "coef_d", "coef_f")):
        np.testing.assert_allclose(analyte[name], derived.coefficients[row], rtol=1e-14)
    reagent = found.reagent.to_pylist()
    lows = {r["analyte_reported"]: r["range_low"] for r in reagent if r["reagent_label"] == "Control2"}
    assert list(lows.values()) == plate.reagents.control_low[1].tolist()
    assert sum(r["reagent_kind"] == "standard" for r in reagent) == 49
    lots = found.lot.to_pylist()
    assert {r["lot_number"] for r in lots if r["lot_kind"] == "standard"} == {plate.header.kit.number}
    assert set(found.calibration["state"].to_pylist()) == {"passed"}


def test_every_block_is_consumed(plate) -> None:
    more = replace(plate, statistics=(("Mean", plate.median + 1), ("Std Dev", plate.median / 4)))
    block = read_bytes(render_plate(more), "plate.csv").block
    assert block["is_consumed"].to_pylist() == [True] * block.num_rows


def test_resaved_file_keeps_ten_digits(plate) -> None:
    derived = derive(plate)
    found = read_bytes(render_plate(plate, RESAVED, derived), "plate.csv")
    assert (found.run.is_resaved, found.run.crc_state) == (True, "not_judged")
    is_number = np.isfinite(derived.result)
    ours = _matrix(plate, found, "result_reported")[is_number]
    np.testing.assert_allclose(ours, derived.result[is_number], rtol=1e-9)


@pytest.mark.parametrize("level", [0, 3, 6])
def test_a_corrupted_ladder_is_refused(plate, level: int) -> None:
    with pytest.raises(CorruptedLadder):
        read_bytes(render_plate(faults.corrupt_ladder(plate, level)), "plate.csv")


def test_a_plate_with_holes_and_overtyped_names(plate) -> None:
    holes = faults.relabel(faults.drop_wells(plate, ["A1", "E3"]), {"Standard2": "Std 2 "})
    found = read_bytes(render_plate(holes), "plate.csv")
    np.testing.assert_array_equal(_matrix(holes, found, "mfi"), holes.median)
    assert "Std 2" in found.reading["sample_label"].to_pylist()
