"""Questions to a release: what a reader may do, and one line for what not."""

from __future__ import annotations

import resource
import tempfile

import pyarrow as pa
import pytest

from pbis.core.errors import QueryStopped, UsageError
from pbis.files.stream_out import WRITERS, write_batches
from warehouse import QueryLimits, query_published, stream_published


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
        ("select group from score", "group is a word of SQL: the column is called pbis_group"),
        ("select 1 from score where group = 'high'", "called pbis_group"),
        ("select order from score", 'where a column is meant, write "order"'),
        ('select "group" from main.score', "it is pbis_group now, and as before in schema v1"),
        ("select s.value_num from main.result s", "it is value now"),
        ("select collected_at from main.result", "it is study_day now"),
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


def test_a_few_rows_of_an_endless_answer_take_a_moment_and_little_memory(release):
    """16 TB, were it made: the first rows come before the rest is thought of."""
    endless = "select a.range, repeat('x', 1000) as b from range(1000000) a, range(1000000) c"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with stream_published(release, endless, QueryLimits(30, "300MB")) as reader:
        assert next(iter(reader)).num_rows > 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


@pytest.mark.parametrize(
    ("sql", "limits", "said"),
    [
        ("select count(*) from range(1000000000000)", QueryLimits(0.2), "stopped after 0.2 seconds"),
        ("select a.range from range(1000000) a, range(1000000) c", QueryLimits(0.2), "raise --timeout"),
        ("select list(range) from range(30000000)", QueryLimits(60, "64MB"), "more than the 64MB of --memory"),
    ],
)
def test_a_question_beyond_its_limits_is_stopped_with_the_limit_named(
    release, sql, limits, said, tmp_path, monkeypatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with (
        pytest.raises(QueryStopped, match=said) as caught,
        stream_published(release, sql, limits) as reader,
    ):
        assert sum(batch.num_rows for batch in reader) < 0
    assert (caught.value.exit_code, "\n" in str(caught.value)) == (3, False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("seconds", "memory"),
    [(0, "2GB"), (-1, "2GB"), (float("nan"), "2GB"), (1, "10MB"), (1, "much"), (1, "2GB'; x"), (1, "-1GB")],
)
def test_limits_that_make_no_sense_are_refused(seconds, memory):
    with pytest.raises(UsageError, match="expected"):
        QueryLimits(seconds, memory)


@pytest.mark.parametrize("sql", ["selec 1", "", "select ('a' || range)::integer from range(100000)", "drop view score"])
def test_a_mistake_in_a_streamed_question_is_one_line(release, sql):
    with pytest.raises(UsageError) as caught, stream_published(release, sql, QueryLimits()) as reader:
        list(reader)
    assert "\n" not in str(caught.value)


def test_people_are_pointed_to_the_public_views(release):
    with stream_published(release, "select pbis_group, study_day from score", QueryLimits()) as reader:
        assert reader.read_all().num_rows == 0
    assert (
        query_published(release, 'select "group", treatment_started_on from score').num_rows == 0
    )  # the program's own
    assert query_published(release, 'select "group", treatment_started_on from v1.score').num_rows == 0


def test_tables_that_a_person_brought_are_asked_beside_the_views(release):
    own = {"own": pa.table({"subject_id": ["P1"], "sex": ["F"]})}
    sql = "select own.sex, count(score.score) as scores from own left join score using (subject_id) group by all"
    with stream_published(release, sql, QueryLimits(), own) as reader:
        assert reader.read_all().to_pylist() == [{"sex": "F", "scores": 0}]
    with pytest.raises(UsageError, match="own does not exist"):
        query_published(release, "select * from own")


@pytest.mark.parametrize(
    "span",
    [
        "interval 3 day", "interval 1 month", "interval '1 day 02:03:04.5'", "interval (-5) second", "interval 14 month", "interval 0 day",
        "timestamp '2026-03-08 10:00' - timestamp '2026-03-01 08:30'", "interval '-1 year 2 days -00:00:01'", "null::interval", "interval 26 hour",
    ],
)  # fmt: skip
def test_a_span_of_time_is_text_as_duckdb_writes_it(release, span, tmp_path):
    """No workbook, Parquet file or JSON holds one: the first two ended as a defect of this program."""
    sql = f"select {span} as told, ({span})::varchar as wanted, 1 as number"
    with stream_published(release, sql, QueryLimits()) as reader:
        rows = reader.read_all().to_pylist()
    assert [(row["told"], row["number"]) for row in rows] == [(rows[0]["wanted"], 1)]
    for ending in WRITERS:
        with stream_published(release, sql, QueryLimits()) as reader:
            assert write_batches(reader.schema, reader, tmp_path / f"spans{ending}") == 1
