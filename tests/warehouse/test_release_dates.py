"""A release counts days from the first dose: the days between events stay, the calendar goes."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from partial_frames import partial

from pbis.core import frames
from warehouse import connect, publish, query_published
from warehouse.query import open_published
from warehouse.released import DAY_ZERO, MOVED, released_rows
from warehouse.tables import TABLES

STARTS = "subject | started\nP1 | 2026-03-10 09:00\nP2 | 2026-05-04"
SPECIMENS = "specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:15\nS2 | P2 | 2026-05-04\nS3 | P3 | 2026-06-01 07:00\nS4 | P3 | 2026-06-03 07:00"
LABS = """subject | analyte | specimen | drawn | value | issued
P1 | crp | L1 | 2026-03-09 10:30 | 0.4 | 2026-03-09 12:00
P1 | crp | L2 | 2026-02-20 10:30 | 0.5 | 2026-02-21 12:00
P2 | crp | L3 | 2026-05-05 06:00 | 0.6 | 2026-05-05 07:00"""
IN_WINDOWS = "select source, subject_id, days_before_start, window_state, is_eligible from draw_window order by all"


@pytest.fixture(scope="module")
def folder(new_lab: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the working file lies, and the release made of it."""
    folder = tmp_path_factory.mktemp("dates")
    lab = new_lab(folder / "working.duckdb")
    lab.treatments(STARTS)
    lab.specimens(SPECIMENS)
    lab.labs(LABS)
    lab.con.close()
    publish(folder / "working.duckdb", folder / "releases", "r")
    return folder


def called(accession: str) -> str:
    """What a release calls an accession number."""
    return f"specimen-{hashlib.sha256(accession.encode()).hexdigest()[:12]}"


@pytest.fixture(scope="module")
def release(folder: Path) -> Path:
    return folder / "releases" / "r" / "pbis.duckdb"


def test_the_first_dose_is_on_day_zero_and_hours_stay(release: Path) -> None:
    starts = query_published(release, "select subject_id, started_at from subject_start where started_at is not null")
    assert {row["subject_id"]: str(row["started_at"]) for row in starts.to_pylist()} == {
        "P1": f"{DAY_ZERO} 09:00:00",
        "P2": f"{DAY_ZERO} 00:00:00",
    }
    labs = query_published(
        release, "select specimen_id, study_day, collected_at, resulted_at from clinical_lab"
    ).to_pylist()
    assert {row["specimen_id"]: (row["study_day"], f"{row['collected_at']:%H:%M}") for row in labs} == {
        called("L1"): (-1, "10:30"),
        called("L2"): (-18, "10:30"),
        called("L3"): (1, "06:00"),
    }
    assert [(row["resulted_at"] - row["collected_at"]).total_seconds() for row in labs] == [5400, 91800, 3600]


def test_windows_are_as_in_the_working_file(release: Path, folder: Path) -> None:
    con = connect(folder / "working.duckdb")
    assert query_published(release, IN_WINDOWS).to_pylist() == con.execute(IN_WINDOWS).to_arrow_table().to_pylist()
    con.close()


def test_without_a_start_days_are_counted_from_the_first_draw(release: Path) -> None:
    rows = query_published(release, "select collected_at from specimen_current where subject_id = 'P3' order by 1")
    assert [str(row["collected_at"])[:10] for row in rows.to_pylist()] == ["1900-01-01", "1900-01-03"]


def test_no_calendar_date_of_a_patient_is_left_and_the_columns_say_so(release: Path) -> None:
    con = open_published(release)
    for table in MOVED:
        rows = con.execute(f"select t::varchar from store.{table} as t").fetchall()
        assert not [row for (row,) in rows if "2026-" in row], table
    for view in ("clinical_lab", "result", "score_input", "subject_start", "draw_window", "pbis_input"):
        found = con.execute(
            "select column_name, comment from duckdb_columns() where table_name = $1 and schema_name = 'internal'"
            " and column_name in ('collected_at', 'resulted_at', 'started_at', 'started_on', 'treatment_started_on')",
            [view],
        ).fetchall()
        assert found, view
        assert all("the first dose is on 1900-01-01" in comment for _, comment in found), view
    con.close()


def test_every_date_about_a_patient_is_moved() -> None:
    about_patients = {name for name, spec in TABLES.items() if "subject_id" in spec.names}
    kinds = ("timestamp[us]", "date32[day]")
    dated = {name: {c.name for c in TABLES[name].columns if str(c.type) in kinds} for name in about_patients}
    assert {name: columns for name, columns in dated.items() if columns} == {n: set(c) for n, c in MOVED.items()}
    assert "order by stored.rowid" in released_rows("clinical_lab", {})


def test_decisions_keep_their_cause_and_lose_names_and_free_text(warehouse: Path, lab: Any, tmp_path: Path) -> None:
    message = "excluded by Olga on Monday on 2026-03-01 12:00 (bubble: P. Smith (bed 4) was cold)"
    decided = datetime(2026, 3, 1, 12)
    event = {"sequence": 1, "decision_id": "d1", "previous_id": "0", "night_id": "n", "decided_at": decided}
    event |= {"author": "Olga", "kind": "exclude", "plate_content": "c", "plate": "B1", "plate_number": 1}
    spec = TABLES["decision"]
    row = partial(spec, {name: [value] for name, value in (event | {"cause": "bubble", "reason": "P. Smith"}).items()})
    assert row.num_rows == 1
    lab.con.register("row", row)
    lab.con.execute("insert into store.decision by name select * from row")
    finding = {"assay_id": "a", "run_id": "r", "rule": "decision", "severity": "fail", "unit_of_judgement": "plate"}
    finding |= {"effect": "fail_plate", "source": "decision 1 of Olga", "message": message, "decision_id": "d1"}
    finding |= {"action": "none", "suite_hash": "s", "limit_text": "-", "observed_text": "-"}
    other = finding | {"rule": "x", "message": f"high; {message.replace('excluded', 'kept')}", "source": "kit"}
    plain = finding | {"rule": "y", "message": "read by hand", "source": "[O]", "decision_id": None}
    rows = [finding, other, plain]
    table = frames.FINDING.table({name: [row.get(name) for row in rows] for name in frames.FINDING.names})
    lab.con.register("found", table)
    lab.con.execute("insert into store.finding by name select * from found")
    lab.con.close()
    release = publish(warehouse, tmp_path / "releases", "r")
    told = query_published(release, "select rule, message, source from store.finding order by rule").to_pylist()
    assert [(row["message"], row["source"]) for row in told] == [
        ("excluded (bubble)", "decision 1"),
        ("high; kept (bubble)", "kit"),
        ("read by hand", "[O]"),
    ]
    decisions = query_published(release, "select author, reason, cause from decision").to_pylist()
    assert decisions == [{"author": None, "reason": None, "cause": "bubble"}]
