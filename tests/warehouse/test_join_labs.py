"""Join rules for clinical labs, each a table that someone in the laboratory can check.

P1 starts treatment on 10 March at 9:00; the cytokine draw is on 8 March at 8:00.
"""

from __future__ import annotations

from lab_cases import HEAD, load
from partial_frames import partial


def crp(lab, text: str) -> str:
    """specimen | drawn | value | status | issued | reason, a row a line"""
    lab.labs(HEAD + "\n".join(f"P1 | crp | {line.strip()}" for line in text.strip().splitlines()))
    return lab.answer("crp")


VERSIONS = [
    ("a final result", "L1 | 2026-03-08 08:00 | 0.5 | final | |", "=0.5"),
    ("an operator is kept", "L1 | 2026-03-08 08:00 | <=0.3 | final | |", "<=0.3"),
    ("preliminary never scores", "L1 | 2026-03-08 08:00 | 0.5 | preliminary | |", "preliminary_only"),
    (
        "final after preliminary",
        """L1 | 2026-03-08 08:00 | 0.5 | preliminary | 2026-03-08 10:00 |
            L1 | 2026-03-08 08:00 | 0.6 | final | 2026-03-08 11:00 |""",
        "=0.6",
    ),
    (
        "corrected over final, also over one sent later",
        """L1 | 2026-03-08 08:00 | 0.5 | corrected | 2026-03-08 10:00 |
            L1 | 2026-03-08 08:00 | 0.6 | final | 2026-03-08 11:00 |""",
        "=0.5",
    ),
    (
        "the latest issue",
        """L1 | 2026-03-08 08:00 | 0.5 | corrected | 2026-03-08 10:00 |
            L1 | 2026-03-08 08:00 | 0.6 | corrected | 2026-03-08 12:00 |""",
        "=0.6",
    ),
    (
        "a known time of issue over an unknown one",
        """L1 | 2026-03-08 08:00 | 0.5 | final | |
            L1 | 2026-03-08 08:00 | 0.6 | final | 2026-03-08 12:00 |""",
        "=0.6",
    ),
    (
        "identical values collapse",
        """L1 | 2026-03-08 08:00 | 0.5 | final | 2026-03-08 10:00 |
            L1 | 2026-03-08 08:00 | 0.50 | final | 2026-03-08 10:00 |""",
        "=0.5",
    ),
    (
        "different values are a conflict",
        """L1 | 2026-03-08 08:00 | 0.5 | final | 2026-03-08 10:00 |
            L1 | 2026-03-08 08:00 | 0.6 | final | 2026-03-08 10:00 |""",
        "duplicate_conflict",
    ),
    (
        "so is the same number with another operator",
        """L1 | 2026-03-08 08:00 | 0.5 | final | |
            L1 | 2026-03-08 08:00 | <0.5 | final | |""",
        "duplicate_conflict",
    ),
    (
        "a bound gives way to a number within it",
        """L1 | 2026-03-08 08:00 | <0.5 | final | |
            L1 | 2026-03-08 08:00 | 0.13 | final | |""",
        "=0.13",
    ),
    (
        "so does one from below, and a number at its end",
        """L1 | 2026-03-08 08:00 | 0.5 | final | 2026-03-08 10:00 |
            L1 | 2026-03-08 08:00 | >0.1 | final | 2026-03-08 10:00 |
            L1 | 2026-03-08 08:00 | <=0.5 | final | 2026-03-08 10:00 |""",
        "=0.5",
    ),
    (
        "but not to a number outside it",
        """L1 | 2026-03-08 08:00 | <0.5 | final | |
            L1 | 2026-03-08 08:00 | 0.7 | final | |""",
        "duplicate_conflict",
    ),
    (
        "two numbers within a bound are a conflict",
        """L1 | 2026-03-08 08:00 | <0.5 | final | |
            L1 | 2026-03-08 08:00 | 0.2 | final | |
            L1 | 2026-03-08 08:00 | 0.3 | final | |""",
        "duplicate_conflict",
    ),
    (
        "a later bound of the same test is what its sender last said",
        """L1 | 2026-03-08 08:00 | 0.13 | final | 2026-03-08 10:00 |
            L1 | 2026-03-08 08:00 | <0.5 | final | 2026-03-08 11:00 |""",
        "<0.5",
    ),
    (
        "a corrected bound goes over a final number",
        """L1 | 2026-03-08 08:00 | 0.13 | final | |
            L1 | 2026-03-08 08:00 | <0.5 | corrected | |""",
        "<0.5",
    ),
    (
        "a cancellation retracts what came before it",
        """L1 | 2026-03-08 08:00 | 0.5 | final | 2026-03-08 10:00 |
            L1 | 2026-03-08 08:00 |  | cancelled | 2026-03-08 11:00 |""",
        "cancelled",
    ),
    (
        "and what bears a later time, for clocks differ",
        """L1 | 2026-03-08 08:00 |  | cancelled | 2026-03-08 10:00 |
            L1 | 2026-03-08 08:00 | 0.5 | final | 2026-03-08 11:00 |""",
        "cancelled",
    ),
    (
        "but no correction that was issued later",
        """L1 | 2026-03-08 08:00 |  | cancelled | 2026-03-08 10:00 |
            L1 | 2026-03-08 08:00 | 0.5 | corrected | 2026-03-08 11:00 |""",
        "=0.5",
    ),
    (
        "an undated retraction takes everything",
        """L1 | 2026-03-08 08:00 | 0.5 | corrected | 2026-03-08 10:00 |
            L1 | 2026-03-08 08:00 |  | entered_in_error | |""",
        "entered_in_error",
    ),
    (
        "an issue with the day alone is no midnight",
        """L1 | 2026-03-08 08:00 | 0.5 | final | 2026-03-08 |
            L1 | 2026-03-08 08:00 | 0.05 | final | 2026-03-08 09:00 |
            L1 | 2026-03-08 08:00 | 0.6 | final | 2026-03-08 11:00 |""",
        "duplicate_conflict",
    ),
    (
        "it says the same as the latest of its day",
        """L1 | 2026-03-08 08:00 | 0.5 | final | 2026-03-08 09:00 |
            L1 | 2026-03-08 08:00 | 0.6 | final | 2026-03-08 |
            L1 | 2026-03-08 08:00 | 0.6 | final | 2026-03-08 11:00 |""",
        "=0.6",
    ),
    (
        "it is later than all of the day before",
        """L1 | 2026-03-08 08:00 | 0.5 | final | 2026-03-08 11:00 |
            L1 | 2026-03-08 08:00 | 0.6 | final | 2026-03-09 |""",
        "=0.6",
    ),
    (
        "and earlier than all of the day after",
        """L1 | 2026-03-08 08:00 | 0.5 | final | 2026-03-08 |
            L1 | 2026-03-08 08:00 | 0.6 | final | 2026-03-09 08:00 |""",
        "=0.6",
    ),
    (
        "a number within a bound of the day alone is the number",
        """L1 | 2026-03-08 08:00 | <0.5 | final | 2026-03-08 |
            L1 | 2026-03-08 08:00 | 0.13 | final | 2026-03-08 11:00 |""",
        "=0.13",
    ),
    (
        "a retraction of the day alone is later than a correction of the day",
        """L1 | 2026-03-08 08:00 |  | cancelled | 2026-03-08 |
            L1 | 2026-03-08 08:00 | 0.5 | corrected | 2026-03-08 11:00 |""",
        "cancelled",
    ),
    (
        "and earlier than one of the day after",
        """L1 | 2026-03-08 08:00 |  | cancelled | 2026-03-08 |
            L1 | 2026-03-08 08:00 | 0.5 | corrected | 2026-03-09 |""",
        "=0.5",
    ),
    ("an unknown unit", "L1 | 2026-03-08 08:00 | 0.5 | final | | unit_unknown", "unit_unknown"),
    (
        "a correction mends a unit",
        """L1 | 2026-03-08 08:00 | 0.5 | final | | unit_unknown
            L1 | 2026-03-08 08:00 | 0.5 | corrected | |""",
        "=0.5",
    ),
    ("quantity not sufficient", "L1 | 2026-03-08 08:00 |  | final | | qns", "qns"),
    ("an empty value", "L1 | 2026-03-08 08:00 |  | final | |", "not_received"),
]


