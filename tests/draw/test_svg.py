"""Scales and marks."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from pbis.draw import classed, inked
from pbis.draw.scale import Scale, padded, tick_label


def test_a_log_scale_maps_decades_evenly_and_holds_what_lies_outside() -> None:
    scale = Scale(1.0, 1000.0, 0, 300, is_log=True)
    assert scale.pixels(np.array([1, 10, 100, 1000, 1e9, 1e-9])).tolist() == [0, 100, 200, 300, 300, 0]
    assert scale.decades() == [(0, "1"), (100, "10"), (200, "100"), (300, "1k")]


def test_an_axis_may_run_upwards() -> None:
    assert Scale(0.0, 100.0, 500, 400).pixel(25.0) == 475


def test_wide_axes_label_every_second_decade() -> None:
    assert len(Scale(1e-3, 1e6, 0, 900, is_log=True).decades()) == 5


@pytest.mark.parametrize(
    ("power", "shown"),
    [(-5, "0.00001"), (-2, "0.01"), (0, "1"), (2, "100"), (3, "1k"), (5, "100k"), (6, "1M"), (7, "10M")],
)
def test_powers_of_ten_are_short(power: int, shown: str) -> None:
    assert tick_label(10.0**power) == shown


@pytest.mark.parametrize("values", [[], [np.nan], [0.0, -3.0], [np.inf]])
def test_limits_without_a_positive_number_are_still_an_axis(values: list[float]) -> None:
    assert padded(np.array(values, dtype=np.float64)) == (1.0, 10.0)


def test_limits_of_a_single_value_leave_room_on_both_sides() -> None:
    low, high = padded(np.array([50.0]))
    assert low < 50.0 < high


def test_a_polyline_is_drawn_in_relative_steps() -> None:
    assert classed.line([10, 20, 25], [5, 3, 3]) == "M10 5l10-2 5 0"
    assert classed.line([], []) == ""


def test_a_rectangle_whose_sides_have_crossed_is_not_drawn() -> None:
    assert classed.rectangle(5, 0, 5, 9, "out") == ""
    assert classed.rectangle(9, 0, 5, 9, "out") == ""


def test_names_cannot_leave_the_drawing() -> None:
    drawn = classed.figure(9, 9, '"><script>', [classed.label(1, 1, "</text><script>&")])
    tree = ET.fromstring(drawn)
    assert [element.tag for element in tree.iter()] == ["svg", "text"]
    assert tree.attrib["aria-label"] == '"><script>'


def test_the_same_words_are_harmless_in_both_looks() -> None:
    words = "a<b> & \u202ec"
    for drawn in (
        classed.figure(9, 9, words, [classed.label(1, 1, words, "m")]),
        inked.figure(9, 9, words, [inked.text(1, 1, words), inked.upright(1, 1, words)]),
    ):
        tree = ET.fromstring(drawn)
        assert "\u202e" not in drawn
        assert tree.attrib["aria-label"] == "a<b> & <U+202E>c"
        assert {e.text for e in tree.iter() if e.tag.endswith(("text", "title"))} == {"a<b> & <U+202E>c"}


def test_one_place_by_value_and_by_pixel() -> None:
    for scale in (Scale(2.0, 50.0, 10, 400), Scale(2.0, 50.0, 400, 10, is_log=True)):
        values = [1.0, 2.0, 7.0, 50.0, 99.0]
        assert scale.pixels(values).tolist() == [round(scale.held(value)) for value in values]


def test_an_axis_says_thousands_and_millions_the_same_way_everywhere() -> None:
    assert [tick_label(v) for v in (0, -0.25, 999.5, 1500, 20_000, 2e6)] == ["0", "-0.25", "999.5", "1.5k", "20k", "2M"]
