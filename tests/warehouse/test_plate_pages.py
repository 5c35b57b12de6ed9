"""What pages show is read for many plates with as many queries as for one, and each plate gets its own rows."""

from __future__ import annotations

import pyarrow as pa

from pbis.report.data import READING_COLUMNS
from warehouse import frames_of, load_plate, plate_heads, stored_plates
from warehouse.plate_pages import _split


class Counted:
    """A connection that counts what it and its cursors are asked."""

    def __init__(self, con):
        self.con, self.own, self.cursors = con, 0, []

    @property
    def count(self):
        return self.own + sum(each.count for each in self.cursors)

    def execute(self, *asked):
        self.own += 1
        return self.con.execute(*asked)

    def cursor(self):
        self.cursors.append(Counted(self.con.cursor()))
        return self.cursors[-1]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.con.close()


def test_two_plates_cost_as_many_queries_as_one_and_keep_their_rows(con, make_plate):
    loads = [make_plate(n) for n in (1, 2)]
    for load in loads:
        load_plate(con, load)
    asked = [(load.read.run.run_id, load.assay_id) for load in loads]
    counted = Counted(con)
    stored_plates(counted, asked[:1], READING_COLUMNS)
    once = counted.count
    found = stored_plates(counted, asked[::-1], READING_COLUMNS)
    assert counted.count == 2 * once
    for load, (run_id, assay_id) in zip(loads, asked, strict=True):
        mine = found[assay_id]
        assert mine.run == load.read.run
        assert mine.tolerances == load.provenance.tolerances
        names = ("well", "curve", "standard_level", "finding")
        assert {name: mine.frames[name] for name in names} == frames_of(con, "assay_id", assay_id, names)
        assert mine.frames["lot"] == frames_of(con, "run_id", run_id, ("lot",))["lot"]
        assert mine.frames["result"].to_pylist() == load.result.select(READING_COLUMNS["result"]).to_pylist()
        assert set(mine.frames["reading_state"].column_names) == set(READING_COLUMNS["reading_state"])
    heads = plate_heads(con, asked)
    assert [heads[assay_id].run.run_id for _, assay_id in asked] == [run_id for run_id, _ in asked]
    assert plate_heads(con, []) == {}


def test_rows_that_lie_mixed_come_back_by_their_owner():
    parts = _split(pa.table({"n": [1, 2, 3, 4]}), pa.chunked_array([["b", "a", "b", "a"]]), ["a", "b", "none"])
    assert {name: part["n"].to_pylist() for name, part in parts.items()} == {"a": [2, 4], "b": [1, 3], "none": []}
