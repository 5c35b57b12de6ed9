"""Domain LB: records of findings, by the rules of the standard that a reader of it relies on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from exported_rows import ABOUT, read_csv, read_xpt

from pbis.core.errors import ConfigError
from pbis.export import write_export
from pbis.export.sdtm import lb_of, sdtm_day
from pbis.labs.load import FOLDER, load_codes
from pbis.labs.sdtm_tests import load_sdtm_tests, sdtm_tests
from pbis.panels.load import load_panel, panel_names

FINDING: dict[str, Any] = {
    "subject_id": "P1", "study_day": -1, "specimen_id": "S1", "category": "CYTOKINE", "test": "IL-2", "loinc": None, "value": 3.2,
    "value_op": "=", "value_text": "3.2", "unit": "pg/mL", "value_reported": None, "unit_reported": None, "reason": None,
    "is_baseline": True, "is_derived": False, "source": "plate 1",
}  # fmt: skip
NONE = {"value": None, "value_op": None, "value_text": None}


def findings(*changes: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([FINDING | change for change in changes] or [FINDING])


def records(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    return lb_of(findings(*changes), ABOUT)[0].rows.to_pylist()


@pytest.mark.parametrize(("ours", "theirs"), [(-1, -1), (0, 1), (1, 2), (None, None)])
def test_there_is_no_day_0(ours: int | None, theirs: int | None) -> None:
    assert sdtm_day(ours) == theirs


def test_a_number_a_bound_and_what_was_sent() -> None:
    sent = {"value_reported": "3.0", "unit_reported": "mg/L", "value": 0.3, "value_text": "0.3", "unit": "mg/dL"}
    number, bound, lab = records({}, {"value_op": "<", "test": "IL-6"}, {"test": "crp", "loinc": "1988-5", **sent})
    assert [number[name] for name in ("LBORRES", "LBSTRESC", "LBSTRESN", "LBSTRESU")] == ["3.2", "3.2", 3.2, "pg/mL"]
    assert [bound[name] for name in ("LBORRES", "LBSTRESC", "LBSTRESN")] == ["<3.2", "<3.2", None]
    assert [lab[name] for name in ("LBTESTCD", "LBORRES", "LBORRESU", "LBSTRESC", "LBSTRESU")] == [
        "CRP", "3.0", "mg/L", "0.3", "mg/dL",
    ]  # fmt: skip
    assert {each["USUBJID"] for each in (number, bound, lab)} == {"HCC-01-P1"}
    assert [each["LBSEQ"] for each in (number, bound, lab)] == [1, 2, 3]


def test_what_was_not_reported_is_not_done_with_its_reason() -> None:
    (one,) = records(NONE | {"reason": "curve_fit", "unit": "pg/mL"})
    assert [one[name] for name in ("LBSTAT", "LBREASND", "LBORRES", "LBSTRESC", "LBSTRESU", "LBBLFL")] == [
        "NOT DONE", "curve_fit", None, None, None, None,
    ]  # fmt: skip


def test_a_test_of_a_subject_has_at_most_one_baseline() -> None:
    one, held, two, three = records({}, NONE | {"reason": "held"}, {"subject_id": "P2"}, {"subject_id": "P2"})
    assert [each["LBBLFL"] for each in (one, held, two, three)] == ["Y", None, None, None]
    assert [each["LBSEQ"] for each in (one, held, two, three)] == [1, 2, 1, 2]
    _, _, notes = lb_of(findings({}, {}, {"subject_id": None}), ABOUT)
    assert notes == [
        "1 finding is not in it: nobody knows whose it is",
        "1 test of a subject has no baseline flag: more than one result of the draw could carry it",
    ]


def test_a_score_is_derived_and_its_group_a_record_of_its_own() -> None:
    score = {"test": "PBIS", "unit": None, "is_derived": True, "source": "the set", "value": 3.0, "value_text": "3"}
    known, group = records(score | {"value_reported": "high"})
    assert [known[name] for name in ("LBTESTCD", "LBSTRESN", "LBORRES", "LBDRVFL", "LBMETHOD")] == [
        "PBIS", 3.0, None, "Y", "the set",
    ]  # fmt: skip
    assert [group[name] for name in ("LBTESTCD", "LBSTRESC", "LBSTRESN")] == ["PBISGRP", "high", None]
    open_, group = records(score | NONE | {"value_reported": "indeterminate", "reason": "il2: qns"})
    assert (open_["LBSTAT"], open_["LBREASND"]) == ("NOT DONE", "il2: qns")
    assert (group["LBSTAT"], group["LBSTRESC"]) == (None, "indeterminate")


def test_the_file_is_read_by_pandas_and_its_codebook_names_the_tests(tmp_path: Path) -> None:
    found = write_export(findings({}, {"value_op": "<", "test": "IFN-gamma"}), ABOUT, "sdtm", tmp_path / "lb.xpt")
    frame = read_xpt(found.paths[0])
    assert frame["LBTESTCD"].tolist() == ["IL2", "IFNG"]
    assert frame["LBSTRESC"].tolist() == ["3.2", "<3.2"]
    assert frame["LBDY"].tolist() == [-1, -1]
    book = read_csv(found.paths[1])
    assert ["word", "LBTESTCD", "LBTESTCD", "text", "", "IFNG", "IFN-gamma: IFN-gamma"] in book


def test_every_analyte_of_a_kit_and_every_test_has_a_code_of_its_own() -> None:
    table = load_codes()
    sets = [{each.name for each in load_panel(panel).analytes} for panel in panel_names()]
    for tests in (*sets, {*table.analyte_by_loinc.values(), *table.analyte_by_name.values()}):
        codes = [code for code, _ in sdtm_tests(tests).values()]
        assert len(set(codes)) == len(codes) > 0
        assert all(code.isalnum() and code.isupper() and code[0].isalpha() and len(code) <= 8 for code in codes)


def test_names_that_the_rule_calls_alike_are_told_apart() -> None:
    assert sdtm_tests(["IL-1alpha", "4-1BB", "TNF-beta"]) == {
        "4-1BB": ("X41BB", "4-1BB"), "IL-1alpha": ("IL1A", "IL-1alpha"), "TNF-beta": ("TNFB", "TNF-beta"),
    }  # fmt: skip
    (one, two) = (code for code, _ in sdtm_tests(["IL-1A", "IL-1alpha"]).values())
    assert one != two


def test_a_table_with_two_tests_of_one_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sdtm.toml"
    path.write_text((FOLDER / "sdtm.toml").read_text().replace('["LYM",', '["NEUT",'))
    with pytest.raises(ConfigError, match="no code of its own"):
        load_sdtm_tests(path)
