"""What plates of a lot differ by stands beside the value that was read on one of them, and beside no other."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from partial_frames import partial
from small_site import write_small_site

from pbis.config import Site, load_site
from pbis.core.frames import SCORE_INPUT
from pbis.core.trends.between import Between, shared_variance
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.explain import _input
from pbis.pipeline.lot_plates import with_plates
from pbis.pipeline.night import run_plain
from pbis.pipeline.published import run_query

FOUND = {
    ("a1", 1, "il2"): Between(6.0, 25, True),
    ("a2", 1, "il2"): Between(9.0, 21, True),
    ("a2", 2, "il2"): Between(1.0, 40, False),
}


@pytest.mark.parametrize(
    ("kind", "key", "measure", "expected"),
    [
        ("assay", "a1:1:A1,B1:IL-2", "il2", (6.0, 25, True)),
        ("assay", "a1:1:A1,B1:IL-2;a2:1:C1:IL-2", "il2", (9.0, 21, True)),  # of two plates the less sure one
        ("assay", "a2:1:A1:IL-2;a2:2:A2:IL-2", "il2", (9.0, 21, False)),
        ("assay", "a1:1:A1:IL-2;a9:1:C1:IL-2", "il2", (None, None, None)),  # of one of them nobody knows
        ("assay", "a1:1:A1,B1:IL-12p70", "il12", (None, None, None)),
        ("assay", None, "il2", (None, None, None)),
        ("lab", "a1:1", "crp", (None, None, None)),
    ],
)
def test_beside_a_value(
    kind: str, key: str | None, measure: str, expected: tuple[float | None, int | None, bool | None]
) -> None:
    columns = {"subject_id": ["P1"], "measure": [measure], "source_kind": [kind], "source_key": [key]}
    (row,) = with_plates(partial(SCORE_INPUT, columns), FOUND).to_pylist()
    assert (row["plate_cv_pct"], row["plate_cv_count"], row["is_plate_even"]) == expected


@pytest.fixture(scope="module")
def lot(empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A laboratory that takes three plates to be enough, after a night with four; to be read."""
    root = tmp_path_factory.mktemp("lot") / "site"
    write_small_site(root, plates=4)
    (root / "warehouse").mkdir(mode=0o700)
    shutil.copy(empty_warehouse, root / "warehouse")
    change = {"id": "westgard_1_2s.warn", "set": {"guide_plates": 3, "least_plates": 3}}
    told = {"author": "QA", "reason": "a small lot", "source": "own choice"}
    (root / "own.json").write_text(json.dumps({"overrides": [{**change, **told}]}))
    text = (root / "site.toml").read_text()
    (root / "site.toml").write_text(text.replace('suite_override = ""', 'suite_override = "own.json"', 1))
    site = load_site(root)
    run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))
    return site


def test_a_night_asks_the_controls_of_the_plates_before(lot: Site) -> None:
    found = run_query(
        lot.root,
        "select measure, plate_cv_count as n, min(plate_cv_pct) as low, max(plate_cv_pct) as high from score_input "
        "where measure in ('il2', 'il12') and value_text is not null group by all order by all",
    ).to_pylist()
    assert {(row["measure"], row["n"]) for row in found} == {(m, n) for m in ("il2", "il12") for n in (3, None)}
    for row in found:
        pairs = _controls(lot, row["measure"])[: row["n"] or 0]
        by_hand = 100 * np.sqrt(shared_variance(*np.array(pairs).T)) if pairs else None
        assert row["low"] == row["high"] == pytest.approx(by_hand)
    assert any(row["high"] for row in found)


def _controls(site: Site, measure: str) -> list[tuple[float, float, float]]:
    """ln of both controls and what their curve gives both, of each plate in the order of time, from the wells."""
    rows = run_query(
        site.root,
        f"""
        with well as (
            select started_at, sample_label, value_num, ci_shared * power(ln(ci_high / ci_low) / 4.4, 2) as shared
            from result_all join current_run using (run_id)
            where well_role = 'qc_control' and analyte = '{"IL-2" if measure == "il2" else "IL-12p70"}'
        )
        select ln(avg(value_num) filter (sample_label = 'Control1')), ln(avg(value_num) filter (sample_label = 'Control2')), avg(shared)
        from well group by started_at order by started_at
        """,
    )
    return [tuple(row.values()) for row in rows.rename_columns(["first", "second", "curve"]).to_pylist()]


def test_explain_says_by_how_much() -> None:
    row = dict.fromkeys(("reason", "ci_low", "specimen_id", "nlr_source"))
    row |= {"value_op": "=", "value_text": "3.4", "unit": "pg/mL", "detail": "2 of 2 readings", "plate_cv_count": 23}
    answers = ((6.04, True), (6.04, False), (None, None))
    even, leaning, unknown = (_input({**row, "plate_cv_pct": cv, "is_plate_even": told}) for cv, told in answers)
    known = "3.4 pg/mL; 2 of 2 readings; plates of the lot differ by 6.0 %, by the controls of the 23 before it; "
    assert even == known + "their samples show no gradient"
    assert leaning == known + "that they have no gradient is not shown"
    assert unknown == "3.4 pg/mL; 2 of 2 readings"
