"""Views of twins: which plates are held, and that nothing of them counts until all but one are excluded."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations

import pytest

from pbis.core.decision import EXCLUDE, Decision, Target, chained
from warehouse import held_plates, load_decisions, load_plate

TWO = "specimen | analyte | value\n{} | IL-2 | 7.5\n{} | IL-2 | 70"
START = "subject | started\nP1 | 2026-03-10"
DRAWN = "specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00"
NOON = datetime(2026, 3, 1, 12)


def excluded(con, *runs):
    events = []
    for run_id in runs:
        one = Decision(0, NOON, "A", EXCLUDE, Target(run_id, "plate"), "twin", "a copy")
        events.append(chained(events, one))
    load_decisions(con, events, "night")


@pytest.mark.parametrize(
    "order", [*permutations(("match", "mismatch", "absent")), ("not_judged", "match", "absent")], ids="-".join
)
def test_all_twins_are_held_and_the_right_checksum_is_named(con, make_plate, order):
    loads = {crc: make_plate(1, TWO.format("S1", "S2"), batch=f"B-{crc}", mfi=100.0, crc_state=crc) for crc in order}
    other = make_plate(9, TWO.format("S3", "S4"))
    for load in (*loads.values(), other):
        load_plate(con, load)
    held = held_plates(con)
    assert {row["plate"] for row in held} == {f"B-{crc}" for crc in order}
    assert {row["likelier_run_id"] for row in held} == {loads["match"].read.run.run_id}
    assert all(row["twin_count"] == 2 and "B-match (file of run" in row["sentence"] for row in held)
    said = {"mismatch": "its checksum is broken", "not_judged": "its checksum cannot be judged"}
    assert all(words in held[0]["sentence"] for crc, words in said.items() if crc in order)
    own = {other.read.run.run_id}
    assert set(con.execute("select distinct run_id from result").fetchall()) == {(run,) for run in own}
    assert con.execute("select distinct qc_state, reasons from result_all where not reportable").fetchall() == [
        ("held", "awaiting_decision")
    ]
    states = con.execute("select distinct state from plate where run_id <> $1", [*own]).fetchall()
    assert states == [("held",)]


def test_a_score_waits_and_takes_the_value_when_one_is_left(lab):
    lab.treatments(START)
    lab.specimens(DRAWN)
    first = lab.plate(TWO.format("S1", "S2"), mfi=100.0, batch="A")
    assert lab.answer("il2") == "=7.5"
    second = lab.plate(TWO.format("S1", "S2"), mfi=100.0, batch="B")
    assert lab.answer("il2") == "awaiting_decision"
    assert "S1 is on A, B, held until a person decides" in lab.inputs()["P1", "il2"]["detail"]
    excluded(lab.con, second.read.run.run_id)
    assert held_plates(lab.con) == []
    assert first.read.run.run_id != second.read.run.run_id


def test_a_repeat_on_a_plate_of_its_own_still_answers(lab):
    lab.treatments(START)
    lab.specimens(DRAWN)
    lab.plate(TWO.format("S1", "S2"), mfi=100.0, batch="A")
    lab.plate(TWO.format("S8", "S9"), mfi=100.0, batch="B")
    assert lab.answer("il2") == "awaiting_decision"
    lab.plate(TWO.format("S1", "S7"), mfi=300.0, batch="C")
    assert lab.answer("il2") == "=7.5"


def test_an_export_that_moves_samples_to_other_readings_supersedes_nothing(con, make_plate):
    same = {"batch": "B", "started_at": NOON, "mfi": 100.0}
    one = make_plate(1, TWO.format("S1", "S2"), exported_at=NOON, **same)
    other = make_plate(2, TWO.format("S2", "S1"), exported_at=NOON.replace(hour=13), **same)
    assert [load_plate(con, load).superseded for load in (one, other)] == [(), ()]
    assert {row["twins"].count("B (file") for row in held_plates(con)} == {1}
    assert con.execute("select distinct is_same_plate from twin").fetchall() == [(True,)]
    excluded(con, one.read.run.run_id)
    assert held_plates(con) == []


def test_files_that_name_no_time_and_other_batches_do_not_replace_each_other(con, make_plate):
    loads = [make_plate(1, TWO.format("S1", "S2"), batch=batch, started_at=None, mfi=100.0) for batch in "AB"]
    assert [load_plate(con, load).superseded for load in loads] == [(), ()]
    assert len(held_plates(con)) == 2
