"""What trends and scores are computed from: specimens that met two lots, and readings of no plate that cannot matter."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pyarrow.compute as pc
import pytest
from partial_frames import partial

from pbis.core.frames import ANALYTE_VERDICT, LOT, PLATE_VERDICT, TREND_POINT
from warehouse import PlateLoad, bridge_results, frames_of, load_plates
from warehouse.scoring import LAST, computed

VECTOR = 2048  # rows that DuckDB takes at a time: the first come before it knows that nobody asks for any
NAMES = ("result", "reading_state", "finding")


def of_lot(load: PlateLoad, lot: str) -> PlateLoad:
    """The plate with a lot of its kit, verdicts, and a number that is followed of its first analyte."""
    run_id, analyte = load.read.run.run_id, load.result.column("analyte")[0].as_py()
    keys = {"assay_id": [load.assay_id], "run_id": [run_id], "plate_number": [1]}
    none = {"sentence": ["passes"], "well_count": [1], "reportable_count": [1]}
    counts = {name: [0] for name in ("analytes_passed", "analytes_warned", "analytes_failed", "low_bead_wells")}
    named = {"lot_kind": ["kit"], "label": ["kit"], "lot_number": [lot]}
    return replace(
        load,
        read=replace(load.read, lot=partial(LOT, {"run_id": [run_id], "source_line": [9], **named})),
        analyte_verdict=partial(ANALYTE_VERDICT, {**keys, "analyte": [analyte], "state": ["pass"], **none}),
        plate_verdict=partial(PLATE_VERDICT, {**keys, "state": ["pass"], "sentence": ["passes"], **counts}),
        trend_point=TREND_POINT.table({**keys, "analyte": [analyte], "metric": ["ln_top"], "value": [1.0]}),
    )


@pytest.fixture
def plates(con: Any, make_plate: Any) -> list[PlateLoad]:
    """S1 on plates of two lots, S2 on two of one lot, S3 on one."""
    text = "specimen | analyte | value\n{} | IL-2 | 7.5\n{} | IL-2 | 8\n{} | IL-6 | 3"
    told = ((1, ("S1", "S2", "S1"), "A"), (2, ("S2", "S4", "S4"), "A"), (3, ("S1", "S3", "S3"), "B"))
    loads = [of_lot(make_plate(number, text.format(*names)), lot) for number, names, lot in told]
    load_plates(con, loads)
    return loads


def rows_read(con: Any, query: str, table: str) -> int:
    """Rows that a query takes from a table of the store."""
    ((_, text),) = con.execute(f"explain (analyze, format json) {query}").fetchall()
    found, waiting = [], [json.loads(text)]
    while waiting:
        one = waiting.pop()
        waiting += one.get("children", [])
        if str(one.get("extra_info", {}).get("Table", "")).endswith(f"store.{table}"):
            found.append(one["operator_rows_scanned"])
    return sum(found)


def test_a_specimen_that_met_two_lots_bridges_them(con: Any, plates: list[PlateLoad]) -> None:
    rows = bridge_results(con).to_pylist()
    bridging = {(row["run_id"], row["well"], row["analyte"], row["value"], row["lot"]) for row in rows}
    first, _, third = (plate.read.run.run_id for plate in plates)
    assert bridging == {(first, "A1", "IL-2", 7.5, "A"), (third, "A1", "IL-2", 7.5, "B")}
    assert {row["specimen_id"] for row in rows} == {"S1"}


def test_readings_of_plates_that_bridge_nothing_are_not_looked_at(con: Any, make_plate: Any) -> None:
    load_plates(con, [of_lot(make_plate(number), lot) for number, lot in ((1, "A"), (2, "A"))])
    for table in ("result", "reading_state"):  # as many readings as plates have; no key stands in the way
        con.execute(f"insert into store.{table} select one.* from store.{table} as one, range(5000)")
        assert rows_read(con, f"select * from store.{table}", table) > 4 * VECTOR
    assert bridge_results(con).num_rows == 0
    for table in ("result", "reading_state"):
        assert rows_read(con, "select * from bridge_result", table) <= VECTOR


def test_a_score_keeps_readings_of_its_own_analytes_only(con: Any, plates: list[PlateLoad]) -> None:
    with computed(con, LAST) as session:
        assert session.execute("select distinct analyte from result_all").fetchall() == [("IL-2",)]


def test_frames_of_some_plates_are_those_of_each(con: Any, plates: list[PlateLoad]) -> None:
    asked = [plates[2].assay_id, plates[0].assay_id]
    each = [frames_of(con, "assay_id", assay_id, NAMES) for assay_id in asked]
    for name, table in frames_of(con, "assay_id", asked, NAMES).items():
        assert table.num_rows == sum(frames[name].num_rows for frames in each)
        for assay_id, frames in zip(asked, each, strict=True):
            assert table.filter(pc.equal(table.column("assay_id"), assay_id)) == frames[name]
