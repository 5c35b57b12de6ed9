"""The database is what the declarations say, and every part of it says what it is."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pbis.core.frames import SPECS
from pbis.core.frames.model import WHOLE, Column, FrameSpec
from pbis.core.plates.plate import Run
from warehouse import connect, ddl, dictionary
from warehouse.comments import comments
from warehouse.migrate import migrations
from warehouse.shapes import public_files, view_files
from warehouse.tables import OWN, TABLES


@pytest.fixture(scope="module")
def con(empty_warehouse):
    """One read-only look for the whole module."""
    connection = connect(empty_warehouse, read_only=True)
    yield connection
    connection.close()


HOUSE = Path(ddl.__file__).parent
SQL_FILES = sorted(HOUSE.rglob("*.sql"))


@pytest.mark.parametrize("name", sorted(TABLES))
def test_table_has_the_declared_columns_types_and_promises(con, name):
    rows = con.execute(
        "select column_name, data_type, is_nullable from duckdb_columns() where schema_name = 'store' and table_name = $1",
        [name],
    ).fetchall()
    declared = {c.name: (ddl.SQL_TYPE[c.type], c.is_nullable) for c in TABLES[name].columns}
    assert {column: (kind, nullable) for column, kind, nullable in rows} == declared


def test_every_frame_has_its_table():
    assert set(SPECS) <= set(TABLES)
    assert not {spec.name for spec in OWN} & set(SPECS)


def test_run_table_holds_every_field_of_the_header():
    assert {field.name for field in fields(Run)} <= set(TABLES["run"].names)


def test_migrations_lack_nothing(con):
    assert ddl.missing(con) == []


def test_everything_has_a_comment(con):
    assert dictionary.uncommented(con) == []


def test_no_view_lists_a_column_twice(con):
    """DuckDB numbers the second one and says nothing."""
    twice = """
        select table_name, column_name from duckdb_columns() as one
        where schema_name <> 'v1' and not internal and regexp_full_match(column_name, '.*_[0-9]+') and exists (
            from duckdb_columns() as other where other.table_oid = one.table_oid
            and other.column_name = regexp_replace(one.column_name, '_[0-9]+$', '')
        )
    """
    assert con.execute(twice).fetchall() == []


def test_comment_of_a_table_is_the_declared_one(con):
    stored = {table: columns for (schema, table), columns in comments(con).items() if schema == "store"}
    declared = {name: {c.name: c.doc for c in spec.columns} for name, spec in TABLES.items()}
    assert stored == declared


def test_a_file_creates_the_view_that_it_is_named_for(con):
    views = con.execute("select schema_name, view_name from duckdb_views() where not internal").fetchall()
    assert {name for schema, name in views if schema == "internal"} == {p.stem.partition("_")[2] for p in view_files()}
    assert {name for schema, name in views if schema == "main"} == {path.stem for path in public_files()}


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: path.name)
def test_sql_file_says_first_what_it_is(path):
    first = path.read_text("utf-8").splitlines()[0]
    assert re.match(r"-- \w.*", first)
    if path.parent.name in ("views", "public"):
        assert first.startswith("-- One row")


ERASES = HOUSE / "erase.py"  # a withdrawal of consent, by a logged event, and nothing else
FOLLOWS = (
    HOUSE / "lake_publish.py"
)  # a lake is no store: what the newest release no longer has leaves its newest snapshot


@pytest.mark.parametrize(
    "path", sorted({*HOUSE.rglob("*.py")} - {ERASES, FOLLOWS}) + SQL_FILES, ids=lambda path: path.name
)
def test_nothing_is_ever_updated_or_deleted(path):
    text = re.sub(r"--.*", "", path.read_text("utf-8"))
    assert not re.search(
        r"\b(update\s+\w+(\.\w+)?\s+set|delete\s+from|truncate|drop\s+table(?! release\.))\b", text, re.IGNORECASE
    )


def test_only_one_function_inserts():
    inserting = {path.name for path in HOUSE.glob("*.py") if re.search(r"insert\s+into", path.read_text("utf-8"))}
    of_releases = {"release_rows.py", "release_open.py"}  # files of their own, which are no store
    assert inserting == {"append.py", "migrate.py"} | of_releases  # migrate only its own record


def test_migrations_are_numbered_without_gaps():
    assert [int(path.name[:4]) for path in migrations()] == list(range(1, len(migrations()) + 1))


def test_dictionary_is_what_the_database_says(con):
    assert dictionary.PAGE.read_text("utf-8") == dictionary.dictionary(con), "run python -m warehouse.dictionary"


def test_a_column_added_later_must_be_nullable():
    spec = FrameSpec("x", "x", ("a",), (Column("a", WHOLE, "it's a count"),))
    assert ddl.add_column(spec, spec.columns[0]).endswith("is 'it''s a count';\n")
    with pytest.raises(ValueError, match="must be nullable"):
        ddl.add_column(spec, Column("b", WHOLE, "b", False))


def test_an_assay_of_before_says_the_limits_that_stood_in_the_code() -> None:
    con = connect(None)
    con.execute("create schema store")
    con.execute("create table store.assay (assay_id varchar); insert into store.assay values ('old')")
    con.execute("create table store.curve (lod double); create table store.trend_baseline (limit_low double)")
    (text,) = (path.read_text("utf-8") for path in migrations() if path.name.endswith("limits_and_words.sql"))
    con.execute(text.partition("-- Findings and verdicts")[0])
    names = "flat_ratio, hook_ratio, inversion_pct, ec50_low_ratio, ec50_high_ratio"
    assert con.execute(f"select {names} from store.assay").fetchall() == [(3, 0.85, 15, 0.3333, 3)]
    con.execute("insert into store.assay (assay_id) values ('new')")  # today's program says each of them itself
    assert con.execute("select flat_ratio, ec50_low_ratio from store.assay where assay_id = 'new'").fetchall() == [
        (None, None)
    ]
