"""Ways to neutrophils / lymphocytes as laboratories send them: each a table that someone in the laboratory can check.

P1 starts treatment on 10 March at 9:00; the cytokine draw is on 8 March at 8:00.
"""

from __future__ import annotations

from lab_cases import HEAD, load

LAYOUTS = [
    ("two counts", "neutrophils 4.2, lymphocytes 1.2", ("=4.2", "=1.2", "counts")),
    ("percentages alone", "neutrophils_pct 70, lymphocytes_pct 20", ("=70", "=20", "percent")),
    ("percentages and leukocytes", "wbc 6.0, neutrophils_pct 70, lymphocytes_pct 20", ("=4.2", "=1.2", "wbc_x_percent")),
    ("a count and a percentage", "wbc 6.0, neutrophils 4.2, lymphocytes_pct 20", ("=4.2", "=1.2", "wbc_x_percent")),
    ("a count and a percentage of nothing known", "neutrophils 4.2, lymphocytes_pct 20", ("=4.2", "not_received", None)),
    ("counted by hand", "neutrophils_manual 4.2, lymphocytes_manual 1.2", ("=4.2", "=1.2", "manual_counts")),
    (
        "by hand and by machine: the machine's percentages",
        "neutrophils_manual 5.2, lymphocytes_manual 1.1, neutrophils_pct 70, lymphocytes_pct 20",
        ("=70", "=20", "percent"),
    ),
    ("one of the two by hand", "neutrophils_manual_pct 70, lymphocytes_pct 20", ("=70", "=20", "manual_percent")),
    ("segments and bands", "segs 4.0, bands 0.2, lymphocytes 1.2", ("=4.2", "=1.2", "segs_bands_counts")),
    ("the same in percent", "segs_pct 66, bands_pct 4, lymphocytes_pct 20", ("=70", "=20", "segs_bands_percent")),
    (
        "the same with leukocytes",
        "wbc 6, segs_pct 66, bands_pct 4, lymphocytes_pct 20",
        ("=4.2", "=1.2", "segs_bands_wbc_x_percent"),
    ),
    ("segments without bands", "segs 4.0, lymphocytes 1.2", ("assay_mismatch", "=1.2", None)),
    ("segments beside the whole", "neutrophils 4.2, segs 4.0, bands 0.2, lymphocytes 1.2", ("=4.2", "=1.2", "counts")),
    ("bands below what is counted", "segs 4.0, bands <0.1, lymphocytes 1.2", ("below_range_undecided", "=1.2", None)),
    ("leukocytes that round to none", "wbc 0.0, neutrophils_pct 70, lymphocytes_pct 20", ("=70", "=20", "percent")),
    ("nothing but leukocytes", "wbc 6.0", ("not_ordered", "not_ordered", None)),
    (
        "both ways, 4 % apart",
        "neutrophils 4.2, lymphocytes 1.2, neutrophils_pct 70, lymphocytes_pct 19.2",
        ("=4.2", "=1.2", "counts"),
    ),
    (
        "both ways, 7 % apart",
        "neutrophils 4.2, lymphocytes 1.2, neutrophils_pct 75, lymphocytes_pct 20",
        ("=4.2", "=1.2", "counts"),
    ),
    (
        "both ways, 14 % apart",
        "neutrophils 4.2, lymphocytes 1.2, neutrophils_pct 80, lymphocytes_pct 20",
        ("duplicate_conflict", "duplicate_conflict", "counts"),
    ),
    ("percentages that are 101 together", "neutrophils_pct 80, lymphocytes_pct 21", ("=80", "=21", "percent")),
    (
        "percentages of more than there is",
        "neutrophils_pct 70, lymphocytes_pct 60",
        ("duplicate_conflict", "duplicate_conflict", "percent"),
    ),
    (
        "of more than there is, with leukocytes",
        "wbc 6.0, neutrophils_pct 70, lymphocytes_pct 61",
        ("duplicate_conflict", "duplicate_conflict", "wbc_x_percent"),
    ),
    (
        "counts of more cells than there are",
        "wbc 6.0, neutrophils 4.2, lymphocytes 12",
        ("duplicate_conflict", "duplicate_conflict", "counts"),
    ),
    ("a percentage below what is counted", "neutrophils_pct 70, lymphocytes_pct <5", ("=70", "<5", "percent")),
    ("a spreadsheet's digits", "wbc 6.1, neutrophils_pct 70.123456789, lymphocytes_pct 20",
     ("=4.277530864129", "=1.22", "wbc_x_percent")),
]  # fmt: skip


def _layout(cases, table, extra: str = "") -> None:
    """`analyte value, ...`: rows of one specimen a subject."""
    rows = [
        (name, "\n".join(f"{part.split()[0]} | C1 | 2026-03-08 07:00 | {part.split()[1]} | final" for part in text.split(", ")), None)
        for name, text, _ in table
    ]  # fmt: skip
    load(cases, "", rows)


