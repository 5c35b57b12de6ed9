"""The program's own views are known again however DuckDB spells them; a changed one is named."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pbis.core.errors import IntegrityError
from warehouse import connect
from warehouse.connect import form_of
from warehouse.migrate import migrate
from warehouse.seal import NOBODY, changed_views, seals


@pytest.fixture(scope="module")
def rewritten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose catalog was written three times: lists of excluded and replaced columns come out in another order."""
    folder = tmp_path_factory.mktemp("rewritten")
    with closing(connect(folder / "a0.duckdb")) as con:
        migrate(con)
    for number in range(3):
        with closing(connect(folder / f"a{number}.duckdb")) as con:
            con.execute(f"attach '{folder / f'a{number + 1}.duckdb'}' as copy")
            con.execute(f"copy from database a{number} to copy")
    return folder / "a3.duckdb"


def test_views_in_another_spelling_are_the_programs_own(rewritten: Path) -> None:
    with closing(connect(rewritten)) as con:
        assert changed_views(con) == []


def test_views_in_a_file_of_an_earlier_build_are_the_programs_own(tmp_path: Path) -> None:
    """Earlier builds made files for an older DuckDB, whose words for joins are others; the file keeps that form."""
    path = tmp_path / "old.duckdb"
    with closing(connect(path, form="v1.0.0")) as con:
        migrate(con)
    with closing(connect(path)) as con:
        assert form_of(con) == "v1.0.0"
        assert changed_views(con) == []
        con.execute("create or replace view internal.placed_lab as select 1 as one")
        assert changed_views(con) == ["internal.placed_lab"]


@pytest.mark.parametrize(
    ("view", "was", "now"),
    [
        ("placed_lab", "moved.collected_at", '"version".collected_at'),
        ("placed_lab", "is_disputed OR", "is_disputed AND"),
    ],
)
def test_a_view_that_says_something_else_is_named(rewritten: Path, view: str, was: str, now: str) -> None:
    with closing(connect(rewritten)) as con:
        (said,) = con.execute(
            "select sql from duckdb_views() where schema_name = 'internal' and view_name = $1", [view]
        ).fetchone() or ("",)
        changed = said.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1).replace(was, now)
        assert changed.count(now) > said.count(now)
        con.execute("begin")
        con.execute(changed)
        assert changed_views(con) == [f"internal.{view}"]
        con.execute("rollback")


def test_a_seal_of_one_night_is_that_of_all_and_a_night_that_brought_nothing_has_none(lab: Any) -> None:
    lab.plate("specimen | analyte | value\nS1 | IL-2 | 7.5")
    lab.plate("specimen | analyte | value\nS2 | IL-2 | 7.5")
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    lab.con.execute("update store.assay set night_id = 'second' where rowid = 1")
    whole = seals(lab.con)
    assert len(whole) > 1
    for night in (*whole, "another night"):
        known = {night: whole[night]} if night in whole and night != NOBODY else {}
        assert seals(lab.con, [night]) == known


def test_tables_without_rows_are_not_asked_one_by_one(con: Any) -> None:
    asked: list[str] = []

    class Asking:
        def execute(self, query: str, *values: Any) -> Any:
            asked.append(query)
            return con.execute(query, *values)

    con.execute(
        "insert into store.night (night_id, sequence, started_at, config_hash, code_version) values ('n', 1, now()::timestamp, 'c', 'v')"
    )
    assert set(seals(Asking(), ["n"])["n"]) == {"night"}
    assert len(asked) == 2


def test_a_table_that_is_gone_or_lacks_a_column_is_told_of_whichever_night_is_asked_for(lab: Any) -> None:
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    nights = [night for night in seals(lab.con) if night != NOBODY]
    lab.con.execute("alter table store.night_note rename column message to said")
    assert seals(lab.con, nights)  # a night that said nothing has no row there
    lab.con.execute(
        "insert into store.night_note by name select $1 as night_id, 1 as position, 'note' as code, 'x' as said",
        nights[:1],
    )
    with pytest.raises(IntegrityError, match=r"table store\.night_note: expected the table as it was made"):
        seals(lab.con, nights)
    lab.con.execute("drop table store.plate_review cascade")
    with pytest.raises(IntegrityError, match=r"table store\.plate_review: expected the table as it was made"):
        seals(lab.con, ["another night"])


def test_tables_of_which_a_night_wrote_nothing_are_not_asked_one_by_one(lab: Any) -> None:
    lab.plate("specimen | analyte | value\nS1 | IL-2 | 7.5")
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    asked: list[str] = []

    class Asking:
        def execute(self, query: str, *values: Any) -> Any:
            asked.append(query)
            return lab.con.execute(query, *values)

    assert seals(Asking(), ["another night"]) == {}
    assert not [query for query in asked if "sum(hash(" in query]
