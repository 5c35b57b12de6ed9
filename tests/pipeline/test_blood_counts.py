"""One night of a laboratory that sends its blood counts as percentages, by hand or as segments and bands."""

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

COUNTS = {
    "M1": (("6690-2^WBC", "6.0", "10*9/L"), ("770-8^Neut %", "70", "%"), ("736-9^Lymph %", "20", "%")),
    "M2": (("753-4^Neutrophils man", "4.2", "10*9/L"), ("732-8^Lymphocytes man", "1.2", "10*9/L")),
    "M3": (("769-0^Segs", "66", "%"), ("764-1^Bands", "4", "%"), ("737-7^Lymphs", "20", "%")),
    "M4": (("768-2^Segs", "4.2", "10*9/L"), ("731-0^Lymphs", "1.2", "10*9/L")),
}


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
    starts = "".join(f"{mrn},derivation,atezolizumab + bevacizumab,2026-03-10 10:00\n" for mrn in COUNTS)
    (inbox / "treatments" / "treatments.csv").write_text("mrn,cohort,regimen,started_at\n" + starts)
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
    ]


def test_explain_and_the_page_say_how(site: Path) -> None:
    told = "\n".join(as_lines(explain_subject(site, "SM1")))
    assert "ratio by wbc x percent" in told
    assert told.count("  * ") == 3  # the leukocytes are among the rows that were chosen
    page = (site / "reports" / "index.html").read_text()
    assert "by segs bands percent" in page
    assert "segmented neutrophils were sent without band forms" in "\n".join(as_lines(explain_subject(site, "SM4")))
