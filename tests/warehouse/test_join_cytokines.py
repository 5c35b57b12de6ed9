"""Join rules for cytokines, each a table that someone in the laboratory can check. P1 starts treatment on 10 March at 9:00."""

from __future__ import annotations

from datetime import datetime

import pytest

from pbis.core.frames import TREATMENT
from warehouse import ScoreSettings, score_input

START = "subject | started\nP1 | 2026-03-10 09:00"
NOON = datetime(2026, 3, 1, 12)
DRAWN = "2026-03-08 08:00"


def load(cases, table) -> None:
    """Each case a subject: name, time of the draw, its plates as lists of `dilution:value`, the answer."""
    starts, draws = [], []
    plates: dict[int, list[str]] = {}
    for name, drawn, wells_by_plate, _ in table:
        subject = cases.add(name)
        starts.append(f"{subject} | 2026-03-10 09:00")
        draws.append(f"S-{subject} | {subject} | {drawn}")
        for number, wells in enumerate(wells_by_plate):
            rows = [f"S-{subject} | IL-2 | {' | '.join(well.split(':'))}" for well in wells]
            plates.setdefault(number, []).extend(rows)
    cases.lab.treatments("subject | started\n" + "\n".join(starts))
    cases.lab.specimens("specimen | subject | drawn\n" + "\n".join(draws))
    for rows in plates.values():
        cases.lab.plate("specimen | analyte | dilution | value\n" + "\n".join(rows))


@pytest.fixture
def p1(lab):
    lab.treatments(START)
    return lab


def draw(lab, when: str) -> None:
    lab.specimens(f"specimen | subject | drawn\nS1 | P1 | {when}")
    lab.plate("specimen | analyte | value\nS1 | IL-2 | 7.5")


WINDOW = [
    ("2026-03-02 23:59", "outside_window"),  # 8 calendar days
    ("2026-03-03 00:01", "=7.5"),  # 7 calendar days, though more than 7 x 24 h
    ("2026-03-03", "=7.5"),
    ("2026-03-09 23:59", "=7.5"),
    ("2026-03-10 08:59", "=7.5"),  # the same day, before the first dose
    ("2026-03-10 09:01", "outside_window"),  # the same day, after it
    ("2026-03-10", "=7.5"),  # the same day, order unknown: counts and is flagged
    ("2026-03-11 08:00", "outside_window"),
]


def test_window(cases):
    load(cases, [(drawn, drawn, [["1:7.5"]], expected) for drawn, expected in WINDOW])
    assert cases.answers("il2") == dict(WINDOW)


SAME_DAY = {"2026-03-10": True, "2026-03-10 09:00": True, "2026-03-10 08:00": False}


def test_same_day_without_an_order_is_flagged(cases):
    load(cases, [(drawn, drawn, [["1:7.5"]], None) for drawn in SAME_DAY])
    for number, flagged in enumerate(SAME_DAY.values(), 1):
        row = cases.lab.inputs()[f"P{number}", "il2"]
        assert row["is_same_day_unordered"] is flagged
        assert ("order unknown" in row["detail"]) is flagged
        assert row["days_before_start"] == 0


def test_start_with_a_date_only_leaves_the_same_day_unordered(lab):
    lab.treatments("subject | started\nP1 | 2026-03-10")
    draw(lab, "2026-03-10 08:00")
    assert lab.inputs()["P1", "il2"]["is_same_day_unordered"] is True


def test_latest_eligible_draw_wins(p1):
    p1.specimens(
        """specimen | subject | drawn
        early | P1 | 2026-03-04 08:00
        late  | P1 | 2026-03-08 08:00
        after | P1 | 2026-03-11 08:00"""
    )
    p1.plate(
        """specimen | analyte | value
        early | IL-2 | 5
        late  | IL-2 | 6
        after | IL-2 | 7"""
    )
    assert p1.answer("il2") == "=6.0"


