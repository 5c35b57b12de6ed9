"""Figures whose numbers leave nothing to draw say so in their place; those with some draw what there is."""

from __future__ import annotations

import re

import numpy as np
import pytest
from study_cohort import cohort

from pbis.study.data import check_table
from pbis.study.draw.charts import ScanLine, Series, cross_map, histogram, line_chart, scan_plot
from pbis.study.draw.small_multiples import SmallPanel, panels
from pbis.study.draw.survival_curves import km_figure
from pbis.study.sections.marker_tables import clinical_correlations, markers_by_score
from pbis.study.sections.matched import matched
from pbis.study.sections.models import adjusted_models
from pbis.study.settings import Methods, StudySettings
from pbis.study.study import make_study

NONE = np.full(5, np.nan)
SOME = np.array([1.0, 2.0, 2.0, 4.0])
MARKS = [(3.0, "#123456", "published: 3"), (float("nan"), "#654321", "maxstat: nan")]
WORDS = ("Months", "Net benefit")


@pytest.mark.parametrize(
    ("drawing", "why"),
    [
        (histogram("Cuts", NONE, "CRP", MARKS), "no resample gave a number of CRP"),
        (histogram("Cuts", -SOME, "CRP", MARKS, is_log=True), "no resample gave a number of CRP"),
        (line_chart("Curve", [Series("a", SOME, SOME)], WORDS, (0.0, float("nan"))), "there is no number of Net benefit"),
        (line_chart("Curve", [], WORDS, (0.0, 1.0)), "there is no number of Months"),
        (scan_plot("Scan", "IL-2", ScanLine(SOME[:0], SOME[:0], MARKS, 0.01)), "no cut of IL-2 could be tried"),
        (scan_plot("Scan", "IL-2", ScanLine(SOME, NONE[:4], MARKS, 0.01)), "there is no number of the p of a cut"),
        (scan_plot("Scan", "IL-2", ScanLine(SOME, SOME / 9, MARKS, float("nan"))), "there is no number of the p of a cut"),
        (km_figure("Survival", "alive", [], ""), "nobody was followed up"),
        (cross_map("Map", ([], []), NONE.reshape(1, 5), NONE.reshape(1, 5)), "there is no pair to correlate"),
        (panels("Panels", [], "x", "y", (False, True)), "no analyte has what it shows"),
        (panels("Panels", [SmallPanel("a", [(SOME, -SOME, "#123456")])], "x", "y", (False, True)), "there is no number to draw"),
    ],
    ids=["no cut", "none above zero", "no axis", "no line", "no candidate", "no p", "no limit", "nobody", "no pair", "no panel", "none to draw"],
)  # fmt: skip
def test_a_figure_without_numbers_says_so_in_its_place(drawing: str, why: str) -> None:
    assert f"This figure cannot be drawn: {why}." in drawing
    assert "<svg" in drawing
    assert "nan" not in drawing


@pytest.mark.parametrize(
    "drawing",
    [
        histogram("Cuts", np.array([np.nan, *SOME]), "CRP", MARKS),
        histogram("Cuts", np.ones(4), "CRP", []),
        scan_plot("Scan", "IL-2", ScanLine(SOME, SOME / 9, MARKS, 0.01)),
        scan_plot("Scan", "IL-2", ScanLine(np.ones(1), np.array([0.2]), [], 0.01)),
        line_chart("Curve", [Series("a", np.ones(3), np.array([0.1, np.nan, 0.2]))], WORDS, (0.0, 1.0)),
    ],
    ids=["some cuts", "one value", "a mark without a place", "one candidate", "one time"],
)
def test_what_can_be_drawn_is(drawing: str) -> None:
    assert "cannot be drawn" not in drawing
    assert 'nan"' not in drawing.replace("maxstat: nan", "")


@pytest.fixture(scope="module")
def study():
    return make_study(
        check_table(cohort(150, 3)), StudySettings(methods=Methods(resamples=20, permutations=20, draws=10))
    )


def test_the_map_of_markers_and_clinical_variables_draws_every_pair_with_its_number(study) -> None:
    part = clinical_correlations(study)
    drawn, strongest = part.figures
    assert drawn.svg.count("<rect") == len({row[0] for row in part.table.rows}) * len(
        {row[1] for row in part.table.rows}
    )
    for row in part.table.rows:
        words = str(row[2]).replace("0.", ".").replace("-.", "−.")
        assert words in drawn.svg
    assert strongest.svg.count("font-weight") == 6  # the names of its panels
    patients = len(study.main.frame)
    assert strongest.svg.count("<circle") <= 6 * patients
    assert strongest.svg.count("<circle") > 5 * patients


def test_cytokines_by_score_draw_each_patient_and_the_medians_of_the_table(study) -> None:
    part = markers_by_score(study)
    (drawn,) = part.figures
    rows = [int(row[-1]) for row in part.table.rows]
    assert drawn.svg.count("<circle") == sum(rows)  # n of each marker
    assert drawn.svg.count("<polyline") == len(rows)
    assert markers_by_score(study).figures[0].svg == drawn.svg


def test_a_line_ends_where_it_leaves_the_axis_and_begins_again_where_it_comes_back() -> None:
    y = np.array([0.5, -0.5, -0.5, 0.5, 2.0])
    drawn = line_chart("Curve", [Series("a", np.arange(5.0), y)], WORDS, (0.0, 1.0))
    pieces = re.findall(r'points="([^"]*)"', drawn)
    ends = [[float(part.split(",")[1]) for part in piece.split()] for piece in pieces]
    assert len(pieces) == 2  # down to the lower end, and from it up to the upper one
    assert (ends[0][-1], ends[1][0], ends[1][-1]) == (300.0, 300.0, 20.0)
    outside = line_chart("Curve", [Series("a", np.arange(3.0), np.full(3, -1.0))], WORDS, (0.0, 1.0))
    assert "<polyline" not in outside


def test_covariates_are_named_in_words(study) -> None:
    frame = cohort(150, 3).assign(tumour_size_cm=np.linspace(1, 9, 150), child_pugh=np.arange(150) % 3 + 5)
    made = make_study(check_table(frame), study.settings)
    drawn = "".join(figure.svg for section in (adjusted_models(made), matched(made)) for figure in section.figures)
    assert "Tumour size, cm" in drawn
    assert "tumour_size_cm" not in drawn
    assert "child_pugh" not in drawn
