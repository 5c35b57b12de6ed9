"""What people are pointed to: one name for one thing, no date, and what was there before still in v1."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from partial_frames import partial

from pbis.core import frames
from pbis.core.scoring.score import score
from pbis.core.words import four_digits
from pbis.scores import load_sets
from warehouse import begin_night, connect, load_scores, score_input
from warehouse.query import FORMER_NAMES
from warehouse.shapes import DISPLAY, PUBLIC, public_files

GOLDEN = Path(__file__).parents[1] / "golden" / "v1_columns.txt"
VALUE = {"value", "value_op", "value_text", "value_display"}
COLUMNS = "select table_name, column_name, data_type from duckdb_columns() where schema_name = $1 and not internal order by all"


@pytest.fixture(scope="module")
def columns(empty_warehouse: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Schema -> view -> column -> type."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    con = connect(empty_warehouse, read_only=True)
    for schema in (PUBLIC, "v1"):
        views: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for view, column, kind in con.execute(COLUMNS, [schema]).fetchall():
            views[view][column] = kind
        found[schema] = dict(views)
    con.close()
    return found


def test_no_public_view_has_a_date(columns: dict[str, Any]) -> None:
    dated = [(v, c) for v, each in columns[PUBLIC].items() for c, kind in each.items() if re.match("DATE|TIME", kind)]
    assert dated == []


def test_every_view_with_patients_says_subject_cohort_and_study_day(columns: dict[str, Any]) -> None:
    patients = {view: set(each) for view, each in columns[PUBLIC].items() if "subject_id" in each}
    assert len(patients) > 25
    assert [view for view, names in patients.items() if not {"cohort", "study_day"} <= names] == []


def test_a_value_has_its_four_names_everywhere_and_no_other(columns: dict[str, Any]) -> None:
    with_values = {view: set(each) & VALUE for view, each in columns[PUBLIC].items() if "value_op" in each}
    assert len(with_values) > 12
    assert [view for view, names in with_values.items() if names != VALUE] == []
    types = {each[name] for each in columns[PUBLIC].values() if "value_op" in each for name in ("value",)}
    assert types == {"DOUBLE"}
    gone = {(view, name) for view, each in columns[PUBLIC].items() for name in each if name in FORMER_NAMES}
    assert gone <= {
        ("clinical_lab", "value_reported"),
        ("lab_flag", "value_reported"),
    }  # of a sender, as it was written


def test_names_need_no_quotation_marks(columns: dict[str, Any]) -> None:
    names = {name for view, each in columns[PUBLIC].items() for name in (view, *each)}
    assert [name for name in names if not re.fullmatch("[a-z][a-z0-9_]*", name)] == []
    reserved = duckdb.sql("select keyword_name from duckdb_keywords() where keyword_category = 'reserved'").fetchall()
    assert names & {word for (word,) in reserved} == set()


def test_v1_has_what_the_version_before_had(columns: dict[str, Any]) -> None:
    told = [f"{view}.{name} {kind}" for view, each in columns["v1"].items() for name, kind in each.items()]
    assert sorted(told) == sorted(GOLDEN.read_text("utf-8").splitlines())


@pytest.mark.parametrize("path", public_files(), ids=lambda path: path.stem)
def test_a_public_view_rests_on_internal_views_alone(path: Path) -> None:
    text = re.sub(r"--.*|'[^']*'", "", path.read_text("utf-8"))
    own = set(re.findall(r"\b(\w+) as \(", text))
    read = set(re.findall(r"\b(?:from|join)\s+([\w.]+)", text))
    assert [name for name in read if not name.startswith("internal.") and name not in own] == []
    assert not re.search(r"select \*$|\.\*\s+from", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("value", "op", "shown"),
    [
        ("12.34567", "=", "12.35"),
        ("3.2", "<", "<3.2"),
        ("10000", ">", ">10000"),
        ("12345.6", "=", "12350"),
        ("999.96", "=", "1000"),
        ("1000.4", "=", "1000"),
        ("9999.6", "=", "10000"),
        ("0.00012345", "=", "0.0001234"),
        ("0", "=", "0"),
        ("0", "<", "<0"),
        ("-12.3456", "=", "-12.35"),
        ("null", None, None),
    ],
)
def test_a_value_is_shown_with_four_digits(value: str, op: str | None, shown: str | None) -> None:
    if shown is not None:
        assert four_digits(f"{op or ''}{value}".removeprefix("=")) == shown  # as the page of changes says it
    row = duckdb.execute(f"select {DISPLAY} from (select {value}::double as value, $1::varchar as value_op)", [op])
    assert row.fetchone() == (shown,)


def test_values_of_wells_and_of_scores_are_called_alike(p1: Any) -> None:
    p1.plate("specimen | analyte | value\nS1 | IL-2 | 7.5\nS1 | IL-6 | <3.2\nS1 | IL-12p70 | >12345.6")
    chosen = "select analyte, value, value_op, value_text, value_display, subject_id, cohort, study_day from main.{}"
    expected = [
        ("IL-12p70", 12345.6, ">", "12345.6", ">12350", "P1", "derivation", -2),
        ("IL-2", 7.5, "=", "7.5", "7.5", "P1", "derivation", -2),
        ("IL-6", 3.2, "<", "3.2", "<3.2", "P1", "derivation", -2),
    ]
    for view in ("result", "result_all", "specimen_result", "replicate_result"):
        assert p1.con.execute(f"{chosen.format(view)} order by all").fetchall() == expected, view


def test_a_reading_that_is_kept_out_says_each_reason_with_what_was_observed(p1: Any) -> None:
    """A warning stands beside what keeps the reading out; of two findings of a rule the one that takes it away is said; a finding
    on another well says nothing; a reading that no rule had to find says its state."""
    load = p1.plate(
        "specimen | analyte | value | qc\nS1 | IL-2 | 7.5 | bead_count; curve_fit\nS1 | IL-6 | MISSING |\nS1 | TNF | 5 |"
    )
    p1.con.execute("delete from store.finding")
    said = [
        ("bead_count", "fail", "exclude_reading", "A1", "IL-2", 21.0, "21 beads", 35.0, "at least 35 beads"),
        ("bead_count", "warn", "flag", None, "IL-2", 40.0, "40 beads", 50.0, "at least 50 beads"),
        ("bead_count", "fail", "exclude_reading", "A9", "IL-2", 3.0, "3 beads", 35.0, "at least 35 beads"),
        ("curve_fit", "warn", "flag", None, "IL-2", 0.001, "p = 0.001", 0.01, "p at least 0.01"),
    ]
    keys = {
        "assay_id": load.assay_id,
        "run_id": load.read.run.run_id,
        "plate_number": 1,
        "unit_of_judgement": "well_analyte",
    }
    names = ("rule", "severity", "effect", "well", "analyte", "observed", "observed_text", "limit_value", "limit_text")
    rows = [
        keys
        | dict(zip(names, one, strict=True))
        | {"action": "none", "source": "[O]", "message": "m", "suite_hash": "s"}
        for one in said
    ]
    finding = partial(frames.FINDING, {name: [row[name] for row in rows] for name in rows[0]})
    p1.con.register("finding_rows", finding)
    p1.con.execute("insert into store.finding by name from finding_rows")
    asked = "select analyte, reason, is_decisive, severity, observed, observed_text, limit_value, limit_text, subject_id, study_day"
    assert p1.con.execute(f"{asked} from main.exclusion_reason order by all").fetchall() == [
        ("IL-2", "bead_count", True, "fail", 21.0, "21 beads", 35.0, "at least 35 beads", "P1", -2),
        ("IL-2", "curve_fit", False, "warn", 0.001, "p = 0.001", 0.01, "p at least 0.01", "P1", -2),
        ("IL-6", "MISSING", True, None, None, None, None, None, "P1", -2),
    ]


def test_plates_are_counted_from_the_first_and_draws_by_the_treatment(p1: Any) -> None:
    """The second plate is read a day after the first; the second tube is drawn six days after the start, of which no date is told."""
    p1.specimens("specimen | subject | drawn\nS2 | P1 | 2026-03-16 08:00")
    p1.plate("specimen | analyte | value\nS1 | IL-2 | 7.5")
    p1.plate("specimen | analyte | value\nS2 | IL-2 | 9")
    asked = p1.con.execute("select plate, run_day from main.plate order by all")
    assert asked.fetchall() == [("B1", 0), ("B2", 1)]
    draws = "select study_day, draw_number, is_baseline, is_under_treatment from main.visit order by all"
    assert p1.con.execute(draws).fetchall() == [(-2, 1, True, False), (6, 2, False, True)]
    owned = "select specimen_id, subject_id, cohort, study_day from main.specimen_current order by all"
    assert p1.con.execute(owned).fetchall() == [("S1", "P1", "derivation", -2), ("S2", "P1", "derivation", 6)]


def test_the_day_of_a_score_is_that_of_its_own_draw_alone(lab: Any) -> None:
    """A tube that was drawn too early or under treatment, whose barcode is two patients' or has two times, is none that the score rests on."""
    tubes = {
        "in the window": ("2026-03-08 08:00", -2),
        "kept out": ("2026-03-07 08:00", -3),
        "on no plate": ("2026-03-06 08:00", -4),
        "on two plates": ("2026-03-05 08:00", -5),
        "too early": ("2026-02-01 08:00", None),
        "after the start": ("2026-04-22 08:00", None),
        "after the first dose": ("2026-03-10 15:00", None),
        "of another": ("2026-03-09 08:00", None),
    }
    lab.treatments(
        "subject | started\n" + "\n".join(f"{name} | 2026-03-10 09:00" for name in (*tubes, "twice", "none"))
    )
    drawn = [f"S {name} | {name} | {at}" for name, (at, _) in tubes.items()]
    twice = [
        "S twice | twice | 2026-03-08 08:00",
        "S twice | twice | 2026-03-09 08:00",
        "S of another | P9 | 2026-03-09 08:00",
    ]
    lab.specimens("specimen | subject | drawn\n" + "\n".join([*drawn, *twice]))
    values = {"kept out": "LOW_BEADS", "on two plates": "4"} | dict.fromkeys(
        set(tubes) - {"on no plate", "kept out", "on two plates"}, "5"
    )
    lab.plate(
        "specimen | analyte | value\n" + "\n".join(f"S {name} | IL-2 | {value}" for name, value in values.items())
    )
    lab.plate("specimen | analyte | value\nS on two plates | IL-2 | 40")
    inputs = score_input(lab.con)
    frame = score(inputs, list(load_sets().values()), "pbis-2025-il2-pgml")
    begin_night(lab.con, "night", datetime(2026, 6, 1))
    load_scores(lab.con, "night", frame.score, frame.component, inputs)
    days = dict(lab.con.execute("select subject_id, study_day from main.score where is_site_set").fetchall())
    assert days == {name: day for name, (_, day) in tubes.items()} | {"twice": None, "none": None, "P9": None}
    assert lab.answer("il2", "on two plates") == lab.answer("il2", "twice") == "duplicate_conflict"


def test_limits_of_an_analyte_are_those_of_samples(p1: Any) -> None:
    """Where samples are at 1:2 and more, nothing below twice the curve's own limit is told; standards are not diluted."""
    rows = "\n".join(f"S1 | IL-2 | {dilution} | 75" for dilution in (1, 2, 4))
    p1.plate(f"specimen | analyte | dilution | value\n{rows}")
    p1.con.execute("update store.result set well_role = 'standard', specimen_id = null where dilution_factor = 1")
    (of_curve,) = p1.con.execute("select min(lloq / dilution_factor) from main.result").fetchone()
    assert p1.con.execute("select lowest_lloq from main.analyte").fetchall() == [(2 * of_curve,)]
