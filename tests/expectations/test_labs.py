"""Clinical laboratory rows: a row that breaks each check, and one that comes near; each a file and a subject, all judged at once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations import check_labs, load_suite, plausible_ranges
from pbis.core.frames import LAB
from pbis.labs import load_units

ROOT = Path(__file__).resolve().parents[2]
DRAWN = datetime(2026, 3, 2, 8, 30)


def lab(analyte: str, value: str | None, unit: str | None = "10*9/L", **changed: Any) -> dict[str, Any]:
    own = {
        "file_id": "f",
        "subject_id": "P1",
        "specimen_id": "D1",
        "analyte": analyte,
        "value_op": "=",
        "status": "final",
    }
    return {
        **own,
        "value_text": value,
        "unit": unit,
        "unit_reported": unit,
        "collected_at": DRAWN,
        "has_time": True,
        **changed,
    }


def draw(
    neutrophils: str, lymphocytes: str, neutrophils_pct: str, lymphocytes_pct: str, **changed: Any
) -> list[dict[str, Any]]:
    counts = [lab("neutrophils", neutrophils, **changed), lab("lymphocytes", lymphocytes, **changed)]
    shares = [("neutrophils_pct", neutrophils_pct), ("lymphocytes_pct", lymphocytes_pct)]
    return counts + [lab(name, value, "%", **changed) for name, value in shares]


def check(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    table = [{"source_line": i + 2, **row} for i, row in enumerate(rows)]
    frame = LAB.table({name: [row.get(name) for row in table] for name in LAB.names})
    found: list[dict[str, Any]] = check_labs(frame, load_suite("research")).to_pylist()
    return found


ROWS: tuple[tuple[str, list[dict[str, Any]], tuple[tuple[str, str, str], ...]], ...] = (
    ("neutrophils at 0.1", [lab("neutrophils", "0.1")], ()),
    ("neutrophils at 0.09", [lab("neutrophils", "0.09")], (("lab_plausibility", "warn", "flag"),)),
    ("neutrophils at 61", [lab("neutrophils", "61")], (("lab_plausibility", "warn", "flag"),)),
    ("lymphocytes at 30", [lab("lymphocytes", "30")], ()),
    ("lymphocytes at 31", [lab("lymphocytes", "31")], (("lab_plausibility", "warn", "flag"),)),
    ("a bound is no value", [lab("lymphocytes", "31", value_op=">")], ()),
    ("CRP 50 mg/dL", [lab("crp", "50", "mg/dL")], ()),
    ("CRP 51 mg/dL", [lab("crp", "51", "mg/dL")], (("lab_plausibility", "warn", "flag"),)),
    ("another analyte at 51", [lab("afp", "51", "ng/mL")], ()),
    ("AFP of a million", [lab("afp", "1000000", "ng/mL")], ()),
    ("AFP above a million", [lab("afp", "1000001", "ng/mL")], (("lab_plausibility", "warn", "flag"),)),
    ("manual counts at their limits", [lab("neutrophils_manual", "60"), lab("lymphocytes_manual", "0.05"), lab("segs", "0.1")], ()),
    ("manual neutrophils at 61", [lab("neutrophils_manual", "61")], (("lab_plausibility", "warn", "flag"),)),
    ("manual lymphocytes at 0.04", [lab("lymphocytes_manual", "0.04")], (("lab_plausibility", "warn", "flag"),)),
    ("segs at 0.09", [lab("segs", "0.09")], (("lab_plausibility", "warn", "flag"),)),
    ("no bands", [lab("bands", "0"), lab("bands_pct", "0", "%")], ()),
    ("bands at 61", [lab("bands", "61")], (("lab_plausibility", "warn", "flag"),)),
    ("leukocytes at their limits", [lab("wbc", "0.15"), lab("wbc", "90", specimen_id="D2")], ()),
    ("leukocytes at 91", [lab("wbc", "91")], (("lab_plausibility", "warn", "flag"),)),
    ("percentages at their limits", [lab("segs_pct", "1", "%"), lab("lymphocytes_manual_pct", "0.5", "%"), lab("bands_pct", "100", "%")], ()),
    ("a fraction as percent", [lab("neutrophils_manual_pct", "0.7", "%"), lab("segs_pct", "0.9", "%")],
     (("lab_plausibility", "warn", "flag"),) * 2),
    ("more than all", [lab("bands_pct", "101", "%")], (("lab_plausibility", "warn", "flag"),)),
    (
        "unit unknown",
        [lab("crp", None, None, unit_reported="AU/mL", reason="unit_unknown", detail="unit 'AU/mL' is not known")],
        (("lab_unit", "fail", "exclude_row"),),
    ),
    (
        "unit ambiguous",
        [lab("crp", None, None, reason="unit_ambiguous", detail="no unit")],
        (("lab_unit", "fail", "exclude_row"),),
    ),
    (
        "number ambiguous",
        [lab("crp", None, None, reason="number_ambiguous", detail="'1,234': ',' may be a decimal mark")],
        (("lab_number", "fail", "exclude_row"),),
    ),
    (
        "no number",
        [lab("crp", None, None, reason="unreadable", detail="'furlong' is no number")],
        (("lab_number", "warn", "exclude_row"),),
    ),
    ("another reason", [lab("crp", None, None, reason="qns", detail="quantity not sufficient")], ()),
    ("preliminary", [lab("crp", "1", "mg/dL", status="preliminary")], (("lab_status", "warn", "exclude_row"),)),
    (
        "preliminary and implausible, which a later word may make final",
        [lab("crp", "51", "mg/dL", status="preliminary", reason="preliminary_only")],
        (("lab_plausibility", "warn", "flag"), ("lab_status", "warn", "exclude_row")),
    ),
    ("cancelled", [lab("crp", "1", "mg/dL", status="cancelled")], (("lab_status", "info", "exclude_row"),)),
    ("entered in error", [lab("crp", "1", "mg/dL", status="entered_in_error")], (("lab_status", "info", "exclude_row"),)),
    ("corrected", [lab("crp", "1", "mg/dL", status="corrected")], ()),
    ("counts and percentages agree", draw("4.0", "1.0", "64", "16"), ()),
    ("4 % apart", draw("4.0", "1.0", "64", "15.4"), ()),
    ("7 % apart", draw("4.0", "1.0", "64", "15"), (("lab_count_percent", "warn", "flag"),)),
    ("14 % apart", draw("4.0", "1.0", "64", "14"), (("lab_count_percent", "fail", "flag"),)),
    ("zero lymphocytes", draw("4.0", "0", "64", "0"), (("lab_plausibility", "warn", "flag"),) * 2),
    ("range of its unit", [lab("neutrophils", "4.1", reference_text="1.8-7.5", factor_text="1")], ()),
    ("range with a unit it came with", [lab("neutrophils", "4.1", reference_text="1800 - 7500", factor_text="1/1000")], ()),
    (
        "range of another unit",
        [lab("neutrophils", "4.1", reference_text="1800-7500", factor_text="1")],
        (("lab_reference", "fail", "flag"),),
    ),
    ("range with an upper end only", [lab("lymphocytes", "2", reference_text="<4.8", factor_text="1")], ()),
    ("range that is no range", [lab("lymphocytes", "2", reference_text="see note", factor_text="1")], ()),
    (
        "range the wrong way round",
        [lab("lymphocytes", "2", reference_text="4.8-1.0", factor_text="1")],
        (("lab_reference", "warn", "flag"),),
    ),
    ("25 counts as they are", [lab("platelets", str(180 + i)) for i in range(25)], ()),
    (
        "25 counts a thousand times too high",
        [lab("platelets", str(180_000 + i)) for i in range(25)],
        (("lab_batch_shift", "fail", "exclude_row"),) * 25,
    ),
    (
        "25 counts ten times too high",
        [lab("platelets", str(1800 + i)) for i in range(25)],
        (("lab_batch_shift", "fail", "flag"),),
    ),
    (
        "a bound of such a batch is kept out with it",
        [*(lab("platelets", str(180_000 + i)) for i in range(3)), lab("platelets", "10000", value_op="<")],
        (("lab_batch_shift", "fail", "exclude_row"),) * 4,
    ),
    ("one count a thousand times too high", [lab("platelets", "180000")], (("lab_batch_shift", "fail", "exclude_row"),)),
    ("one patient with very few platelets", [lab("platelets", "3")], ()),
    (
        "two batches of CRP, one a thousand times higher: nobody knows which slipped",
        [lab("crp", f"0.{i}", "mg/dL", reference_text="<0.5") for i in range(10, 40)]
        + [lab("crp", f"{i}0", "mg/dL", reference_text="<500") for i in range(50, 80)],
        (*(("lab_batch_shift", "fail", "flag"),) * 2, *(("lab_plausibility", "warn", "flag"),) * 30),
    ),
    ("no specimen to tie them together", draw("4.0", "1.0", "64", "14", specimen_id=None), ()),
)  # fmt: skip


@pytest.fixture(scope="module")
def found() -> dict[str, list[tuple[str, str, str]]]:
    """Findings of each file, in the order in which they are told."""
    files = [[{**one, "file_id": f"f{i:02d}", "subject_id": f"P{i}"} for one in row[1]] for i, row in enumerate(ROWS)]
    said: dict[str, list[tuple[str, str, str]]] = {}
    for one in check(*(row for rows in files for row in rows)):
        said.setdefault(one["file_id"], []).append((one["rule"], one["severity"], one["effect"]))
    return said


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[row[0].replace(" ", "_") for row in ROWS])
def test_rows(number: int, found: dict[str, list[tuple[str, str, str]]]) -> None:
    assert tuple(found.get(f"f{number:02d}", ())) == ROWS[number][2]


def test_a_finding_names_its_line_and_quotes_the_unit() -> None:
    row = lab("crp", None, None, unit_reported="AU/mL", reason="unit_unknown", detail="unit 'AU/mL' is not known")
    (one,) = check(lab("crp", "1", "mg/dL"), row)
    assert (one["source_line"], one["observed_text"]) == (3, "unit 'AU/mL'")
    assert one["message"] == "line 3: unit 'AU/mL' is not known"


def test_a_draw_is_a_subject_s_own() -> None:
    mine = draw("4.0", "1.0", "64", "16")
    theirs = draw("9.0", "1.0", "90", "10", subject_id="P2")
    assert check(*mine, *theirs) == []


def test_everything_that_the_score_reads_from_a_laboratory_has_limits() -> None:
    parts = duckdb.execute((ROOT / "warehouse" / "views" / "14_lab_part.sql").read_text().partition("comment on")[0])
    read = {analyte for (analyte,) in parts.sql("select analyte from lab_part").fetchall()}
    units = load_units()
    ranges = plausible_ranges(load_suite("regulated"))
    assert [analyte for analyte in sorted(read) if (analyte, units[analyte].canonical) not in ranges] == []