def test_a_draw_that_no_plate_holds_waits_for_none(p1):
    p1.specimens("specimen | subject | drawn\nheld | P1 | 2026-03-04 08:00\nwaiting | P1 | 2026-03-08 08:00")
    p1.plate("specimen | analyte | value\nheld | IL-2 | 5")
    assert p1.answer("il2") == "=5.0"


def test_a_rule_that_keeps_several_readings_out_is_named_once(p1):
    p1.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    for _ in range(2):
        p1.plate(
            """specimen | analyte | dilution | value | qc
            S1 | IL-2 | 1 | 7 | bead_count
            S1 | IL-2 | 1 | 7 | bead_count; curve_fit
            S1 | IL-2 | 2 | 7 | curve_fit; plausibility"""
        )
    row = p1.inputs()["P1", "il2"]
    assert row["reason"] == "failed_qc"
    assert row["detail"].endswith("are kept out: bead_count; curve_fit; plausibility")


REPLICATES = [
    ("7.5", "=7.5"),
    ("3.2 3.2", "=3.2"),  # equal wells keep their number to the last digit: it may stand at a cut
    ("4 9", "=6.0"),  # geometric mean
    ("<3.2 <3.2", "<3.2"),
    ("<3.2 <6.4", "<6.4"),  # the largest bound
    (">900 >800", ">800.0"),  # the smallest bound
    ("4 <9", "<6.0"),  # the geometric mean is below that of 4 and 9
    ("400 >900", ">600.0"),
    ("<3.2 >900", "duplicate_conflict"),
    ("LOW_BEADS 5", "=5.0"),
    ("LOW_BEADS CURVE_FAILED", "failed_qc"),
]


def test_replicates_of_one_plate(cases):
    load(
        cases, [(wells, DRAWN, [[f"1:{value}" for value in wells.split()]], expected) for wells, expected in REPLICATES]
    )
    assert cases.answers("il2") == dict(REPLICATES)


def test_failing_readings_are_counted_and_named(p1):
    p1.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    p1.plate("specimen | analyte | value | qc\nS1 | IL-2 | 5 |\nS1 | IL-2 | 9 | bead_count")
    row = p1.inputs()["P1", "il2"]
    assert (row["value_op"], row["value_text"]) == ("=", "5.0")
    assert row["detail"] == "1 of 2 readings of S1 on B1, 1 kept out: bead_count"
    assert row["source_key"].endswith(":1:A1:IL-2")


REPEATS = [
    (("5", "5"), "=5.0"),
    (("4", "5"), "=4.472135954999579"),  # CV 15.7 %: geometric mean
    (("4", "9"), "duplicate_conflict"),  # CV 54 %
    (("5", "LOW_BEADS"), "=5.0"),  # a plate that fails drops out
    (("<3.2", "<6.4"), "<6.4"),
    (("2", "<3.2"), "=2.0"),  # within the other's bound
    (("4", "<3.2"), "duplicate_conflict"),
    (("20000", ">10000"), "=20000.0"),
    (("5000", ">10000"), "duplicate_conflict"),
    (("<3.2", ">10000"), "duplicate_conflict"),
    (("LOW_BEADS", "CURVE_FAILED"), "failed_qc"),
    (("1:<3.2", "2:<6.4"), "<3.2"),  # another dilution only says less
    (("1:<3.2", "1:<4", "2:<6.4"), "<4.0"),
    (("1:>1000", "10:>10000"), ">10000.0"),
    (("1:>1000", "1:>900"), ">900.0"),
]


@pytest.mark.parametrize("step", [1, -1])
def test_repeat_plates_by_policy_whichever_came_first(cases, step):
    table = [
        (" ".join(plates), DRAWN, [[value if ":" in value else f"1:{value}"] for value in plates[::step]], expected)
        for plates, expected in REPEATS
    ]
    load(cases, table)
    assert cases.answers("il2") == {name: expected for name, _, _, expected in table}