def test_versions_of_one_result(cases):
    load(cases, "crp | ", VERSIONS)
    assert cases.answers("crp") == {name: expected for name, _, expected in VERSIONS}


SPECIMENS = [
    ("nothing was sent", "", "not_ordered"),
    ("outside the window", "L1 | 2026-03-01 08:00 | 0.5 | final | |", "outside_window"),
    ("after the start", "L1 | 2026-03-11 08:00 | 0.5 | final | |", "outside_window"),
    ("no collection time", "L1 |  | 0.5 | final | |", "outside_window"),
    (
        "nearest to the cytokine draw, not to the start",
        "L1 | 2026-03-07 08:00 | 0.5 | final | |\nL2 | 2026-03-10 07:00 | 0.6 | final | |",
        "=0.5",
    ),
    (
        "a tie goes to the earlier",
        "L1 | 2026-03-08 09:00 | 0.5 | final | |\nL2 | 2026-03-08 07:00 | 0.6 | final | |",
        "=0.6",
    ),
    (
        "two specimens of one time that disagree",
        "L1 | 2026-03-08 08:00 | 0.5 | final | |\nL2 | 2026-03-08 08:00 | 0.6 | final | |",
        "duplicate_conflict",
    ),
    (
        "two specimens of one time that agree",
        "L1 | 2026-03-08 08:00 | 0.5 | final | |\nL2 | 2026-03-08 08:00 | 0.5 | final | |",
        "=0.5",
    ),
    (
        "a preliminary one gives way to another specimen",
        "L1 | 2026-03-08 08:00 | 0.5 | preliminary | |\nL2 | 2026-03-06 08:00 | 0.6 | final | |",
        "=0.6",
    ),
    (
        "a conflict does not",
        """L1 | 2026-03-08 08:00 | 0.5 | final | |
            L1 | 2026-03-08 08:00 | 0.7 | final | |
            L2 | 2026-03-06 08:00 | 0.6 | final | |""",
        "duplicate_conflict",
    ),
    (
        "dates without times are compared as days",
        "L1 | 2026-03-06 | 0.5 | final | |\nL2 | 2026-03-09 | 0.6 | final | |",
        "=0.6",
    ),
]


