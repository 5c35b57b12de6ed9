"""The third source: an export's own coefficients as a method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayFrames, AssayInput, AssayOptions, assay
from pbis.core.errors import MalformedFile
from pbis.core.frames import ANALYTE, CURVE, LEVEL, RESULT
from pbis.core.plates.panel import AliasTable
from pbis.core.plates.well import assign_roles
from pbis.readers import read

RESEARCH = tolerances(load_suite("research"))

INSTRUMENT = AssayOptions(RESEARCH, method="instrument")
RISING = {"coef_a": -2.0, "coef_b": 16000.0, "coef_c": 500.0, "coef_d": -1.1, "coef_f": 0.9}


def with_coefficients(plate: object, **coefficients: float | None) -> AssayInput:
    """The sketch's export with the same coefficients for IL-6 and none for TNF."""
    one = plate.input()
    rows = [row | (coefficients if row["analyte_reported"] == "IL-6" else {}) for row in one.read.analyte.to_pylist()]
    analyte = ANALYTE.table({name: [row[name] for row in rows] for name in ANALYTE.names})
    return replace(one, read=replace(one.read, analyte=analyte))


def rows(frames: AssayFrames, analyte: str) -> dict[str, dict[str, object]]:
    return {r["well"]: r for r in frames.result.to_pylist() if r["analyte"] == analyte}


def test_the_coefficients_are_the_curve_and_nothing_is_estimated(sketch: Callable) -> None:
    frames = assay([with_coefficients(sketch(), **RISING)], INSTRUMENT)
    for spec, table in ((RESULT, frames.result), (CURVE, frames.curve), (LEVEL, frames.level)):
        spec.check(table)
    curve = frames.curve.to_pylist()[0]
    assert {name: curve[name] for name in RISING} == pytest.approx(RISING)
    assert (curve["model"], curve["response"], curve["method"]) == ("5PL", "net_mfi", "instrument")
    assert "coefficients:of the export" in curve["steps"]
    well, double = (rows(frames, "IL-6")[name] for name in ("A10", "B10"))
    a, b, c, d, f = RISING.values()
    assert well["concentration"] == pytest.approx(c * (((b - a) / (486.0 - a)) ** (1 / f) - 1) ** (1 / d), rel=1e-9)
    assert double["concentration"] == pytest.approx(2 * well["concentration"])
    assert (well["ci_low"], well["ci_high"]) == (None, None)
    assert set(frames.level.column("influence_pct").to_pylist()) == {None}


def test_never_a_number_outside_the_standards(sketch: Callable) -> None:
    plate = sketch()
    plate.sample("C10", 14.5)
    plate.sample("D10", 15700.0)
    wells = rows(assay([with_coefficients(plate, **RISING)], INSTRUMENT), "IL-6")
    assert (wells["C10"]["concentration_op"], wells["C10"]["concentration_bound"]) == ("<", pytest.approx(3.2))
    assert (wells["D10"]["concentration_op"], wells["D10"]["status"]) == (">", "ABOVE_STANDARDS")


def test_an_analyte_without_coefficients_has_no_curve(sketch: Callable) -> None:
    frames = assay([with_coefficients(sketch(), **RISING)], INSTRUMENT)
    assert rows(frames, "TNF")["A10"]["status"] == "NO_CURVE"
    assert frames.curve.to_pylist()[1]["model"] == "none"


@pytest.mark.parametrize(
    "coefficients",
    [{"coef_d": -1.0, "coef_f": None}, {"coef_a": 16000.0, "coef_b": -2.0, "coef_d": 1.0, "coef_f": None}],
    ids=["rising", "exchanged"],
)
def test_a_4pl_has_no_f_and_may_be_written_from_the_top(sketch: Callable, coefficients: dict[str, float]) -> None:
    frames = assay([with_coefficients(sketch(), **(RISING | coefficients))], INSTRUMENT)
    assert frames.curve.to_pylist()[0]["model"] == "4PL"
    assert rows(frames, "IL-6")["A10"]["concentration"] == pytest.approx(500 * 488 / (16000 - 486))


def test_a_curve_that_falls_is_not_used(sketch: Callable) -> None:
    frames = assay([with_coefficients(sketch(), **(RISING | {"coef_d": 1.1}))], INSTRUMENT)
    assert (frames.curve.to_pylist()[0]["status"], rows(frames, "IL-6")["A10"]["status"]) == ("fail", "CURVE_FAILED")


def test_without_any_coefficients_the_export_is_refused(sketch: Callable) -> None:
    with pytest.raises(MalformedFile, match=r"x\.csv.*no curve of the instrument's own.*robust or xponent"):
        assay([sketch().input()], INSTRUMENT)


def test_another_unit_moves_c_and_the_numbers_alike(sketch: Callable) -> None:
    pg, ng = (assay([with_coefficients(sketch(unit=unit), **RISING)], INSTRUMENT) for unit in ("pg/mL", "ng/mL"))
    one, thousand = (rows(frames, "IL-6")["A10"]["concentration"] for frames in (pg, ng))
    assert thousand == pytest.approx(1000 * one, rel=1e-9)


@pytest.mark.parametrize("name", ["magpix_milliplex_human_3plex", "lx200_human_cytokine_30plex"])
def test_real_exports_say_what_their_instrument_said(shared: Path, name: str) -> None:
    export = read(shared / "examples" / "xponent" / f"{name}_quantitative.csv")
    result = assay([AssayInput("x", export, assign_roles(export, None).table, None, AliasTable())], INSTRUMENT).result
    is_number = pc.and_(pc.equal(result.column("status"), "QUANT"), pc.equal(result.column("result_reported_op"), "="))
    both = result.filter(is_number)
    ours, theirs = (both.column(column).to_numpy() for column in ("concentration", "result_reported"))
    assert both.num_rows > 200
    assert np.abs(ours / theirs - 1).max() < 1e-9
