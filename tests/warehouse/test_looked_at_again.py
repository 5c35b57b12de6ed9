"""What a release is looked at for costs what is new: views of whole archives are asked for new runs alone, and not where there are none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from warehouse import publishable
from warehouse.publishable import strange_doubles
from warehouse.scoring import steps


@pytest.fixture
def release() -> Iterator[duckdb.DuckDBPyConnection]:
    """A store of two runs, and a view on it that can no longer be asked."""
    with closing(duckdb.connect()) as con:
        con.execute("create schema store; create schema internal")
        con.execute("create table store.assay as from (values ('r1', 'a1'), ('r2', 'a2')) as made (run_id, assay_id)")
        con.execute(
            "create table store.gone as select 'r1' as run_id, 'a1' as assay_id, 'nan'::double as reportable_pct"
        )
        con.execute(
            "create view internal.plate as from store.gone; create view internal.current_assay as from store.assay"
        )
        yield con


def test_a_view_is_not_asked_where_no_run_is_new(release: duckdb.DuckDBPyConnection) -> None:
    release.execute("create or replace table store.gone (run_id varchar)")  # whoever asks the view now finds it broken
    assert strange_doubles(release, {"assay": 2}) == []
    with pytest.raises(duckdb.Error):
        strange_doubles(release, {"assay": 1})


@pytest.mark.parametrize(("first_new", "is_seen"), [(0, True), (1, False)])
def test_of_a_view_the_rows_of_new_runs_are_looked_at(
    release: duckdb.DuckDBPyConnection, first_new: int, is_seen: bool
) -> None:
    found = strange_doubles(release, {"assay": first_new, "gone": 1})
    assert [sentence.partition(":")[0] for sentence in found] == ["plate.reportable_pct"] * is_seen


def test_an_assay_that_was_replaced_is_not_asked_for(release: duckdb.DuckDBPyConnection) -> None:
    release.execute("create or replace view internal.current_assay as from store.assay where run_id = 'r2'")
    release.execute("create or replace table store.gone (run_id varchar)")
    release.execute("delete from store.assay where run_id = 'r2'")
    assert strange_doubles(release) == []


def test_a_view_that_is_written_whole_is_looked_at_in_its_file(
    release: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "plate.parquet"
    release.execute(f"copy (select run_id, '-0.0'::double as reportable_pct from store.gone) to '{path}'")
    (sentence,) = strange_doubles(release, {"assay": 2, "gone": 1}, {"plate": path})
    assert sentence == "plate.reportable_pct: expected numbers; found NaN, an infinity or -0.0 in 1 rows"


@pytest.mark.parametrize("at_once", [1, 2, 3, 64])
def test_of_a_whole_archive_some_runs_are_looked_at_together_and_none_is_left_out(
    release: duckdb.DuckDBPyConnection, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishable, "_AT_ONCE", at_once)
    release.execute("insert into store.assay values ('r3', 'a3')")
    release.execute("insert into store.gone values ('r2', 'a2', 1), ('r3', 'a3', 'inf')")
    (sentence,) = strange_doubles(release, {"gone": 3})
    assert sentence == "plate.reportable_pct: expected numbers; found NaN, an infinity or -0.0 in 2 rows"


def test_each_step_to_a_view_is_one_query() -> None:
    """A comment behind a view's last line hid its end: what follows in the file was run with it, each time."""
    lasts = ("plate", "pbis_input", "trend_alarm", "qc_rate", "score_by_visit", "lab_file")
    assert [name for name, body in steps(*lasts) if ";\n" in body or "comment on" in body] == []
