"""Scales and marks."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from pbis.draw import classed as svg


def test_a_log_scale_maps_decades_evenly_and_holds_what_lies_outside() -> None:
    scale = svg.LogScale(1.0, 1000.0, 0, 300)
    assert scale(np.array([1, 10, 100, 1000, 1e9, 1e-9])).tolist() == [0, 100, 200, 300, 300, 0]
    assert scale.decades() == [(0, "1"), (100, "10"), (200, "100"), (300, "1k")]


def test_an_axis_may_run_upwards() -> None:
    assert svg.LinearScale(0.0, 100.0, 500, 400).at(25.0) == 475


def test_wide_axes_label_every_second_decade() -> None:
    assert len(svg.LogScale(1e-3, 1e6, 0, 900).decades()) == 5


@pytest.mark.parametrize(
    ("power", "shown"), [(-2, "0.01"), (0, "1"), (2, "100"), (3, "1k"), (5, "100k"), (6, "1M"), (7, "10M")]
)
def test_powers_of_ten_are_short(power: int, shown: str) -> None:
    assert svg.power_label(power) == shown


@pytest.mark.parametrize("values", [[], [np.nan], [0.0, -3.0], [np.inf]])
def test_limits_without_a_positive_number_are_still_an_axis(values: list[float]) -> None:
    assert svg.padded(np.array(values, dtype=np.float64)) == (1.0, 10.0)


def test_limits_of_a_single_value_leave_room_on_both_sides() -> None:
    low, high = svg.padded(np.array([50.0]))
    assert low < 50.0 < high


def test_a_polyline_is_drawn_in_relative_steps() -> None:
    assert svg.line([10, 20, 25], [5, 3, 3]) == "M10 5l10-2 5 0"
    assert svg.line([], []) == ""


def test_a_rectangle_whose_sides_have_crossed_is_not_drawn() -> None:
    assert svg.rectangle(5, 0, 5, 9, "out") == ""
    assert svg.rectangle(9, 0, 5, 9, "out") == ""


def test_names_cannot_leave_the_drawing() -> None:
    drawn = svg.figure(9, 9, '"><script>', [svg.label(1, 1, "</text><script>&")])
    tree = ET.fromstring(drawn)
    assert [element.tag for element in tree.iter()] == ["svg", "text"]
    assert tree.attrib["aria-label"] == '"><script>'
