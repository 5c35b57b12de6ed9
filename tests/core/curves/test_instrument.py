"""The third source: an export's own coefficients as a method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayFrames, AssayInput, AssayOptions, Exclusion, assay
from pbis.core.errors import MalformedFile
from pbis.core.frames import ANALYTE, CURVE, LEVEL, READING, RESULT, WELL
from pbis.core.tolerances import Tolerances

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


@pytest.fixture(scope="module")
def unjudged(lenient: Callable[[Tolerances], Tolerances]) -> AssayOptions:
    """Evaluates any curve: the sketch's coefficients are not those of its standards."""
    return AssayOptions(lenient(RESEARCH), method="instrument")


def test_the_coefficients_are_the_curve_and_nothing_is_estimated(sketch: Callable, unjudged: AssayOptions) -> None:
    frames = assay([with_coefficients(sketch(), **RISING)], unjudged)
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


def test_never_a_number_outside_the_standards(sketch: Callable, unjudged: AssayOptions) -> None:
    plate = sketch()
    plate.sample("C10", 14.5)
    plate.sample("D10", 15700.0)
    wells = rows(assay([with_coefficients(plate, **RISING)], unjudged), "IL-6")
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
def test_a_4pl_has_no_f_and_may_be_written_from_the_top(
    sketch: Callable, unjudged: AssayOptions, coefficients: dict[str, float]
) -> None:
    frames = assay([with_coefficients(sketch(), **(RISING | coefficients))], unjudged)
    assert frames.curve.to_pylist()[0]["model"] == "4PL"
    assert rows(frames, "IL-6")["A10"]["concentration"] == pytest.approx(500 * 488 / (16000 - 486))


def test_a_curve_that_falls_is_not_used(sketch: Callable) -> None:
    frames = assay([with_coefficients(sketch(), **(RISING | {"coef_d": 1.1}))], INSTRUMENT)
    assert (frames.curve.to_pylist()[0]["status"], rows(frames, "IL-6")["A10"]["status"]) == ("fail", "CURVE_FAILED")


def test_without_results_and_coefficients_the_export_is_refused(sketch: Callable) -> None:
    with pytest.raises(
        MalformedFile, match=r"x\.csv.*no number and no curve of the instrument's own.*robust or xponent"
    ):
        assay([sketch().input()], INSTRUMENT)


def test_a_curve_that_is_not_its_standards_gives_no_number(sketch: Callable) -> None:
    frames = assay([with_coefficients(sketch(), **RISING)], INSTRUMENT)
    assert frames.curve.to_pylist()[0]["status"] == "fail"
    assert {r["status"] for r in rows(frames, "IL-6").values()} == {"CURVE_FAILED", "BACKGROUND"}


def with_results(one: AssayInput, said: dict[str, tuple[float | None, str, str]], dilution: float | None) -> AssayInput:
    """The export with a Result (number, operator, text) for wells of IL-6, computed with a dilution factor; without standards."""
    read = one.read.reading.to_pylist()
    for row in read:
        if row["analyte_reported"] == "IL-6" and row["well"] in said:
            value, op, text = said[row["well"]]
            row |= {"result_reported": value, "result_reported_op": op, "result_reported_text": text}
        row["dilution_factor_reported"] = dilution
    reading = READING.table({name: [row[name] for row in read] for name in READING.names})
    return replace(one, read=replace(one.read, reading=reading, reagent=one.read.reagent.slice(0, 0)))


def without_levels(one: AssayInput) -> AssayInput:
    """No well is known as a standard."""
    wells = one.well.to_pylist()
    bare = [
        w | ({"well_role": "unknown", "standard_level": None} if w["well_role"] == "standard" else {}) for w in wells
    ]
    return replace(one, well=WELL.table({name: [row[name] for row in bare] for name in WELL.names}))


@pytest.mark.parametrize(
    ("said", "status", "op", "concentration", "bound"),
    [
        ((40.0, "=", "40"), "QUANT", "=", 40.0, None),
        ((3.2, "<", "< 3.2"), "BELOW_CURVE", "<", None, 6.4),  # the instrument prints it without the dilution
        ((10000.0, ">", "> 10000"), "ABOVE_CURVE", ">", None, 10000.0),  # another program with it: the weaker is said
        ((None, "<", "OOR <"), "NO_CURVE", None, None, None),  # no bound and no standard: nothing is known
        ((40.0, "=", "*40"), "NO_CURVE", None, None, None),  # extrapolated beyond a range that nobody knows
        ((0.0, "=", "0"), "NO_CURVE", None, None, None),
    ],
)
def test_without_standards_the_results_of_the_export_stand(
    sketch: Callable,
    said: tuple[float | None, str, str],
    status: str,
    op: str | None,
    concentration: float | None,
    bound: float | None,
) -> None:
    frames = assay(
        [without_levels(with_results(sketch().input(), {"A10": (1.0, "=", "1"), "B10": said}, 2.0))], INSTRUMENT
    )
    row = rows(frames, "IL-6")["B10"]
    assert (row["status"], row["concentration_op"]) == (status, op)
    assert (row["concentration"], row["concentration_bound"]) == (concentration, bound)
    curve = frames.curve.to_pylist()[0]
    assert (curve["status"], curve["lloq"], curve["uloq"], curve["passing_levels"]) == ("none", None, None, 0)
    assert "export_results" in curve["reasons"]


def test_the_layouts_dilution_stands_in_the_place_of_the_exports(sketch: Callable) -> None:
    ten = assay([without_levels(with_results(sketch().input(), {"B10": (40.0, "=", "40")}, 10.0))], INSTRUMENT)
    assert rows(ten, "IL-6")["B10"]["concentration"] == pytest.approx(8.0)  # 40 / 10, and the layout says 2
    none = assay(
        [without_levels(with_results(sketch().input(), {"A10": (3.0, "=", "3"), "B10": (40.0, "=", "40")}, None))],
        INSTRUMENT,
    )
    assert rows(none, "IL-6")["A10"]["concentration"] == 3.0
    assert rows(none, "IL-6")["B10"]["status"] == "NO_CURVE"  # which factor its Result holds is not known
    assert "result_of_unknown_factor" in none.curve.to_pylist()[0]["reasons"]


def test_a_doubtful_or_set_aside_well_has_no_result_of_the_export_either(sketch: Callable) -> None:
    one = without_levels(with_results(sketch().input(), {"A10": (3.0, "=", "3"), "B10": (40.0, "=", "40")}, 2.0))
    wells = [w | ({"doubt": "label", "doubt_reason": "x"} if w["well"] == "B10" else {}) for w in one.well.to_pylist()]
    one = replace(one, well=WELL.table({name: [row[name] for row in wells] for name in WELL.names}))
    found = rows(assay([replace(one, excluded=frozenset({Exclusion("A10")}))], INSTRUMENT), "IL-6")
    assert [(found[w]["status"], found[w]["concentration"]) for w in ("A10", "B10")] == [
        ("EXCLUDED", None),
        ("HELD", None),
    ]


def test_another_unit_moves_c_and_the_numbers_alike(sketch: Callable, unjudged: AssayOptions) -> None:
    pg, ng = (assay([with_coefficients(sketch(unit=unit), **RISING)], unjudged) for unit in ("pg/mL", "ng/mL"))
    one, thousand = (rows(frames, "IL-6")["A10"]["concentration"] for frames in (pg, ng))
    assert thousand == pytest.approx(1000 * one, rel=1e-9)
