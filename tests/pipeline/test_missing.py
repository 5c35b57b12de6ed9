"""What a backlog lacks, counted by kind: each thing that waits is counted once, under what a person has to bring."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from undisturbed import copied

import warehouse
from pbis.config import load_site
from pbis.core.open_items import KINDS
from pbis.pipeline.missing import AREAS, missing_lines, missing_now, write_missing
from pbis.pipeline.verifying import verify

NOW = datetime(2026, 1, 6, 9, tzinfo=UTC)
TABLES = """
    create schema store;
    create table store.night (night_id text, sequence int);
    create table store.refusal (night_id text, kind text, name text, reason text, message text);
    create table open_item (kind text, object_key text, item_count bigint, run_id text);
    create table plate (run_id text, plate_number int, started_at timestamp);
    create table score (subject_id text, cutoff_set text, is_site_set bool);
    create table score_component (subject_id text, cutoff_set text, component text, reason text);
    insert into store.night values ('n1', 1), ('n2', 2);
    insert into plate values ('a', 1, '2019-03-01 09:00'), ('a', 2, '2019-03-02 09:00'), ('b', 1, '2021-11-30 09:00');
    insert into score values ('s1', 'ours', true), ('s1', 'theirs', false), ('s2', 'ours', true);
"""
# What is open -> how it is told.
WAITING = [
    (("plate_without_layout", "P1", 80, "a"), ("plate_without_layout", 2, 160, "2019-03", "2021-11")),
    (("plate_without_layout", "P2", 80, "b"), ("plate_without_layout", 2, 160, "2019-03", "2021-11")),
    (("barcode_without_specimen", "T1", 2, "b"), ("barcode_without_specimen", 1, 2, "2021-11", "2021-11")),
    (("file_in_quarantine", "plates/x.csv", 1, None), ("kit", 3, 2, None, None)),
    (("file_in_quarantine", "plates/y.csv", 1, None), ("kit", 3, 2, None, None)),
    (("file_in_quarantine", "plates/z.csv", 1, None), ("kit", 3, 2, None, None)),
    (("file_in_quarantine", "plates/bare.csv", 1, None), ("lot_values", 1, 1, None, None)),
    (("file_in_quarantine", "plates/photo.jpg", 1, None), ("format", 1, 1, None, None)),
    (("file_in_quarantine", "plates/cut.csv", 1, None), ("plate_file", 1, 1, None, None)),
    (("file_in_quarantine", "labs/x.csv", 1, None), ("clinical_file", 1, 1, None, None)),
    (("lab_without_linkage", "labs/l.csv", 7, None), ("lab_without_linkage", 1, 7, None, None)),
    (("twin", "P1", 2, "a"), None),  # a decision is waited for, nothing is missing
]
REFUSED = [
    ("n1", "plates", "x.csv", "MalformedFile", "x.csv: it was cut off then"),
    ("n2", "plates", "x.csv", "PanelMismatch", "x.csv, line 4: none of ours; found A"),
    ("n2", "plates", "y.csv", "PanelMismatch", "y.csv, line 4: none of ours; found A"),
    ("n2", "plates", "z.csv", "PanelMismatch", "z.csv, line 9: none of ours; found B"),
    ("n2", "plates", "bare.csv", "NoStandards", "bare.csv: no standards"),
    ("n2", "plates", "photo.jpg", "UnrecognisedFormat", "photo.jpg: no reader"),
    ("n2", "plates", "cut.csv", "MalformedFile", "cut.csv: cut off"),
    ("n2", "labs", "x.csv", "MalformedFile", "x.csv: cut off"),
]
COMPONENTS = [
    (("s1", "ours", "crp", "not_received"), True),
    (("s1", "ours", "nlr", "not_ordered"), True),
    (("s2", "ours", "nlr", "outside_window"), False),  # there is one, and it cannot be used
    (("s2", "theirs", "crp", "not_received"), False),
    (("s2", "ours", "il2", "not_received"), True),
]


def test_each_thing_that_waits_is_counted_once_under_what_a_person_brings() -> None:
    with closing(duckdb.connect()) as con:
        con.execute(TABLES)
        con.executemany("insert into store.refusal values (?, ?, ?, ?, ?)", REFUSED)
        con.executemany("insert into open_item values (?, ?, ?, ?)", [item for item, _ in WAITING])
        con.executemany("insert into score_component values (?, ?, ?, ?)", [row for row, _ in COMPONENTS])
        rows = warehouse.missing_rows(con)
    told = {
        (
            row["area"],
            row["item_count"],
            row["part_count"],
            *(at and f"{at:%Y-%m}" for at in (row["first_at"], row["last_at"])),
        )
        for row in rows
    }
    patients = {("lab_value", 1, 2, None, None), ("cytokine_value", 1, 1, None, None)}
    assert told == {area for _, area in WAITING if area} | patients
    assert {row["area"] for row in rows} <= set(AREAS)


def test_every_area_of_the_question_has_words_and_every_kind_of_open_item_is_one_or_asks_for_a_decision() -> None:
    text = (Path(warehouse.__file__).parent / "queries" / "missing.sql").read_text()
    asked = set(re.findall(r"then '(\w+)'", text)) | set(re.findall(r"'(\w+_value)'", text))
    kinds = {name for name in KINDS if f"'{name}'" in text} - {"file_in_quarantine"}
    assert asked | kinds == set(AREAS)
    assert set(KINDS) - kinds == {
        "file_in_quarantine", "held_well", "twin", "failed_plate", "awaiting_decision", "trend_alarm", "decision_not_applying",
        "work_expected", "group_hangs_on_il2",
    }  # fmt: skip


@pytest.fixture(scope="module")
def site(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(finished, tmp_path_factory.mktemp("backlog") / "site").root


def test_the_page_says_what_is_missing_and_names_nobody(site: Path) -> None:
    path, data = write_missing(load_site(site), NOW)
    assert [(row.title, row.counted) for row in data.rows][:1] == [("Layouts", "1 plate (76 wells)")]
    assert data.plates == 1
    text = path.read_text()
    with closing(warehouse.connect(load_site(site).path("warehouse"), read_only=True)) as con:
        names = {run.file_name for run in warehouse.current_runs(con)} | {
            run.plate for run in warehouse.current_runs(con)
        }
    assert names
    assert [name for name in names if name in text] == []
    assert [line for line in missing_lines(data) if line.startswith("  Layouts: 1 plate (76 wells), read 20")]
    again, same = write_missing(load_site(site), NOW)
    assert (again.read_text(), same) == (text, missing_now(load_site(site)))
    assert verify(load_site(site), None, lambda: NOW).faults == []
    path.write_text(text.replace("Layouts", "Nothing"))
    assert [fault.object for fault in verify(load_site(site), None, lambda: NOW).faults] == ["missing.html"]
    write_missing(load_site(site), NOW)
    assert verify(load_site(site), None, lambda: NOW).faults == []


def test_the_command_takes_what_lies_there_and_ends_with_the_page(site: Path) -> None:
    (site / "inbox" / "plates" / "letter.csv").write_bytes(b"dear lab, the plate follows\n" * 50)
    call = [sys.executable, "-m", "pbis", "reprocess", "--site", str(site)]
    without = subprocess.run(call, capture_output=True, text=True, timeout=120, check=False)
    assert (without.returncode, "--all" in without.stderr) == (2, True)
    done = subprocess.run(
        [*call, "--all", "--engine", "plain", "--json"], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 6, done.stderr
    told = json.loads(done.stdout)
    assert [row["title"] for row in told["missing"]["rows"]][:2] == ["Formats that no reader knows", "Layouts"]
    assert Path(told["missing_page"]).is_file()
    assert "1 export (1 different cause)" in Path(told["missing_page"]).read_text()