DILUTIONS = [
    ("1:5 2:5.5", "=5.0"),  # the lowest in range
    ("1:>1000 10:1500", "=1500.0"),
    ("1:<3.2 10:<32", "<3.2"),  # the bound that says most
    ("1:>1000 10:>10000", ">10000.0"),
    ("1:>1000 10:<32", "duplicate_conflict"),  # above 1000 and below 32
    ("1:LOW_BEADS 10:50", "=50.0"),
]


def test_dilutions(cases):
    load(cases, [(wells, DRAWN, [wells.split()], expected) for wells, expected in DILUTIONS])
    assert cases.answers("il2") == dict(DILUTIONS)


def test_plates_below_their_range_that_differ_have_an_interval_that_holds_both(p1):
    """Nobody compares them, since none is quantified: the mean of their ends lay between them, and held neither."""
    p1.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    for reach in ("0.1 0.2", "1.5 2.5", "1.6 2.4"):
        p1.plate(f"specimen | analyte | value | reach\nS1 | IL-2 | <3.2 | {reach}")
    row = p1.inputs()["P1", "il2"]
    assert (row["value_op"], row["value_text"]) == ("<", "3.2")
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((0.1, 2.5))


def test_wells_at_a_dilution_that_does_not_count_are_told(p1):
    """So that the sentence accounts for every well: two that count, one kept out, three at other dilutions."""
    p1.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    wells = ("1 | 5 |", "1 | 5 |", "1 | 9 | bead_count", "2 | <6.4 |", "2 | <6.4 |", "4 | <12.8 |")
    p1.plate("specimen | analyte | dilution | value | qc\n" + "\n".join(f"S1 | IL-2 | {well}" for well in wells))
    detail = p1.inputs()["P1", "il2"]["detail"]
    assert detail == "2 of 6 readings of S1 on B1, 3 at another dilution, 1 kept out: bead_count"


def test_dilutions_that_disagree_are_flagged_not_averaged(p1):
    p1.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    p1.plate("specimen | analyte | dilution | value\nS1 | IL-2 | 1 | 10\nS1 | IL-2 | 10 | 14")
    row = p1.inputs()["P1", "il2"]
    assert row["value_text"] == "10.0"
    assert "dilutions differ by 40" in row["detail"]


@pytest.mark.parametrize("wells", [("1 | <3.2", "1 | >900"), ("1 | >900", "20 | <64")])
def test_a_plate_whose_wells_contradict_each_other_is_named_beside_one_that_answers(p1, wells):
    """And its specimen has no interval, no dilution and no wells of a value that it has not."""
    p1.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    head = "specimen | analyte | dilution | value\n"
    p1.plate(head + "\n".join(f"S1 | IL-2 | {well}" for well in wells))
    p1.plate(head + "S1 | IL-2 | 1 | 5")
    row = p1.inputs()["P1", "il2"]
    assert (row["value_op"], row["value_text"]) == ("=", "5.0")
    assert row["detail"] == "1 of 3 readings of S1 on B1, B2, those on B1 contradict each other about the range"
    asked = "select value_op, value, ci_low, ci_high, dilution_factor, wells, used_count, reading_count from specimen_result where is_contradictory"
    assert p1.con.execute(asked).fetchall() == [(None, None, None, None, None, None, 0, 2)]


def test_tubes_of_one_draw_are_repeats(p1):
    p1.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00\nS2 | P1 | 2026-03-08 08:00")
    p1.plate("specimen | analyte | value\nS1 | IL-2 | 4\nS2 | IL-2 | 9")
    assert p1.answer("il2") == "duplicate_conflict"