def test_which_specimen(cases):
    load(cases, "crp | ", SPECIMENS)
    assert cases.answers("crp") == {name: expected for name, _, expected in SPECIMENS}


def test_without_a_cytokine_draw_the_nearest_to_the_start(lab):
    lab.treatments("subject | started\nP1 | 2026-03-10 09:00")
    assert crp(lab, "L1 | 2026-03-05 08:00 | 0.5 | final | |\nL2 | 2026-03-09 08:00 | 0.6 | final | |") == "=0.6"


BLOOD_COUNTS = [
    (
        "both from the nearest specimen",
        """neutrophils | C1 | 2026-03-07 08:00 | 4.1 | final
            lymphocytes | C1 | 2026-03-07 08:00 | 1.1 | final
            neutrophils | C2 | 2026-03-08 07:00 | 4.2 | final
            lymphocytes | C2 | 2026-03-08 07:00 | 1.2 | final""",
        ("=4.2", "=1.2"),
    ),
    (
        "a complete specimen over a nearer half",
        """neutrophils | C1 | 2026-03-06 08:00 | 4.1 | final
            lymphocytes | C1 | 2026-03-06 08:00 | 1.1 | final
            neutrophils | C2 | 2026-03-08 07:00 | 4.2 | final""",
        ("=4.1", "=1.1"),
    ),
    (
        "never one count from each of two specimens",
        """neutrophils | C1 | 2026-03-06 08:00 | 4.1 | final
            lymphocytes | C2 | 2026-03-08 07:00 | 1.2 | final""",
        ("=4.1", "not_received"),
    ),
    (
        "two accessions of one minute are one draw",
        """neutrophils | C1 | 2026-03-08 07:00 | 4.1 | final
            lymphocytes | C2 | 2026-03-08 07:00 | 1.2 | final""",
        ("=4.1", "=1.2"),
    ),
    (
        "two accessions of one day are not",
        """neutrophils | C1 | 2026-03-08 | 4.1 | final
            lymphocytes | C2 | 2026-03-08 | 1.2 | final""",
        ("=4.1", "not_received"),
    ),
    (
        "no accession: the same time ties them",
        """neutrophils |  | 2026-03-08 07:00 | 4.1 | final
            lymphocytes |  | 2026-03-08 07:00 | 1.2 | final
            neutrophils |  | 2026-03-07 07:00 | 5.1 | final""",
        ("=4.1", "=1.2"),
    ),
    (
        "lymphocytes were not reported",
        "neutrophils | C1 | 2026-03-08 07:00 | 4.1 | final",
        ("=4.1", "not_ordered"),
    ),
    (
        "lymphocytes of the specimen are preliminary",
        """neutrophils | C1 | 2026-03-08 07:00 | 4.1 | final
            lymphocytes | C1 | 2026-03-08 07:00 | 1.2 | preliminary""",
        ("=4.1", "preliminary_only"),
    ),
    (
        "lymphocytes lie outside the window",
        """neutrophils | C1 | 2026-03-08 07:00 | 4.1 | final
            lymphocytes | C0 | 2026-02-08 07:00 | 1.2 | final""",
        ("=4.1", "outside_window"),
    ),
    (
        "two blood counts of one minute that disagree",
        """neutrophils | C1 | 2026-03-08 07:00 | 4.1 | final
            lymphocytes | C1 | 2026-03-08 07:00 | 1.2 | final
            neutrophils | C2 | 2026-03-08 07:00 | 5.1 | final
            lymphocytes | C2 | 2026-03-08 07:00 | 1.2 | final""",
        ("duplicate_conflict", "duplicate_conflict"),
    ),
]


