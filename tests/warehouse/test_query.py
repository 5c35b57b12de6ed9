"""Questions to a release: what a reader may do, and one line for what not."""

from __future__ import annotations

import pytest

from pbis.core.errors import UsageError
from warehouse import query_published


@pytest.fixture
def release(empty_warehouse):
    """A release is a file that is only read; one without rows answers as well."""
    return empty_warehouse


def test_an_answer_is_a_table(release):
    assert query_published(release, "select 1 as a, 'x' as b").to_pylist() == [{"a": 1, "b": "x"}]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("selec 1", 'syntax error at or near "selec"'),
        ("", "there is no question"),
        ("-- nothing", "there is no question"),
        ("select * from nosuch", "nosuch does not exist"),
        ("select nosuch from score", "nosuch"),
        ("select 1/", "syntax error"),
        ("select 'a'::integer", "Could not convert"),
        ("select * from read_text('/etc/hostname')", "disabled by configuration"),
        ("select * from read_csv('/etc/hostname')", "disabled by configuration"),
        ("select * from glob('/*')", "disabled by configuration"),
        ("copy (select 1) to '/tmp/never'", "disabled by configuration"),
        ("attach '/tmp/never' as x", "disabled by configuration"),
        ("export database '/tmp/never'", "disabled by configuration"),
        ("install httpfs", "disabled"),
        ("load '/tmp/never'", "disabled"),
        ("set enable_external_access = true", "locked"),
        ("pragma threads = 4", "locked"),
        ("create table t (a integer)", "read-only"),
        ("drop view score", "read-only"),
        ("insert into store.setting values (1, 'window_days', '99')", "read-only"),
    ],
)
def test_mistakes_and_trespasses_are_one_line(release, sql, message):
    with pytest.raises(UsageError, match=message) as caught:
        query_published(release, sql)
    assert "\n" not in str(caught.value)
    assert "^" not in str(caught.value)


def test_python_names_are_not_tables(release):
    secret = query_published(release, "select 1 as a")
    with pytest.raises(UsageError, match="secret does not exist"):
        query_published(release, "select * from secret")
    assert secret.num_rows == 1


def test_before_the_first_night(tmp_path):
    with pytest.raises(UsageError, match="nothing is published here yet"):
        query_published(tmp_path / "pbis.duckdb", "select 1")
