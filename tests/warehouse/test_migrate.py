"""Migrations run once, whole or not at all, and are not rewritten afterwards."""

from __future__ import annotations

from contextlib import closing

import duckdb
import pytest

from pbis.core.errors import IntegrityError
from warehouse import migrate as public
from warehouse import opened
from warehouse.comments import inherit_comments
from warehouse.connect import connect
from warehouse.fresh import has_nothing
from warehouse.migrate import create_views, migrate, migrations
from warehouse.seal import _views
from warehouse.shapes import former_text, internal_texts, place_views, public_texts


@pytest.fixture
def extra(tmp_path, monkeypatch):
    """A second migration beside the real ones."""
    import sys

    path = tmp_path / "9000_extra.sql"
    real = migrations()
    monkeypatch.setattr(sys.modules["warehouse.migrate"], "migrations", lambda: [*real, path])
    return path


def test_second_time_does_nothing(con):
    assert public is migrate
    assert migrate(con) == ()


def test_records_each_migration(con):
    names = con.execute("select name from store.warehouse_migration order by sequence").fetchall()
    assert [name for (name,) in names] == [path.name for path in migrations()] + ["views"]


def shape(con):
    """All that a database has beside the text of its views, which tests of the seal compare."""
    here = "database_name = current_database() and not internal"
    asked = (
        f"select schema_name, table_name, comment, sql from duckdb_tables() where {here}",
        f"select * exclude (database_oid, schema_oid, table_oid) from duckdb_columns() where {here}",
        f"select schema_name, view_name, comment, column_count from duckdb_views() where {here}",
        "select schema_name, table_name, constraint_text from duckdb_constraints() where database_name = current_database()",
        f"select schema_name, comment from duckdb_schemas() where {here}",
        "select * from store.warehouse_migration",
    )
    return [con.execute(f"{query} order by all").fetchall() for query in asked]


def test_a_new_database_is_a_copy_of_what_the_steps_leave(tmp_path):
    """Also on two connections at once, and in place of no table that somebody made."""
    copied, stepped = tmp_path / "a" / "one.duckdb", tmp_path / "b" / "one.duckdb"
    for path in (copied, stepped):
        path.parent.mkdir()
    with closing(connect(stepped)) as con:
        con.execute("create schema store")
        assert not has_nothing(con)  # so it is made step by step
        names = migrate(con)
    with closing(connect(copied)) as con, closing(connect(None)) as beside:
        assert has_nothing(con)
        assert migrate(con) == migrate(beside) == names
        assert con.execute("select count(current_run.run_id) from current_run").fetchone() == (
            0,
        )  # the program's own, by its bare name
        assert migrate(con) == ()
    with closing(connect(copied)) as con, closing(connect(stepped)) as other:
        assert shape(con) == shape(other)
        assert _views(con) == _views(other)


def test_a_changed_text_is_not_copied_from_before(con, extra):
    extra.write_text("create table store.extra (a integer);")
    with closing(connect(None)) as fresh:
        assert migrate(fresh)[-2:] == ("9000_extra.sql", "views")
        assert fresh.execute("from store.extra").fetchall() == []


def test_changed_text_is_refused(con, extra):
    extra.write_text("create table store.extra (a integer);")
    assert migrate(con) == ("9000_extra.sql",)
    extra.write_text("create table store.extra (b integer);")
    with pytest.raises(IntegrityError, match=r"9000_extra\.sql: its text has changed"):
        migrate(con)


def test_what_a_newer_program_migrated_is_refused_by_an_older_one_and_stays_as_it_is(con, extra, monkeypatch):
    extra.write_text("create table store.extra (a integer);")
    migrate(con)
    monkeypatch.undo()
    con.execute("update store.warehouse_migration set sha256 = 'of the newer program' where name = 'views'")
    with pytest.raises(IntegrityError, match=r"a newer program brought this database to 9000_extra\.sql.*backup"):
        migrate(con)
    kept = con.execute("select sha256 from store.warehouse_migration where name = 'views'").fetchall()
    assert kept == [("of the newer program",)]


def test_failing_migration_leaves_nothing(con, extra):
    extra.write_text("create table store.half (a integer); select nonsense;")
    with pytest.raises(duckdb.BinderException):
        migrate(con)
    assert not con.execute("select 1 from duckdb_tables() where table_name = 'half'").fetchall()


def test_views_are_recreated_only_when_their_text_changed(con):
    assert create_views(con) is False
    con.execute("update store.warehouse_migration set sha256 = 'of an earlier build' where name = 'views'")
    assert create_views(con) is True


def test_rows_survive_a_later_migration(warehouse, lab, extra):
    lab.plate("specimen | analyte | value\nS1 | IL-2 | 7.5")
    extra.write_text("alter table store.run add column note varchar;")
    migrate(lab.con)
    lab.con.close()
    con = connect(warehouse)
    assert con.execute("select count(*), count(note) from store.run").fetchone() == (1, 0)
    con.close()


def kept(path):
    """What the file keeps of its views: texts, comments, and columns with their types and comments."""
    with opened(path) as con:
        comments = con.execute(
            "select schema_name, view_name, comment from duckdb_views() where not internal order by all"
        ).fetchall()
        columns = (
            "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() where not internal"
        )
        assert not con.execute("select 1 from duckdb_views() where temporary and not internal").fetchall()
        return _views(con), comments, con.execute(f"{columns} order by all").fetchall()


def test_a_view_is_kept_as_it_is_where_it_is_made_on_views_and_not_on_covers(warehouse):
    covered = kept(warehouse)
    texts = internal_texts()
    with opened(warehouse) as con:
        con.execute("\n".join(texts.values()))
        inherit_comments(con, texts, "internal")
        con.execute("\n".join([*public_texts().values(), former_text()]))
        inherit_comments(con, public_texts(), "main")
    assert kept(warehouse) == covered


def test_views_are_placed_on_a_table_that_stands_for_one_of_them(warehouse):
    texts = internal_texts()
    del texts["given_away_lab"]
    with opened(warehouse) as con:
        con.execute("create table internal.rows as from internal.given_away_lab; drop view internal.given_away_lab")
        con.execute("alter table internal.rows rename to given_away_lab")
        place_views(con, texts, [*public_texts().values(), former_text()])
        con.execute("insert into internal.given_away_lab (file_id, source_line) values ('f', 7)")
        assert con.execute("select file_id, source_line from v1.given_away_lab").fetchall() == [("f", 7)]
        assert con.execute("select count(*) from main.lab_current").fetchone() == (0,)
