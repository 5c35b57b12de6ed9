"""Every example question runs as it stands on a release, answers with the columns and types that it states, and says what is so."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from click.testing import CliRunner

import warehouse
from pbis.cli import _folders, commands
from pbis.config import Site
from pbis.pipeline.published import list_columns, list_example, list_examples, published_file
from warehouse.examples import HERE, Example, examples
from warehouse.query import QueryLimits, stream_published
from warehouse.start_here import RELATIONS

DOCS = Path(__file__).parents[2] / "docs" / "queries.md"
OWN = "own_file_joined"
TYPES = {pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN"}
# Question to the answer, and the same asked of the tables and views by which the program derives.
FACTS = {
    "il2_by_group": (
        "select sum(patients), sum(below_range) from answer",
        "select count(*), count(*) filter (value_op = '<') from internal.score_input where measure = 'il2' and value_text is not null",
    ),
    "near_a_cut": (
        "select count(*), max(abs(away_pct)) <= 10 from answer",
        (
            "select count(*), true from internal.score_component join internal.score using (subject_id, cutoff_set)"
            " where is_site_set and value_op = '=' and value_text::double between 0.9 * cut_text::double and 1.1 * cut_text::double"
        ),
    ),
    "excluded_and_why": (
        "select sum(readings) from answer where reason = 'bead_count'",
        "select count(*) from internal.exclusion where contains(reasons, 'bead_count')",
    ),
    "lot_effect_on_il12": (
        "select sum(specimens), sum(quantified) from answer",
        "select count(*), count(*) filter (value_op = '=') from internal.specimen_result where analyte = 'IL-12p70'",
    ),
    OWN: ("select sum(patients), max(median_age) from answer", "select 2, 60"),
    "several_draws": (
        "select count(*), count(distinct subject_id), count(*) filter (is_baseline) from answer",
        (
            "select sum(n), count(*), count(*) from (select count(*) as n from internal.score_by_visit where is_site_set"
            " group by subject_id having n > 1)"
        ),
    ),
    "outcome_by_group": (
        "select sum(patients), sum(deaths) from answer",
        "select count(*), count(*) filter (is_dead) from internal.outcome semi join internal.score using (subject_id)",
    ),
    "what_if_the_cut_were": (
        "select count(*) filter (point = 1 and point_then = 0), count(*) filter (point_then = 1) from answer",
        "select count(*), 0 from internal.score_input where measure = 'il2' and value_op = '=' and value_text::double between 3.2 and 4.999999",
    ),
    "one_subject": (
        "select list(component), count(distinct subject_id) from answer",
        "select ['crp', 'il12', 'il2', 'nlr'], 1",
    ),
    "why_indeterminate": (
        "select sum(subjects) from answer",
        "select sum(len(string_split(reasons, '; '))) from internal.score where is_site_set and \"group\" = 'indeterminate'",
    ),
    "plates": (
        "select list(plate), list(state), max(run_day) from answer",
        "select list(plate), list(state), 0 from internal.plate",
    ),
    "controls": (
        "select sum(wells), min(lowest_recovery_pct) from answer",
        "select count(*), round(min(recovery_pct), 1) from store.result where well_role = 'qc_control'",
    ),
    "laboratory_rows_not_used": (
        "select sum(row_count) from answer",
        "select sum(unused_count) from internal.lab_file",
    ),
    "every_cutoff_set": (
        "select sum(high + low + indeterminate + not_scored), count(*), count(*) filter (is_site_set) from answer",
        "select count(*), count(distinct cutoff_set), 1 from internal.score",
    ),
}


@pytest.fixture(scope="module")
def release(good: Site) -> Path:
    return published_file(good.root)


def asked(release: Path, sql: str) -> pa.Table:
    """As people ask, with a file of their own beside it."""
    subjects = warehouse.query_published(release, "select subject_id from score where is_site_set order by all limit 2")
    own = pa.table({"subject_id": subjects.column(0), "age": pa.array(["60", "60"])})
    with stream_published(release, sql, QueryLimits(), {"own": own}) as reader:
        return reader.read_all()


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_answers_with_the_columns_and_types_that_it_states(example: Example, release: Path) -> None:
    answer = asked(release, example.sql)
    assert tuple((field.name, TYPES[field.type]) for field in answer.schema) == example.columns
    if example.name in FACTS:
        found, expected = FACTS[example.name]
        with duckdb.connect() as con:
            con.register("answer", answer)
            told = con.execute(found).fetchall()
        with closing(warehouse.open_published(release)) as con:
            assert told == con.execute(expected).fetchall()
        assert answer.num_rows > 0


def test_views_hang_together_as_the_dictionary_says(release: Path) -> None:
    for each in RELATIONS:
        keys, where = ", ".join(each.columns), each.where or "true"
        shared = " and ".join(f"one.{name} = many.{name}" for name in each.columns)
        known = " and ".join(f"many.{name} is not null" for name in each.columns)
        one, alone, rows = (
            asked(
                release,
                f"with one as (select distinct {keys}, count(*) over (partition by {keys}) as n from {each.one} where {where}) select"
                f" (select max(n) from one), (select count(*) from {each.many} as many where {known} and not exists"
                f" (select 1 from one where {shared})), (select count(*) from {each.many})",
            )
            .to_pydict()
            .values()
        )
        assert (one, alone) == ([1], [0]), each
        assert rows[0] > 0 or each.many == "qc_flag", each


def test_every_example_is_held_to_a_fact_and_stands_in_the_docs() -> None:
    told = examples()
    assert len(told) >= 15
    assert {each.name for each in told} - set(FACTS) == {"changed_between_releases"}
    page = DOCS.read_text("utf-8")
    for each in told:
        assert each.question.endswith("?")
        assert each.sql in page, f"{each.name}: docs/queries.md says something else than {HERE.name}"


@pytest.mark.parametrize("name", ["near_a_cut", "why_indeterminate"])
def test_an_example_runs_as_it_was_copied_with_the_comment_before_it(good: Site, name: str) -> None:
    """It begins like an option, and what lies behind its last `=` is longer than a name of a file."""
    query = list_example(name)
    done = CliRunner().invoke(commands, ["sql", "--site", str(good.root), "--format", "csv", query])
    assert (done.exit_code, done.exception) == (0, None)
    assert done.output.splitlines()[0] == ",".join(line.split()[0] for line in query.splitlines()[1][3:].split(", "))


def test_a_command_with_a_dot_in_the_place_of_a_question_is_told_where_it_is_typed(good: Site) -> None:
    done = CliRunner().invoke(commands, ["sql", "--site", str(good.root), ".queries"])
    assert (done.exit_code, "commands with a dot are for a terminal" in done.output) == (2, True)


def test_a_long_question_is_not_taken_for_a_file_where_trouble_is_told() -> None:
    assert _folders(["sql", "select 1 where 'a' = " + "'b'" * 200, "-o=rows.csv"]) == _folders(["sql", "-o=rows.csv"])


def test_people_are_shown_the_examples_and_one_of_them(good: Site) -> None:
    shown = list_examples()
    assert shown.column("question")[0].as_py() == "How much IL-2 do the patients of each group have?"
    assert list_example("near_a_cut") == next(each.sql for each in examples() if each.name == "near_a_cut")
    assert "score" in list_columns(good.root).column("view").to_pylist()