MATERIALS = [  # material:value of tubes of one draw
    ("serum:4 serum:5", "=4.472135954999579", ["serum"]),
    ("serum:4 EDTA plasma:5", "=4.0", ["serum"]),  # no repeats of each other: that in which the score was found
    ("Serum:4 EDTA plasma:90", "=4.0", ["Serum"]),
    ("serum:LOW_BEADS EDTA plasma:5", "=5.0", ["EDTA plasma"]),  # the only one that answers, and is marked
    ("EDTA plasma:4 Heparin plasma:5", "assay_mismatch", ["EDTA plasma", "Heparin plasma"]),
    ("EDTA plasma:4 EDTA plasma:5", "=4.472135954999579", ["EDTA plasma"]),
    ("serum:4 :5", "=4.472135954999579", ["serum"]),  # one of unknown material goes with any
    ("serum:4 Serum gel:5", "=4.472135954999579", ["Serum gel", "serum"]),
    ("Serum gel:4 EDTA plasma:5", "=4.0", ["Serum gel"]),
    ("serum:<3.2 EDTA plasma:5", "<3.2", ["serum"]),
]


def test_tubes_of_two_materials_are_no_repeats(cases):
    import re

    starts, draws, wells = [], [], []
    for text, _, _ in MATERIALS:
        subject = cases.add(text)
        starts.append(f"{subject} | 2026-03-10 09:00")
        for number, (material, value) in enumerate(re.findall(r"(\w[\w ]*|):(\S+)", text)):
            draws.append(f"T{number}-{subject} | {subject} | 2026-03-08 08:00 | {material.strip()}")
            wells.append(f"T{number}-{subject} | IL-2 | {value}")
    cases.lab.treatments("subject | started\n" + "\n".join(starts))
    cases.lab.specimens("specimen | subject | drawn | material\n" + "\n".join(draws))
    cases.lab.plate("specimen | analyte | value\n" + "\n".join(wells))
    assert cases.answers("il2") == {name: expected for name, expected, _ in MATERIALS}
    found = dict(cases.lab.con.sql("select subject_id, materials from subject_population").fetchall())
    assert [found[f"P{number}"] for number in range(1, len(MATERIALS) + 1)] == [each for _, _, each in MATERIALS]
    details = [cases.lab.inputs()[f"P{number}", "il2"]["detail"] for number in (2, 5)]
    assert "tubes of another material than that of the score left out" in details[0]
    assert "the tubes of the draw on B1 are of 2 materials, in none of which the score was found" in details[1]


REASONS = [  # rows of specimens and of a plate; # is the number of the case, and Q# another subject
    ("", "", "not_ordered"),
    ("S# | P# | 2026-03-08 08:00 |", "", "not_received"),
    ("S# | P# | | ", "", "not_received"),
    ("S# | P# | 2026-03-08 08:00 | qns", "", "qns"),
    ("S# | P# | 2026-02-08 08:00 |", "S# | IL-2 | 5", "outside_window"),
    ("S# | P# | 2026-03-08 08:00 |", "S# | IL-2R | 5", "assay_mismatch"),
    ("S# | P# | 2026-03-08 08:00 |", "S# | IL-2 | MISSING", "failed_qc"),
    ("S# | P# | 2026-03-08 08:00 |\nS# | Q# | 2026-03-08 08:00 |", "S# | IL-2 | 5", "identity_conflict"),
    ("S# | P# | 2026-03-08 08:00 |\nS# | P# | 2026-03-07 08:00 |", "S# | IL-2 | 5", "duplicate_conflict"),
]


def test_no_value_has_a_precise_reason(cases):
    """Each case in files of its own."""
    for drawn, wells, _ in REASONS:
        number = cases.add(f"{drawn} {wells}").removeprefix("P")
        if drawn:
            cases.lab.specimens("specimen | subject | drawn | reason\n" + drawn.replace("#", number))
        if wells:
            cases.lab.plate("specimen | analyte | value\n" + wells.replace("#", number))
    starts = [f"P{number} | 2026-03-10 09:00" for number in range(1, len(REASONS) + 1)]
    cases.lab.treatments("subject | started\n" + "\n".join(starts))
    assert cases.answers("il2") == {f"{drawn} {wells}": expected for drawn, wells, expected in REASONS}
    assert all(cases.lab.inputs()[f"P{number}", "il2"]["detail"] for number in range(1, len(REASONS) + 1))