def test_layouts_of_a_blood_count(cases):
    _layout(cases, LAYOUTS)
    counts = cases.answers("neutrophils", "lymphocytes")
    inputs = cases.lab.inputs()
    sources = {name: inputs[f"P{n}", "neutrophils"]["nlr_source"] for n, name in enumerate(cases.names, 1)}
    assert {name: (*counts[name], sources[name]) for name in counts} == {name: answer for name, _, answer in LAYOUTS}
    detail = {name: inputs[f"P{n}", "neutrophils"]["detail"] for n, name in enumerate(cases.names, 1)}
    assert "7.1 % apart" in detail["both ways, 7 % apart"]
    assert "apart" not in detail["both ways, 4 % apart"]
    assert "3.5 by counts and 4 by percent of the same blood, 14.3 % apart" in detail["both ways, 14 % apart"]
    assert "without band forms" in detail["segments without bands"]
    assert "together 130 % of the leukocytes" in detail["percentages of more than there is"]
    assert "together 270 % of the leukocytes" in detail["counts of more cells than there are"]
    assert "together" not in detail["percentages that are 101 together"]


def test_a_made_value_names_every_line_that_it_was_made_of(cases):
    _layout(cases, [("all", "wbc 6, segs_pct 66, bands_pct 4, lymphocytes_pct 20", None)])
    row = cases.lab.inputs()["P1", "neutrophils"]
    lines = [key.rsplit(":")[1] for key in (row["source_key"], *row["part_keys"].split(";"))]
    assert lines == ["3", "4", "2"]
    assert "segmented 66 + band forms 4" in row["detail"]
    assert "of 6 u leukocytes" in row["detail"]


def test_percentages_do_not_stand_in_for_counts_that_were_taken_back(p1):
    p1.labs(
        HEAD
        + """P1 | neutrophils | C1 | 2026-03-08 07:00 | | entered_in_error | |
             P1 | lymphocytes | C1 | 2026-03-08 07:00 | 1.2 | final | |
             P1 | neutrophils_pct | C1 | 2026-03-08 07:00 | 70 | final | |
             P1 | lymphocytes_pct | C1 | 2026-03-08 07:00 | 20 | final | |"""
    )
    assert (p1.answer("neutrophils"), p1.answer("lymphocytes")) == ("entered_in_error", "=1.2")


def test_percentages_do_not_stand_in_for_counts_that_failed_their_checks(p1):
    p1.labs(
        HEAD
        + """P1 | neutrophils | C1 | 2026-03-08 07:00 | 4200 | final | | failed_qc
             P1 | lymphocytes | C1 | 2026-03-08 07:00 | 1.2 | final | |
             P1 | wbc | C1 | 2026-03-08 07:00 | 6.0 | final | |
             P1 | neutrophils_pct | C1 | 2026-03-08 07:00 | 70 | final | |
             P1 | lymphocytes_pct | C1 | 2026-03-08 07:00 | 20 | final | |"""
    )
    assert (p1.answer("neutrophils"), p1.answer("lymphocytes")) == ("failed_qc", "=1.2")


def test_percentages_stand_in_for_counts_in_an_unknown_unit(p1):
    p1.labs(
        HEAD
        + """P1 | neutrophils | C1 | 2026-03-08 07:00 | 4.2 | final | | unit_unknown
             P1 | lymphocytes | C1 | 2026-03-08 07:00 | 1.2 | final | | unit_unknown
             P1 | neutrophils_pct | C1 | 2026-03-08 07:00 | 70 | final | |
             P1 | lymphocytes_pct | C1 | 2026-03-08 07:00 | 20 | final | |"""
    )
    assert (p1.answer("neutrophils"), p1.answer("lymphocytes")) == ("=70", "=20")


def test_the_form_that_cannot_be_used_is_the_one_that_is_named(p1):
    p1.labs(
        HEAD
        + """P1 | segs | C1 | 2026-03-08 07:00 | 4.0 | final | |
             P1 | bands | C1 | 2026-03-08 07:00 | | cancelled | |
             P1 | lymphocytes | C1 | 2026-03-08 07:00 | 1.2 | final | |"""
    )
    assert p1.answer("neutrophils") == "cancelled"
    assert p1.inputs()["P1", "neutrophils"]["detail"] == "band neutrophils: the result was cancelled"


def test_the_suite_says_how_far_apart_two_ways_may_be(cases):
    from warehouse import ScoreSettings, score_input

    _layout(cases, [("14 % apart", "neutrophils 4.2, lymphocytes 1.2, neutrophils_pct 80, lymphocytes_pct 20", None)])
    table = score_input(cases.lab.con, ScoreSettings(nlr_contradicts_pct=20.0)).to_pylist()
    assert [row["reason"] for row in table if row["measure"] == "neutrophils"] == [None]
