"""Observed beside expected, in SQL and in the sentence of a plate: the same numbers."""

from __future__ import annotations

from pathlib import Path

from expectations import load_suite
from expectations.entries import TREND_TABLES
from pbis.pipeline.published import run_query


def test_a_plate_says_what_sql_says(finished: Path) -> None:
    (total,) = run_query(
        finished,
        "select sum(found_count)::bigint as found, sum(expected_false_alarms) as expected, max(plate_count) as plates from qc_rate",
    ).to_pylist()
    (plate,) = run_query(finished, "select sentence, expected_false_alarms from plate").to_pylist()
    assert (
        f"{total['found']} objects out of limits, {total['expected']:.1f} expected on a good plate" in plate["sentence"]
    )
    assert abs(total["expected"] - plate["expected_false_alarms"]) < 1e-5
    assert total["plates"] == 1


def test_every_rule_of_the_profile_tells_how_much_it_judged(finished: Path) -> None:
    rows = run_query(finished, "select entry, judged_count, found_count from qc_judged").to_pylist()
    entries = {e.id for e in load_suite("research").entries if e.table not in (*TREND_TABLES, "labs")}
    assert {row["entry"] for row in rows} == entries
    assert all(row["found_count"] <= row["judged_count"] for row in rows)
