"""One night of a laboratory that sends blood counts as percentages, by hand or as segments and bands, of patients on several lines."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from pbis.config import load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.explain import as_lines, explain_subject
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import run_plain
from pbis.pipeline.published import run_query
from pbis.pipeline.study import study_table
from pbis.study.cells import child_pugh_points, numbered
from pbis.study.findings import MARKED, examine

COUNTS = {
    "M1": (("6690-2^WBC", "6.0", "10*9/L"), ("770-8^Neut %", "70", "%"), ("736-9^Lymph %", "20", "%")),
    "M2": (("753-4^Neutrophils man", "4.2", "10*9/L"), ("732-8^Lymphocytes man", "1.2", "10*9/L")),
    "M3": (("769-0^Segs", "66", "%"), ("764-1^Bands", "4", "%"), ("737-7^Lymphs", "20", "%")),
    "M4": (("768-2^Segs", "4.2", "10*9/L"), ("731-0^Lymphs", "1.2", "10*9/L")),
    "M5": (("751-8^Neut", "3.0", "10*9/L"), ("731-0^Lymphs", "1.2", "10*9/L"), ("1988-5^CRP", "1300", "mg/L")),
}
TREATMENTS = """mrn,cohort,regimen,started_at,age,child pugh,ecog
M1,derivation,Lenvatinib,2025-11-10 10:00,62,A5,0
M1,derivation,Bevacizumab + Atezolizumab,2026-03-10 10:00,63,B7,1
M2,derivation,atezolizumab+bevacizumab,2026-03-10 10:00,95,C10,2
M3,derivation,AB,2026-03-10 10:00,,,
M4,derivation,,2026-03-10 10:00,17,,
M5,comparison,sorafenib,2026-03-10 10:00,70,A,0
"""


def _message(mrn: str, rows: tuple[tuple[str, str, str], ...]) -> str:
    head = (
        f"MSH|^~\\&|LIS|NORTH|PBIS|CORE|20260308120000||ORU^R01|{mrn}|P|2.5.1",
        f"PID|1||{mrn}^^^NORTH^MR||TEST^PATIENT",
        f"OBR|1||F{mrn}|58410-2^CBC^LN|||20260308073000|||||||||||||||20260308110000|||F",
    )
    lines = (f"OBX|{n}|NM|{code}^LN||{value}|{unit}|||||F" for n, (code, value, unit) in enumerate(rows, 1))
    return "\r".join((*head, *lines)) + "\r"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site after its night."""
    root = tmp_path_factory.mktemp("counts") / "site"
    write_site(root, name="counts", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    text = (root / "site.toml").read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0")
    (root / "site.toml").write_text(text)
    inbox = root / "inbox"
    (inbox / "labs" / "counts.hl7").write_text("".join(_message(mrn, rows) for mrn, rows in COUNTS.items()))
    people = "".join(f"NORTH,{mrn},S{mrn},,\n" for mrn in COUNTS)
    (inbox / "linkage" / "linkage.csv").write_text("site,mrn,subject,valid_from,valid_to\n" + people)
    (inbox / "treatments" / "treatments.csv").write_text(TREATMENTS)
    run_plain(load_site(root), NightOptions(), Silent(), lambda: datetime(2026, 3, 12, 3, 0))
    return root


def test_a_night_scores_every_way_or_names_the_reason(site: Path) -> None:
    asked = "select subject_id, point, value_text, reason, nlr_source from score_component where component = 'nlr' and cutoff_set like '%il2-pgml' order by 1"
    rows = run_query(site, asked).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("SM1", 1, "3.5", None, "wbc_x_percent"),
        ("SM2", 1, "3.5", None, "manual_counts"),
        ("SM3", 1, "3.5", None, "segs_bands_percent"),
        ("SM4", None, None, "assay_mismatch", None),
        ("SM5", 0, "2.5", None, "counts"),
    ]


def test_explain_and_the_page_say_how(site: Path) -> None:
    told = "\n".join(as_lines(explain_subject(site, "SM1")))
    assert "ratio by wbc x percent" in told
    assert told.count("  * ") == 3  # the leukocytes are among the rows that were chosen
    page = (site / "reports" / "index.html").read_text()
    assert "by segs bands percent" in page
    assert "segmented neutrophils were sent without band forms" in "\n".join(as_lines(explain_subject(site, "SM4")))


def test_the_line_that_is_asked_about_is_the_start_and_the_others_are_listed(site: Path) -> None:
    rows = run_query(site, "select subject_id, regimen, other_lines, age from subject_start order by 1").to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("SM1", "Bevacizumab + Atezolizumab", "Lenvatinib on day -120", 63.0),
        ("SM2", "atezolizumab+bevacizumab", None, 90.0),  # a release tells no age above 89
        ("SM3", "AB", None, None),
        ("SM4", None, None, 17.0),
        ("SM5", "sorafenib", None, 70.0),
    ]


def test_marks_stand_beside_the_score_and_change_no_point(site: Path) -> None:
    asked = "select subject_id, marks, mark_reasons, crp_point from score where is_site_set order by 1"
    rows = [tuple(row.values()) for row in run_query(site, asked).to_pylist()]
    at = "at_cut: nlr; near_cut: nlr"
    assert rows == [
        ("SM1", "at_cut; near_cut", at, None),
        (
            "SM2",
            "at_cut; near_cut; outside_population",
            f"{at}; outside_population: Child-Pugh C10, found in A A5 A6 B7, ECOG 2, found in 0 1",
            None,
        ),
        ("SM3", "at_cut; near_cut", at, None),
        ("SM4", "outside_population", "outside_population: regimen not known, age 17, found from 18 years", None),
        (
            "SM5",
            "outside_population; implausible",
            "outside_population: regimen sorafenib; implausible: crp 130 mg/dL, plausible: at most 50 mg/dL",
            1,
        ),
    ]
    told = "\n".join(as_lines(explain_subject(site, "SM5")))
    assert "Marks (they change no point): outside_population: regimen sorafenib; implausible: crp 130 mg/dL" in told
    assert "Other lines of treatment: Lenvatinib on day -120" in "\n".join(as_lines(explain_subject(site, "SM1")))
    page = (site / "reports" / "index.html").read_text()
    assert "outside the population" in page
    assert "implausible: crp 130 mg/dL" in page


def test_the_study_s_table_brings_the_marks_and_what_is_known_of_the_patients(site: Path) -> None:
    table = study_table(site)
    known = ["age", "child_pugh", "ecog"]
    assert table.set_index("subject_id").loc["SM1", known].tolist() == [63, "B7", 1]
    read = numbered(table)
    assert child_pugh_points(read.set_index("subject_id")["child_pugh"])["SM1"] == 7
    told = [(f.kind, f.subject_id, f.words) for f in examine(read).findings if f.kind in MARKED]
    assert ("implausible", "SM5", "crp 130 mg/dL, plausible: at most 50 mg/dL") in told
    assert [who for kind, who, _ in told if kind == "outside_population"] == ["SM2", "SM4", "SM5"]
