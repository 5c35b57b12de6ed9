"""A curve's figure: fit, points, controls, limits and the recovery strip."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from report_factory import plate

from pbis.report import curves
from pbis.report.controls import Control, controls
from pbis.report.figures import LEVEL_COLUMNS, RESULT_COLUMNS
from pbis.report.tabular import Slice, by, rows


def data(analyte: str = "IL-6", **changes: Any) -> curves.CurveData:
    made = plate()
    curve = next(row for row in rows(made.curve) if row["analyte"] == analyte)
    return curves.CurveData(
        analyte,
        {**curve, **changes},
        by(made.result, "analyte", RESULT_COLUMNS)[analyte],
        by(made.level, "analyte", LEVEL_COLUMNS)[analyte],
        controls(made.result, made.well, made.reagent)[analyte],
        made.tolerances,
    )


def of_the_kit() -> tuple[float, float, float]:
    """What the kit says of the first control: its concentration and its range."""
    first = {"analyte_reported": "IL-6", "reagent_label": "Control1"}
    (row,) = (row for row in plate().reagent.to_pylist() if first.items() <= row.items())
    return row["expected_concentration"], row["range_low"], row["range_high"]


def marks(drawing: str, kind: str) -> str:
    found = re.search(rf'class="{kind}" d="([^"]*)"', drawing)
    return found.group(1) if found else ""


def test_the_fit_passes_through_the_standards() -> None:
    drawn = data()
    fit = marks(curves.draw(drawn), "fit")
    numbers = [int(n) for n in re.findall(r"-?\d+", fit)]
    xs, ys = np.cumsum(numbers[0::2]), np.cumsum(numbers[1::2])
    axes = curves._scales(drawn)
    levels = zip(*(drawn.level.columns[name] for name in ("expected_concentration", "mean_mfi")), strict=True)
    for dose, mfi in ((dose, mfi) for dose, mfi in levels if dose):
        assert np.interp(axes.x.pixel(dose), xs, ys) == pytest.approx(axes.y.pixel(mfi), abs=2)


def test_a_fit_to_net_mfi_is_drawn_as_mfi() -> None:
    curve = data().curve
    less = {name: curve[name] - curve["background_mfi"] for name in ("coef_a", "coef_b")}
    net = data(response="net_mfi", **less)
    assert marks(curves.draw(net), "fit") == marks(curves.draw(data()), "fit")


def test_standards_that_were_not_used_are_hollow() -> None:
    drawing = curves.draw(data("IL-17A"))
    assert marks(drawing, "std").count("M") == 12
    assert marks(drawing, "hole").count("M") == 2
    assert not marks(curves.draw(data("IL-6")), "hole")


def test_what_lies_outside_the_limits_is_shaded() -> None:
    drawn = data("IL-17A")
    shaded = re.findall(r'class="out" x="(\d+)" y="\d+" width="(\d+)"', curves.draw(drawn))
    axes = curves._scales(drawn)
    left, right = axes.x.pixel(3.2), axes.x.pixel(3276.8)
    assert [(int(x), int(x) + int(w)) for x, w in shaded] == [(curves.LEFT, left), (right, curves.RIGHT)]


def test_recoveries_beyond_the_strip_are_arrows() -> None:
    drawn = data()
    there = drawn.level.texts("recovery_pct")
    far = [value and (300.0 if value == max(filter(None, there)) else value) for value in there]
    drawing = curves.draw(replace(drawn, level=Slice({**drawn.level.columns, "recovery_pct": far})))
    assert marks(drawing, "far").count("M") == 1
    assert marks(drawing, "rec").count("M") + marks(drawing, "far").count("M") == 7


def test_a_curve_without_coefficients_still_shows_its_points() -> None:
    drawing = curves.draw(data("IL-10"))
    assert "no reportable range" in drawing
    assert not marks(drawing, "fit")
    assert marks(drawing, "std").count("M") == 14


def test_controls_lie_at_their_expected_concentration_within_their_range() -> None:
    (first, *_) = controls(*(getattr(plate(), name) for name in ("result", "well", "reagent")))["IL-6"]
    assert (first.expected, first.low, first.high) == of_the_kit()
    assert marks(curves.draw(data()), "qc").count("M") == 4


def test_a_range_in_another_unit_is_brought_into_the_unit_of_the_curve() -> None:
    made = plate()
    reagent = made.reagent
    for name in ("expected_concentration", "range_low", "range_high"):
        values = [value and value / 1000.0 for value in reagent.column(name).to_pylist()]
        reagent = reagent.set_column(reagent.column_names.index(name), reagent.schema.field(name), [values])
    first = controls(made.result, made.well, reagent)["IL-6"][0]
    assert (first.low, first.high) == pytest.approx(of_the_kit()[1:])


def without(table: pa.Table, name: str) -> pa.Table:
    field = table.schema.field(name)
    return table.set_column(table.column_names.index(name), field, pa.nulls(table.num_rows, field.type))


def test_a_control_with_a_range_only_lies_in_its_middle() -> None:
    made, (_, low, high) = plate(), of_the_kit()
    result, reagent = (without(table, "expected_concentration") for table in (made.result, made.reagent))
    assert controls(result, made.well, reagent)["IL-6"][0].expected == pytest.approx((low * high) ** 0.5)


def test_control_wells_without_a_reading_are_not_drawn() -> None:
    assert not marks(curves.draw(replace(data(), controls=(Control(0.0, 60.0, None, None),))), "qc")


@pytest.mark.parametrize(
    ("value", "shown"), [(0.99963, "0.9996"), (0.99999, "0.9999"), (1.0, "1.0000"), (None, "–"), (float("nan"), "–")]
)
def test_r_squared_is_never_rounded_up_to_one(value: float | None, shown: str) -> None:
    assert curves.r_squared(value) == shown


@pytest.mark.parametrize(
    "changes",
    [
        {"coef_c": 0.0},
        {"coef_d": -400.0},
        {"coef_b": float("inf")},
        {"lloq": 5.0, "uloq": None},
        {"lloq": 900.0, "uloq": 20.0},
        {"lloq": 0.0},
    ],
)
def test_strange_curves_are_still_drawn(changes: dict[str, Any]) -> None:
    drawing = curves.draw(data(**changes))
    assert drawing.endswith("</svg>")
    assert "nan" not in re.sub('aria-label="[^"]*"', "", drawing).lower().replace("uloq", "")


def test_each_level_has_a_residual_and_far_ones_are_triangles_at_the_edge() -> None:
    drawn = data()
    dose = drawn.level.numbers("expected_concentration")
    fitted = np.where(dose > 0, 1000.0, np.nan)
    mean = np.where(dose == np.nanmax(dose), 400.0, 1100.0)
    level = Slice({**drawn.level.columns, "mean_mfi": mean.tolist(), "fitted_mfi": fitted.tolist()})
    scales = curves._scales(drawn)
    parts = curves._residuals(drawn, curves._levels(level, scales), scales)
    drawing = "".join(parts)
    assert marks(drawing, "rec").count("M") == 6
    assert marks(drawing, "far").count("M") == 1
