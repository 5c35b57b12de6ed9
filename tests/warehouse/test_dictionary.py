"""The dictionary leads: where to begin, how views hang together, and in which unit each number is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse import connect
from warehouse.dictionary import create_dictionary, dictionary
from warehouse.dictionary_page import COLUMNS, dictionary_csv, dictionary_html
from warehouse.said_units import unit_of
from warehouse.start_here import PICTURE, RELATIONS, START, drawing


@pytest.fixture(scope="module")
def con(empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.mktemp("dictionary") / "working.duckdb"
    path.write_bytes(empty_warehouse.read_bytes())
    connection = connect(path)
    create_dictionary(connection)
    yield connection
    connection.close()


def public_columns(con: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    rows = con.execute(
        "select name, list(column_name) from main.dictionary where not contains(name, '.') group by name"
    )
    return {name: set(columns) for name, columns in rows.fetchall()}


def test_it_begins_with_six_views_that_are_there(con: duckdb.DuckDBPyConnection) -> None:
    page = dictionary(con)
    assert page.index("## Start with these six") < page.index("## How they hang together") < page.index("### score\n")
    assert len(START) == 6
    assert set(START) <= set(public_columns(con))
    assert "goes with the next version" in page


def test_views_hang_together_by_columns_that_both_have(con: duckdb.DuckDBPyConnection) -> None:
    columns = public_columns(con)
    for each in RELATIONS:
        assert set(each.columns) <= columns[each.one] & columns[each.many], each
    named = {view for each in RELATIONS for view in (each.one, each.many)}
    assert named >= set(START)
    assert named <= set(re.findall(r"\w+", PICTURE))
    assert all(f">{view}</text>" in drawing() for view in named)


def test_every_number_that_people_ask_has_a_unit(con: duckdb.DuckDBPyConnection) -> None:
    asked = (
        "select name || '.' || column_name from main.dictionary where not contains(name, '.')"
        " and \"type\" in ('double', 'bigint', 'hugeint', 'integer') and unit is null"
    )
    assert con.execute(asked).fetchall() == []


@pytest.mark.parametrize(
    ("column", "kind", "beside", "unit"),
    [
        ("value", "DOUBLE", {"value", "unit"}, "as unit says"),
        ("value", "DOUBLE", {"value"}, "as the analyte is reported"),
        ("range_low", "DOUBLE", {"unit_reported"}, "as unit_reported says"),
        ("replicate_cv_pct", "DOUBLE", (), "percent"),
        ("study_day", "BIGINT", (), "days"),
        ("os_months", "DOUBLE", (), "months"),
        ("analyte", "VARCHAR", (), ""),
        ("well", "VARCHAR", (), ""),
    ],
)
def test_a_unit_follows_from_the_name(column: str, kind: str, beside: set[str], unit: str) -> None:
    assert unit_of(column, kind, beside) == unit


def test_page_and_table_say_the_same_and_fetch_nothing(con: duckdb.DuckDBPyConnection) -> None:
    page = dictionary_html(con)
    rows = list(csv.reader(io.StringIO(dictionary_csv(con))))
    assert tuple(rows[0]) == COLUMNS
    said = [[cell.removeprefix("'") for cell in row] for row in rows[1:]]  # put before what a spreadsheet would run
    assert said == [
        [cell or "" for cell in row]
        for row in con.execute(
            'select name, column_name, "type", "class", unit, meaning from main.dictionary'
        ).fetchall()
    ]
    assert not re.search(r"https?://|src=|@import|<script", page)
    ids = re.findall(r"<h2 id='([^']+)'", page)
    assert ids[:6] == list(START)
    assert set(ids) == {name for name, *_ in rows[1:]}
