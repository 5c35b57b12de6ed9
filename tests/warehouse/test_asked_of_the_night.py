"""What a night asks of all plates each time looks at rows a plate or a finding, not at those of every reading that was ever loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from warehouse import load_plate, reexport_changes

EARLY, LATE = datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 12)
OF_READINGS = ("reading", "result", "reading_state", "trend_reading_state", "well")


def test_alarms_are_asked_without_a_look_at_readings(con: Any) -> None:
    (plan,) = con.execute("explain (format json) select * from qc_trend").fetchall()
    found = {name.rpartition(".")[2] for node in json.loads(plan[1]) for name in _scanned(node)}
    assert {"trend_finding", "run"} <= found
    assert not found & set(OF_READINGS)


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if "Table" in node["extra_info"]:
        yield node["extra_info"]["Table"]
    for child in node["children"]:
        yield from _scanned(child)


def test_medians_are_compared_for_plates_that_came_again_alone(con: Any, make_plate: Any) -> None:
    first, again, other = (
        make_plate(number, started_at=EARLY, batch=batch, exported_at=at, mfi=100.0 + number)
        for number, batch, at in ((1, "B", EARLY), (2, "B", LATE), (3, "C", EARLY))
    )
    for load in (first, again, other):
        load_plate(con, load)
    told = reexport_changes(con, [again.read.run.run_id])
    assert [(row["changed_count"], row["earlier_run_id"]) for row in told] == [(1, first.read.run.run_id)]
    assert reexport_changes(con, {first.read.run.run_id}) == told
    con.execute("set enable_profiling = 'no_output'")
    assert reexport_changes(con, [other.read.run.run_id]) == []
    assert "READING" not in json.dumps(json.loads(con.get_profiling_information(format="json"))).upper()
