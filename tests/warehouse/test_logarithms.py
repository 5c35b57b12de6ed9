"""No view takes the logarithm of 0: DuckDB takes it of every row before an aggregate's own filter, and stops the night."""

from __future__ import annotations

import re

import duckdb
import pytest

from warehouse.connect import connect
from warehouse.shapes import view_files

TAKEN = re.compile(r"\bln\(([^()]*)\)")
BOUND_BY_WHERE = "ln(ci_high / ci_low)"  # of rows whose ci_low, and so ci_high, is above 0


def test_every_logarithm_of_a_view_is_taken_of_what_is_above_zero() -> None:
    seen = 0
    for path in view_files():
        for line in (line.partition("--")[0] for line in path.read_text("utf-8").splitlines()):
            for taken in TAKEN.finditer(line):
                seen += 1
                guarded = f"case when {taken[1]} > 0 then {taken[0]} end"
                assert guarded in line or taken[0] == BOUND_BY_WHERE, f"{path.name}: {line.strip()}"
    assert seen > 5


def test_an_aggregate_takes_its_argument_before_its_filter() -> None:
    values = "from (values (0.0::double), (1.0)) as t(value)"
    with connect(None) as con:
        with pytest.raises(duckdb.OutOfRangeException, match="logarithm of zero"):
            con.execute(f"select avg(ln(value)) filter (value > 0) {values}").fetchall()
        assert con.execute(f"select avg(case when value > 0 then ln(value) end) {values}").fetchall() == [(0.0,)]
