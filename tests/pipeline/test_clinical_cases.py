"""Small clinical files that once went wrong, all in one night of one site: what the score takes of each, to the digit, or why nothing.

`make prove cases` takes each through a night of its own, so that none leans on another.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from pbis.config import Site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.published import run_query

MEASURES = ("neutrophils", "lymphocytes", "crp")
WHOLE = "=4.2 =1.2 =0.13"
# Case -> neutrophils, lymphocytes and CRP, each with its operator, or the reason why there is none.
CASES = {
    "C02c_csv_ymd_korean.csv": WHOLE,
    "C07_csv_one_row_without_mrn.csv": WHOLE,
    "C08e_csv_german_names.csv": WHOLE,
    "C09_csv_hundreds_per_ul.csv": WHOLE,
    "F03_fhir_history_delete.json": "not_ordered not_ordered entered_in_error",
    "F08a_fhir_valuestring_with_unit.json": "not_ordered not_ordered =0.13",
    "F12_fhir_value_as_text.json": "=4.2 not_ordered =0.13",
    "F14_fhir_contained_in_report.json": WHOLE,
    "H06a_hl7_word_comparator.hl7": "not_ordered not_ordered >4.5",
    "H06c_hl7_flag_in_value.hl7": "not_ordered not_ordered =1.3",
    "H07c_hl7_unescaped_caret_x10_3.hl7": WHOLE,
    "H07g_hl7_unit_alternate.hl7": WHOLE,
    "H13b_hl7_status_u.hl7": "not_ordered not_ordered =0.13",
    "H15b_hl7_euc_kr.hl7": WHOLE,
    "H17a_hl7_percent_only.hl7": WHOLE,
    "H17c_hl7_manual_counts.hl7": "=4.2 =1.2 not_ordered",
    "H24_hl7_comment_before_msh.hl7": "not_ordered not_ordered not_ordered",
    "K02_csv_correction_moves_time_same_accession.csv": "not_ordered not_ordered =0.12",
    "K04_fhir_delete_in_ndjson.ndjson": "not_ordered not_ordered entered_in_error",
    "K08_fhir_bulk_export": WHOLE,  # a folder
    "K10_fhir_version_2_moves_time.ndjson": "not_ordered not_ordered =0.12",
    "O04_omop_unit_concepts.csv": "=4.2 =1.2 not_ordered",
    "O06_omop_unit_in_source_value.csv": "not_ordered not_ordered <0.5",
}
REFUSED = {"C07_csv_one_row_without_mrn.csv", "H24_hl7_comment_before_msh.hl7"}  # the one in part


def after_a_night(site: Site, folder: Path, names: list[str]) -> tuple[dict[str, dict[str, str]], set[str]]:
    """Subject -> measure -> value or reason, and which of the files were refused, wholly or in part."""
    inbox = site.root / "inbox"
    for kind in ("linkage", "treatments"):
        shutil.copy(folder / f"_{kind}.csv", inbox / kind / f"{kind}.csv")
    for name in names:
        source = folder / f"open_{name}"
        if source.is_dir():
            shutil.copytree(source, inbox / "labs" / name)
        else:
            shutil.copy(source, inbox / "labs" / name)
    done = run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 4, 1, 3, 0))
    found: dict[str, dict[str, str]] = {}
    rows = run_query(site.root, "select subject_id, measure, value_op, value_text, reason from score_input")
    for row in rows.to_pylist():
        found.setdefault(row["subject_id"], {})[row["measure"]] = (
            row["reason"] or f"{row['value_op']}{row['value_text']}"
        )
    return found, {each.name for each in (*done.refused, *done.refused_parts)}


def said(found: dict[str, dict[str, str]], name: str) -> str:
    return " ".join(found[f"S-{name.partition('_')[0]}"][measure] for measure in MEASURES)


def test_all_in_one_night(shared: Path, make_site: Callable[..., Site]) -> None:
    folder = shared / "cases" / "clinical"
    found, refused = after_a_night(make_site(plates=(), has_clinic=False), folder, list(CASES))
    assert {name: said(found, name) for name in CASES} == CASES
    assert refused == REFUSED


@pytest.mark.prove
@pytest.mark.parametrize("name", CASES)
def test_cases_each_in_a_night_of_its_own(shared: Path, make_site: Callable[..., Site], name: str) -> None:
    found, refused = after_a_night(make_site(plates=(), has_clinic=False), shared / "cases" / "clinical", [name])
    assert said(found, name) == CASES[name]
    assert refused == REFUSED & {name}