def test_blood_counts(cases):
    load(cases, "", BLOOD_COUNTS)
    assert cases.answers("neutrophils", "lymphocytes") == {name: expected for name, _, expected in BLOOD_COUNTS}


def test_a_row_that_a_rule_keeps_out_failed_qc(p1):
    from pbis.core.frames import LAB, LAB_FINDING
    from warehouse import ClinicalLoad, load_clinical

    row = {"file_id": "f", "source_line": 2, "subject_id": "P1", "analyte": "crp", "value_op": "=", "value_text": "70"}
    row |= {"unit": "mg/dL", "status": "final", "has_time": False}
    words = ("severity", "limit_text", "action", "source", "message", "suite_hash")
    finding = {"file_id": "f", "source_line": 2, "rule": "lab_plausible", "effect": "exclude_row"} | dict.fromkeys(
        words, "x"
    )
    drawn = p1.con.execute("select collected_at from specimen_current").fetchone()[0]
    lab = partial(LAB, {key: [value] for key, value in (row | {"collected_at": drawn}).items()})
    findings = partial(LAB_FINDING, {key: [value] for key, value in finding.items()})
    p1.known = {}
    load_clinical(p1.con, ClinicalLoad("i", "f", "labs", "l.csv", "s", "1", "n", drawn, lab=lab, lab_finding=findings))
    assert p1.answer("crp") == "failed_qc"
    assert "lab_plausible" in p1.inputs()["P1", "crp"]["detail"]


def test_value_names_the_line_that_it_came_from(p1):
    file_id = p1.labs("subject | analyte | specimen | drawn | value\nP1 | afp | L1 | 2026-03-08 | 400")
    row = p1.inputs()["P1", "afp"]
    assert row["source_key"] == f"{file_id}:2"
    assert row["source_kind"] == "lab"
    assert row["detail"] == "final, drawn 2 days before the start, nearest to the cytokine draw"


def test_a_newer_import_of_a_file_replaces_the_older_and_can_be_put_back(p1):
    from pbis.core.frames import LAB
    from warehouse import ClinicalLoad, load_clinical

    drawn = p1.con.execute("select collected_at from specimen_current").fetchone()[0]

    def load(import_id: str, value: str) -> str:
        row = {
            "file_id": "f",
            "source_line": 2,
            "subject_id": "P1",
            "analyte": "crp",
            "value_op": "=",
            "status": "final",
        }
        row |= {"value_text": value, "unit": "mg/dL", "collected_at": drawn, "has_time": True}
        lab = partial(LAB, {key: [item] for key, item in row.items()})
        p1.known = {}
        return load_clinical(p1.con, ClinicalLoad(import_id, "f", "labs", "l.csv", "s", "1", "n", drawn, lab=lab)).state

    states = [load("one", "1"), load("one", "1"), load("two", "2")]
    assert (states, p1.answer("crp")) == (["loaded", "unchanged", "import_added"], "=2")
    assert (load("one", "1"), p1.answer("crp")) == ("reselected", "=1")
