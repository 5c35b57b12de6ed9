"""A plate is loaded once, whole, and a newer export supersedes an older whichever comes first."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from partial_frames import partial

from pbis.core.errors import IntegrityError
from pbis.core.frames import READING
from warehouse import (
    connect,
    content_hash,
    has_assay,
    has_run,
    load_plate,
    load_plates,
    plate_key,
    reading_hashes,
    result_hashes,
)

EARLY, LATE = datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 12)


def counts(con) -> dict[str, int]:
    names = ("run", "reading", "assay", "result", "curve", "well", "reading_state")
    return {name: con.execute(f"select count(*) from store.{name}").fetchone()[0] for name in names}


def test_load_then_nothing(con, make_plate):
    load = make_plate()
    outcome = load_plate(con, load)
    before = counts(con)
    assert (outcome.state, outcome.run_id, outcome.assay_id) == ("loaded", load.read.run.run_id, load.assay_id)
    assert before == dict.fromkeys(before, 1)
    assert load_plate(con, load).state == "unchanged"
    assert counts(con) == before
    assert has_run(con, load.read.run.run_id)
    assert has_assay(con, load.assay_id)
    assert not has_assay(con, "other")


def with_assay(load, assay_id):
    """The same plate, computed again under another configuration."""

    def renamed(table: pa.Table) -> pa.Table:
        if "assay_id" not in table.column_names:
            return table
        column = pa.array([assay_id] * table.num_rows, pa.string())
        return table.set_column(0, table.schema.field(0), column)

    names = ("result", "curve", "level", "finding", "analyte_verdict", "plate_verdict", "reading_state", "judged")
    return replace(load, assay_id=assay_id, **{name: renamed(getattr(load, name)) for name in names})


def test_new_assay_of_a_known_run_stands_and_the_old_can_be_put_back(con, make_plate):
    first = make_plate()
    second = with_assay(first, "second")
    states = [load_plate(con, load).state for load in (first, second, second, first, first)]
    assert states == ["loaded", "assay_added", "unchanged", "reselected", "unchanged"]
    assert counts(con)["reading"] == 1
    assert counts(con)["result"] == 2
    assert con.execute("select assay_id from current_assay").fetchall() == [(first.assay_id,)]


@pytest.mark.parametrize("order", [(EARLY, LATE), (LATE, EARLY)])
def test_later_export_supersedes_whichever_is_loaded_first(con, make_plate, order):
    start = datetime(2026, 2, 1)
    loads = [make_plate(n, started_at=start, batch="B", exported_at=at) for n, at in enumerate(order, 1)]
    outcomes = [load_plate(con, load) for load in loads]
    current = con.execute("select exported_at from current_run").fetchall()
    assert current == [(LATE,)]
    winner = loads[order.index(LATE)].read.run.run_id
    loser = loads[order.index(EARLY)].read.run.run_id
    assert con.execute("select run_id, superseded_by from store.supersession").fetchall() == [(loser, winner)]
    last = outcomes[1]
    assert (last.superseded, last.superseded_by) == (((loser,), None) if winner == last.run_id else ((), winner))
    assert counts(con)["run"] == 2


@pytest.mark.parametrize("times", [(EARLY, EARLY), (None, EARLY), (LATE, None), (None, None)])
def test_where_times_do_not_tell_the_later_loaded_stands(con, make_plate, times):
    loads = [make_plate(n, started_at=EARLY, batch="B", exported_at=at, mfi=100.0 + n) for n, at in enumerate(times, 1)]
    for load in loads:
        load_plate(con, load)
    assert con.execute("select run_id from current_run").fetchall() == [(loads[1].read.run.run_id,)]


def test_a_run_between_two_others_is_superseded_by_the_newest(con, make_plate):
    middle = datetime(2026, 3, 1, 11)
    for number, at in enumerate((EARLY, LATE, middle), 1):
        load_plate(con, make_plate(number, started_at=EARLY, batch="B", exported_at=at))
    assert con.execute("select exported_at from current_run").fetchall() == [(LATE,)]
    assert con.execute("select count(*) from store.supersession").fetchone() == (2,)


def test_other_plates_are_left_alone(con, make_plate):
    for number in (1, 2):
        load_plate(con, make_plate(number))
    assert con.execute("select count(*) from current_run").fetchone() == (2,)


def test_rows_of_another_run_are_refused(con, make_plate):
    mine, other = make_plate(1), make_plate(2)
    with pytest.raises(IntegrityError, match="result: rows of another run_id"):
        load_plate(con, replace(mine, result=other.result))
    assert counts(con)["run"] == 0


def test_two_rows_with_one_key_are_refused(con, make_plate):
    load = make_plate()
    with pytest.raises(IntegrityError, match="result: two rows with one assay_id, plate_number, well, analyte"):
        load_plate(con, replace(load, result=pa.concat_tables([load.result, load.result])))


def test_a_failure_in_the_middle_leaves_nothing(con, make_plate):
    load = make_plate()
    twice = pa.concat_tables([load.curve, load.curve])  # breaks the primary key, after reading and result went in
    with pytest.raises(IntegrityError, match="curve"):
        load_plate(con, replace(load, curve=twice))
    assert set(counts(con).values()) == {0}
    assert load_plate(con, load).state == "loaded"


def test_readings_have_one_name_whatever_wells_and_analytes_are_called():
    def named(wells, analytes, mfi, plates=(1, 1, 1, 1)):
        same = {"run_id": ["r"] * 4, "location": ["x"] * 4, "source_line": [1, 2, 3, 4]}
        rows = {"plate_number": list(plates), "well": wells, "analyte_reported": analytes, "mfi": mfi}
        return reading_hashes(partial(READING, same | rows))

    first = named(["A1", "A1", "B1", "B1"], ["IL-2", "IL-6"] * 2, [1.0, 2.0, 3.0, None])
    assert set(first) == {1}
    assert first == named(["H1", "H1", "C9", "C9"], ["x", "y"] * 2, [3.00000001, None, 2.0, 1.0])
    assert first != named(["A1", "A1", "B1", "B1"], ["IL-2", "IL-6"] * 2, [1.0, 3.0, 2.0, None])  # other wells
    assert named(["A1", "B1", "C1", "D1"], ["IL-2"] * 4, [0.0, 0.0, 0.0, None]) == {}  # a read of nothing is no twin
    batch = named(["A1", "B1", "A1", "B1"], ["IL-2"] * 4, [1.0, 2.0, 2.0, 1.0], (1, 1, 2, 2))
    assert batch[1] == batch[2]


def test_content_hash_follows_the_numbers_not_their_order():
    def reading(wells, mfi):
        same = {"run_id": ["r"] * 2, "plate_number": [1] * 2, "analyte_reported": ["IL-2"] * 2, "location": ["x"] * 2}
        return partial(READING, same | {"well": wells, "mfi": mfi, "source_line": [1, 2]})

    assert content_hash(reading(["A1", "B1"], [1.0, None])) == content_hash(reading(["B1", "A1"], [None, 1.0]))
    assert content_hash(reading(["A1", "B1"], [1.0, 2.0])) != content_hash(reading(["A1", "B1"], [2.0, 1.0]))
    assert content_hash(reading(["A1", "B1"], [None, None])) is None
    assert content_hash(READING.empty()) is None


def test_plates_without_an_identity_do_not_replace_each_other(make_plate):
    anonymous = make_plate(1, started_at=None).read.run
    assert plate_key(anonymous, "abc") == "content:abc"
    assert plate_key(anonymous, None) == f"content:{anonymous.run_id}"
    named = make_plate(1, instrument_serial=None, started_at=EARLY).read.run
    assert plate_key(named, "abc") == "|B1|2026-03-01T10:00"


class Counted:
    """A connection that counts the statements that it is given."""

    def __init__(self, con) -> None:
        self.con, self.statements = con, 0

    def __getattr__(self, name: str):
        return getattr(self.con, name)

    def execute(self, *asked):
        self.statements += 1
        return self.con.execute(*asked)


def test_statements_are_shared_by_the_plates_that_are_loaded_together(con, make_plate):
    counted, seen = Counted(con), []
    for numbers in ((1,), range(2, 9)):
        before = counted.statements
        outcomes = load_plates(counted, [make_plate(number) for number in numbers])
        assert {outcome.state for outcome in outcomes} == {"loaded"}
        seen.append(counted.statements - before)
    assert seen[0] == seen[1]
    assert load_plates(con, ()) == ()


def test_plates_loaded_together_settle_as_if_each_had_come_alone(con, make_plate, empty_warehouse, tmp_path):
    """Exports of two plates mixed: the newest first, last and between, one of equal time, and a plate of its own."""
    middle, start = datetime(2026, 3, 1, 11), datetime(2026, 2, 1)
    times = (middle, LATE, EARLY, LATE, EARLY, middle)
    loads = [
        make_plate(n, started_at=start, batch="AB"[n % 2], exported_at=at, mfi=100.0 + n)
        for n, at in enumerate(times, 1)
    ]
    loads.insert(3, make_plate(9))
    alone = connect(Path(shutil.copy(empty_warehouse, tmp_path / "alone.duckdb")))
    one_by_one = [load_plate(alone, load) for load in loads]
    assert list(load_plates(con, loads)) == one_by_one
    assert any(outcome.superseded_by for outcome in one_by_one)
    assert any(outcome.superseded for outcome in one_by_one)
    assert result_hashes(con) == result_hashes(alone)
    order = "select run_id, sequence from store.run order by sequence"
    assert con.execute(order).fetchall() == alone.execute(order).fetchall()
    alone.close()


def test_a_plate_that_breaks_a_key_takes_those_loaded_with_it_along(con, make_plate):
    good, bad = make_plate(1), make_plate(2)
    twice = pa.concat_tables([bad.curve, bad.curve])
    with pytest.raises(IntegrityError, match="curve"):
        load_plates(con, [good, replace(bad, curve=twice)])
    assert set(counts(con).values()) == {0}
    with pytest.raises(IntegrityError, match="of one run"):
        load_plates(con, [good, good])
    assert [outcome.state for outcome in load_plates(con, [good, bad])] == ["loaded", "loaded"]