def test_newer_specimen_file_decides_about_the_time(p1):
    draw(p1, "2026-02-08 08:00")
    assert p1.answer("il2") == "outside_window"
    p1.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    assert p1.answer("il2") == "=7.5"


def test_superseded_plate_no_longer_counts(p1):
    p1.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    first = p1.plate("specimen | analyte | value\nS1 | IL-2 | 5")
    run = first.read.run
    p1.plate("specimen | analyte | value\nS1 | IL-2 | 50", batch=run.batch, started_at=run.started_at)
    assert p1.answer("il2") == "=50.0"


def test_analyte_is_the_one_that_the_site_names(p1):
    p1.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    p1.plate("specimen | analyte | value\nS1 | IL-12p70 | 5\nS1 | IL-12p40 | 50")
    assert p1.answer("il12") == "=5.0"
    score_input(p1.con, ScoreSettings(il12_analyte="IL-12p40"))
    p1.known = {}
    assert p1.answer("il12") == "=50.0"


def test_six_measures_for_every_treated_subject(lab):
    lab.treatments("subject | started\nP1 | 2026-03-10\nP2 |\nP3 | 2026-03-12 10:00")
    assert len(lab.inputs()) == 18
    assert {lab.answer(m, "P2") for m in ("il2", "il12", "crp", "afp", "neutrophils", "lymphocytes")} == {
        "not_received"
    }


def test_a_newer_list_of_days_alone_takes_no_time_away(lab):
    lab.treatments("subject | started\nP1 | 2026-03-10 09:00\nP2 | 2026-03-10 09:00\nP3 | 2026-03-10 09:00")
    drawn = "specimen | subject | drawn\nS1 | P1 | 2026-03-10 {}\nS2 | P2 | 2026-03-10 {}\nS3 | P3 | 2026-03-09 {}"
    lab.specimens(drawn.format("11:00", "08:00", "07:00"))
    lab.plate("specimen | analyte | value\nS1 | IL-2 | 5\nS2 | IL-2 | 6\nS3 | IL-2 | 7")
    lab.treatments(
        "subject | started\nP1 | 2026-03-10\nP2 | 2026-03-10\nP3 | 2026-03-09"
    )  # a day earlier: nobody says when
    lab.specimens(drawn.format("", "", ""))
    assert [lab.answer("il2", name) for name in ("P1", "P2", "P3")] == ["outside_window", "=6.0", "=7.0"]
    unordered = [lab.inputs()[name, "il2"]["is_same_day_unordered"] for name in ("P1", "P2", "P3")]
    assert unordered == [False, False, True]


def test_a_subject_with_a_specimen_and_no_start_keeps_its_row(lab):
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    lab.plate("specimen | analyte | value\nS1 | IL-2 | 5")
    lab.labs("subject | analyte | specimen | drawn | value\nP1 | crp | L1 | 2026-03-08 | 0.5")
    assert len(lab.inputs()) == 6
    assert {row["reason"] for row in lab.inputs().values()} == {"not_received"}
    assert {row["detail"] for row in lab.inputs().values()} == {"no treatment start of the subject is known"}


def test_a_start_that_cannot_be_used_is_the_reason_for_everything(lab):
    row = {"subject_id": "P1", "started_at": NOON, "has_time": True, "reason": "identity_conflict"}
    lab.clinical("treatments", "treatment", TREATMENT, [row])
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-02-27 08:00")
    lab.plate("specimen | analyte | value\nS1 | IL-2 | 5")
    assert {row["reason"] for row in lab.inputs().values()} == {"identity_conflict"}


def test_first_of_several_starts_is_the_baseline(lab):
    lab.treatments("subject | started\nP1 | 2026-06-10 09:00\nP1 | 2026-03-10 09:00")
    draw(lab, "2026-03-09 08:00")
    assert lab.answer("il2") == "=7.5"
    assert "first of 2 treatment starts" in lab.inputs()["P1", "il2"]["detail"]
