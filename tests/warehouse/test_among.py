"""A few keys are asked for without reading what belongs to others."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from warehouse.among import MANY, is_among


@pytest.mark.parametrize("count", [0, 1, 3, MANY, MANY + 1])
def test_few_or_many_keys_find_the_same_rows(count: int) -> None:
    con = duckdb.connect()
    con.execute("create table t as select 'k' || (i // 2) as key, i from range(1000) as r(i) union all select null, -1")
    keys = [f"k{i}" for i in range(count)]
    rows = con.execute(f"select i from t where {is_among('key', keys)} order by i", [keys]).fetchall()
    assert [row[0] for row in rows] == list(range(min(2 * count, 1000)))


def test_a_scan_gives_the_rows_of_few_keys_alone() -> None:
    """What DuckDB does with it is why it is there: a version that does otherwise is to be noticed."""
    con = duckdb.connect()
    con.execute("create table t as select 'k' || (i // 100) as key, i from range(100000) as r(i)")
    con.execute("set enable_profiling = 'no_output'")
    con.execute(f"select sum(i) from t where {is_among('key', ['k7'])}", [["k7"]]).fetchall()
    assert _rows_of_scans(json.loads(con.get_profiling_information(format="json"))) == 100


def _rows_of_scans(node: dict[str, Any]) -> int:
    own = node["operator_cardinality"] if (node.get("extra_info") or {}).get("Table") else 0
    return own + sum(_rows_of_scans(child) for child in node.get("children", ()))
